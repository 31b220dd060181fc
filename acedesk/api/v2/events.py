"""What happened, over HTTP: `GET /api/v2/events?since=N&wait=SECONDS`."""

from collections.abc import Sequence
from typing import Final, Protocol

from aiohttp import web

from acedesk.api import wire
from acedesk.api.v2.streams import OWN_PREFIX
from acedesk.errors import BadRequest
from acedesk.model.event import Event
from acedesk.proxy.http.errors import NO_STORE

# Proxies on the way give a request up after a minute.
LONGEST_WAIT: Final = 50


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

    def routes(self) -> list[web.RouteDef]:
        """Return the routes for an aiohttp application."""
        return [web.get(f"{OWN_PREFIX}/events", self.events)]

    async def events(self, request: web.Request) -> web.Response:
        """Give the events behind the number `since`, oldest first; all that are kept without it.

        Of very many the oldest are gone: then the first one's number is not that of `since` + 1.
        With `wait`, an answer without events comes after so many seconds only.
        """
        since = _number("since", request.query.get("since", "0"))
        wait = _number("wait", request.query.get("wait", "0"))
        if wait:
            await self._events.wait(since, min(wait, LONGEST_WAIT))
        events = self._events.since(since)
        text = f'{{"newest": {self._events.newest}, "events": {wire.text(events)}}}'
        return web.json_response(text=text, headers=NO_STORE)


_MEANINGS: Final = {
    "since": "since is the number of an event.",
    "wait": "wait is a number of seconds.",
}


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise BadRequest(_MEANINGS[name])
    return int(text)
