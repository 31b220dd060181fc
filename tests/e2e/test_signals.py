"""Whatever ends the program: every engine session is stopped first."""

import contextlib
import pathlib
import signal
import socket
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from acedesk.store.lock import find_running
from tests.e2e.program import Program, Server, get_json, wait_until
from tests.e2e.recording_engine import RecordingEngine, recording_engine

SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT]


@pytest.fixture(autouse=True)
def hangups_are_heard() -> Iterator[None]:
    """Children inherit what is ignored, as under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@contextlib.contextmanager
def two_players(base_url: str, engine: RecordingEngine) -> Iterator[None]:
    """Play two contents; return when both come."""
    address = urlsplit(base_url)
    with contextlib.ExitStack() as open_sockets:
        for sign in "ab":
            sock = socket.create_connection((address.hostname, address.port), 10)
            open_sockets.enter_context(sock)
            sock.sendall(f"GET /ace/getstream?id={sign * 40} HTTP/1.0\r\n\r\n".encode())
            assert sock.recv(1000).startswith(b"HTTP/1.1 200")
        wait_until(lambda: engine.opened, lambda opened: len(opened) == 2, "two sessions")
        yield


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_stops_every_engine_session(
    serve: Callable[..., Server], number: signal.Signals, times: int
) -> None:
    with recording_engine() as engine:
        server = serve("--engine", engine.address, demo=False)
        server.wait_until("/health/ready", lambda facts: facts["ready"], "the engine")
        with two_players(server.base_url, engine):
            for _ in range(times):
                server.process.send_signal(number)

            assert server.wait() == 0
        assert sorted(engine.stopped) == sorted(engine.opened)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_to_the_desktop_stops_every_engine_session(
    start: Callable[..., Program],
    screen: dict[str, str],
    data_dir: pathlib.Path,
    number: signal.Signals,
) -> None:
    with recording_engine() as engine:
        environ = {**screen, "ACEDESK_ENGINES": engine.address, "ACEDESK_PORT": "0"}
        program = start("--background", "--data-dir", str(data_dir), environ=environ)
        running = wait_until(lambda: find_running(data_dir), lambda it: it is not None, "it")
        assert running is not None
        wait_until(
            lambda: get_json(running.local_url, "/health/ready")[1],
            lambda facts: facts["ready"],
            "the engine",
        )
        with two_players(running.local_url, engine):
            for _ in range(2):
                program.process.send_signal(number)

            assert program.wait() == 0
        assert sorted(engine.stopped) == sorted(engine.opened)
