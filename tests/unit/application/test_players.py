"""Players of this computer, found and started for the windows."""

import asyncio
import pathlib
import socket
import sys

import pytest

from acedesk.application.players import PlayerControl
from acedesk.errors import PlayerError, SettingsError
from acedesk.model.player import Player
from acedesk.settings import Settings
from tests.fakes.loop_steps import until

URL = "http://127.0.0.1:8080/ace/getstream?id=0a4848271c91ce2d8965ce416267c25047dc8141"


def _program(path: pathlib.Path) -> pathlib.Path:
    """Something that can be run, by its name on this system."""
    if sys.platform == "win32":
        path = path.with_suffix(".exe")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    path.chmod(0o755)
    return path


def _mpv(script: pathlib.Path, body: str) -> Player:
    """A player that is a Python program."""
    script.write_text(f"import sys\n{body}\n")
    return Player(id="mpv", name="mpv", command=(sys.executable, str(script)))


async def test_players_on_the_path_come_before_those_elsewhere(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = _program(tmp_path / "bin" / "mpv")
    monkeypatch.setenv("PATH", str(own.parent))

    found = {player.id: player for player in await PlayerControl().find()}

    assert found["mpv"] == Player(id="mpv", name="mpv", command=(str(own),))


async def test_a_player_that_comes_later_is_found_at_the_next_look(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    control = PlayerControl()
    before = await control.find()

    vlc = _program(tmp_path / "bin" / "vlc")

    assert (str(vlc),) not in {player.command for player in before}
    assert (str(vlc),) in {player.command for player in await control.find()}


async def test_a_player_is_handed_address_and_title(tmp_path: pathlib.Path) -> None:
    out = tmp_path / "told"
    body = f"open({str(out)!r}, 'w').write('\\n'.join(sys.argv[1:]))"

    # It ends well within the first second, which is waited for.
    await PlayerControl().open(_mpv(tmp_path / "mpv.py", body), URL, "Sport 1")

    told = out.read_text().splitlines()
    assert told[-1] == URL
    assert "--force-media-title=Sport 1" in told


async def test_a_player_that_cannot_be_started_is_told_by_its_name(
    tmp_path: pathlib.Path,
) -> None:
    player = Player(id="mpv", name="My mpv", command=(str(tmp_path / "gone"),))

    with pytest.raises(PlayerError, match=r"My mpv: .*(No such|not find|not found)"):
        await PlayerControl().open(player, URL, "")


async def test_the_command_of_the_settings_comes_first(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = _program(tmp_path / "bin" / "myplayer")
    monkeypatch.setenv("PATH", str(own.parent))
    control = PlayerControl(lambda: Settings(player_command="myplayer --fs {url}"))

    assert (await control.find())[0] == Player(
        id="command", name="myplayer", command=(str(own), "--fs", "{url}")
    )


def test_a_command_is_judged_before_it_is_used(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = _program(tmp_path / "bin" / "myplayer")
    monkeypatch.setenv("PATH", str(own.parent))
    control = PlayerControl()

    assert control.check_command("myplayer {url}").command == (str(own), "{url}")
    with pytest.raises(SettingsError, match="where the address"):
        control.check_command("myplayer")
    with pytest.raises(PlayerError, match="The program “no such” was not found"):
        control.check_command("'no such' {url}")
    with pytest.raises(PlayerError, match="No command was given"):
        control.check_command(" ")


async def test_what_was_opened_is_known_until_it_ends(tmp_path: pathlib.Path) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    body = f"import socket\nsocket.create_connection({server.getsockname()!r}).recv(1)"
    player = _mpv(tmp_path / "mpv.py", body)
    control = PlayerControl()
    before = control.opened(URL)

    await control.open(player, URL, "")

    told = control.opened(URL)
    assert before is None
    assert told is not None
    assert (told[1], told[2]) == (player, True)
    assert control.opened(URL + "1") is None
    connection, _ = await asyncio.to_thread(server.accept)
    connection.close()
    server.close()
    await until(lambda: (control.opened(URL) or told)[2] is False)
