"""Play plays: on a real screen mpv opens by itself and shows moving bars."""

import pathlib
import socket
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.on_screen import MAGNET, players, see_moving_bars, snapshot
from tests.e2e.program import Program, wait_until

pytestmark = [
    *(pytest.mark.screen, pytest.mark.players, pytest.mark.xdist_group("screen")),
    pytest.mark.timeout(180),
]

Desktop = Callable[..., Program]


@pytest.fixture(autouse=True)
def mpv_is_chosen(data_dir: pathlib.Path) -> None:
    """Let the desktop be that of somebody who has chosen mpv."""
    data_dir.mkdir(parents=True)
    (data_dir / "settings.toml").write_text('default_player = "mpv"\n')


def test_a_link_opens_the_player_with_moving_bars(
    desktop: Desktop,
    screen: dict[str, str],
    data_dir: pathlib.Path,
    channels: list[dict[str, str]],
) -> None:
    program = desktop("--demo", channels[0]["id"])

    see_moving_bars(program, screen)

    (stream,) = snapshot(data_dir)["streams"]
    assert [client["player"].split()[0] for client in stream["clients"]] == ["mpv"]
    assert "Traceback" not in program.stderr


def test_the_same_link_clicked_again_opens_no_second_player(
    desktop: Desktop, data_dir: pathlib.Path, channels: list[dict[str, str]]
) -> None:
    link = f"acestream://{channels[0]['id']}"
    first = desktop("--demo", link)
    wait_until(lambda: players(first), lambda seen: seen, "the player")

    for _ in range(2):
        assert desktop("--demo", link).wait() == 0

    def watched() -> Any:
        return [len(stream["clients"]) for stream in snapshot(data_dir)["streams"]]

    wait_until(watched, lambda seen: seen == [1], "the viewer")
    assert desktop("--demo", link).wait() == 0
    assert len(players(first)) == 1
    assert first.stop() == 0


def test_a_link_waits_for_its_engine_and_plays_by_itself(
    desktop: Desktop,
    start: Callable[..., Program],
    screen: dict[str, str],
    data_dir: pathlib.Path,
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = desktop("--engine", f"127.0.0.1:{port}", MAGNET)
    wait_until(lambda: snapshot(data_dir), lambda seen: seen, "the program")
    before = players(program)

    start("demo-engine", "--port", str(port))

    see_moving_bars(program, screen)
    assert before == []
    assert len(players(program)) == 1
    assert program.stop() == 0


def test_a_link_that_waits_does_not_keep_the_program(
    desktop: Desktop, data_dir: pathlib.Path
) -> None:
    program = desktop(MAGNET)
    wait_until(lambda: snapshot(data_dir), lambda seen: seen, "the program")

    assert program.stop() == 0
    assert players(program) == []
    assert "Traceback" not in program.stderr
