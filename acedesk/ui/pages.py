"""The pages of the main window, in their order, and the stack that shows one of them.

Each is made when it is first opened: pages that nobody opens would take 10 MB. What they are made
of is imported before, while nothing else is to be done: one module at a time, so that the loop,
which streams share, is never held.
"""

import functools
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable
from typing import Final

from PySide6.QtCore import QObject, QSize, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from acedesk.model.snapshot import Snapshot
from acedesk.ui.desk import Desk
from acedesk.ui.page import Page
from acedesk.ui.players import Players
from acedesk.values import frozen_value

Make = Callable[[Desk, Players, QWidget], Page]


@frozen_value(kw_only=False)
class PageEntry:
    """One page: its name (also its title), its icon, and how it is made.

    Attributes:
        module: Where it is; imported before it is made.
    """

    name: str
    icon: str
    make: Make

    @property
    def module(self) -> str:
        """The module of the page."""
        return f"acedesk.ui.{self.name.lower()}.page"


def _streams(desk: Desk, players: Players, parent: QWidget) -> Page:
    from acedesk.ui.streams.page import StreamsPage

    return StreamsPage(desk, players, parent)


def _engines(desk: Desk, _players: Players, parent: QWidget) -> Page:
    from acedesk.ui.engines.page import EnginesPage

    return EnginesPage(desk, parent)


def _vpn(desk: Desk, _players: Players, parent: QWidget) -> Page:
    from acedesk.ui.vpn.page import VpnPage

    return VpnPage(desk, parent)


def _logs(desk: Desk, _players: Players, parent: QWidget) -> Page:
    from acedesk.ui.logs.page import LogsPage

    return LogsPage(desk, parent)


def _programs(desk: Desk, _players: Players, parent: QWidget) -> Page:
    from acedesk.ui.programs.page import ProgramsPage

    return ProgramsPage(desk, parent)


def _help(desk: Desk, _players: Players, parent: QWidget) -> Page:
    from acedesk.ui.help.page import HelpPage

    return HelpPage(desk, parent)


def _settings(desk: Desk, players: Players, parent: QWidget) -> Page:
    from acedesk.ui.settings.page import SettingsPage

    return SettingsPage(desk, players, parent)


PAGES: Final = (
    PageEntry("Streams", "play-circle-outline", _streams),
    PageEntry("Engines", "engine-outline", _engines),
    PageEntry("VPN", "shield-check-outline", _vpn),
    PageEntry("Logs", "text-box-outline", _logs),
    PageEntry("Programs", "devices", _programs),
    PageEntry("Settings", "cog-outline", _settings),
    PageEntry("Help", "help-circle-outline", _help),
)


def _entry(name: str) -> PageEntry:
    return next(entry for entry in PAGES if entry.name == name)


# The first page has its numbers by then, and the player its picture.
PREPARE_AFTER_MS: Final = 4_000
STEP_MS: Final = 60


class PagePreparation(QObject):
    """Imports what pages are made of before anybody opens them, one step after the other.

    Not in a thread: imports start the garbage collector, and windows it finds there would be
    destroyed by the wrong thread.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._modules: list[str] | None = None
        self._urgent: list[Callable[[], object]] = []
        self._urgent_steps = QTimer(self, interval=0)
        self._urgent_steps.timeout.connect(self._urgent_step)
        self._steps = QTimer(self, interval=STEP_MS)
        self._steps.timeout.connect(self._step)

    def begin(self) -> None:
        """Begin some seconds later, if it has not begun."""
        if self._modules is None:
            self._modules = []
            QTimer.singleShot(PREPARE_AFTER_MS, self, self._begin_steps)

    def do_now(self, steps: Iterable[Callable[[], object]]) -> None:
        """Take these steps, one after the other, instead of those of a former call."""
        self._urgent = list(steps)
        self._urgent_steps.start()

    def _urgent_step(self) -> None:
        if self._urgent:
            self._urgent.pop(0)()
        else:
            self._urgent_steps.stop()

    def _begin_steps(self) -> None:
        self._modules = [module for entry in PAGES for module in modules_of(entry)]
        self._steps.start()

    def _step(self) -> None:
        if self._modules:
            importlib.import_module(self._modules.pop(0))
        else:
            self._steps.stop()


def modules_of(entry: PageEntry) -> list[str]:
    """Return the modules of a page, itself last: each is imported in some milliseconds."""
    package = importlib.import_module(entry.module.rpartition(".")[0])
    names = [f"{package.__name__}.{found.name}" for found in pkgutil.iter_modules(package.__path__)]
    return [*(name for name in names if name != entry.module), entry.module]


def missing_modules(entry: PageEntry) -> list[str]:
    """Return the modules of a page that are not imported yet, in their order."""
    return [module for module in modules_of(entry) if module not in sys.modules]


class PageStack(QStackedWidget):
    """The pages made so far, and what is there before the application has started.

    Args:
        starting: What is there before.
        show_title: Tells it which page will be opened.

    Signals:
        made: A page was made; whoever needs more of it than below connects itself.
        unsaved_changed: With the name of a page, and how much was changed there and not saved.
        failed, page_wanted, setting_wanted, play_test_wanted, restart_wanted, said: Those of the
            pages, see `Page`.

    Attributes:
        current: Name of the page that is open, or will be once the application has started.
        pages: The pages made so far, by name.
    """

    made = Signal(object)
    unsaved_changed = Signal(str, int)
    failed = Signal(object)
    page_wanted = Signal(str)
    setting_wanted = Signal(str)
    play_test_wanted = Signal()
    restart_wanted = Signal()
    said = Signal(str)

    def __init__(
        self, starting: QWidget, show_title: Callable[[str], object] = lambda _name: None
    ) -> None:
        super().__init__()
        self.current = PAGES[0].name
        self.pages: dict[str, Page] = {}
        self._desk: Desk | None = None
        self._players: Players | None = None
        self._snapshot: Snapshot | None = None
        self._show_title = show_title
        self._preparation = PagePreparation(self)
        self.addWidget(starting)
        self.currentChanged.connect(self.updateGeometry)

    def minimumSizeHint(self) -> QSize:
        # Of the page that is open: a stack's own is that of all of them, and what needs no room
        # would have a scroll bar.
        current = self.currentWidget()
        return current.minimumSizeHint() if current is not None else super().minimumSizeHint()

    def heightForWidth(self, width: int) -> int:
        # The area around it asks for this one. A page can do with the least.
        current = self.currentWidget()
        layout = current.layout() if current is not None else None
        least = self.minimumSizeHint().height()
        grows = layout is not None and layout.hasHeightForWidth()
        return max(least, layout.minimumHeightForWidth(width)) if grows and layout else least

    @property
    def page(self) -> Page | None:
        """The page that is open, None before the application has started."""
        return self.pages.get(self.current)

    def attach(self, desk: Desk, players: Players) -> None:
        """Let pages be made: `desk` has started."""
        self._desk, self._players = desk, players
        if self.isVisible():
            self._preparation.begin()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._desk is not None:
            self._preparation.begin()

    def show_page(self, name: str, *, at_once: bool = False) -> None:
        """Open a page; made now if it is its first time.

        What it is made of is imported before, in steps: until then the page before is seen.

        Args:
            at_once: The page is needed when this returns.
        """
        self.current = name
        if self._desk is None or self._players is None:
            self._show_title(name)
            return
        missing = missing_modules(_entry(name)) if name not in self.pages and not at_once else []
        imports = [functools.partial(importlib.import_module, module) for module in missing]
        steps = [functools.partial(step, name) for step in (self._fill, self._open)]
        if missing:
            self._preparation.do_now([*imports, *steps])
        else:
            self._preparation.do_now([])
            self._open(name)

    def _fill(self, name: str) -> None:
        """Make the page and show what holds now, while the page before is still seen."""
        page = self._made(name)
        if page is not None and self._snapshot is not None:
            page.refresh(self._snapshot)

    def _open(self, name: str) -> None:
        page = self._made(name)
        if page is not None:
            self.setCurrentWidget(page)
            if self._snapshot is not None:
                page.refresh(self._snapshot)

    def _made(self, name: str) -> Page | None:
        """Return the page; None if somebody has gone to another one meanwhile."""
        if name != self.current or self._desk is None or self._players is None:
            return None
        if name not in self.pages:
            self._make_page(name, self._desk, self._players)
        return self.pages[name]

    def refresh(self, snapshot: Snapshot) -> None:
        """Show what holds now on the page that is open."""
        self._snapshot = snapshot
        if self.page is not None:
            self.page.refresh(snapshot)

    @property
    def unsaved_page(self) -> str:
        """Name of the page where something was changed and not saved, "" where nothing was."""
        return next((name for name, page in self.pages.items() if page.unsaved.count), "")

    def focus_filter(self) -> None:
        """Put the cursor into the filter field of the page that is open, where it has one."""
        if self.page is not None:
            self.page.focus_filter()

    def _make_page(self, name: str, desk: Desk, players: Players) -> None:
        entry = _entry(name)
        # Each widget that is given to a parent is dressed again with all that it contains: a page
        # made apart would be dressed as a whole once more when it comes into the stack.
        page = entry.make(desk, players, self)
        page.failed.connect(self.failed)
        page.page_wanted.connect(self.page_wanted)
        page.setting_wanted.connect(self.setting_wanted)
        page.play_test_wanted.connect(self.play_test_wanted)
        page.restart_wanted.connect(self.restart_wanted)
        page.said.connect(self.said)
        page.unsaved_changed.connect(
            lambda: self.unsaved_changed.emit(name, self.pages[name].unsaved.count)
        )
        self.pages[name] = page
        self.addWidget(page)
        self.made.emit(page)
