"""Keeps the event log over restarts: the last events are read back, new ones are handed on."""

import datetime
from typing import Protocol

from acedesk.model.event import Event, EventKind
from acedesk.observe.event_log import KEPT, EventLog
from acedesk.store.history.database import EventRow


class EventStore(Protocol):
    """What keeps them; `acedesk.store.history.history_store.HistoryStore` is it."""

    async def open(self, events: int) -> list[EventRow]:
        """Return the last events, oldest first."""
        ...

    def add_event(self, event: EventRow) -> None:
        """Keep one more."""
        ...


class KeptEvents:
    """Joins the log of this run with the store.

    Args:
        version: Of this AceDesk; told where events of an earlier run come before.
    """

    def __init__(self, log: EventLog, store: EventStore, version: str) -> None:
        self._log = log
        self._store = store
        self._version = version

    async def open(self) -> None:
        """Read back what was kept, then keep what comes, and what has come meanwhile."""
        rows = await self._store.open(KEPT)
        before = self._log.since(0)
        self._log.restore([event for row in rows if (event := _event(row)) is not None])
        for event in before:
            self._keep(event)
        self._log.added.connect(self._keep)
        if rows:
            self._log.note(EventKind.PROGRAM_STARTED, "", version=self._version)

    def _keep(self, event: Event) -> None:
        self._store.add_event(
            EventRow(
                time=event.time.timestamp(),
                kind=event.kind.value,
                subject=event.subject,
                cause=event.cause,
                data=event.data,
            )
        )


def _event(row: EventRow) -> Event | None:
    """Return the event, None for one of a kind that this AceDesk does not know."""
    try:
        return Event(
            number=row.number,
            time=datetime.datetime.fromtimestamp(row.time, datetime.UTC),
            kind=EventKind(row.kind),
            subject=row.subject,
            cause=row.cause,
            data=row.data,
        )
    except (ValueError, OverflowError, OSError):
        return None
