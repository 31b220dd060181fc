"""A table of columns that give way when it gets narrow, and that a person can choose and widen."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QTableView, QWidget

from acedesk.ui.look import theme, tokens
from acedesk.ui.tables.column_layout import ColumnChoice, drag_edge, fit_columns
from acedesk.ui.tables.column_menu import fill_column_menu, fill_sort_menu
from acedesk.ui.tables.header import TableHeader
from acedesk.ui.tables.remembered import TableMemory, read_table, table_values
from acedesk.ui.tables.row_table import RowTable
from acedesk.ui.widgets.delegates import CellDelegate, CellPictures
from acedesk.values import frozen_value


@frozen_value
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


class ColumnTable(QTableView):
    """The columns of a table: what fits, what a person chose, and by which one it is sorted.

    Signals:
        layout_changed: The person sorted, or chose columns or widths; see `remembered`.
    """

    layout_changed = Signal()

    def __init__(self, columns: Sequence[Column], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._choice = ColumnChoice()
        self._delegates: list[CellDelegate] = []
        pictures = CellPictures()
        # Kept here too: PySide lets go of a header that only Qt holds.
        self._header = TableHeader(self)
        self.setHorizontalHeader(self._header)
        for number, column in enumerate(self._columns):
            delegate = column.delegate()
            delegate.setParent(self)
            delegate.pictures = pictures
            self.setItemDelegateForColumn(number, delegate)
            self._delegates.append(delegate)
        header = self.horizontalHeader()
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.sectionResized.connect(self._drag)
        header.sortIndicatorChanged.connect(self._tell_layout)
        header.customContextMenuRequested.connect(self._show_columns)

    def setModel(self, model: QAbstractItemModel | None) -> None:
        """Show `model`; one that can be sorted is sorted by its head."""
        super().setModel(model)
        if isinstance(model, RowTable):
            header = self.horizontalHeader()
            header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
            header.setSortIndicatorClearable(True)
            header.setSectionsClickable(True)
            self.setSortingEnabled(True)
        self._fit_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def remembered(self) -> dict[str, Any]:
        """Return what the person chose, to be kept for the next time."""
        header = self.horizontalHeader()
        sorted_by = header.sortIndicatorSection() if self.isSortingEnabled() else -1
        memory = TableMemory(self._choice, sorted_by)
        memory.descending = header.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder
        return table_values(memory, self._headings())

    def restore(self, values: Mapping[str, Any]) -> None:
        """Take what `remembered` returned; what does not fit is left out."""
        memory = read_table(values, self._headings())
        self._choice = memory.choice
        self._choice.hidden -= self._fixed()
        orders = Qt.SortOrder
        order = orders.DescendingOrder if memory.descending else orders.AscendingOrder
        if memory.sorted_by >= 0 and self.isSortingEnabled():
            self.sortByColumn(memory.sorted_by, order)
        self._fit_columns()

    def fill_columns_menu(self, menu: QMenu) -> None:
        """Offer sorting and the choice of columns in `menu`."""
        headings = self._headings()
        if self.isSortingEnabled():
            sorted_by = self.horizontalHeader().sortIndicatorSection()
            fill_sort_menu(menu, headings, sorted_by=sorted_by, sort=self._sort)
        shown = set(range(len(headings))) - self._choice.hidden
        fill_column_menu(
            menu,
            headings,
            shown=shown,
            fixed=self._fixed(),
            toggle=self._toggle,
            reset=self._reset_columns,
        )

    def _headings(self) -> list[str]:
        across = Qt.Orientation.Horizontal
        numbers = range(len(self._columns))
        return [str(self.model().headerData(number, across) or "") for number in numbers]

    def _fixed(self) -> set[int]:
        return {number for number, column in enumerate(self._columns) if column.stretch}

    def _sort(self, column: int) -> None:
        self.sortByColumn(column, Qt.SortOrder.AscendingOrder)

    def _toggle(self, column: int) -> None:
        self._choice.hidden ^= {column}
        self._fit_columns()
        self.layout_changed.emit()

    def _reset_columns(self) -> None:
        self._choice = ColumnChoice()
        self._fit_columns()
        self.layout_changed.emit()

    def _show_columns(self, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill_columns_menu(menu)
        menu.popup(self.horizontalHeader().mapToGlobal(position))

    def _fit_columns(self) -> None:
        if self.model() is None:  # none before `setModel`
            return
        needs = [
            self._needed(column, heading)
            for column, heading in zip(self._columns, self._headings(), strict=True)
        ]
        widths = fit_columns(self._columns, needs, self._choice, self.viewport().width())
        self._show_widths(widths)

    def _show_widths(self, widths: Mapping[int, int]) -> None:
        """Give all columns their widths in one step.

        Told of each column, the view would be painted now, and a second time when it has counted
        up the columns: half of the time that a new size of the window takes.
        """
        header = self.horizontalHeader()
        quiet = header.blockSignals(True)
        changed = False
        for number in range(len(self._columns)):
            hidden = number not in widths
            if self.isColumnHidden(number) != hidden:
                self.setColumnHidden(number, hidden)
                changed = True
            if not hidden and self.columnWidth(number) != widths[number]:
                self.setColumnWidth(number, widths[number])
                changed = True
        header.blockSignals(quiet)
        if changed:
            self.updateGeometries()
            self.viewport().update()

    def _drag(self, number: int, before: int, after: int) -> None:
        """The person dragged the edge of a column."""
        if not before or not after:
            return
        shown = [n for n in range(len(self._columns)) if not self.isColumnHidden(n)]
        widths = {n: before if n == number else self.columnWidth(n) for n in shown}
        lowest = self.horizontalHeader().minimumSectionSize() + tokens.SPACE_L
        widths = drag_edge(widths, number, after - before, lambda _n: lowest)
        for n, width in widths.items():
            if not self._columns[n].stretch:
                self._choice.widths[n] = width
        self._show_widths(widths)
        self.layout_changed.emit()

    def _tell_layout(self, *_sorting: object) -> None:
        self.layout_changed.emit()

    def _needed(self, column: Column, heading: str) -> int:
        bold = theme.metrics(bold=True)
        text = bold.horizontalAdvance(column.sample) + column.extra
        wider = max(text, bold.horizontalAdvance(heading))
        return math.ceil(wider) + tokens.SPACE_L + tokens.SPACE_S
