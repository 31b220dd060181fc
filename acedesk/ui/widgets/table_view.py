"""The table all pages use: 56 px rows, hairlines, tinted selection, columns that give way."""

import dataclasses
import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QWidget

from acedesk.ui.look import theme, tokens
from acedesk.ui.widgets.delegates import CellDelegate


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How one column of a table is laid out; its heading comes from the model.

    Attributes:
        sample: A text as wide as this column ever needs; the font decides the pixels.
        extra: Pixels beside the text: a sparkline, an icon.
        stretch: Share of the room that is left; 0 keeps the column at its sample.
        gives_way: Columns with 1 vanish first when it gets narrow, then 2 ...; 0 never.
        delegate: What paints its cells.
    """

    sample: str
    extra: int = 0
    stretch: int = 0
    gives_way: int = 0
    delegate: Callable[[], CellDelegate] = CellDelegate


class TableView(QTableView):
    """A table of whole rows.

    Signals:
        menu_wanted: Right click or the menu key on a row: its index and the global position.
        row_chosen: Enter or double click on a row.
        current_changed: Another row is current; an invalid index when there is none.
    """

    menu_wanted = Signal(QModelIndex, QPoint)
    row_chosen = Signal(QModelIndex)
    current_changed = Signal(QModelIndex)

    def __init__(
        self, columns: Sequence[Column], *, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._delegates: list[CellDelegate] = []
        self._model: QAbstractItemModel | None = None
        self.setAccessibleName(name)
        self._set_behaviour()
        for number, column in enumerate(self._columns):
            delegate = column.delegate()
            delegate.setParent(self)
            self.setItemDelegateForColumn(number, delegate)
            self._delegates.append(delegate)
        self.customContextMenuRequested.connect(self._ask_menu)
        self.doubleClicked.connect(self.row_chosen)
        self.entered.connect(lambda index: self._hover(index.row()))
        self.viewportEntered.connect(lambda: self._hover(-1))

    def _set_behaviour(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
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
        self.verticalHeader().setDefaultSectionSize(row_height())
        header = self.horizontalHeader()
        header.setFixedHeight(max(tokens.HEADER_HEIGHT, self.fontMetrics().height() + 12))
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setMinimumSectionSize(tokens.SMALLEST_TARGET)

    def setModel(self, model: QAbstractItemModel | None) -> None:
        """Show `model`; the current row is told through `current_changed`."""
        super().setModel(model)
        self._model = model
        if model is not None:
            self.selectionModel().currentRowChanged.connect(self._tell_current)
            self._fit_columns()

    def content_height(self) -> int:
        """Return the height at which all rows are seen without scrolling."""
        rows = self._model.rowCount() if self._model is not None else 0
        return self.horizontalHeader().height() + rows * row_height() + 2

    def rows_in_sight(self) -> range:
        """Return the rows of which at least a part is seen."""
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        rows = self._model.rowCount() if self._model is not None else 0
        return range(max(first, 0), rows if last < 0 else last + 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.row_chosen.emit(self.currentIndex())
            return
        super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(-1)

    def _hover(self, row: int) -> None:
        if self._delegates and self._delegates[0].hovered_row != row:
            for delegate in self._delegates:
                delegate.hovered_row = row
            self.viewport().update()

    def _fit_columns(self) -> None:
        room = self.viewport().width()
        if self._model is None:
            return
        needs = [self._needed(number) for number in range(len(self._columns))]
        shown = choose_columns(self._columns, needs, room)
        spare = max(0, room - sum(needs[number] for number in shown))
        shares = sum(self._columns[number].stretch for number in shown)
        for number, column in enumerate(self._columns):
            more = spare * column.stretch // shares if shares else 0
            self._fit_column(number, needs[number] + more, hidden=number not in shown)

    def _fit_column(self, number: int, width: int, *, hidden: bool) -> None:
        if self.isColumnHidden(number) != hidden:
            self.setColumnHidden(number, hidden)
        if not hidden and self.columnWidth(number) != width:
            self.setColumnWidth(number, width)

    def _needed(self, number: int) -> int:
        column = self._columns[number]
        heading = str(self.model().headerData(number, Qt.Orientation.Horizontal) or "")
        bold = theme.metrics(bold=True)
        text = bold.horizontalAdvance(column.sample) + column.extra
        wider = max(text, bold.horizontalAdvance(heading))
        return math.ceil(wider) + tokens.SPACE_L + tokens.SPACE_S

    def _tell_current(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self.current_changed.emit(current)

    def _ask_menu(self, position: QPoint) -> None:
        index = self.indexAt(position)
        if not index.isValid():
            index = self.currentIndex()
            position = self.visualRect(index).center()
        if index.isValid():
            self.menu_wanted.emit(index, self.viewport().mapToGlobal(position))


def row_height() -> int:
    """Return the height of a row: 56 px, more where the font is larger than usual."""
    two_lines = theme.metrics(bold=True).height() + theme.metrics(theme.SMALL_POINTS).height()
    return max(tokens.ROW_HEIGHT, math.ceil(two_lines) + 2 * tokens.SPACE_S)


def choose_columns(columns: Sequence[Column], needs: Sequence[int], room: int) -> tuple[int, ...]:
    """Return the numbers of the columns that fit into `room` pixels.

    Columns leave in the order of `gives_way`; those with 0 stay whatever happens.
    """
    shown = set(range(len(columns)))
    leaving = sorted((n for n in shown if columns[n].gives_way), key=lambda n: columns[n].gives_way)
    for number in leaving:
        if sum(needs[n] for n in shown) <= room:
            break
        shown.discard(number)
    return tuple(sorted(shown))
