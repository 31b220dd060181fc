"""The rows of the event table: the newest on top, in words, filtered."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QModelIndex, Qt

from acedesk.model.event import Event, EventKind
from acedesk.ui.roles import Role
from acedesk.ui.tables.shown_rows import Index, ShownRows
from acedesk.words.events import EventWords, describe

KEPT: Final = 1000  # as many as `acedesk.observe.event_log` keeps
COLUMNS: Final = ("Time", "Stream or engine", "What happened")
TIME, SUBJECT, WHAT = range(3)


class EventRow(NamedTuple):
    """An event with its words."""

    event: Event
    words: EventWords


class EventModel(ShownRows):
    """Keeps the newest events and shows those that match a text."""

    def __init__(self) -> None:
        super().__init__(COLUMNS)
        self._events: list[Event] = []
        self._streams: dict[str, str] = {}
        self._text = ""

    @property
    def kept(self) -> int:
        """How many events are kept, shown or not."""
        return len(self._events)

    def take(self, events: Sequence[Event]) -> None:
        """Put `events` (oldest first, newer than all before) on top."""
        self._name_streams(
            {
                event.subject: str(event.data.get("name") or "")
                for event in events
                if event.kind in (EventKind.STREAM_BEGAN, EventKind.STREAM_ENDED)
            }
        )
        newest = list(reversed(events))[:KEPT]
        self._events = [*newest, *self._events][:KEPT]
        rows = [row for row in map(self._row, newest) if self._matches(row)]
        if rows:
            self.beginInsertRows(QModelIndex(), 0, len(rows) - 1)
            self._shown[:0] = rows
            self.endInsertRows()
        if len(self._shown) > KEPT:
            self.beginRemoveRows(QModelIndex(), KEPT, len(self._shown) - 1)
            del self._shown[KEPT:]
            self.endRemoveRows()

    def name_streams(self, titles: Mapping[str, str]) -> None:
        """Learn titles of streams, by id: an engine tells them after a stream began."""
        if self._name_streams(titles) and self._events:
            self._shown_again()

    def set_filter(self, text: str) -> None:
        """Show only what has `text` in it; case does not matter, "" shows all."""
        self._text = text.strip().casefold()
        self._shown_again()

    def row(self, place: int) -> EventRow:
        """Return the row at a line of the table."""
        found: EventRow = self._shown[place]
        return found

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell, the whole row, or a sentence for screen readers."""
        row = self.row(index.row())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _cell(row, index.column())
            case Role.ROW:
                return row
            case Role.TONE:
                return row.words.tone
            case Qt.ItemDataRole.AccessibleTextRole | Qt.ItemDataRole.ToolTipRole:
                return format_event(row)
            case _:
                return None

    def _name_streams(self, titles: Mapping[str, str]) -> bool:
        news = {key: title for key, title in titles.items() if title}
        if news.items() <= self._streams.items():
            return False
        self._streams.update(news)
        return True

    def _shown_again(self) -> None:
        self.beginResetModel()
        self._shown = [row for row in map(self._row, self._events) if self._matches(row)]
        self.endResetModel()

    def _row(self, event: Event) -> EventRow:
        return EventRow(event, describe(event, self._streams))

    def _matches(self, row: EventRow) -> bool:
        return not self._text or self._text in row.words.line.casefold()


def format_event(row: EventRow) -> str:
    """Return an event as it is copied: "2026-01-31 14:02:31  Test card: Began"."""
    return f"{row.event.time.astimezone():%Y-%m-%d %H:%M:%S}  {row.words.line}"


def _cell(row: EventRow, column: int) -> str:
    if column == TIME:
        return _time(row.event.time, datetime.datetime.now(datetime.UTC))
    return row.words.subject if column == SUBJECT else row.words.what


def _time(time: datetime.datetime, now: datetime.datetime) -> str:
    here = time.astimezone()
    if here.date() == now.astimezone().date():
        return f"{here:%H:%M:%S}"
    return f"{here:%d %b %H:%M}"
