"""The values of the contract; field names are those on the wire.

Clients decode strictly: whole numbers have no fraction, times are RFC 3339 with a zone, a bool is
no number. So the fields have JSON's own types, and times are texts. Rates are KiB/s, as engines
tell them, sizes bytes.
"""

import datetime
from typing import Any, Literal, NewType

from acedesk.values import frozen_value

# RFC 3339, in UTC.
Time = NewType("Time", str)

KeyType = Literal["content_id", "infohash", "url", "magnet"]
Health = Literal["healthy", "unhealthy", "unknown"]

KIB_BITS = 8 * 1024


def wire_time(time: datetime.datetime) -> Time:
    """Return a time as clients read it."""
    if time.tzinfo is not datetime.UTC:
        time = time.astimezone(datetime.UTC)
    return Time(f"{time.isoformat()[:-6]}Z")  # without "+00:00"


def wire_rate(bits: float | None) -> int | None:
    """Return bit/s as whole KiB/s."""
    return None if bits is None else round(bits / KIB_BITS)


@frozen_value
class EngineState:
    """One engine. Only "healthy" ones are wanted by clients.

    One that gets no new streams is "unknown": clients take it last.
    """

    container_id: str
    container_name: str
    host: str
    port: int
    api_port: int | None
    labels: dict[str, str]
    forwarded: bool
    first_seen: Time
    last_seen: Time
    streams: list[str]
    stream_count: int
    health_status: Health
    last_health_check: Time | None
    last_stream_usage: Time | None
    last_cache_cleanup: Time | None
    cache_size_bytes: int
    vpn_container: str | None
    engine_variant: str
    platform: str | None
    version: str | None
    forwarded_port: int | None
    draining: bool
    drain_reason: str | None
    total_peers: int
    total_speed_down: int
    total_speed_up: int
    cpu_percent: float
    memory_usage: int
    memory_percent: float


@frozen_value
class StreamState:
    """One stream, our own or one that another program reported."""

    id: str
    key_type: KeyType
    key: str
    container_id: str
    container_name: str
    playback_session_id: str
    stat_url: str
    command_url: str
    is_live: bool
    started_at: Time
    ended_at: Time | None
    status: Literal["started", "ended"]
    peers: int | None
    speed_down: int | None
    speed_up: int | None
    downloaded: int | None
    uploaded: int | None
    title: str
    clients: int


@frozen_value
class EngineWithStreams:
    """One engine and what it plays."""

    engine: EngineState
    streams: list[StreamState]


@frozen_value
class NoEngine:
    """There is no such engine; clients expect this with status 200."""

    error: str = "not found"
    detail: str = "not found"


@frozen_value
class ContainerStats:
    """What an engine's container uses; rates are bytes/s, as totals are not kept."""

    container_id: str
    cpu_percent: float
    memory_usage: int
    memory_limit: int
    memory_percent: float
    network_rx_bytes: int
    network_tx_bytes: int
    block_read_bytes: int
    block_write_bytes: int


@frozen_value
class TotalStats:
    """The same of all engines together."""

    total_cpu_percent: float
    total_memory_usage: int
    total_network_rx_bytes: int
    total_network_tx_bytes: int
    total_block_read_bytes: int
    total_block_write_bytes: int
    container_count: int


@frozen_value
class StreamStat:
    """How a stream did at one moment."""

    ts: Time
    peers: int | None
    speed_down: int | None
    speed_up: int | None
    downloaded: int | None
    uploaded: int | None
    status: str | None


@frozen_value
class LivePosition:
    """Where a broadcast is; Unix times."""

    pos: int | None
    live_first: int | None
    live_last: int | None
    first_ts: int | None
    last_ts: int | None
    buffer_pieces: int | None


@frozen_value
class LivePositionAnswer:
    """The same, and whether it is known."""

    has_livepos: bool
    is_live: bool
    livepos: LivePosition | None


@frozen_value
class StreamEnded:
    """What came of the end of a stream that was reported."""

    updated: bool
    stream: StreamState | None


@frozen_value
class StreamStopped:
    """A stream was stopped."""

    message: str
    stream_id: str


@frozen_value
class BatchError:
    """One event of a batch that was not taken, and why."""

    list: Literal["started", "ended"]
    index: int
    error: str


@frozen_value
class BatchAnswer:
    """What came of a batch; events that were not taken are in `errors` and missing elsewhere."""

    started: list[StreamState]
    ended: list[StreamEnded]
    errors: list[BatchError]


@frozen_value
class EngineAddress:
    """Where the engine of a reported stream is."""

    host: str
    port: int


@frozen_value
class StreamName:
    """Which content a reported stream plays."""

    key_type: KeyType
    key: str


@frozen_value
class SessionReport:
    """The engine's session of a reported stream; URLs may be empty."""

    playback_session_id: str = ""
    stat_url: str = ""
    command_url: str = ""
    is_live: int | bool = 1


@frozen_value
class StreamStartedEvent:
    """Another program plays a stream; `labels.stream_id` names it."""

    engine: EngineAddress
    stream: StreamName
    session: SessionReport | None = None
    container_id: str | None = None
    labels: dict[str, str] | None = None


@frozen_value
class StreamEndedEvent:
    """It plays it no more."""

    stream_id: str | None = None
    container_id: str | None = None
    reason: str | None = None


@frozen_value
class EventBatch:
    """Many events at once; those that began are taken first."""

    started: list[StreamStartedEvent] | None = None
    ended: list[StreamEndedEvent] | None = None


@frozen_value
class EventRow:
    """One thing that happened."""

    id: int
    timestamp: Time
    event_type: Literal["engine", "stream", "vpn", "health", "system"]
    category: str
    message: str
    details: dict[str, Any]
    container_id: str | None
    stream_id: str | None


@frozen_value
class EventStats:
    """How many events are kept."""

    total: int
    by_type: dict[str, int]
    oldest: Time | None
    newest: Time | None


@frozen_value
class ProvisionAnswer:
    """The engine that was made, or is being made."""

    container_id: str
    container_name: str
    host_http_port: int
    container_http_port: int
    container_https_port: int


@frozen_value
class BlockedDetail:
    """Why no engine is made; `recovery_eta_seconds` is how long to wait."""

    error: str
    code: str
    message: str
    recovery_eta_seconds: int
    can_retry: bool
    should_wait: bool


@frozen_value
class Blocked:
    """The answer with status 503."""

    error: str
    detail: BlockedDetail
    code: str
    retry_after: int


@frozen_value
class Scaled:
    """How many engines are wanted now."""

    scaled_to: int


@frozen_value
class PortBinding:
    """One published port of a container."""

    HostIp: str
    HostPort: str


@frozen_value
class ContainerInfo:
    """One of our containers. Its environment is nobody's business."""

    id: str
    name: str
    image: str
    created: Time | None
    status: str
    labels: dict[str, str]
    ports: dict[str, list[PortBinding]]


@frozen_value
class ContainerLogs:
    """The last lines it wrote."""

    container_id: str
    logs: str


@frozen_value
class Deleted:
    """A container was removed."""

    deleted: str


@frozen_value
class Message:
    """Something was done."""

    message: str


@frozen_value
class Status:
    """How something is."""

    status: str


@frozen_value
class ErrorAnswer:
    """Why not, in a sentence, twice: clients read one or the other."""

    error: str
    detail: Any


@frozen_value
class LoopingStreams:
    """The refused broadcasts and when each was found."""

    stream_ids: list[str]
    streams: dict[str, Time]
    retention_minutes: int


@frozen_value
class Cleared:
    """All are allowed again."""

    message: str
    count: int
