import asyncio
import json
import os
import socket
import sys
from pathlib import Path

import psutil
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import PlayerError
from acedesk.model.player import Player
from acedesk.players import launch
from acedesk.players.launch import build_arguments, open_player
from tests.needs import need_program

URL = "http://127.0.0.1:8080/ace/getstream?id=0a4848271c91ce2d8965ce416267c25047dc8141"


def player(name: str, *command: str) -> Player:
    return Player(id=name, name=name, command=command or (f"/usr/bin/{name}",))


def script(path: Path, body: str) -> Player:
    """A player that is a Python program; `out` is a file it may write to."""
    path.write_text(f"import json, os, sys\nout = {str(path)!r} + '.out'\n{body}")
    return player("mpv", sys.executable, str(path))


class Listener:
    """Where a player tells something, and then waits until we close.

    Attributes:
        program: What such a player is; `facts` is what it tells.
    """

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(30)
        self.program = (
            "import socket\n"
            f"us = socket.create_connection({self._server.getsockname()!r})\n"
            "us.sendall(json.dumps(facts).encode() + b'\\n')\n"
            "us.recv(1)\n"
        )

    def told(self) -> object:
        """Return what the player tells, when it does."""
        with self._server:
            self._player, _ = self._server.accept()
            with self._player.makefile("rb") as lines:
                return json.loads(lines.readline())

    def close(self) -> None:
        self._player.close()


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("vlc", ("/usr/bin/vlc", "--meta-title=Sport 1", URL)),
        (
            "mpv",
            (
                "/usr/bin/mpv",
                "--force-window=immediate",
                "--force-media-title=Sport 1",
                "--",
                URL,
            ),
        ),
        ("iina", ("/usr/bin/iina", "--mpv-force-media-title=Sport 1", URL)),
        ("potplayer", ("/usr/bin/potplayer", f"{URL}\\Sport 1")),
        ("mpc-hc", ("/usr/bin/mpc-hc", URL)),
    ],
)
def test_each_player_gets_title_and_address_in_its_way(
    name: str, arguments: tuple[str, ...]
) -> None:
    assert build_arguments(player(name), URL, " Sport\n1 ") == arguments


def test_a_command_of_ones_own_gets_them_in_its_places() -> None:
    own = player("command", "/p", "--t={title}", "-u", "{url}", "-x")

    assert build_arguments(own, URL, " Sport\n1 ") == ("/p", "--t=Sport 1", "-u", URL, "-x")


@pytest.mark.parametrize("name", ["vlc", "mpv", "iina", "potplayer", "mpc-hc"])
def test_without_a_title_there_is_no_title_option(name: str) -> None:
    arguments = build_arguments(player(name), URL, "\x00")

    assert not any("title" in argument for argument in arguments)
    assert arguments[-1] == URL


@pytest.mark.parametrize(
    "url",
    ["", "file:///etc/passwd", "--help", "-http://x", "http://", "http://a b", "http://a\nb",
     "acestream://x", "http://a/\x00", "http://a/é", "http://a/" + "x" * 40_000],
)  # fmt: skip
def test_only_web_addresses_are_handed_on(url: str) -> None:
    with pytest.raises(PlayerError, match="web address"):
        build_arguments(player("mpv"), url, "")


@given(title=st.text(), name=st.sampled_from(["vlc", "mpv", "iina", "potplayer", "mpc-hc"]))
def test_no_title_can_become_an_option_of_its_own(title: str, name: str) -> None:
    plain = build_arguments(player(name), URL, "x")

    arguments = build_arguments(player(name), URL, title)

    assert len(arguments) in (len(plain), len(plain) - 1)
    assert arguments[-1].startswith(URL)
    assert not any("\x00" in argument or "\n" in argument for argument in arguments)


async def test_a_player_is_started_detached_with_its_arguments(tmp_path: Path) -> None:
    listener = Listener()
    running = script(
        tmp_path / "mpv",
        # Windows has no sessions; there it is a process group of its own.
        "leads = os.name == 'nt' or os.getsid(0) == os.getpid()\n"
        "facts = [sys.argv[1:], leads, os.getpid(), sys.stdin.read()]\n" + listener.program,
    )

    opened = await open_player(running, URL, "A 'b' $c; \"d\"")
    facts = await asyncio.to_thread(listener.told)

    assert isinstance(facts, list)
    arguments, leads_session, pid, stdin = facts
    process = psutil.Process(pid)
    assert arguments == list(build_arguments(running, URL, "A 'b' $c; \"d\"")[2:])
    assert leads_session is True
    assert stdin == ""
    assert opened.runs
    process.terminate()
    listener.close()
    # Reaped by the launcher's thread, or this would wait for ever on a zombie.
    assert await asyncio.to_thread(psutil.wait_procs, [process], 5) == ([process], [])


async def test_a_player_that_fails_at_once_is_an_error_with_its_code(tmp_path: Path) -> None:
    with pytest.raises(PlayerError, match="exit code 3"):
        await open_player(script(tmp_path / "mpv", "sys.exit(3)"), URL, "")


@pytest.mark.skipif(sys.platform == "win32", reason="a code there, as of any end")
async def test_a_player_that_crashes_is_an_error_with_its_signal(tmp_path: Path) -> None:
    with pytest.raises(PlayerError, match="signal 9"):
        await open_player(script(tmp_path / "mpv", "os.kill(os.getpid(), 9)"), URL, "")


async def test_a_player_that_hands_over_and_ends_well_is_no_error(tmp_path: Path) -> None:
    opened = await open_player(script(tmp_path / "mpv", "sys.exit(0)"), URL, "")

    assert not opened.runs


async def test_no_zombie_stays(tmp_path: Path) -> None:
    ended = script(tmp_path / "mpv", "open(out, 'w').write(str(os.getpid()))")

    await open_player(ended, URL, "")

    pid = int((tmp_path / "mpv.out").read_text())
    assert not psutil.pid_exists(pid)


async def test_a_program_that_is_gone_or_broken_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PlayerError, match=r"mpv: (No such file|.*not find|File not found)"):
        await open_player(player("mpv", str(tmp_path / "gone")), URL, "")
    (tmp_path / "text").write_text("no program")
    (tmp_path / "text").chmod(0o755)
    # Windows: "%1 is not a valid Win32 application".
    with pytest.raises(PlayerError, match=r"mpv: (Exec format|.*%1)"):
        await open_player(player("mpv", str(tmp_path / "text")), URL, "")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no root, and VLC runs for all")
async def test_vlc_is_not_even_tried_as_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    vlc = Player(id="vlc", name="VLC", command=script(tmp_path / "vlc", "sys.exit(0)").command)

    with pytest.raises(PlayerError, match="VLC refuses to run as root"):
        await open_player(vlc, URL, "")


async def test_vlc_is_started_as_a_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    vlc = Player(id="vlc", name="VLC", command=script(tmp_path / "vlc", "sys.exit(4)").command)

    with pytest.raises(PlayerError, match="VLC ended at once with exit code 4"):
        await open_player(vlc, URL, "")


async def test_the_libraries_of_a_frozen_build_are_kept_from_the_player(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/acedesk/_internal")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/usr/lib/own")
    monkeypatch.setenv("QT_PLUGIN_PATH", "/opt/acedesk/_internal/PySide6/Qt/plugins")
    tells = script(tmp_path / "mpv", "json.dump(dict(os.environ), open(out, 'w'))")

    await open_player(tells, URL, "")

    environ = json.loads((tmp_path / "mpv.out").read_text())
    assert environ["LD_LIBRARY_PATH"] == "/usr/lib/own"
    assert not {"LD_LIBRARY_PATH_ORIG", "QT_PLUGIN_PATH"} & set(environ)


def test_the_player_outlives_the_loop_that_started_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "FIRST_SECOND", 0.0)
    listener = Listener()
    running = script(tmp_path / "mpv", f"facts = os.getpid()\n{listener.program}")

    asyncio.run(open_player(running, URL, ""))

    pid = listener.told()
    assert isinstance(pid, int)
    process = psutil.Process(pid)
    assert process.is_running()
    process.terminate()
    listener.close()
    assert psutil.wait_procs([process], 5) == ([process], [])


@pytest.mark.players
async def test_the_real_mpv_asks_for_the_address() -> None:
    mpv = player("mpv", need_program("mpv"), "--no-config", "--vo=null", "--ao=null")
    asked: asyncio.Queue[str] = asyncio.Queue()
    release = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        asked.put_nowait(request.path_qs)
        await release.wait()
        return web.Response(status=404)

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    async with TestServer(app) as server, asyncio.timeout(30):
        await open_player(mpv, str(server.make_url("/ace/getstream?id=x")), "Sport 1")
        assert await asked.get() == "/ace/getstream?id=x"
        release.set()
