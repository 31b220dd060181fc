"""The last events, numbered, for everybody who follows changes."""

import datetime
from collections import deque
from collections.abc import Callable
from typing import Final

from acedesk import clock
from acedesk.model.event import Event, EventKind, EventValue
from acedesk.signals import Signal

# As many as a busy day in a household brings; a reader that looks once a minute misses none.
KEPT: Final = 1000


class EventLog:
    """A bounded log.

    Signals:
        added: With each event, as soon as it is in the log.
    """

    def __init__(self, utc_now: Callable[[], datetime.datetime] = clock.utc_now) -> None:
        self.added: Signal[Event] = Signal()
        self._utc_now = utc_now
        self._events: deque[Event] = deque(maxlen=KEPT)
        self._newest = 0

    @property
    def newest(self) -> int:
        """Number of the newest event, 0 before the first."""
        return self._newest

    def note(self, kind: EventKind, subject: str, *, cause: str = "", **data: EventValue) -> None:
        """Note an event; see `acedesk.model.event.Note`."""
        self._newest += 1
        event = Event(
            number=self._newest,
            time=self._utc_now(),
            kind=kind,
            subject=subject,
            cause=cause,
            data=data,
        )
        self._events.append(event)
        self.added.emit(event)

    def since(self, number: int) -> tuple[Event, ...]:
        """Return the events after this number that are still kept, oldest first.

        A number above the newest is from an earlier run of AceDesk: all events are new then.
        """
        if number > self._newest:
            number = 0
        count = min(self._newest - max(number, 0), len(self._events))
        return tuple(self._events)[len(self._events) - count :]
