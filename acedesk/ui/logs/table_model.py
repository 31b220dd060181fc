"""The rows of the log table: appended and dropped in batches, filtered by a list of our own.

A QSortFilterProxyModel would ask for every row again after each batch; here a new row is tested
once. A changed filter is worked off in slices, so that 50,000 rows never hold up the loop.
"""

import bisect
import operator
from collections.abc import Callable, Sequence
from typing import Any, Final

from PySide6.QtCore import QModelIndex, Qt, Signal

from acedesk.log import RING_ROWS, LogRow
from acedesk.ui.logs.filter import LogFilter, group, level_word
from acedesk.ui.roles import Role
from acedesk.ui.tables.shown_rows import Index, ShownRows

# One slice of a changed filter: about 3 ms of searching, measured on two shared cores.
SLICE_ROWS: Final = 4_000

COLUMNS: Final = ("Time", "Level", "Source", "Message")
TIME, LEVEL, SOURCE, MESSAGE = range(4)

_number = operator.attrgetter("number")


class LogModel(ShownRows):
    """Keeps the newest rows and shows those that match.

    Signals:
        sources_changed: A part of AceDesk wrote its first row; read `sources` again.
    """

    sources_changed = Signal()

    def __init__(self, limit: int = RING_ROWS) -> None:
        super().__init__(COLUMNS)
        self._limit = limit
        self._rows: list[LogRow] = []
        self._matches: Callable[[LogRow], bool] = LogFilter().matcher()
        self._sources: set[str] = set()
        self._refiltered: list[LogRow] | None = None
        self._next_tested = 0

    @property
    def kept(self) -> int:
        """How many rows are kept, shown or not."""
        return len(self._rows)

    @property
    def sources(self) -> tuple[str, ...]:
        """The parts of AceDesk that wrote something, sorted."""
        return tuple(sorted(self._sources))

    def take(self, rows: Sequence[LogRow]) -> None:
        """Append `rows` (newer than all before): at most one removal and one insertion."""
        rows = rows[-self._limit :]
        if not rows:
            return
        overflow = max(0, len(self._rows) + len(rows) - self._limit)
        del self._rows[:overflow]
        self._rows.extend(rows)
        self._drop_before(self._rows[0].number)
        if self._refiltered is None:
            self._append([row for row in rows if self._matches(row)])
        self._note_sources(rows)

    def clear(self) -> None:
        """Forget all rows; the ring and the log file keep theirs."""
        self.beginResetModel()
        self._rows.clear()
        self._shown.clear()
        self._refiltered = None
        self.endResetModel()

    def set_filter(self, wanted: LogFilter) -> None:
        """Begin to show what `wanted` lets through; call `refilter` until it returns False.

        Raises:
            PatternError: The regular expression cannot be used; nothing changed.
        """
        self._matches = wanted.matcher()
        self._refiltered = []
        self._next_tested = self._rows[0].number if self._rows else 0

    def refilter(self) -> bool:
        """Test the next slice of rows; return whether more are left."""
        if self._refiltered is None:
            return False
        start = bisect.bisect_left(self._rows, self._next_tested, key=_number)
        part = self._rows[start : start + SLICE_ROWS]
        self._refiltered.extend(filter(self._matches, part))
        if part and start + len(part) < len(self._rows):
            self._next_tested = part[-1].number + 1
            return True
        self.beginResetModel()
        self._shown, self._refiltered = self._refiltered, None
        self.endResetModel()
        return False

    def shown(self) -> tuple[LogRow, ...]:
        """Return the rows that are shown, oldest first."""
        return tuple(self._shown)

    def row(self, position: int) -> LogRow:
        """Return the row at a line of the table."""
        found: LogRow = self._shown[position]
        return found

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell, the whole row, or a sentence for screen readers."""
        row = self.row(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell(row, index.column())
        if role == Role.ROW:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return format_row(row)
        return None

    def _append(self, rows: list[LogRow]) -> None:
        if rows:
            first = len(self._shown)
            self.beginInsertRows(QModelIndex(), first, first + len(rows) - 1)
            self._shown.extend(rows)
            self.endInsertRows()

    def _drop_before(self, number: int) -> None:
        gone = bisect.bisect_left(self._shown, number, key=_number)
        if gone:
            self.beginRemoveRows(QModelIndex(), 0, gone - 1)
            del self._shown[:gone]
            self.endRemoveRows()
        if self._refiltered:
            del self._refiltered[: bisect.bisect_left(self._refiltered, number, key=_number)]

    def _note_sources(self, rows: Sequence[LogRow]) -> None:
        found = {group(row.source) for row in rows} - self._sources
        if found:
            self._sources |= found
            self.sources_changed.emit()


def format_row(row: LogRow) -> str:
    """Return the row as it is copied and exported: "2026-01-31 14:02:31.250 INFO  vpn  ..."."""
    time = row.time.astimezone()
    stamp = f"{time:%Y-%m-%d %H:%M:%S}.{time.microsecond // 1000:03d}"
    return f"{stamp} {level_word(row.level):<5} {row.source}  {row.text}"


def format_rows(rows: Sequence[LogRow]) -> str:
    """Return the rows as text, a line each (or more, for messages of several lines)."""
    return "\n".join(map(format_row, rows))


def _cell(row: LogRow, column: int) -> str:
    if column == TIME:
        time = row.time.astimezone()
        return f"{time:%H:%M:%S}.{time.microsecond // 1000:03d}"
    if column == LEVEL:
        return level_word(row.level)
    if column == SOURCE:
        return row.source
    first, _, rest = row.text.partition("\n")
    return f"{first} ⏎" if rest else first
