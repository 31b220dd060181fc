"""What an orchestrator answers: engines, streams, whether engines can be made, why not.

Its rows come from an acestream-orchestrator of the Python era or from another AceDesk. A row that
makes no sense is left out: one bad row must not cost all others. What is no answer at all raises
`OrchestratorUnavailable`.
"""

from collections.abc import Mapping
from typing import Any, Final, TypeGuard

from acedesk.errors import (
    Busy,
    BusyReason,
    LinkError,
    OrchestratorTrouble,
    OrchestratorUnavailable,
)
from acedesk.formats.loose_json import load_json, read_count, read_flag, read_word
from acedesk.formats.stream_key import build_key
from acedesk.formats.text import clean_text
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.host import join_port
from acedesk.settings import parse_address
from acedesk.values import frozen_value

# More of either is no orchestrator that anybody runs.
MOST_ENGINES: Final = 2_000
MOST_STREAMS: Final = 20_000
LONGEST_ID: Final = 10_000
LONGEST_REASON: Final = 300
# In which the Python era keeps the port that an engine's container publishes.
PORT_LABEL: Final = "host.http_port"

# How long to wait where it does not say; acexy's clients assume the same.
USUAL_WAIT: Final = 10.0
LONGEST_WAIT: Final = 300.0
_REASONS: Final = {
    "vpn_disconnected": BusyReason.VPN_DISCONNECTED,
    "vpn_error": BusyReason.VPN_DISCONNECTED,
    "circuit_breaker": BusyReason.CIRCUIT_BREAKER,
    "max_capacity": BusyReason.MAX_CAPACITY,
    "starting": BusyReason.STARTING,
}
# The Python era also refuses in plain text; its clients go by these words.
_WORDS: Final = (
    ("vpn", BusyReason.VPN_DISCONNECTED),
    ("circuit breaker", BusyReason.CIRCUIT_BREAKER),
    ("capacity", BusyReason.MAX_CAPACITY),
)


@frozen_value
class RemoteEngine:
    """One engine that an orchestrator has.

    Attributes:
        id: What the orchestrator knows it by (`container_id`).
        host, port: Its address as the orchestrator lists it.
        health: "healthy", "unhealthy" or anything else for not known.
        draining: It gets no new streams.
        published: The port of its container on the orchestrator's Docker host, 0 when not told.
    """

    id: str
    name: str
    host: str
    port: int
    health: str = ""
    draining: bool = False
    published: int = 0


@frozen_value
class RemoteStream:
    """One stream that plays on an engine of an orchestrator.

    Attributes:
        id: What the program that plays it calls it.
        engine: Id of its engine; it may be one that is not listed.
    """

    id: str
    key: StreamKey
    engine: str


@frozen_value
class Readiness:
    """Whether an orchestrator could start a stream now.

    Attributes:
        making: Engines that are being made.
    """

    ready: bool
    making: int


def load(data: bytes | str) -> Any:
    """Return the JSON value of an answer.

    Raises:
        OrchestratorUnavailable: It is no JSON.
    """
    try:
        return load_json(data)
    except ValueError as exc:
        raise invalid("its answer is no JSON") from exc


def invalid(detail: str) -> OrchestratorUnavailable:
    """Return the error for an answer that no orchestrator gives."""
    return OrchestratorUnavailable(OrchestratorTrouble.INVALID, detail)


def parse_engines(data: bytes) -> dict[str, RemoteEngine]:
    """Return the engines of `GET /engines` by id.

    Raises:
        OrchestratorUnavailable: This is no list of engines.
    """
    return read_engines(load(data))


def read_engines(rows: object) -> dict[str, RemoteEngine]:
    """Return the engines of a list of rows by id.

    Raises:
        OrchestratorUnavailable: It is no list.
    """
    found = map(_engine, _list(rows)[:MOST_ENGINES])
    return {one.id: one for one in found if one is not None}


def parse_streams(data: bytes) -> dict[str, RemoteStream]:
    """Return the streams of `GET /streams` that play, by id.

    Raises:
        OrchestratorUnavailable: This is no list of streams.
    """
    return read_streams(load(data))


def read_streams(rows: object) -> dict[str, RemoteStream]:
    """Return the streams of a list of rows that play, by id.

    Raises:
        OrchestratorUnavailable: It is no list.
    """
    found = map(_stream, _list(rows)[:MOST_STREAMS])
    return {one.id: one for one in found if one is not None}


def parse_readiness(data: bytes) -> Readiness:
    """Return the answer of `GET /health/ready`, whatever its status.

    Raises:
        OrchestratorUnavailable: It is no such answer.
    """
    row = _mapping(load(data))
    if "ready" not in row:
        raise invalid("its answer about being ready makes no sense")
    return Readiness(ready=row["ready"] is True, making=read_count(row.get("provisioning")) or 0)


def parse_blocked(data: bytes) -> Busy | None:
    """Return why it would make no engine, from `GET /orchestrator/status`; None when it would.

    Raises:
        OrchestratorUnavailable: It is no such answer.
    """
    provisioning = _mapping(_mapping(load(data)).get("provisioning"))
    if provisioning.get("can_provision") is not False:
        return None
    details = provisioning.get("blocked_reason_details")
    reason = clean_text(str(provisioning.get("blocked_reason") or ""), LONGEST_REASON)
    return _busy(details if isinstance(details, dict) else {}, reason)


def parse_refusal(data: bytes) -> Busy:
    """Return why it did not make an engine, from the body of its refusal."""
    try:
        body = load(data)
    except OrchestratorUnavailable:
        return _busy({}, "")
    detail = body.get("detail") if isinstance(body, dict) else None
    if isinstance(detail, dict):
        return _busy(detail, "")
    return _busy({}, clean_text(detail, LONGEST_REASON) if isinstance(detail, str) else "")


def parse_provisioned(data: bytes) -> str:
    """Return the id of the engine that was made, or is being made.

    Raises:
        OrchestratorUnavailable: The answer has none.
    """
    found = _mapping(load(data)).get("container_id")
    if not isinstance(found, str) or not 0 < len(found) <= LONGEST_ID:
        raise invalid("its answer names no engine")
    return found


def _engine(row: object) -> RemoteEngine | None:
    if not isinstance(row, dict):
        return None
    name, host, port = row.get("container_id"), row.get("host"), row.get("port")
    if not _is_id(name) or not isinstance(host, str) or isinstance(port, bool):
        return None
    if not isinstance(port, int) or not 0 < port < 65536:
        return None  # also one whose container does not run: it has no port
    try:
        host, port = parse_address(join_port(host, port))
    except ValueError:
        return None
    shown = read_word(row.get("container_name"))
    return RemoteEngine(
        id=name,
        name=shown or name[:12],
        host=host,
        port=port,
        health=read_word(row.get("health_status")),
        draining=read_flag(row.get("draining")) is True,
        published=_published(row.get("labels")),
    )


def _published(labels: object) -> int:
    told = labels.get(PORT_LABEL) if isinstance(labels, dict) else None
    port = read_count(told) or 0
    return port if port < 65536 else 0


def _stream(row: object) -> RemoteStream | None:
    if not isinstance(row, dict) or row.get("status", "started") != "started":
        return None
    name, engine, key = row.get("id"), row.get("container_id"), row.get("key")
    if not _is_id(name) or not isinstance(engine, str) or not _is_id(key):
        return None
    try:
        kind = KeyKind(row.get("key_type"))
    except ValueError:
        return None
    return RemoteStream(id=name, key=_key(kind, key), engine=engine)


def _key(kind: KeyKind, text: str) -> StreamKey:
    """Return the key; one that is no valid link is taken as it is, for it only counts."""
    try:
        return build_key(kind, text)
    except LinkError:
        return StreamKey(kind, text)


def _busy(details: Mapping[str, Any], text: str) -> Busy:
    code = details.get("code")
    said = details.get("message")
    detail = clean_text(said, LONGEST_REASON) if isinstance(said, str) and said else text
    reason = _REASONS.get(code if isinstance(code, str) else "")
    if reason is None:
        named = (one for word, one in _WORDS if word in detail.lower())
        reason = next(named, BusyReason.NO_ENGINE)
    wait = read_count(details.get("recovery_eta_seconds"))
    seconds = USUAL_WAIT if wait is None else min(float(max(wait, 1)), LONGEST_WAIT)
    return Busy(reason, detail, retry_after=seconds)


def _is_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_ID


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise invalid("its answer is no list")
    return value


def _mapping(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise invalid("its answer is no JSON object")
    return value
