"""What a person sees and does on the screen: pictures of windows, clicks, moving bars."""

import contextlib
import os
import pathlib
import subprocess
from typing import Any

import psutil

from acedesk.store.lock import find_running
from tests.e2e.program import START_SECONDS, Program, get_json, wait_until
from tests.needs import need_program

# The channel of the test card, named so that the engine of the test channel leaves it alone.
MAGNET = "magnet:?xt=urn:btih:ace0de1f00000000000000000000000000000001&dn=Bars"
# Two cores may be busy with other tests, and a player decodes and draws there, too. A look takes
# several times as long as the pause between two looks, so this is a few minutes at most.
SEEN_SECONDS = 30.0


def players(program: Program) -> list[psutil.Process]:
    """Return the players that the program has started and that still run."""
    with contextlib.suppress(psutil.NoSuchProcess):
        children = psutil.Process(program.process.pid).children()
        return [child for child in children if child.name() == "mpv"]
    return []


def snapshot(data_dir: pathlib.Path) -> Any:
    """Return the snapshot of the AceDesk in `data_dir`, None before it runs."""
    running = find_running(data_dir)
    return get_json(running.base_url, "/api/v2/snapshot")[1] if running else None


def window_of(pid: int, screen: dict[str, str], *more: str) -> str:
    """Return the X id of the visible window of a process, "" while it has none."""
    command = (need_program("xdotool"), "search", "--onlyvisible", "--all", "--pid", str(pid))
    found = subprocess.run(
        [*command, *more],
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        env={**os.environ, **screen},
    )
    return (found.stdout.split() or [""])[-1]


def photograph(process: psutil.Process, screen: dict[str, str]) -> bytes:
    """Return what the window of a process shows, small; b"" while it has none."""
    window = window_of(process.pid, screen)
    return picture(window, screen, "-resize", "64x36!", "rgb:-") if window else b""


def picture(window: str, screen: dict[str, str], *output: str) -> bytes:
    """Return a picture of a window; b"" when it went meanwhile."""
    done = subprocess.run(
        [need_program("import"), "-window", window, "-depth", "8", *output],
        capture_output=True,
        timeout=START_SECONDS,
        env={**os.environ, **screen},
    )
    return done.stdout


def is_coloured(seen: bytes) -> bool:
    """Tell whether a picture has bars: red, green and blue somewhere, each nearly alone."""
    pixels = {seen[at : at + 3] for at in range(0, len(seen) - 2, 3)}
    strongest = {
        max(range(3), key=lambda channel: pixel[channel])
        for pixel in pixels
        if max(pixel) > 120 and sorted(pixel)[1] < 90
    }
    return strongest == {0, 1, 2}


def see_moving_bars(program: Program, screen: dict[str, str]) -> psutil.Process:
    """Wait until the one player shows bars, and they move; return the player."""
    player: psutil.Process
    (player,) = wait_until(
        lambda: players(program), lambda seen: seen, "the player", seconds=SEEN_SECONDS
    )
    see_bars_move(player, screen)
    return player


def see_bars_move(player: psutil.Process, screen: dict[str, str]) -> None:
    """Wait until this player shows bars, and then others."""

    def look() -> bytes:
        return photograph(player, screen)

    first = wait_until(look, is_coloured, "the bars", seconds=SEEN_SECONDS)
    wait_until(
        look,
        lambda seen: is_coloured(seen) and seen != first,
        "other bars",
        seconds=SEEN_SECONDS,
    )


class Window:
    """The main window on the screen, and a mouse: knows colours and places, no widgets.

    Attributes:
        clicks: How many there were.
    """

    def __init__(self, program: Program, screen: dict[str, str]) -> None:
        self._screen = screen
        self._id: str = wait_until(
            lambda: window_of(program.process.pid, screen, "--name", "AceDesk"),
            bool,
            "the window",
            seconds=SEEN_SECONDS,
        )
        self.clicks = 0

    def do(self, *words: str) -> None:
        """Let xdotool do something."""
        subprocess.run(
            [need_program("xdotool"), *words],
            check=True,
            timeout=START_SECONDS,
            env={**os.environ, **self._screen},
        )

    def click(self, place: tuple[int, int]) -> None:
        """Click with the left button at a place of the window."""
        self.do("windowraise", self._id)
        self.do("mousemove", "--window", self._id, *map(str, place), "click", "1")
        self.clicks += 1

    def enter(self, text: str) -> None:
        """Type a text where the cursor is, and press Enter."""
        self.do("type", text)
        self.do("key", "Return")

    def find(self, colour: bytes, *, wide: int, high: int, count: int) -> list[tuple[int, int]]:
        """Return the places, from the top, of the things of one colour once they stand still.

        Args:
            colour: Three bytes, red, green and blue.
            wide: Pixels of the colour in each of its rows, at least.
            high: Rows, at least; lines and frames are lower.
            count: How many there will be.

        Returns:
            Right end and middle of each.
        """
        seen: list[list[tuple[int, int]]] = [[]]

        def look() -> list[tuple[int, int]]:
            shown = picture(self._id, self._screen, "ppm:-")
            seen.append(_blocks(shown, colour, wide, high))
            return seen[-1]

        found: list[tuple[int, int]] = wait_until(
            look,
            lambda places: len(places) == count and places == seen[-2],
            f"{count} things of the colour {colour.hex()}",
            seconds=SEEN_SECONDS,
        )
        return found


def _blocks(shown: bytes, colour: bytes, wide: int, high: int) -> list[tuple[int, int]]:
    """Return right end and middle of each block of rows that have enough of a colour."""
    if not shown:
        return []
    _magic, width_text, height_text, _most, pixels = shown.split(maxsplit=4)
    width, height = int(width_text), int(height_text)
    pixels = shown[-3 * width * height :]  # the first pixels may look like blanks
    rows = [pixels[3 * width * y : 3 * width * (y + 1)] for y in range(height)]
    found: list[tuple[int, int]] = []
    begin: int | None = None
    for y, row in enumerate([*rows, b""]):
        if row.count(colour) >= wide:
            begin = y if begin is None else begin
        elif begin is not None:
            if y - begin >= high:
                middle = (begin + y) // 2
                found.append((max(rows[begin + 3].rfind(colour), 0) // 3, middle))
            begin = None
    return found
