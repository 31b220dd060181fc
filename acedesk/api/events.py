"""What happened, over HTTP: `GET /api/v2/events?since=N`."""

from collections.abc import Sequence
from typing import Protocol

from aiohttp import web

from acedesk.api import wire
from acedesk.api.routes import OWN_PREFIX
from acedesk.errors import BadRequest
from acedesk.model.event import Event
from acedesk.proxy.http.errors import NO_STORE


class EventsApi(Protocol):
    """What the API may read; `acedesk.observe.event_log.EventLog` is it."""

    @property
    def newest(self) -> int:
        """Number of the newest event."""
        ...

    def since(self, number: int) -> Sequence[Event]:
        """Return the events behind this number."""
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
        """
        events = self._events.since(_number(request.query.get("since", "0")))
        text = f'{{"newest": {self._events.newest}, "events": {wire.text(events)}}}'
        return web.json_response(text=text, headers=NO_STORE)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise BadRequest("since is the number of an event.")
    return int(text)
