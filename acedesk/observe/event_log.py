"""The last events, numbered, for everybody who follows changes."""

import asyncio
import dataclasses
import datetime
from collections import deque
from collections.abc import Callable, Collection
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

    async def wait(self, number: int, limit: float) -> None:
        """Wait until there are events after this number, at most `limit` seconds."""
        came = asyncio.Event()
        disconnect = self.added.connect(lambda _: came.set())
        try:
            async with asyncio.timeout(limit):
                while number == self._newest:
                    await came.wait()
                    came.clear()
        except TimeoutError:
            return
        finally:
            disconnect()

    def restore(self, events: Collection[Event]) -> None:
        """Put the events of earlier runs before those of this one, which are numbered anew.

        Args:
            events: Oldest first, with the numbers they had.
        """
        newest = max((event.number for event in events), default=0)
        kept = [*events, *self._events]
        self._newest = newest + len(self._events)
        first = self._newest - len(kept) + 1
        self._events.clear()
        for number, event in enumerate(kept, first):
            self._events.append(dataclasses.replace(event, number=number))

    def since(self, number: int) -> tuple[Event, ...]:
        """Return the events after this number that are still kept, oldest first.

        A number above the newest is from before the history was lost: all events are new then.
        """
        if number > self._newest:
            number = 0
        count = min(self._newest - max(number, 0), len(self._events))
        return tuple(self._events)[len(self._events) - count :]
