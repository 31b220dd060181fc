"""Players of this computer, found and started for the windows."""

import asyncio
import os
import pathlib
import sys

import pytest

from acedesk.application.players import PlayerControl
from acedesk.errors import PlayerError
from acedesk.model.player import Player

URL = "http://127.0.0.1:8080/ace/getstream?id=0a4848271c91ce2d8965ce416267c25047dc8141"


def _program(path: pathlib.Path, body: str = "") -> pathlib.Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!{sys.executable}\nimport sys\n{body}\n")
    path.chmod(0o755)
    return path


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
    assert (await control.find())[0].command == (str(vlc),)


async def test_a_player_is_handed_address_and_title(tmp_path: pathlib.Path) -> None:
    pipe = tmp_path / "told"
    os.mkfifo(pipe)
    body = f"open({str(pipe)!r}, 'w').write('\\n'.join(sys.argv[1:]))"
    player = Player(id="mpv", name="mpv", command=(str(_program(tmp_path / "mpv", body)),))

    opening = asyncio.gather(
        PlayerControl().open(player, URL, "Sport 1"), asyncio.to_thread(pipe.read_text)
    )
    told = (await opening)[1].splitlines()

    assert told[-1] == URL
    assert "--force-media-title=Sport 1" in told


async def test_a_player_that_cannot_be_started_is_told_by_its_name(
    tmp_path: pathlib.Path,
) -> None:
    player = Player(id="mpv", name="My mpv", command=(str(tmp_path / "gone"),))

    with pytest.raises(PlayerError, match="My mpv: No such file"):
        await PlayerControl().open(player, URL, "")
