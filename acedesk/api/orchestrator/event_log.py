"""The event log as the contract has it."""

import datetime
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, Literal, Protocol

from aiohttp import web

from acedesk.api.endpoints import Endpoint, Parameter, answer, encode, read_query, text_answer
from acedesk.api.orchestrator.shapes import EventRow, EventStats, wire_time
from acedesk.model.event import Event, EventKind
from acedesk.observe.event_log import KEPT
from acedesk.words.events import describe

Kind = Literal["engine", "stream", "vpn", "health", "system"]
KINDS: Final[tuple[Kind, ...]] = ("engine", "stream", "vpn", "health", "system")

_QUERY: Final = (
    Parameter(name="limit", kind="integer", minimum=1, maximum=1000, default=100),
    Parameter(name="offset", kind="integer", minimum=0, default=0),
    Parameter(name="event_type", about=f"One of {', '.join(KINDS)}; others have no events."),
    Parameter(name="category", about="The second half of the kind: failed_over, added, ..."),
    Parameter(name="container_id"),
    Parameter(name="stream_id"),
    Parameter(name="since", kind="time"),
)
_FILTERS: Final = ("event_type", "category", "container_id", "stream_id", "since")


class EventsApi(Protocol):
    """What is read; `acedesk.observe.event_log.EventLog` is it."""

    @property
    def newest(self) -> int:
        """Number of the newest event."""
        ...

    def since(self, number: int) -> Sequence[Event]:
        """Return the events behind this number."""
        ...


class EventLogRoutes:
    """The handlers over the log."""

    def __init__(self, events: EventsApi) -> None:
        self._events = events
        self._texts: dict[int, str] = {}  # what has happened does not change

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint(
                method="GET",
                path="/events",
                handler=self.events,
                answer=list[EventRow],
                query=_QUERY,
                statuses=(422,),
            ),
            Endpoint(method="GET", path="/events/stats", handler=self.stats, answer=EventStats),
        ]

    async def events(self, request: web.Request) -> web.Response:
        """List what happened, newest first."""
        rows = map(self._text, self._wanted(read_query(request, _QUERY)))
        return text_answer(f"[{', '.join(rows)}]")

    async def stats(self, _request: web.Request) -> web.Response:
        """Count what is kept."""
        return answer(self.count())

    def _wanted(self, wanted: dict[str, Any]) -> Sequence[Event]:
        """Return the events that are wanted, newest first; see `_QUERY`."""
        found = self._events.since(0)[::-1]
        if any(wanted[name] is not None for name in _FILTERS):
            found = [one for one in found if _matches(one, wanted)]
        first, limit = wanted["offset"], wanted["limit"]
        return found[first : first + limit]

    def _text(self, event: Event) -> str:
        text = self._texts.get(event.number)
        if text is None:
            text = self._texts[event.number] = encode(_row(event))
            if len(self._texts) > KEPT:
                del self._texts[next(iter(self._texts))]
        return text

    def newest(self, limit: int) -> list[EventRow]:
        """Return the last events, newest first."""
        return [_row(one) for one in reversed(self._events.since(0)[-limit:])]

    def count(self) -> EventStats:
        """Return how many are kept."""
        events = self._events.since(0)
        counts = Counter(kind_of(one.kind) for one in events)
        return EventStats(
            total=len(events),
            by_type={kind: counts[kind] for kind in KINDS},
            oldest=wire_time(events[0].time) if events else None,
            newest=wire_time(events[-1].time) if events else None,
        )


def kind_of(kind: EventKind) -> Kind:
    """Return the contract's word for a kind of event."""
    first = kind.value.partition("_")[0]
    match first:
        case "engine":
            return "health" if kind is EventKind.ENGINE_HEALTH_CHANGED else "engine"
        case "provision":
            return "engine"
        case "stream" | "client" | "request":
            return "stream"
        case "vpn":
            return "vpn"
        case _:
            return "system"


def _matches(event: Event, wanted: dict[str, Any]) -> bool:
    since: datetime.datetime | None = wanted["since"]
    return (
        wanted["event_type"] in (None, kind_of(event.kind))
        and wanted["category"] in (None, _category(event))
        and wanted["container_id"] in (None, _engine(event))
        and wanted["stream_id"] in (None, _stream(event))
        and (since is None or event.time >= since)
    )


def _row(event: Event) -> EventRow:
    return EventRow(
        id=event.number,
        timestamp=wire_time(event.time),
        event_type=kind_of(event.kind),
        category=_category(event),
        message=describe(event, {}).line,
        details={"cause": event.cause, **event.data} if event.cause else dict(event.data),
        container_id=_engine(event),
        stream_id=_stream(event),
    )


def _category(event: Event) -> str:
    return event.kind.value.partition("_")[2]


def _engine(event: Event) -> str | None:
    return event.subject if event.kind.value.startswith("engine_") else None


def _stream(event: Event) -> str | None:
    if event.kind.value.startswith("stream_"):
        return event.subject
    named = event.data.get("stream")
    return named if isinstance(named, str) else None
