"""How long the first opening of each page and dialog holds the loop, which all streams share.

    python -m tests.bench.pages                # light and dark, empty and full: 4 minutes
    python -m tests.bench.pages --only Logs

Each is opened in a process of its own, just after the window is shown and before its modules are
imported in the background. A thread asks the loop again and again, and the longest time that it
takes to answer counts, in processor time of the loop's thread: other programs do not. Full is 100
streams and 20 engines. Ends with 1 when something takes longer than allowed.
"""

import argparse
import asyncio
import dataclasses
import importlib
import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QDialog

from acedesk.model.engine import EngineId
from acedesk.model.snapshot import Snapshot
from acedesk.ui.look import theme
from acedesk.ui.pages import PAGES
from acedesk.ui.players import Players
from acedesk.ui.qt.event_loop import make_event_loop
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.shell.snapshot_refresh import SnapshotRefresh
from tests.gui.fake_desk import (
    FakeDesk,
    empty_snapshot,
    make_stream,
    sample_engines,
    sample_snapshot,
)

MOST_MS: Final = 50.0
ASK_EVERY: Final = 0.001
# In seconds: rows that are made one by one come within it.
WATCHED: Final = 1.5
THEMES: Final = ("light", "dark")
FILLS: Final = ("empty", "full")


def full_snapshot() -> Snapshot:
    """Return 100 streams and 20 engines."""
    engine = sample_engines()[0]
    engines = (
        dataclasses.replace(engine, id=EngineId(f"e{n}"), name=f"engine-{n}", port=19000 + n)
        for n in range(20)
    )
    streams = (make_stream(f"{n:04x}", name=f"Stream {n}") for n in range(0x1000, 0x1064))
    return dataclasses.replace(sample_snapshot(), streams=tuple(streams), engines=tuple(engines))


class Holds:
    """Asks the loop of this thread all the time.

    Attributes:
        longest: What an answer took at most, in seconds of this thread's processor time.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self._loop = asyncio.get_running_loop()
        self._clock = time.pthread_getcpuclockid(threading.get_ident())
        self._over = threading.Event()

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Ask until the block is left."""
        thread = threading.Thread(target=self._ask, daemon=True)
        thread.start()
        yield
        self._over.set()

    def _ask(self) -> None:
        while not self._over.wait(ASK_EVERY):
            answered = threading.Event()
            asked_at = time.clock_gettime(self._clock)
            self._loop.call_soon_threadsafe(self._answer, asked_at, answered)
            answered.wait()

    def _answer(self, asked_at: float, answered: threading.Event) -> None:
        self.longest = max(self.longest, time.thread_time() - asked_at)
        answered.set()


def dialogs(window: MainWindow, desk: FakeDesk) -> dict[str, Callable[[], object]]:
    """Return what opens each dialog; the page that it belongs to is there by then."""

    def edit_definition() -> None:
        from acedesk.ui.settings.definition_editor import DefinitionEditor

        DefinitionEditor(desk, window).open()

    def add_host() -> None:
        from acedesk.ui.hosts.dialog import HostDialog

        HostDialog(desk, (), None, window).open()

    def ask() -> None:
        from acedesk.ui.dialogs import AskDialog, Choice

        AskDialog(window, "Stop?", "One viewer is disconnected.", (Choice("", "Cancel"),)).open()

    def show_keys() -> None:
        from acedesk.ui.keyboard.shortcuts import ShortcutHelp

        ShortcutHelp(window).open()

    return {
        "engine definition": edit_definition,
        "host": add_host,
        "question": ask,
        "keys": show_keys,
    }


async def measure(name: str, *, full: bool) -> float:
    """Open one page or dialog; return for how long the loop was held at most, in ms."""
    desk = FakeDesk(full_snapshot() if full else empty_snapshot())
    window = MainWindow()
    window.show()
    players, refresh = Players(desk), SnapshotRefresh(desk)
    await players.look()
    window.attach(desk, players, refresh)
    await asyncio.sleep(1.0)
    holds, opening = Holds(), dialogs(window, desk)
    for entry in PAGES if name in opening else ():
        importlib.import_module(entry.module)
    with holds.watch():
        await asyncio.sleep(0.1)
        holds.longest = 0.0
        if name in opening:
            opening[name]()
        else:
            window.show_page(name)
        await asyncio.sleep(WATCHED)
    assert name in window.stack.pages or window.findChildren(QDialog), "nothing opened"
    refresh.stop()
    return holds.longest * 1000


def measure_here(name: str, look: str, fill: str) -> None:
    """Print the figure of one opening, in this process."""
    application = QApplication([])
    application.setQuitOnLastWindowClosed(False)
    theme.set_up(look)
    with make_event_loop(application) as loop:
        print(loop.run_until_complete(measure(name, full=fill == "full")), flush=True)
    os._exit(0)  # windows are not taken apart


def main() -> int:
    """Measure and tell; 1 when a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="of this page or dialog")
    parser.add_argument("--here", nargs=3, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.here:
        measure_here(*wanted.here)
    names = [entry.name for entry in PAGES if entry.name != "Streams"]
    names += ["engine definition", "host", "question", "keys"]
    worst = 0.0
    for name in [wanted.only] if wanted.only else names:
        found = []
        for look, fill in itertools.product(THEMES, FILLS):
            command = [sys.executable, "-m", "tests.bench.pages", "--here", name, look, fill]
            answer = subprocess.run(command, check=True, capture_output=True, text=True)
            found.append((float(answer.stdout), f"{look} {fill}"))
        worst = max(worst, *(ms for ms, _ in found))
        print(f"{name:18}" + "   ".join(f"{ms:3.0f} ms {where}" for ms, where in found), flush=True)
    print(f"at most {worst:.0f} ms at a time (limit {MOST_MS:.0f})")
    return 0 if worst <= MOST_MS else 1


if __name__ == "__main__":
    sys.exit(main())
