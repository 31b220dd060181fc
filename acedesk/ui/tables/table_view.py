"""The table all pages use: hairlines, tinted selection, columns that give way or are chosen.

Rows are 56 px high, 36 px when there are more than eight.
"""

import math
from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QWidget

from acedesk.ui.look import theme, tokens
from acedesk.ui.tables.column_layout import choose_columns
from acedesk.ui.tables.column_table import Column, ColumnTable

__all__ = ["Column", "TableView", "choose_columns", "row_height"]

# As many rows of 56 px as a small screen shows beside a detail; more are made lower.
MOST_HIGH_ROWS = 8


class TableView(ColumnTable):
    """A table of whole rows, of which several can be selected.

    Signals:
        menu_wanted: Right click or the menu key on a row: its index and the global position.
        row_chosen: Enter or double click on a row.
        current_changed: Another row is current; an invalid index when there is none.
        copy_wanted, delete_wanted: Ctrl+C, or Ctrl+Enter; Delete.
    """

    menu_wanted = Signal(QModelIndex, QPoint)
    row_chosen = Signal(QModelIndex)
    current_changed = Signal(QModelIndex)
    copy_wanted = Signal()
    delete_wanted = Signal()

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        name: str,
        lowers: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(columns, parent)
        self._model: QAbstractItemModel | None = None
        self._lowers = lowers
        self.setAccessibleName(name)
        self._set_behaviour()
        self.customContextMenuRequested.connect(self._ask_menu)
        self.doubleClicked.connect(self.row_chosen)
        self.entered.connect(lambda index: self._hover(index.row()))
        self.viewportEntered.connect(lambda: self._hover(-1))

    def _set_behaviour(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(tokens.SPACE_L)
        self.verticalHeader().setDefaultSectionSize(row_height())
        header = self.horizontalHeader()
        header.setFixedHeight(max(tokens.HEADER_HEIGHT, self.fontMetrics().height() + 12))

    def setModel(self, model: QAbstractItemModel | None) -> None:
        """Show `model`; the current row is told through `current_changed`."""
        super().setModel(model)
        self._model = model
        if model is None:
            return
        self.selectionModel().currentRowChanged.connect(self._tell_current)
        if self._lowers:
            for signal in (model.rowsInserted, model.rowsRemoved, model.modelReset):
                signal.connect(self._fit_rows)
            self._fit_rows()

    # ------------------------------------------------------------------ rows

    def content_height(self) -> int:
        """Return the height at which all rows are seen without scrolling."""
        return self.horizontalHeader().height() + self._count() * self._row_height() + 2

    def selectRow(self, row: int) -> None:
        """Select this row alone: Qt's own adds it to the others while somebody holds Ctrl."""
        flags = QItemSelectionModel.SelectionFlag
        alone = flags.ClearAndSelect | flags.Rows
        self.selectionModel().setCurrentIndex(self.model().index(row, 0), alone)

    def rows_in_sight(self) -> range:
        """Return the rows of which at least a part is seen."""
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        return range(max(first, 0), self._count() if last < 0 else last + 1)

    def selected_places(self) -> list[int]:
        """Return the selected lines of the table, from top to bottom.

        Read from the ranges: `selectedRows()` takes a second for 50,000 rows.
        """
        places: set[int] = set()
        ranges = self.selectionModel().selection()
        for part in map(ranges.at, range(ranges.count())):
            places.update(range(part.top(), part.bottom() + 1))
        return sorted(places)

    def _count(self) -> int:
        return self._model.rowCount() if self._model is not None else 0

    def _row_height(self) -> int:
        return self.verticalHeader().defaultSectionSize()

    def _fit_rows(self) -> None:
        """Make rows lower when there are many; the first one in sight stays the first."""
        height = row_height(low=self._count() > MOST_HIGH_ROWS)
        before = self._row_height()
        if height != before:
            bar = self.verticalScrollBar()
            first = bar.value() / before
            self.verticalHeader().setDefaultSectionSize(height)
            bar.setValue(round(first * height))

    # ------------------------------------------------------------------ keys and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, there = event.key(), self.currentIndex().isValid()
        entered = key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and there
        with_ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.matches(QKeySequence.StandardKey.Copy) or (entered and with_ctrl):
            self.copy_wanted.emit()
        elif entered:
            self.row_chosen.emit(self.currentIndex())
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and there:
            self.delete_wanted.emit()
        else:
            super().keyPressEvent(event)

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Go to the first and the last row with Home and End: a row is one thing here."""
        actions = QAbstractItemView.CursorAction
        if action in (actions.MoveHome, actions.MoveEnd) and self._model is not None:
            row = 0 if action is actions.MoveHome else self._count() - 1
            return self._model.index(row, max(0, self.currentIndex().column()))
        return super().moveCursor(action, modifiers)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, row: int) -> None:
        if self._delegates and self._delegates[0].hovered_row != row:
            for delegate in self._delegates:
                delegate.hovered_row = row
            self.viewport().update()

    def _tell_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self.current_changed.emit(current)

    def _ask_menu(self, position: QPoint) -> None:
        index = self.indexAt(position)
        if not index.isValid():
            index = self.currentIndex()
            position = self.visualRect(index).center()
        if index.isValid():
            self.menu_wanted.emit(index, self.viewport().mapToGlobal(position))


def row_height(*, low: bool = False) -> int:
    """Return the height of a row, more where the font is larger than usual.

    Args:
        low: One line of 36 px instead of two in 56.
    """
    lines = theme.metrics(bold=True).height()
    if not low:
        lines += theme.metrics(theme.SMALL_POINTS).height()
    least = tokens.LOW_ROW_HEIGHT if low else tokens.ROW_HEIGHT
    return max(least, math.ceil(lines) + 2 * tokens.SPACE_S)
