"""The desktop on a real X screen."""

import os
import pathlib
import re
import signal
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from acedesk import clock
from acedesk.store.lock import find_running
from tests.e2e.program import START_SECONDS, Program, get_json, run, wait_until
from tests.needs import need_program

pytestmark = [pytest.mark.screen, pytest.mark.xdist_group("screen")]


@pytest.fixture
def desktop(
    start: Callable[..., Program], screen: dict[str, str], data_dir: pathlib.Path
) -> Callable[..., Program]:
    """Start the desktop with its demo engine on a free port."""

    def begin(*arguments: str) -> Program:
        options = ("--demo", "--port", "0", "--data-dir", str(data_dir))
        return start(*options, *arguments, environ=screen)

    return begin


def window_of(program: Program, screen: dict[str, str]) -> str:
    """Wait for a visible window of this process and return its X id."""
    deadline = clock.monotonic() + START_SECONDS
    while True:
        found = subprocess.run(
            [
                *(need_program("xdotool"), "search", "--sync", "--onlyvisible", "--all"),
                *("--pid", str(program.process.pid), "--name", "AceDesk"),
            ],
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            env={**os.environ, **screen},
        )
        if found.stdout.split():
            return found.stdout.split()[0]
        # It walks over all windows of the screen and ends when one of another test goes meanwhile.
        assert "X Error" in found.stderr, (found.stderr, program.stderr)
        assert clock.monotonic() < deadline, program.stderr


def snapshot_when(
    data_dir: pathlib.Path, holds: Callable[[Any], bool], what: str
) -> dict[str, Any]:
    """Return the snapshot of the AceDesk in `data_dir` once it is as wanted."""

    def look() -> Any:
        running = find_running(data_dir)
        return get_json(running.base_url, "/api/v2/snapshot")[1] if running else None

    found: dict[str, Any] = wait_until(look, lambda seen: seen is not None and holds(seen), what)
    return found


def test_the_window_appears_and_a_signal_ends_it(
    desktop: Callable[..., Program], screen: dict[str, str], data_dir: pathlib.Path
) -> None:
    program = desktop()
    window = window_of(program, screen)
    snapshot_when(data_dir, lambda seen: seen["engines"], "the demo engine")

    def photograph() -> list[int]:
        """Return number of colours, width and height of what the window shows."""
        done = subprocess.run(
            [need_program("import"), "-window", window, "-format", "%k %w %h", "info:"],
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=True,
            env={**os.environ, **screen},
        )
        return [int(figure) for figure in done.stdout.split()]

    # An empty window has one colour or two; ours has text, icons and cards.
    _, width, height = wait_until(photograph, lambda seen: seen[0] > 50, "the painted window")
    assert (width >= 960, height >= 600) == (True, True)
    assert program.stop(signal.SIGTERM) == 0
    assert "Traceback" not in program.stderr


def test_a_second_launch_hands_its_link_over(
    desktop: Callable[..., Program],
    screen: dict[str, str],
    data_dir: pathlib.Path,
    channels: list[dict[str, str]],
) -> None:
    first = desktop()
    window_of(first, screen)
    snapshot_when(data_dir, lambda seen: seen["engines"], "the demo engine")

    second = desktop(f"acestream://{channels[0]['id']}")

    assert second.wait() == 0
    seen = snapshot_when(data_dir, lambda seen: seen["streams"], "the stream of the link")
    assert re.search(channels[0]["id"], seen["streams"][0]["id"])
    assert first.stop() == 0


def test_a_link_on_the_command_line_is_played(
    desktop: Callable[..., Program], data_dir: pathlib.Path, channels: list[dict[str, str]]
) -> None:
    program = desktop(channels[0]["id"])

    seen = snapshot_when(data_dir, lambda seen: seen["streams"], "the stream of the link")

    assert channels[0]["id"] in seen["streams"][0]["id"]
    assert program.stop(signal.SIGINT) == 0


def test_without_a_screen_it_says_what_to_do(tmp_path: pathlib.Path) -> None:
    result = run("--demo", home=tmp_path / "home")

    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "acedesk serve" in result.stderr


def test_a_screen_that_does_not_answer_is_one_line(tmp_path: pathlib.Path) -> None:
    result = run("--demo", home=tmp_path / "home", environ={"DISPLAY": ":64999"})

    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert ":64999" in result.stderr


def test_a_computer_without_fonts_is_told(tmp_path: pathlib.Path, screen: dict[str, str]) -> None:
    no_fonts = tmp_path / "fonts.conf"
    no_fonts.write_text("<fontconfig></fontconfig>\n")

    result = run(
        "--demo", home=tmp_path / "home", environ={**screen, "FONTCONFIG_FILE": str(no_fonts)}
    )

    assert result.returncode == 1
    assert "acedesk: This computer has no fonts." in result.stderr
    assert not (tmp_path / "home" / ".local" / "share" / "acedesk" / "running.json").exists()


def test_a_mistyped_command_opens_no_window(tmp_path: pathlib.Path, screen: dict[str, str]) -> None:
    result = run("sevre", home=tmp_path / "home", environ=screen)

    assert result.returncode == 2
    assert result.stderr.count("\n") == 1


def test_a_screen_that_goes_ends_it_in_order_and_with_one_sentence(
    start: Callable[..., Program], data_dir: pathlib.Path
) -> None:
    reading, writing = os.pipe()
    command = (need_program("Xvfb"), "-displayfd", str(writing), "-nolisten", "tcp")
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    with os.fdopen(reading) as answer:
        screen = {"DISPLAY": f":{answer.readline().strip()}"}
    program = start("--demo", "--port", "0", "--data-dir", str(data_dir), environ=screen)
    wait_until(lambda: find_running(data_dir), bool, "it runs")

    server.kill()
    server.wait(START_SECONDS)

    assert program.wait() == 1
    assert "acedesk: The screen is gone: its display server has ended." in program.stderr
    assert "bug" not in program.stderr
    assert "Traceback" not in program.stderr
    assert "AceDesk has stopped" in program.stderr  # players and engines were told
    assert find_running(data_dir) is None
