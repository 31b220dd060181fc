"""The first minutes of somebody who knows nothing, by mouse on a real screen: no settings yet."""

import contextlib
import pathlib
from collections.abc import Callable, Iterator

import psutil
import pytest

from tests.e2e.on_screen import Window, players, see_moving_bars, snapshot
from tests.e2e.program import Program
from tests.needs import need_program

pytestmark = [
    *(pytest.mark.screen, pytest.mark.players, pytest.mark.xdist_group("screen")),
    pytest.mark.timeout(400),
]

WHITE = bytes.fromhex("ffffff")

Desktop = Callable[..., Program]


@pytest.fixture
def desktop(
    start: Callable[..., Program], screen: dict[str, str], data_dir: pathlib.Path
) -> Iterator[Desktop]:
    """Start the desktop without any choice made, but that it is light; its players end."""
    need_program("mpv")
    started: list[Program] = []

    def begin(**environ: str) -> Program:
        options = ("--port", "0", "--data-dir", str(data_dir))
        started.append(start(*options, environ={**screen, "ACEDESK_THEME": "light", **environ}))
        return started[-1]

    yield begin
    for program in started:
        for player in players(program):
            with contextlib.suppress(psutil.NoSuchProcess):
                player.kill()


def test_without_docker_one_click_plays_moving_bars(
    desktop: Desktop, screen: dict[str, str], data_dir: pathlib.Path
) -> None:
    program = desktop(DOCKER_HOST="unix:///nowhere/docker.sock")
    window = Window(program, screen)
    # The paste field, and a card for each way; the last is the test channel, its button right.
    *_, (right, middle) = window.find(WHITE, wide=200, high=30, count=4)

    window.click((right - 48, middle))

    player = see_moving_bars(program, screen)
    assert window.clicks == 1
    assert players(program) == [player]
    (stream,) = snapshot(data_dir)["streams"]
    assert [client["player"] for client in stream["clients"]] == ["mpv"]
    assert "Traceback" not in program.stderr
