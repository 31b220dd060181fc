"""What other programs tell of streams they play on our engines."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from aiohttp import web

from acedesk.api.endpoints import Endpoint, answer, read_body
from acedesk.api.orchestrator.facts import ContractFacts
from acedesk.api.orchestrator.shapes import (
    BatchAnswer,
    BatchError,
    EventBatch,
    StreamEnded,
    StreamEndedEvent,
    StreamStartedEvent,
    StreamState,
)
from acedesk.application.reported_streams import ReportedStream, StreamReport
from acedesk.errors import AceDeskError, InvalidValue
from acedesk.model.content import KeyKind
from acedesk.words.errors import explain

# A magnet with its trackers, or a URL with its query; an engine's stat URL has 200 signs.
LONGEST: Final = 8192
MOST_IN_BATCH: Final = 5000
_PORTS: Final = range(1, 65536)


class ReportedApi(Protocol):
    """The streams of other programs; `ReportedStreams` is it."""

    def start(self, report: StreamReport) -> ReportedStream:
        """Note that a stream plays."""
        ...

    def end(self, stream_id: str, reason: str = "") -> tuple[bool, ReportedStream | None]:
        """Note that a stream has ended."""
        ...


class StreamEventRoutes:
    """The handlers over what the application offers."""

    def __init__(self, facts: ContractFacts, reported: ReportedApi) -> None:
        self._facts = facts
        self._reported = reported

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint(
                method="POST",
                path="/events/stream_started",
                handler=self.started,
                answer=StreamState,
                body=StreamStartedEvent,
                needs_body=True,
                statuses=(413, 422, 503),
            ),
            Endpoint(
                method="POST",
                path="/events/stream_ended",
                handler=self.ended,
                answer=StreamEnded,
                body=StreamEndedEvent,
                statuses=(413, 422),
            ),
            Endpoint(
                method="POST",
                path="/events/batch",
                handler=self.batch,
                answer=BatchAnswer,
                body=EventBatch,
                statuses=(413, 422),
            ),
        ]

    async def started(self, request: web.Request) -> web.Response:
        """Note that another program plays a stream; its engine has one place less from now on."""
        return answer(self._start(await read_body(request)))

    async def ended(self, request: web.Request) -> web.Response:
        """Note that it plays it no more; of a stream that is not known nothing is changed."""
        return answer(self._end(await read_body(request)))

    async def batch(self, request: web.Request) -> web.Response:
        """Take many events, those of beginnings first; a wrong one does not keep the others out."""
        body = await read_body(request)
        started, ended = _list(body, "started"), _list(body, "ended")
        errors: list[BatchError] = []
        began, over = [], []
        for index, one in enumerate(started):
            try:
                began.append(self._start(_object(one, "an event")))
            except AceDeskError as exc:
                errors.append(BatchError(list="started", index=index, error=explain(exc).line))
        for index, one in enumerate(ended):
            try:
                over.append(self._end(_object(one, "an event")))
            except AceDeskError as exc:
                errors.append(BatchError(list="ended", index=index, error=explain(exc).line))
        return answer(BatchAnswer(started=began, ended=over, errors=errors))

    def _start(self, body: Mapping[str, Any]) -> StreamState:
        return self._facts.reported_state(self._reported.start(read_report(body)))

    def _end(self, body: Mapping[str, Any]) -> StreamEnded:
        stream_id, reason = _text(body, "stream_id"), _text(body, "reason")
        _text(body, "container_id")
        updated, stream = self._reported.end(stream_id, reason)
        row = None if stream is None else self._facts.reported_state(stream)
        return StreamEnded(updated=updated, stream=row)


def read_report(body: Mapping[str, Any]) -> StreamReport:
    """Return what a `stream_started` tells.

    Raises:
        InvalidValue: Something is missing or is not what it may be.
    """
    engine = _object(body.get("engine"), "engine")
    stream = _object(body.get("stream"), "stream")
    session = _object(_or(body.get("session"), {}), "session")
    labels = _object(_or(body.get("labels"), {}), "labels")
    if not all(isinstance(value, str) for value in labels.values()):
        raise InvalidValue("labels has texts only.")
    key = _text(stream, "key", required=True)
    playback = _text(session, "playback_session_id")
    live = _or(session.get("is_live"), 1)
    if not isinstance(live, int):
        raise InvalidValue("is_live is a whole number or a bool.")
    return StreamReport(
        # Without a name of its own it has the one that acexy would give it.
        id=_text(labels, "stream_id") or f"{key}|{playback}",
        kind=_kind(stream),
        key=key,
        host=_text(engine, "host", required=True),
        port=_port(engine),
        container_id=_text(body, "container_id"),
        playback_session_id=playback,
        stat_url=_text(session, "stat_url"),
        command_url=_text(session, "command_url"),
        is_live=bool(live),
    )


def _kind(stream: Mapping[str, Any]) -> KeyKind:
    text = _text(stream, "key_type", required=True)
    try:
        return KeyKind(text)
    except ValueError:
        kinds = ", ".join(kind.value for kind in KeyKind)
        raise InvalidValue(f"key_type is one of {kinds}.") from None


def _port(engine: Mapping[str, Any]) -> int:
    port = engine.get("port")
    if isinstance(port, bool) or not isinstance(port, int) or port not in _PORTS:
        raise InvalidValue("port is a number from 1 to 65535.")
    return port


def _text(body: Mapping[str, Any], name: str, *, required: bool = False) -> str:
    value = body.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or len(value) > LONGEST or (required and not value):
        raise InvalidValue(f"{name} is a text of at most {LONGEST} signs.")
    try:
        value.encode()
    except UnicodeEncodeError:  # half a surrogate pair, which JSON can hold
        raise InvalidValue(f"{name} is no valid text.") from None
    return value


def _object(value: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidValue(f"{name} is a JSON object.")
    return value


def _list(body: Mapping[str, Any], name: str) -> list[Any]:
    value = _or(body.get(name), [])
    if not isinstance(value, list) or len(value) > MOST_IN_BATCH:
        raise InvalidValue(f"{name} is a list of at most {MOST_IN_BATCH} events.")
    return value


def _or(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value
