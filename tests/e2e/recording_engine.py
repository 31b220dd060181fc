"""An engine beside the program under test: counts which sessions were opened and stopped."""

import contextlib
import http.server
import json
import os
import subprocess
import threading
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from acedesk import clock
from acedesk.mpegts.packets import NULL_PACKET

PIECE = NULL_PACKET * 64


class RecordingEngine:
    """Plays null packets to everybody, or what a program writes.

    Args:
        source: The program and its arguments; it is run for each session.

    Attributes:
        address: "127.0.0.1:40123".
        opened, stopped: The numbers of the sessions, in order.
        sent_at: When the first byte of media was sent, on the monotonic clock.
    """

    def __init__(self, source: Sequence[str] = ()) -> None:
        self._source = source
        self.opened: list[str] = []
        self.stopped: list[str] = []
        self.sent_at: float | None = None
        engine = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with contextlib.suppress(OSError):
                    engine.answer(self)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_address[1]}"

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        """Answer as an engine does."""
        path = urlsplit(request.path)
        session = path.path.rpartition("/")[2]
        if path.path == "/ace/getstream":
            self._reply(request, {"response": self._open(), "error": None})
        elif path.path.startswith("/ace/r/"):
            self._play(request)
        elif path.path.startswith("/ace/cmd/"):
            self.stopped.append(session)
            self._reply(request, {"response": "ok", "error": None})
        elif path.path.startswith("/ace/stat/"):
            self._reply(request, {"response": {"status": "dl", "peers": 3}, "error": None})
        else:
            version = {"platform": "linux", "version": "3.2.11", "code": 3021100}
            self._reply(request, {"result": version, "error": None})

    def _open(self) -> dict[str, Any]:
        session = f"s{len(self.opened) + 1}"
        self.opened.append(session)
        addresses = {
            f"{name}_url": f"http://{self.address}/ace/{part}/{'1' * 40}/{session}"
            for name, part in (("playback", "r"), ("stat", "stat"), ("command", "cmd"))
        }
        return {**addresses, "playback_session_id": session, "is_live": 1}

    def _reply(self, request: http.server.BaseHTTPRequestHandler, facts: dict[str, Any]) -> None:
        data = json.dumps(facts).encode()
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        request.wfile.write(data)

    def _play(self, request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "video/mp2t")
        request.end_headers()
        if self._source:
            self._copy(request)
        pause = threading.Event()
        while not pause.wait(0.1):
            request.wfile.write(PIECE)

    def _copy(self, request: http.server.BaseHTTPRequestHandler) -> None:
        with subprocess.Popen(self._source, stdout=subprocess.PIPE) as program:
            assert program.stdout is not None
            try:
                while data := os.read(program.stdout.fileno(), 65536):
                    self.sent_at = self.sent_at or clock.monotonic()
                    request.wfile.write(data)
            finally:
                program.kill()


@contextlib.contextmanager
def recording_engine(source: Sequence[str] = ()) -> Iterator[RecordingEngine]:
    """Run one until the block ends."""
    engine = RecordingEngine(source)
    thread = threading.Thread(target=engine.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield engine
    finally:
        engine.server.shutdown()
        thread.join()
        engine.server.server_close()
