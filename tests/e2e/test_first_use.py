"""The first minutes of somebody who knows nothing, by mouse on a real screen: no settings yet."""

import os
import pathlib
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.docker import images
from tests.e2e.on_screen import (
    MAGNET,
    SEEN_SECONDS,
    Window,
    players,
    see_bars_move,
    see_moving_bars,
    snapshot,
)
from tests.e2e.program import TOP, Program, wait_until

pytestmark = [
    *(pytest.mark.screen, pytest.mark.players, pytest.mark.xdist_group("screen")),
    pytest.mark.timeout(400),
]

WHITE, BLUE = bytes.fromhex("ffffff"), bytes.fromhex("2563eb")
DOCKER = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"

Desktop = Callable[..., Program]


@pytest.fixture
def engine_image() -> Iterator[str]:
    """Return an image of the demo engine of our own; its containers go with it."""
    images.need_docker()
    tag = f"acedesk-test/first-use:{secrets.token_hex(4)}"
    build = [sys.executable, str(TOP / "packaging" / "demo-image" / "build"), "--tag", tag]
    done = subprocess.run(build, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    yield tag
    for container in containers(tag):
        images.docker("rm", "-fv", container)
    images.docker("rmi", "-f", tag)


def containers(image: str, *options: str) -> list[str]:
    """Return the containers of an image."""
    return images.docker("ps", "-aq", *options, "--filter", f"ancestor={image}").split()


def test_without_docker_one_click_plays_moving_bars(
    desktop: Desktop, screen: dict[str, str], data_dir: pathlib.Path
) -> None:
    program = desktop()
    window = Window(program, screen)
    window.find(BLUE, wide=30, high=20, count=2)  # it has started: Play, and what Docker needs
    # The paste field, and a card for each way; the last is the test channel, its button right.
    *_, (right, middle) = window.find(WHITE, wide=200, high=30, count=5)

    window.click((right - 48, middle))

    player = see_moving_bars(program, screen)
    assert window.clicks == 1
    assert players(program) == [player]
    (stream,) = snapshot(data_dir)["streams"]
    assert [client["player"] for client in stream["clients"]] == ["mpv"]
    assert "Traceback" not in program.stderr


@pytest.mark.docker
def test_a_link_gets_its_picture_by_the_start_of_an_engine_and_outlives_its_death(
    desktop: Desktop, screen: dict[str, str], data_dir: pathlib.Path, engine_image: str
) -> None:
    program = desktop(ACEDESK_ENGINE_IMAGE=engine_image, DOCKER_HOST=DOCKER)
    window = Window(program, screen)
    # Play beside the paste field, and the button of the first card: Start an engine.
    (play_right, play_middle), _ = window.find(BLUE, wide=30, high=20, count=2)
    window.click((play_right - 300, play_middle))
    window.enter(MAGNET)
    # Between the two there is now the player that is suggested.
    *_, (right, middle) = window.find(BLUE, wide=30, high=20, count=3)
    before = players(program)

    window.click((right - 40, middle))

    player = see_moving_bars(program, screen)
    assert before == []
    assert window.clicks == 2  # into the field, and the start of the engine

    (container,) = containers(engine_image, "--filter", "status=running")
    images.docker("kill", container)

    (stream,) = wait_until(
        lambda: snapshot(data_dir)["streams"],
        lambda seen: seen and seen[0]["failovers"] and seen[0]["state"] == "playing",
        "the same engine, started again",
        seconds=SEEN_SECONDS,
    )
    see_bars_move(player, screen)
    assert players(program) == [player]
    assert [client["player"] for client in stream["clients"]] == ["mpv"]
    assert containers(engine_image, "--filter", "status=running") == [container]
    assert program.stop() == 0
    assert "Traceback" not in program.stderr
