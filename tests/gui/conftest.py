"""Windows in tests: no screen is needed, async tests run on the Qt loop, a `FakeDesk` is behind."""

import asyncio
import gc
import importlib
import itertools
import os
import pathlib
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import cast

# Before Qt is imported. A test run on a real (or virtual) screen sets the variable itself.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtWidgets import QApplication

from acedesk.ui.look import theme
from acedesk.ui.look.tokens import DARK
from acedesk.ui.pages import PAGES
from acedesk.ui.play.link_player import LinkPlayer
from acedesk.ui.play.panel import PlayPanel
from acedesk.ui.players import Players
from acedesk.ui.qt.event_loop import make_event_loop
from acedesk.ui.shell.closing import Application
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.shell.snapshot_refresh import SnapshotRefresh
from acedesk.ui.shell.window_playback import WindowPlayback
from tests.gui.fake_desk import FakeDesk
from tests.gui.waiting import let_run, until

FOLDER = pathlib.Path(__file__).parent

# Windows of ended tests go after so many of them; all that exists is looked through then.
FULL_COLLECTION = 25
_ended_tests = itertools.count(1)


def _make_loop() -> asyncio.AbstractEventLoop:
    application = cast("QApplication", QApplication.instance() or Application(sys.argv[:1]))
    return cast("asyncio.AbstractEventLoop", make_event_loop(application))


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run every async test below this folder on the loop the desktop uses."""
    return {"qasync": _make_loop}


@pytest.fixture(scope="session")
def qapp_cls() -> type[QApplication]:
    """Return the kind of application the program has."""
    return Application


@pytest.fixture(autouse=True)
def light_theme(qapp: QApplication) -> None:
    """Dress the application once, and always start a test in light."""
    qapp.setQuitOnLastWindowClosed(False)
    if theme.colors() is DARK or not qapp.styleSheet():
        theme.set_up("light")


@pytest.fixture(autouse=True)
def collected_on_this_thread() -> Iterator[None]:
    """No other thread collects garbage: windows in it would end there, and Qt aborts."""
    gc.disable()
    yield
    gc.collect(1)
    if next(_ended_tests) % FULL_COLLECTION == 0:
        gc.collect()


@pytest.fixture
def desk() -> FakeDesk:
    """An application with three streams, three engines and a VPN."""
    return FakeDesk()


@pytest.fixture
def benchmark_seconds() -> Callable[[Callable[[], object]], float]:
    """Measure the CPU seconds one call takes: other processes on the machine do not count."""

    def measure(call: Callable[[], object]) -> float:
        before = time.process_time()
        call()
        return time.process_time() - before

    return measure


@pytest.fixture(scope="session")
def imported_pages() -> None:
    """Import all pages: the first opening of one waits for that."""
    for entry in PAGES:
        importlib.import_module(entry.module)


@pytest.fixture
async def playback(
    desk: FakeDesk, qapp: QApplication, imported_pages: None
) -> AsyncIterator[WindowPlayback]:
    """Return what plays in a window over `desk`, which is on screen and active."""
    window = MainWindow()
    window.show()
    players = Players(desk)
    await players.look()
    refresh = SnapshotRefresh(desk)
    made = WindowPlayback(window, desk, players)
    window.attach(desk, players, refresh)
    # Shortcuts work in the active window only.
    window.activateWindow()
    await until(window.isActiveWindow)
    yield made
    made.close()
    await let_run()  # what was begun last must not be left unbegun
    refresh.stop()
    window.hide()
    window.deleteLater()


@pytest.fixture
def window(playback: WindowPlayback) -> MainWindow:
    """Return the window over `desk`, on screen and active."""
    window = playback.parent()
    assert isinstance(window, MainWindow)
    return window


@pytest.fixture
def panel(playback: WindowPlayback) -> PlayPanel:
    """Return what stands under the paste field."""
    return playback.panel


@pytest.fixture
def playing(playback: WindowPlayback) -> LinkPlayer:
    """Return what plays the links of the window."""
    return playback.playing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Overlook what Qt says about the offscreen platform: it is no fault of a window."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))
