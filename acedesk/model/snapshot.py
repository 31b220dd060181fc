"""A frozen picture of everything at one moment: what windows, the API and `acedesk status` show.

Rates are bit/s, sizes bytes, durations seconds, `_time` fields timezone-aware UTC.
"""

import dataclasses
import datetime
import enum
from collections.abc import Sequence
from typing import Final

from acedesk.errors import AceDeskError, RuntimeState
from acedesk.model.content import StreamKey
from acedesk.model.diagnosis import BroadcastState, Diagnosis
from acedesk.model.engine import (
    APART,
    NO_BACKEND,
    PROXY_BACKEND,
    BackendId,
    BackendKind,
    BreakerKind,
    BreakerState,
    EngineHealth,
    EngineId,
    EngineIntent,
    EngineState,
    ProvisionState,
    Purpose,
    ScalingCause,
    Step,
    shown_state,
)
from acedesk.model.engine_record import EngineScore
from acedesk.model.failover import Failover
from acedesk.model.history import ContainerUsage, Gaps, LeftView, StreamHistory
from acedesk.model.host import UNKNOWN_MACHINE, Machine
from acedesk.model.sharing.view import SharingView
from acedesk.model.totals import Totals
from acedesk.values import frozen_value


class StreamState(enum.Enum):
    """What one stream is doing.

    IDLE: the last viewer left, the stream waits `grace` seconds for another.
    SLOW: it plays, but the engine delivers less than the picture needs.
    SWITCHING: its engine failed, another one is being tried; viewers stay connected.
    """

    STARTING = "starting"
    PLAYING = "playing"
    SLOW = "slow"
    SWITCHING = "switching"
    IDLE = "idle"
    FAILED = "failed"
    STOPPED = "stopped"


class ClientState(enum.Enum):
    """What one viewer is doing.

    PLAYING: it takes what comes, or waits for the first media.
    PAUSED: it has taken nothing for a while; it goes on live when it takes bytes again.
    """

    PLAYING = "playing"
    PAUSED = "paused"


@frozen_value
class ClientView:
    """One player connection.

    Attributes:
        id: Drawn when it connected, unique in this run.
        player: Readable name from the user agent: "VLC 3.0.24", "mpv", "Kodi".
        address: IP address of the player.
        sent_bytes: Media bytes written to it.
        rate: What it read over the last seconds, bit/s.
        behind: Seconds of media between the live edge and what it was sent last.
        skips: How often it fell off the ring and was moved to a newer keyframe.
        gaps: When it took nothing while media flowed, to the second.
        first_byte: Seconds from its request to its first media byte, None before it.
        state: What it is doing.
        still_for: Seconds it is paused for, 0 for one that is not.
    """

    id: str
    player: str
    user_agent: str
    address: str
    connected_time: datetime.datetime
    sent_bytes: int
    rate: float
    behind: float
    skips: int
    gaps: Gaps = dataclasses.field(default_factory=Gaps)
    first_byte: float | None = None
    state: ClientState = ClientState.PLAYING
    still_for: float = 0.0


@frozen_value
class StreamView:
    """One stream and its clients.

    Attributes:
        id: `StreamKey.stream_id`.
        name: Title when one is known, else the short key.
        codecs: "H.264 · AAC" as far as the stream told, "" before.
        bit_rate: Rate at which the engine delivers, bit/s over the last seconds.
        rate_history: One `bit_rate` a second, oldest first, at most 300 values.
        media_rate: What the picture needs, from its clock (PCR), bit/s, None before it is known.
        peers: Peers of the swarm, None while the engine has not told.
        speed_down: What the engine downloads, bit/s, None while it has not told.
        engine_status: The engine's own word ("prebuf", "dl", ...), "" before the first answer.
        engine_id: None while no engine is reserved.
        carried_by: The other AceDesk that it is taken from, "" where it plays on an engine.
        buffer: Seconds of media in the ring.
        buffer_bytes: Bytes in the ring.
        accepted: Seconds from the first request until an engine took the content, None before.
        first_byte: Seconds from the first request to the first media byte, None before it.
        first_keyframe: Seconds from the first request to the first picture a decoder can begin
            with (sound, where there are no pictures), None before it.
        failovers: The last changes of engine, oldest first, at most 50.
        error: What ended or hinders the stream, None when nothing does.
        diagnosis: Why it is as it is, None before the first look and after its end.
        broadcast: Whether the broadcast is live, None while that is not known or it is a film.
        gaps: When no engine delivered anything.
        hold: Seconds it was to be kept at least for a first viewer that has not come yet, 0 when
            nobody is expected.
        is_file: It is a file (VOD), which waits for a viewer as long as files do.
        left: The last viewers that are gone, oldest first, at most 20 of the last hour.
        history: How rate and buffer went.
    """

    id: str
    key: StreamKey
    name: str
    state: StreamState
    started_time: datetime.datetime
    codecs: str = ""
    bit_rate: float = 0.0
    rate_history: Sequence[float] = ()
    media_rate: float | None = None
    peers: int | None = None
    speed_down: float | None = None
    speed_up: float | None = None
    engine_status: str = ""
    engine_id: EngineId | None = None
    engine_name: str = ""
    carried_by: str = ""
    buffer: float = 0.0
    buffer_bytes: int = 0
    received_bytes: int = 0
    first_byte: float | None = None
    switches: int = 0
    failovers: tuple[Failover, ...] = ()
    clients: tuple[ClientView, ...] = ()
    error: AceDeskError | None = None
    diagnosis: Diagnosis | None = None
    broadcast: BroadcastState | None = None
    accepted: float | None = None
    first_keyframe: float | None = None
    hold: float = 0.0
    is_file: bool = False
    gaps: Gaps = dataclasses.field(default_factory=Gaps)
    left: tuple[LeftView, ...] = ()
    history: StreamHistory = dataclasses.field(default_factory=StreamHistory)

    @property
    def rate_out(self) -> float:
        """What its clients read, bit/s."""
        return sum(client.rate for client in self.clients)

    @property
    def is_alive(self) -> bool:
        """It has not ended: only then its rate, buffer and peers are those of something."""
        return self.state not in (StreamState.FAILED, StreamState.STOPPED)

    @property
    def is_fed(self) -> bool:
        """An engine delivers now: only then its rate and buffer are those of something."""
        return self.state in (StreamState.PLAYING, StreamState.SLOW, StreamState.IDLE)


@frozen_value
class EngineView:
    """One engine.

    Attributes:
        health: What is seen of it.
        intent: What is wanted of it.
        intent_cause: Why it is not to serve, None while it is.
        on_demand: It was made because it was needed, and is removed when it is idle for long.
        state: Both in one word; computed, not given.
        version: "3.2.11", "" before it answered.
        streams: Streams on it, reservations included.
        max_streams: How many it may take, None for no limit.
        error: Why it is unhealthy, None when it is not.
        answer_time: Seconds its last health answer took, None before the first.
        score: How well it played of late.
        usage: What its container uses, None without one and while that is not known.
    """

    id: EngineId
    name: str
    backend: BackendKind
    host: str
    port: int
    health: EngineHealth
    intent: EngineIntent = EngineIntent.SERVE
    intent_cause: ScalingCause | None = None
    on_demand: bool = False
    state: EngineState = dataclasses.field(init=False)
    version: str = ""
    streams: int = 0
    max_streams: int | None = None
    container_id: str = ""
    image: str = ""
    started_time: datetime.datetime | None = None
    last_check_time: datetime.datetime | None = None
    last_stream_time: datetime.datetime | None = None
    answer_time: float | None = None
    forwarded: bool = False
    vpn_container: str = ""
    error: AceDeskError | None = None
    backend_id: BackendId = NO_BACKEND
    score: EngineScore = dataclasses.field(default_factory=EngineScore)
    usage: ContainerUsage | None = None

    def __post_init__(self) -> None:
        """Compute `state`."""
        object.__setattr__(self, "state", shown_state(self.intent, self.health))

    @property
    def is_alive(self) -> bool:
        """It answers or is about to: only then its port and times are those of something."""
        return self.state not in (EngineState.UNHEALTHY, EngineState.STOPPED)


@frozen_value
class ProvisionView:
    """One engine on its way, or the result of the last ones.

    Attributes:
        purpose: Who wanted it.
        cause: Why AceDesk makes it, None for one that somebody asked for.
        replaces: The name of the engine that it succeeds, "" for none.
        engine_id: Its engine, once that is ready.
        made_id: Its engine, once that is there, ready or not.
    """

    id: str
    backend: BackendKind
    name: str
    state: ProvisionState
    steps: tuple[Step, ...]
    started_time: datetime.datetime
    engine_id: EngineId | None = None
    error: AceDeskError | None = None
    backend_id: BackendId = NO_BACKEND
    purpose: Purpose = Purpose.HAND
    cause: ScalingCause | None = None
    replaces: str = ""
    made_id: EngineId | None = None


@frozen_value
class OrphanView:
    """An engine container of another AceDesk, or of none; used only when somebody takes it over.

    Attributes:
        container_id: Full Docker id.
        name: What its AceDesk shows: "engine-1".
        instance: Id of the AceDesk that made it, "" for one of AceDesk 0.1.0, which told none.
        running: Its main process runs.
        created_time: When it was made, None when unknown.
    """

    container_id: str
    name: str
    backend_id: BackendId
    instance: str
    image: str
    running: bool
    created_time: datetime.datetime | None = None

    @property
    def in_use(self) -> bool:
        """Another AceDesk may be playing with it."""
        return self.running and self.instance != ""


@frozen_value
class BreakerView:
    """One circuit breaker as it is.

    Attributes:
        failures, limit: Failures in a row, and at how many it opens.
        retry_after: Seconds until the trial while it is open, else 0.
        error: The last failure, None when there was none since the last success.
        failed_time, succeeded_time: When an engine last could not be made, and was.
    """

    kind: BreakerKind
    state: BreakerState = BreakerState.CLOSED
    failures: int = 0
    limit: int = 0
    retry_after: float = 0.0
    error: AceDeskError | None = None
    failed_time: datetime.datetime | None = None
    succeeded_time: datetime.datetime | None = None


class VpnState(enum.Enum):
    """What can be said about the VPN.

    UNKNOWN: not looked yet.  NO_RUNTIME: Docker is not usable, so nothing can be seen.
    ABSENT: no Gluetun container.  STOPPED: it is there but not running.
    CONNECTING: running, its health not yet good.  CONNECTED: healthy.  UNHEALTHY: unhealthy.
    """

    UNKNOWN = "unknown"
    NO_RUNTIME = "no_runtime"
    ABSENT = "absent"
    STOPPED = "stopped"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    UNHEALTHY = "unhealthy"


# In `VpnView.control_note` where the container itself lacks something.
ASKS_FOR_KEY: Final = "asks for a key"
NOT_PUBLISHED: Final = "is not published"


@frozen_value
class VpnView:
    """The Gluetun container as last seen.

    Attributes:
        control_note: Why the control server tells nothing ("asks for a key", ...), "" when it does.
        forwarded_port: None when unknown or none.
        engines: Names of the engines whose traffic goes through it.
        container_id: Full id, "" when there is no container.
        engine_ports: The ports that it publishes and engines may have, the smallest first.
        wanted: The settings say that engines use it, or must use one, or name its container.
    """

    state: VpnState = VpnState.UNKNOWN
    wanted: bool = False
    container_name: str = ""
    container_id: str = ""
    engine_ports: tuple[int, ...] = ()
    image: str = ""
    health: str = ""
    started_time: datetime.datetime | None = None
    checked_time: datetime.datetime | None = None
    vpn_status: str = ""
    provider: str = ""
    public_ip: str = ""
    country: str = ""
    city: str = ""
    forwarded_port: int | None = None
    control_note: str = ""
    engines: tuple[str, ...] = ()


@frozen_value
class RuntimeView:
    """Docker as last seen; `detail` is its version when ready, else what went wrong.

    Attributes:
        machine: The computer that it runs containers on.
        target: As `RuntimeUnavailable.target`.
    """

    state: RuntimeState | None = None
    detail: str = ""
    machine: Machine = UNKNOWN_MACHINE
    target: str = ""


@frozen_value
class HostView:
    """A Docker that the settings name.

    Attributes:
        address: For people: "ssh://eva@nas", "Podman", "context:work".
        limit: The most engines on it, 0 for no limit of its own.
        swarm: Engines are services of the swarm that it manages.
        waiting: It was added or changed, and counts after a restart.
        runtime: Its Docker as last seen.
        reach: How its engines are reached, the end of a sentence; "" while that is not known.
    """

    name: str
    backend_id: BackendId
    address: str
    limit: int = 0
    swarm: bool = False
    waiting: bool = False
    runtime: RuntimeView = dataclasses.field(default_factory=RuntimeView)
    reach: str = ""

    def with_runtime(self, runtime: RuntimeView, reach: str) -> "HostView":
        """Return it as it is seen now."""
        return dataclasses.replace(self, runtime=runtime, reach=reach)


@frozen_value
class OrchestratorView:
    """The orchestrator on another address that this AceDesk gets engines from.

    Attributes:
        url: Its address, without any key.
        error: Why it cannot be used, None while it can and before it was asked.
        known: It has answered since AceDesk was started.
        live: It tells of changes by itself; else it is asked every two seconds.
        since: When it was first seen as it is now, None before it was asked.
        engines: How many it told of last.
        unsent: Reports of streams that it has not taken yet.
    """

    url: str
    error: AceDeskError | None = None
    known: bool = False
    live: bool = False
    since: datetime.datetime | None = None
    engines: int = 0
    unsent: int = 0


@frozen_value
class Snapshot:
    """Everything at one moment.

    Attributes:
        base_url: "http://127.0.0.1:8080", what player URLs start with.
        lan: Other devices can reach the proxy.
        runtime: The Docker that is there anyway; those of the settings are `hosts`.
        rate_in: Sum of what engines deliver, bit/s.
        rate_out: Sum of what clients read, bit/s.
        rate_up: Sum of what engines upload, bit/s.
        degraded: Failing services by name, and why.
        loop_lag: How long the event loop made others wait, p99 of the last minute.
        totals: What was done since the start.
        orchestrator: That on another address, None when engines are AceDesk's own.
        sharing: How it works together with other AceDesks, None where no Redis is set.
    """

    time: datetime.datetime
    version: str
    base_url: str
    lan: bool = False
    demo: bool = False
    streams: tuple[StreamView, ...] = ()
    engines: tuple[EngineView, ...] = ()
    provisions: tuple[ProvisionView, ...] = ()
    orphans: tuple[OrphanView, ...] = ()
    breakers: tuple[BreakerView, ...] = ()
    vpn: VpnView = dataclasses.field(default_factory=VpnView)
    runtime: RuntimeView = dataclasses.field(default_factory=RuntimeView)
    hosts: tuple[HostView, ...] = ()
    rate_in: float = 0.0
    rate_out: float = 0.0
    rate_up: float = 0.0
    degraded: tuple[tuple[str, str], ...] = ()
    loop_lag: float = 0.0
    totals: Totals = dataclasses.field(default_factory=Totals)
    orchestrator: OrchestratorView | None = None
    sharing: SharingView | None = None

    @property
    def real_engines(self) -> tuple[EngineView, ...]:
        """The engines that play any link: all but the test channel’s and other AceDesks."""
        return tuple(one for one in self.engines if one.backend_id not in APART)

    @property
    def can_make_engines(self) -> bool:
        """An engine can be made, as far as is known."""
        if self.orchestrator is not None:
            return self.orchestrator.known and self.orchestrator.error is None
        return self.demo or self.runtime.state is RuntimeState.READY

    @property
    def own_engines(self) -> tuple[EngineView, ...]:
        """All but other AceDesks, which stand in the list for the contents that they carry."""
        return tuple(one for one in self.engines if one.backend_id != PROXY_BACKEND)

    @property
    def live_streams(self) -> tuple[StreamView, ...]:
        """The streams that have not ended; the others are shown for a while and not counted."""
        return tuple(one for one in self.streams if one.is_alive)

    @property
    def viewers(self) -> int:
        """Players connected now."""
        return sum(len(stream.clients) for stream in self.streams)
