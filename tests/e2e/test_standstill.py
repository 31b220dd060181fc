"""AceDesk stands still and goes on: nobody else is blamed for it."""

import contextlib
import http.server
import json
import select
import signal
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.program import Server, wait_until

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no signal that stops a program"
)

# Seconds. Asked again after 1.5 s and 3 s, it has three questions at once before it answers the
# first, in time: the limit is 5 s. So many failed probes are enough to call it hung.
SLOW = 4.4
AT_ONCE = 3
STOPPED = 6.0


class _SlowEngine(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Answers each question after `SLOW` seconds.

    Attributes:
        open: How many questions wait.
        answered: How many were answered.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.over = threading.Event()
        self.guard = threading.Lock()
        self.open = 0
        self.answered = 0


class _Answer(http.server.BaseHTTPRequestHandler):
    server: _SlowEngine

    def do_GET(self) -> None:
        body = json.dumps({"result": {"version": {"version": "3.2.11"}}, "error": None}).encode()
        with self.server.guard:
            self.server.open += 1
        self.server.over.wait(SLOW)
        with self.server.guard:
            self.server.open -= 1
            self.server.answered += 1
        with contextlib.suppress(OSError):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *_words: object) -> None:  # noqa: A002 - its own name
        pass


@pytest.fixture
def engine() -> Iterator[_SlowEngine]:
    with _SlowEngine() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


def _health(server: Server) -> str:
    return str(server.get("/api/v2/snapshot")[1]["engines"][0]["health"])


def test_an_engine_is_not_called_hung_because_acedesk_was_stopped(
    serve: Callable[..., Server], engine: _SlowEngine
) -> None:
    server = serve(
        *("--engine", f"127.0.0.1:{engine.server_address[1]}"),
        demo=False,
        environ={"ACEDESK_HEALTH_INTERVAL": "1", "DOCKER_HOST": "unix:///nonexistent/docker.sock"},
    )
    wait_until(lambda: _health(server), lambda health: health == "ready", "an engine")
    wait_until(lambda: engine.open, lambda count: count >= AT_ONCE, "enough questions at once")

    server.process.send_signal(signal.SIGSTOP)
    select.select([], [], [], STOPPED)
    before = engine.answered
    server.process.send_signal(signal.SIGCONT)
    seen: list[str] = []

    def look() -> int:
        seen.append(_health(server))
        return engine.answered

    wait_until(look, lambda answered: answered > before, "an answer after the standstill")

    assert set(seen) == {"ready"}
    assert "hung" not in server.stderr
