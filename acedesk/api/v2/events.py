"""What happened, over HTTP: `GET /api/v2/events?since=N&wait=SECONDS`."""

from collections.abc import Sequence
from typing import Final, Protocol

from aiohttp import web

from acedesk.api import wire
from acedesk.api.endpoints import OWN, Endpoint, Parameter, read_own_query, text_answer
from acedesk.api.v2.shapes import EventPage
from acedesk.model.event import Event
from acedesk.observe.event_log import KEPT

# Proxies on the way give a request up after a minute.
LONGEST_WAIT: Final = 50
# What has happened does not change: as many texts are kept as there are events.
MOST_TEXTS: Final = KEPT

_QUERY: Final = (
    Parameter(
        name="since",
        about="Number of the last event that was seen.",
        kind="integer",
        minimum=0,
        default=0,
    ),
    Parameter(
        name="wait",
        about="Seconds to wait for an event.",
        kind="integer",
        minimum=0,
        maximum=LONGEST_WAIT,
        default=0,
        clamped=True,
    ),
)


class EventsApi(Protocol):
    """What the API may read; `acedesk.observe.event_log.EventLog` is it."""

    @property
    def newest(self) -> int:
        """Number of the newest event."""
        ...

    def since(self, number: int) -> Sequence[Event]:
        """Return the events behind this number."""
        ...

    async def wait(self, number: int, limit: float) -> None:
        """Wait until there are events behind this number, at most `limit` seconds."""
        ...


class EventRoutes:
    """The handler over the log."""

    def __init__(self, events: EventsApi) -> None:
        self._events = events
        self._texts: dict[int, str] = {}

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint(
                method="GET",
                path="/events",
                handler=self.events,
                answer=EventPage,
                query=_QUERY,
                prefixes=OWN,
            )
        ]

    async def events(self, request: web.Request) -> web.Response:
        """Give the events behind the number `since`, oldest first; all that are kept without it.

        Of very many the oldest are gone: then the first one's number is not that of `since` + 1.
        With `wait`, an answer without events comes after so many seconds only.
        """
        wanted = read_own_query(request, _QUERY)
        since, wait = wanted["since"], wanted["wait"]
        if wait:
            await self._events.wait(since, wait)
        events = ", ".join(map(self._text, self._events.since(since)))
        text = f'{{"newest": {self._events.newest}, "events": [{events}]}}'
        return text_answer(text)

    def _text(self, event: Event) -> str:
        text = self._texts.get(event.number)
        if text is None:
            text = self._texts[event.number] = wire.text(event)
            if len(self._texts) > MOST_TEXTS:
                del self._texts[next(iter(self._texts))]
        return text
