"""What the dashboard of the Go era follows by server-sent events: it does not poll."""

import dataclasses

from aiohttp import web

from acedesk.api.changes import WholePicture
from acedesk.api.endpoints import EVENT_STREAM, Endpoint, encode
from acedesk.api.orchestrator.event_log import EventLogRoutes
from acedesk.api.orchestrator.facts import STARTED, ContractFacts
from acedesk.api.orchestrator.shapes import Time
from acedesk.api.orchestrator.status import StatusRoutes
from acedesk.api.publisher import FollowerLimit, Publisher
from acedesk.api.server_sent_events import stream
from acedesk.signals import Signal

EVENTS_SHOWN = 100
NO_TIME = Time("1970-01-01T00:00:00Z")


class GoDashboard:
    """The two streams of events.

    Args:
        changed: Something may have changed.

    Closes: who follows, by `close`.
    """

    def __init__(
        self,
        facts: ContractFacts,
        status: StatusRoutes,
        events: EventLogRoutes,
        changed: Signal[()],
        limit: FollowerLimit,
    ) -> None:
        self._facts = facts
        self._status = status
        self._events = events
        everything = WholePicture(
            "full_sync", self._everything, lambda: facts.read_rows(texts=True)
        )
        happened = WholePicture("events_snapshot", self._happened)
        self._everything_publisher = Publisher(everything, changed, limit, interval=1.0)
        self._events_publisher = Publisher(happened, changed, limit, interval=1.0)

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint(
                method="GET",
                path=path,
                handler=handler,
                media=EVENT_STREAM,
                statuses=(503,),
            )
            for path, handler in (
                ("/events/stream", self.stream),
                ("/events/live", self.live),
            )
        ]

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Follow everything: `full_sync` with all of it, at once and at each change."""
        return await stream(request, self._everything_publisher)

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Follow the event log: `events_snapshot` with the last events, at once and when new."""
        return await stream(request, self._events_publisher)

    async def close(self) -> None:
        """Cut off all who follow."""
        await self._everything_publisher.close()
        await self._events_publisher.close()

    def _everything(self) -> str:
        streams = ", ".join(row.text for row in self._facts.streams(status=STARTED))
        # Without its own time: else something would change each time.
        status = dataclasses.replace(self._status.read_status(), timestamp=NO_TIME)
        parts = (
            ("engines", f"[{', '.join(row.text for row in self._facts.engine_rows())}]"),
            ("streams", f"[{streams}]"),
            ("vpn_status", encode(self._status.read_vpn())),
            ("orchestrator_status", encode(status)),
            ("engine_docker_stats", encode(self._facts.container_stats())),
        )
        return "{" + ", ".join(f'"{name}": {text}' for name, text in parts) + "}"

    def _happened(self) -> str:
        events = encode(self._events.newest(EVENTS_SHOWN))
        return f'{{"events": {events}, "stats": {encode(self._events.count())}}}'
