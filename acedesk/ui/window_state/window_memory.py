"""What the window looked like is what it looks like the next time: size, place, page, tables."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow, QWidget

from acedesk.ui.logs.view_switch import ViewSwitch
from acedesk.ui.pages import PAGES, PageStack
from acedesk.ui.tables.detail_splitter import DetailSplitter
from acedesk.ui.tables.remembered import is_whole
from acedesk.ui.window_state.screen_fit import place_again

Values = dict[str, Any]

FARTHEST: Final = 100_000  # pixels; no screen is there
QUIET_MS: Final = 1_500  # a window is dragged for seconds: one write at its end is enough
_MAXIMIZED: Final = Qt.WindowState.WindowMaximized
_GEOMETRY: Final = ("x", "y", "width", "height")
_WATCHED: Final = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.WindowStateChange)


class WindowMemory(QObject):
    """Restores the window and says what is to be kept when something changed.

    Args:
        values: What was kept the last time; anything in it may be broken.
        show_page: Opens a page by its name.
        keep: Called with what to keep, some time after a change.
    """

    def __init__(
        self,
        window: QMainWindow,
        stack: PageStack,
        values: Mapping[str, Any],
        *,
        show_page: Callable[[str], object],
        keep: Callable[[Values], object],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._stack = stack
        self._kept = dict(values)
        self._keep = keep
        self._soon = QTimer(self, interval=QUIET_MS)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.keep_now)
        self._restore_window()
        if values.get("page") in [entry.name for entry in PAGES]:
            show_page(str(values["page"]))
        window.installEventFilter(self)
        stack.made.connect(self._restore_page)
        stack.currentChanged.connect(self._note)
        for page in stack.pages.values():
            self._restore_page(page)

    def values(self) -> Values:
        """Return what is to be kept now."""
        return {
            "window": self._window_values(),
            "page": self._stack.current,
            "tables": self._members("tables") | self._table_values(),
            "splitters": self._members("splitters") | self._splitter_values(),
            "views": self._members("views") | self._view_values(),
        }

    def keep_now(self) -> None:
        """Hand out what changed, if anything did."""
        self._soon.stop()
        values = self.values()
        if values != self._kept:
            self._kept = values
            self._keep(values)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _WATCHED and self._window.isVisible():
            self._note()
        return False

    def _note(self, *_what: object) -> None:
        self._soon.start()

    def _restore_window(self) -> None:
        kept = self._members("window")
        numbers = [kept.get(name) for name in _GEOMETRY]
        whole = [n for n in numbers if isinstance(n, int) and is_whole(n) and abs(n) < FARTHEST]
        if len(whole) == len(_GEOMETRY):
            saved = QRect(QPoint(*whole[:2]), QSize(*whole[2:]))
            screens = [screen.availableGeometry() for screen in QGuiApplication.screens()]
            place = place_again(saved, screens)
            least = self._window.minimumSize()
            if place is not None:
                self._window.resize(place.size().expandedTo(least))
                self._window.move(place.topLeft())
            else:
                self._window.resize(saved.size().boundedTo(self._window.size()).expandedTo(least))
        if kept.get("maximized") is True:
            self._window.setWindowState(self._window.windowState() | _MAXIMIZED)

    def _window_values(self) -> Values:
        window = self._window
        if window.isMaximized() or window.isFullScreen():
            place, size = window.normalGeometry().topLeft(), window.normalGeometry().size()
        else:
            place, size = window.pos(), window.size()
        numbers = (place.x(), place.y(), size.width(), size.height())
        return dict(zip(_GEOMETRY, numbers, strict=True)) | {"maximized": window.isMaximized()}

    def _restore_page(self, page: QWidget) -> None:
        # Here, not above: the window is there before any page, and without its modules.
        from acedesk.ui.tables.column_table import ColumnTable

        tables, splitters = self._members("tables"), self._members("splitters")
        for table in page.findChildren(ColumnTable):
            values = tables.get(table.accessibleName())
            if isinstance(values, dict):
                table.restore(values)
            table.layout_changed.connect(self._note)
        for splitter in page.findChildren(DetailSplitter):
            splitter.restore(splitters.get(splitter.objectName()))
            splitter.moved.connect(self._note)
        for switch in page.findChildren(ViewSwitch):
            switch.restore(self._members("views").get(switch.objectName()))
            switch.changed.connect(self._note)

    def _table_values(self) -> Values:
        from acedesk.ui.tables.column_table import ColumnTable

        pages = self._stack.pages.values()
        tables = [table for page in pages for table in page.findChildren(ColumnTable)]
        return {table.accessibleName(): table.remembered() for table in tables}

    def _splitter_values(self) -> Values:
        pages = self._stack.pages.values()
        found = [splitter for page in pages for splitter in page.findChildren(DetailSplitter)]
        return {splitter.objectName(): splitter.permille for splitter in found}

    def _view_values(self) -> Values:
        pages = self._stack.pages.values()
        found = [switch for page in pages for switch in page.findChildren(ViewSwitch)]
        return {switch.objectName(): switch.chosen for switch in found}

    def _members(self, name: str) -> Values:
        values = self._kept.get(name)
        return dict(values) if isinstance(values, dict) else {}
