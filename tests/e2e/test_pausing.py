"""Real players that pause, longer than a viewer out of reach may: they go on where it is live."""

import contextlib
import os
import pathlib
import pwd
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.program import Server, wait_until
from tests.e2e.recording_engine import recording_engine
from tests.needs import need_program

pytestmark = [pytest.mark.players, pytest.mark.xdist_group("players")]

CARD = pathlib.Path(__file__).parent.parent.parent / "resources" / "testcard" / "bars.ts"
CONTENT = "a" * 40
# What both ends' buffers hold is full after some seconds; the shortest pause that is one is 10 s.
RATE = "30000k"
PAUSED_SECONDS = 60.0


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@contextlib.contextmanager
def nginx(folder: pathlib.Path, behind: str, *, buffering: str, path: str = "/") -> Iterator[str]:
    """Put nginx before an address; return what it answers under, without the slash."""
    place = folder / "nginx"
    place.mkdir()
    folder.chmod(0o755)
    port = free_port()
    temporary = " ".join(
        f"{name}_temp_path {place}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (place / "nginx.conf").write_text(
        f"daemon off; pid {place}/pid; error_log {place}/error.log; events {{}}\n"
        f"http {{ access_log off; {temporary}\n"
        f"server {{ listen 127.0.0.1:{port}; location {path} {{ proxy_pass {behind}/;\n"
        f"proxy_http_version 1.1; proxy_buffering {buffering};\n"
        "proxy_read_timeout 1h; send_timeout 1h; }}}}\n".replace("}}}}", "} } }")
    )
    program = subprocess.Popen([need_program("nginx"), "-c", str(place / "nginx.conf")])
    try:
        address = ("127.0.0.1", port)
        wait_until(lambda: connects(address), lambda there: there, "nginx")
        yield f"http://127.0.0.1:{port}{path}".rstrip("/")
    finally:
        program.terminate()
        program.wait(10)


def connects(address: tuple[str, int]) -> bool:
    """Tell whether somebody listens there."""
    with contextlib.suppress(OSError), socket.create_connection(address, 1):
        return True
    return False


class Player:
    """VLC, paused over its remote control, or mpv, stopped as a whole."""

    def __init__(self, name: str, url: str, folder: pathlib.Path) -> None:
        self._name = name
        self._control = free_port()
        argv = {
            "vlc": (
                *("-I", "rc", "--rc-host", f"127.0.0.1:{self._control}"),
                *("--vout=dummy", "--aout=dummy", "--play-and-exit"),
            ),
            "mpv": ("--no-config", "--vo=null", "--ao=null"),
        }[name]
        # VLC refuses to be root.
        nobody = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None
        environ = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
        with (folder / f"{name}.log").open("wb") as log:
            self.process = subprocess.Popen(
                [need_program(name), *argv, url],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environ,
                user=nobody,
                cwd="/",
            )

    def pause(self) -> None:
        """Stop taking anything."""
        self._act(signal.SIGSTOP)

    def go_on(self) -> None:
        """Go on."""
        self._act(signal.SIGCONT)

    def _act(self, number: signal.Signals) -> None:
        if self._name == "mpv":
            self.process.send_signal(number)
            return
        with socket.create_connection(("127.0.0.1", self._control), 10) as remote:
            remote.sendall(b"pause\n")
            assert remote.recv(4096)

    def end(self) -> None:
        """Make sure that it is gone."""
        self.process.kill()
        self.process.wait()


@pytest.mark.parametrize(("name", "way"), [("vlc", "direct"), ("vlc", "on"), ("mpv", "off")])
def test_a_player_that_pauses_goes_on(
    serve: Callable[..., Server], tmp_path: pathlib.Path, name: str, way: str
) -> None:
    ffmpeg = need_program("ffmpeg")
    source = (
        *(ffmpeg, "-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i", str(CARD)),
        *("-c", "copy", "-muxrate", RATE, "-f", "mpegts", "-"),
    )
    with contextlib.ExitStack() as stack:
        engine = stack.enter_context(recording_engine(source))
        server = serve(
            *("--engine", engine.address),
            demo=False,
            environ={"ACEDESK_SLOW_CLIENT_TIMEOUT": "2"},
        )
        server.wait_until("/health/ready", lambda facts: facts["ready"], "the engine")
        base = server.base_url
        if way != "direct":
            base = stack.enter_context(nginx(tmp_path, base, buffering=way))
        player = Player(name, f"{base}/ace/getstream?id={CONTENT}", tmp_path)
        stack.callback(player.end)
        assert urlsplit(base).port
        until(server, lambda client: client["sent_bytes"] > 10_000_000, "the picture")

        player.pause()
        paused = until(server, lambda client: client["state"] == "paused", "a paused viewer")
        until(server, lambda client: client["still_for"] > 14.0, "a longer pause")
        player.go_on()

        sent = paused["sent_bytes"] + 30_000_000
        until(server, lambda client: client["sent_bytes"] > sent, "more of the picture")
        assert player.process.poll() is None


def until(server: Server, holds: Callable[[dict[str, Any]], bool], what: str) -> dict[str, Any]:
    """Wait until this holds of the only viewer, who must be there all the time; return it."""

    def look() -> list[dict[str, Any]]:
        (stream,) = server.get("/api/v2/snapshot")[1]["streams"] or ({"clients": []},)
        return list(stream["clients"])

    def seen(clients: list[dict[str, Any]]) -> bool:
        return len(clients) == 1 and holds(clients[0])

    client: dict[str, Any] = wait_until(look, seen, what, seconds=PAUSED_SECONDS)[0]
    return client
