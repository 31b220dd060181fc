"""The table of streams: changed by difference, so that selection and scroll position stay.

Cells are built for the rows in sight only; those of the others when somebody asks for them.
"""

import datetime
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from PySide6.QtCore import Qt

from acedesk.model.snapshot import StreamState, StreamView
from acedesk.ui.roles import Role
from acedesk.ui.streams import words
from acedesk.ui.tables.row_table import RowTable, natural
from acedesk.ui.tables.shown_rows import Index
from acedesk.words import numbers

COLUMNS: Final = ("State", "Name", "Bit rate", "Viewers", "Peers", "Buffer", "Engine", "Since")
STATE, NAME, RATE, VIEWERS, PEERS, BUFFER, ENGINE, SINCE = range(8)

# The sparkline shows the last minute; the detail pane has all five.
SPARK_VALUES: Final = 60
_STATE_ORDER: Final = {state: number for number, state in enumerate(StreamState)}


class Cell(NamedTuple):
    """What one cell shows; compared to find what changed."""

    text: str
    tone: str | None = None
    shape: str = ""
    icon: str = ""
    detail: str = ""
    history: tuple[float, ...] = ()
    fraction: float | None = None


_CELL_ROLES: Final = {
    int(Qt.ItemDataRole.DisplayRole): 0,
    int(Role.TONE): 1,
    int(Role.SHAPE): 2,
    int(Role.ICON): 3,
    int(Role.DETAIL): 4,
    int(Role.HISTORY): 5,
    int(Role.FRACTION): 6,
}


class StreamModel(RowTable):
    """Rows in the order of the snapshot, or sorted; `update_from` tells only what is different.

    Attributes:
        sight: Asked for the rows somebody sees: of the others only their coming and going is
            told. None for all.
    """

    def __init__(self) -> None:
        super().__init__(COLUMNS, id_of=lambda stream: stream.id, sort_value=sort_value)
        self.sight: Callable[[], range] | None = None
        self._cells: list[tuple[Cell, ...] | None] = []
        self._filter = ""
        self._last: tuple[Sequence[StreamView], datetime.datetime, float] | None = None

    def set_filter(self, text: str) -> None:
        """Show only streams with `text` in their name, id, engine or state."""
        self._filter = text.strip().lower()
        if self._last is not None:
            self.update_from(*self._last)

    def update_from(
        self, streams: Sequence[StreamView], now: datetime.datetime, ring_seconds: float
    ) -> None:
        """Show these streams.

        Args:
            ring_seconds: Seconds of media a full buffer holds (the setting).
        """
        self._last = (streams, now, ring_seconds)
        self.put([stream for stream in streams if self._matches(stream)])
        seen = range(self.rowCount()) if self.sight is None else self.sight()
        for row in range(self.rowCount()):
            self._renew(row, seen=row in seen)

    def stream_at(self, row: int) -> StreamView | None:
        """Return the stream of a row, None when there is no such row."""
        found: StreamView | None = self.row_at(row)
        return found

    def _matches(self, stream: StreamView) -> bool:
        if not self._filter:
            return True
        searched = (
            words.name(stream),
            stream.key.value,
            stream.engine_name,
            words.STATES[stream.state][0],
        )
        return any(self._filter in part.lower() for part in searched)

    def _moved(self, old_places: Sequence[int]) -> None:
        self._cells = [self._cells[place] for place in old_places]

    def _came(self, place: int) -> None:
        self._cells.insert(place, None)

    def _left(self, place: int) -> None:
        del self._cells[place]

    def _renew(self, row: int, *, seen: bool) -> None:
        """Tell what is different in a row that somebody sees; forget the cells of another."""
        before, self._cells[row] = self._cells[row], None
        if not seen:
            return
        after = self._cells_of(row)
        for first, last in _runs(after if before is None else before, after):
            self.dataChanged.emit(self.createIndex(row, first), self.createIndex(row, last))

    def _cells_of(self, row: int) -> tuple[Cell, ...]:
        cells = self._cells[row]
        if cells is None:
            assert self._last is not None
            _, now, ring_seconds = self._last
            cells = self._cells[row] = build_cells(self._shown[row], now, ring_seconds)
        return cells

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid() or index.row() >= len(self._cells):
            return None
        cell = self._cells_of(index.row())[index.column()]
        position = _CELL_ROLES.get(int(role))
        if position is not None:
            return cell[position]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _say(COLUMNS[index.column()], cell)
        if role == Qt.ItemDataRole.ToolTipRole and index.column() in (NAME, ENGINE):
            return f"{cell.text}\n{cell.detail}".strip()
        if role == Role.CONTENTS:
            return cell
        return self._shown[index.row()] if role == Role.ROW else None


def sort_value(stream: StreamView, column: int) -> Any:
    """Return what a column is sorted by: numbers as numbers, those that are not there first."""
    match column:
        case 0:
            return _STATE_ORDER[stream.state]
        case 1:
            return natural(words.name(stream))
        case 2:
            return stream.bit_rate if stream.is_fed else None
        case 3:
            return len(stream.clients)
        case 4:
            return stream.peers if stream.is_alive else None
        case 5:
            return stream.buffer if stream.is_fed else None
        case 6:
            return natural(stream.engine_name)
        case _:
            return -stream.started_time.timestamp()  # the shortest time comes first


def _runs(before: tuple[Cell, ...], after: tuple[Cell, ...]) -> list[tuple[int, int]]:
    """Return the stretches of columns in which the two rows differ."""
    runs: list[tuple[int, int]] = []
    for column, (old, new) in enumerate(zip(before, after, strict=True)):
        if old == new:
            continue
        if runs and runs[-1][1] == column - 1:
            runs[-1] = (runs[-1][0], column)
        else:
            runs.append((column, column))
    return runs


def _say(heading: str, cell: Cell) -> str:
    text = "none" if cell.text == numbers.NOTHING else cell.text
    return f"{heading}: {text}" + (f", {cell.detail}" if cell.detail else "")


def build_cells(
    stream: StreamView, now: datetime.datetime, ring_seconds: float
) -> tuple[Cell, ...]:
    """Return what a stream shows in each column."""
    word, tone, shape = words.STATES[stream.state]
    peers = str(stream.peers) if stream.is_alive and stream.peers is not None else numbers.NOTHING
    return (
        Cell(word, tone, shape),
        Cell(words.name(stream), detail=words.detail(stream)),
        _rate(stream),
        Cell(str(len(stream.clients)) if stream.is_alive else numbers.NOTHING),
        Cell(peers),
        _buffer(stream, ring_seconds),
        Cell(
            (stream.carried_by or stream.engine_name) if stream.is_alive else "",
            icon="lan-connect" if stream.carried_by else "engine-outline",
        ),
        Cell(_since(stream, now), "plain"),
    )


def _since(stream: StreamView, now: datetime.datetime) -> str:
    return numbers.format_since(stream.started_time if stream.is_alive else None, now)


def _rate(stream: StreamView) -> Cell:
    if not stream.is_alive:
        return Cell(words.TRY_AGAIN, "accent", icon="refresh")
    history = tuple(stream.rate_history[-SPARK_VALUES:]) if stream.is_fed else ()
    tone = "warn" if stream.state is StreamState.SLOW else "accent"
    return Cell(words.rate(stream), tone, history=history)


def _buffer(stream: StreamView, ring_seconds: float) -> Cell:
    if not stream.buffer or not stream.is_fed:
        return Cell(numbers.NOTHING, "plain")
    fraction = min(1.0, stream.buffer / max(1.0, ring_seconds))
    tone = {StreamState.PLAYING: "good", StreamState.SLOW: "warn"}.get(stream.state, "idle")
    # Two digits are more than the bar's 70 pixels show; finer would repaint for nothing.
    return Cell(f"{stream.buffer:.0f} s", tone, fraction=round(fraction, 2))
