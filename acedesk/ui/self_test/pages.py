"""Whether the window opens with every page of it, over an AceDesk that runs."""

from collections.abc import Callable
from typing import Final

from PySide6.QtGui import QImage

from acedesk.doctor.finding import Finding, Level
from acedesk.errors import AceDeskError
from acedesk.tasks import sleep
from acedesk.ui.pages import PAGES
from acedesk.ui.players import Players
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.shell.snapshot_refresh import SnapshotRefresh
from acedesk.ui.shell.window_playback import WindowPlayback
from acedesk.ui.startable_desk import StartableDesk
from acedesk.words.errors import explain

NAME: Final = "Pages"
# A window that shows something has more; an empty one has the colours of its parts.
_FEWEST_COLOURS: Final = 16


async def check_pages(make_desk: Callable[[], StartableDesk]) -> Finding:
    """Start an AceDesk, open its window and turn all pages.

    Args:
        make_desk: Makes the application; it is started and stopped here.
    """
    desk = make_desk()
    try:
        await desk.start()
        players = Players(desk)
        await players.look()
        problems = await _turn(desk, players)
    except AceDeskError as exc:
        return Finding(NAME, Level.FAIL, explain(exc).line)
    finally:
        await desk.stop()
    if problems:
        return Finding(NAME, Level.FAIL, "; ".join(problems))
    return Finding(NAME, Level.PASS, f"{', '.join(entry.name for entry in PAGES)} open.")


async def _turn(desk: StartableDesk, players: Players) -> list[str]:
    """Return what is wrong with the pages."""
    window = MainWindow()
    refresh = SnapshotRefresh(desk)
    playback: WindowPlayback | None = None
    problems = []
    try:
        window.show()
        playback = WindowPlayback(window, desk, players)
        window.attach(desk, players, refresh)
        for entry in PAGES:
            window.show_page(entry.name, at_once=True)
            await sleep(0)
            page = window.page
            if page is None or window.stack.currentWidget() is not page:
                problems.append(f"{entry.name} does not open")
            elif count_colours(page.grab().toImage()) < _FEWEST_COLOURS:
                problems.append(f"{entry.name} is empty")
    finally:
        refresh.stop()
        if playback is not None:
            playback.close()
        window.hide()
        window.deleteLater()
    return problems


def count_colours(picture: QImage) -> int:
    """Return how many colours a picture has, up to the few that are of interest."""
    seen: set[int] = set()
    for y in range(0, picture.height(), 2):
        for x in range(0, picture.width(), 2):
            seen.add(picture.pixel(x, y))
            if len(seen) >= _FEWEST_COLOURS:
                return len(seen)
    return len(seen)
