"""Rows with an id, changed by difference; in the program's own order or sorted by a column.

Nothing is reset: selection, scroll position and screen readers stay where they are.
"""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, Qt

from acedesk.ui.tables.shown_rows import ShownRows

_DIGITS = re.compile(r"(\d+)")


class RowTable(ShownRows):
    """Base of the tables that change once a second.

    Args:
        headings: Of the columns.
        id_of: What stays the same while a row changes.
        sort_value: By column: what a row is sorted by; None values come first.
    """

    def __init__(
        self,
        headings: Sequence[str],
        id_of: Callable[[Any], Hashable],
        sort_value: Callable[[Any, int], Any],
    ) -> None:
        super().__init__(headings)
        self._id_of = id_of
        self._sort_value = sort_value
        self._own_order: list[Hashable] = []
        self._sorted_by = -1
        self._descending = False

    @property
    def is_sorted(self) -> bool:
        """Whether a column decides about the order."""
        return self._sorted_by >= 0

    def put(self, rows: Sequence[Any]) -> None:
        """Become `rows`, sorted: rows leave, change places and come; of two with one id the last.

        Nothing is told of rows that stay: that is the subclass's part.
        """
        wanted = {self._id_of(row): row for row in rows}
        self._own_order = list(wanted)
        self._remove_all_but(wanted)
        arranged = self._arranged(list(wanted.values()))
        if self.is_sorted:
            self._permute([row for row in map(self._id_of, arranged) if self.row_of(row) >= 0])
        for place, row in enumerate(arranged):
            self._place(place, row)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by `column` from now on; a column below 0 brings the program's order back."""
        self._sorted_by = column
        self._descending = order is Qt.SortOrder.DescendingOrder
        places = {row: place for place, row in enumerate(self._own_order)}
        rows = sorted(self._shown, key=lambda row: places.get(self._id_of(row), len(places)))
        self._permute([self._id_of(row) for row in self._arranged(rows)])

    def row_at(self, place: int) -> Any:
        """Return the row at a place, None when there is no such row."""
        return self._shown[place] if 0 <= place < len(self._shown) else None

    def row_of(self, row_id: Hashable) -> int:
        """Return the place of a row, -1 when it is not shown."""
        for place, row in enumerate(self._shown):
            if self._id_of(row) == row_id:
                return place
        return -1

    def _moved(self, old_places: Sequence[int]) -> None:
        """Follow a new order with what belongs to the rows.

        Args:
            old_places: For each new place where its row was before.
        """

    def _came(self, place: int) -> None:
        """Follow a new row."""

    def _left(self, place: int) -> None:
        """Follow a row that is gone."""

    def _arranged(self, rows: list[Any]) -> list[Any]:
        if not self.is_sorted:
            return rows
        return sorted(rows, key=self._key, reverse=self._descending)

    def _key(self, row: Any) -> tuple[bool, Any]:
        value = self._sort_value(row, self._sorted_by)
        return (value is not None, value if value is not None else 0)

    def _remove_all_but(self, wanted: Mapping[Hashable, Any]) -> None:
        for place in range(len(self._shown) - 1, -1, -1):
            if self._id_of(self._shown[place]) not in wanted:
                self.beginRemoveRows(QModelIndex(), place, place)
                del self._shown[place]
                self._left(place)
                self.endRemoveRows()

    def _permute(self, wanted: Sequence[Hashable]) -> None:
        """Bring the rows into the order of `wanted`, which names each of them once."""
        now = {self._id_of(row): place for place, row in enumerate(self._shown)}
        old_places = [now[row] for row in wanted]
        if old_places == sorted(old_places):
            return
        self.layoutAboutToBeChanged.emit()
        self._shown = [self._shown[place] for place in old_places]
        self._moved(old_places)
        new_places = {old: new for new, old in enumerate(old_places)}
        before = self.persistentIndexList()
        after = [self.index(new_places[index.row()], index.column()) for index in before]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _place(self, place: int, row: Any) -> None:
        row_id = self._id_of(row)
        if place < len(self._shown) and self._id_of(self._shown[place]) == row_id:
            self._shown[place] = row
            return
        old = self.row_of(row_id)
        if old < 0:
            self.beginInsertRows(QModelIndex(), place, place)
            self._shown.insert(place, row)
            self._came(place)
            self.endInsertRows()
            return
        # Rows before `place` are settled, so that it can only move up.
        self.beginMoveRows(QModelIndex(), old, old, QModelIndex(), place)
        del self._shown[old]
        self._shown.insert(place, row)
        count = len(self._shown)
        order = [n for n in range(count) if n != old]
        order.insert(place, old)
        self._moved(order)
        self.endMoveRows()


def natural(text: str) -> tuple[tuple[str, int], ...]:
    """Return what sorts names as people do: "engine-2" before "engine-10", capitals as others."""
    parts = _DIGITS.split(text.casefold())
    numbers = [*parts[1::2], "0"]
    return tuple((word, int(number)) for word, number in zip(parts[::2], numbers, strict=True))
