"""Why a stream is as it is: the verdict, and the facts it is drawn from.

Rates are bit/s, sizes bytes, durations seconds. `acedesk.rules.diagnosis.verdict.verdict` draws the
verdict, `acedesk.words.errors.diagnosis` says it.
"""

import dataclasses
import enum

from acedesk.values import frozen_value


class Cause(enum.Enum):
    """The one link of the chain that is at fault."""

    FINE = "fine"
    WAITING_TURN = "waiting_turn"
    STARTING = "starting"
    SWITCHING = "switching"
    ENGINE_RESTARTING = "engine_restarting"
    NO_OTHER_ENGINE = "no_other_engine"
    ENGINE_REMOVED = "engine_removed"
    ENGINE_STOPPED = "engine_stopped"
    HOST_CPU = "host_cpu"
    HOST_MEMORY = "host_memory"
    HOST_DISK = "host_disk"
    ENGINE_SILENT = "engine_silent"
    ENGINE_SLOW = "engine_slow"
    ENGINE_FAILING = "engine_failing"
    VPN_DOWN = "vpn_down"
    VPN_RECONNECTED = "vpn_reconnected"
    PORT_CLOSED = "port_closed"
    LINE_TOO_SLOW = "line_too_slow"
    NO_PEERS = "no_peers"
    SOURCE_LOOPING = "source_looping"
    SOURCE_FROZEN = "source_frozen"
    NO_PICTURE = "no_picture"
    SWARM_TOO_SLOW = "swarm_too_slow"
    VIEWER_LINK_SLOW = "viewer_link_slow"
    VIEWER_STUCK = "viewer_stuck"
    PLAYER_RECONNECTS = "player_reconnects"


class Severity(enum.Enum):
    """How bad it is for who watches.

    WORKING: something is under way.  NOTICE: worth knowing, the picture runs.
    WARN: the picture stops now and then, or for one viewer.  BAD: there is no picture.
    """

    GOOD = "good"
    WORKING = "working"
    NOTICE = "notice"
    WARN = "warn"
    BAD = "bad"


class Action(enum.Enum):
    """The one thing to do; the windows have a button for those AceDesk can do itself."""

    NONE = "none"
    WAIT = "wait"
    SWITCH_ENGINE = "switch_engine"
    ADD_ENGINE = "add_engine"
    START_ENGINE = "start_engine"
    RESTART_ENGINE = "restart_engine"
    STOP_STREAM = "stop_stream"
    CLOSE_VIEWER = "close_viewer"
    CLOSE_PROGRAMS = "close_programs"
    FREE_DISK = "free_disk"
    CHECK_ENGINE = "check_engine"
    CHECK_VPN = "check_vpn"
    CHECK_LINE = "check_line"
    CHECK_VIEWER = "check_viewer"
    CHOOSE_ANOTHER = "choose_another"


class Phase(enum.Enum):
    """How far a stream is.

    IN_LINE: its engine is starting as many others as it may at once.
    """

    RESERVING = "reserving"
    IN_LINE = "in_line"
    OPENING = "opening"
    BUFFERING = "buffering"
    PLAYING = "playing"
    SWITCHING = "switching"


class BroadcastState(enum.Enum):
    """What the clock of a live broadcast tells.

    LOOPING: it repeats what it sent before.  FROZEN: its time stands still.
    """

    LIVE = "live"
    LOOPING = "looping"
    FROZEN = "frozen"


@frozen_value
class MachineFacts:
    """How this computer does; None stands for everything that could not be read.

    Attributes:
        cpu: Per cent of all cores together, over some ten seconds.
        memory_free: Per cent of the memory that programs could still have.
        disk_free: Bytes free where AceDesk keeps its data.
    """

    cpu: float | None = None
    memory_free: float | None = None
    disk_free: int | None = None


@frozen_value
class EngineFacts:
    """How the stream's engine does.

    Attributes:
        id: "" while none is reserved.
        local: It runs on this computer.
        silent_for: How long it has left a question unanswered, 0 when it answers.
        answer_time: What an answer takes of late, None before the first.
        healthy: What the health checks think of it.
        others: Other engines that could take the stream.
        restartable: AceDesk can restart it.
        starting: It is being started, as after it died.
        stopped: It has ended and stays so.
        removed: It is not there any more; `id` is "" then.
        coming: Another engine is starting.
    """

    id: str = ""
    name: str = ""
    local: bool = True
    silent_for: float = 0.0
    answer_time: float | None = None
    healthy: bool = True
    others: int = 0
    restartable: bool = False
    starting: bool = False
    stopped: bool = False
    removed: bool = False
    coming: bool = False


@frozen_value
class VpnFacts:
    """How the VPN of the stream's engine does.

    Attributes:
        used: The engine's traffic goes through it; otherwise nothing else here counts.
        up: It is connected as far as can be seen.
        reconnected_for: Since when it is back after an interruption, None when none was seen.
        port_before: The forwarded port the engine began with, None when there was none.
        port: The forwarded port now.
    """

    used: bool = False
    up: bool = True
    reconnected_for: float | None = None
    port_before: int | None = None
    port: int | None = None


@frozen_value
class SwarmFacts:
    """What the engine tells about the peers.

    Attributes:
        no_peers_for: How long it has told of none, 0 when there are some or it did not tell.
        speed_down: The most it downloaded at once within the last twelve seconds, None when it
            did not tell.
    """

    peers: int | None = None
    no_peers_for: float = 0.0
    speed_down: float | None = None


@frozen_value
class ClientFacts:
    """One viewer whose connection did not take everything at once.

    Attributes:
        rate: What it took over the last ten seconds, up to when it took something last.
        behind: How far it is behind the live edge.
        falling: How much further it is behind than ten seconds ago.
        blocked: Share of the last ten seconds in which its connection was full, 0 to 1.
        stuck_for: How long it has taken nothing.
        unanswered_for: How long its device has answered nothing.
        skips: How often it was moved ahead within the last half minute.
    """

    id: str
    name: str
    rate: float = 0.0
    behind: float = 0.0
    falling: float = 0.0
    blocked: float = 0.0
    stuck_for: float = 0.0
    unanswered_for: float = 0.0
    skips: int = 0


@frozen_value
class ReconnectFacts:
    """A player that closes its connection and comes back, again and again.

    Attributes:
        count: Returns within the last two minutes.
        period: Mean time between them.
        last_for: How long ago the last one was.
    """

    name: str
    count: int
    period: float
    last_for: float


@frozen_value
class BroadcastFacts:
    """What the broadcast's clock tells.

    Attributes:
        late: How old its newest moment is (LOOPING), or how long it stands still (FROZEN).
        period: How long one round takes where it repeats itself (LOOPING).
    """

    state: BroadcastState = BroadcastState.LIVE
    late: float | None = None
    period: float | None = None


@frozen_value
class StreamFacts:
    """One stream and everything around it at one moment.

    Attributes:
        waited: How long it has been in line, starting or switching, 0 while it plays.
        ahead: How many starts in the same line go before its own (IN_LINE only).
        silent_for: How long no byte has come.
        rate_2: What came over the last two seconds.
        rate_10: What came over the last ten seconds, None before five have passed.
        needed: What the picture needs, by its clock; None before it is known.
        pace: Seconds of media that came for each of the last ten seconds, None as `rate_10`.
        margin: Seconds until a player with a small buffer runs dry, see
            `acedesk.rules.diagnosis.verdict.buffer_margin`.
        buffer: Seconds of media in the ring.
        no_picture_for: How long sound has come without the promised video, 0 while nothing of it
            is missing.
        picture_came: Video has come at some time.
        switches: Changes of the engine within the last minute.
        clients: How many there are.
        others: Other streams that were playing.
        others_short: How many of them get less than they need as well.
        asking: An engine is being asked for it, or plays it.
        engine_streams: Streams that were playing on its engine, itself included.
        engine_silent_streams: How many of those get nothing at all.
        short_engines: On how many engines streams get less than they need, 0 where not known.
    """

    phase: Phase = Phase.PLAYING
    waited: float = 0.0
    ahead: int = 0
    silent_for: float = 0.0
    rate_2: float = 0.0
    rate_10: float | None = None
    needed: float | None = None
    pace: float | None = None
    margin: float = 0.0
    buffer: float = 0.0
    no_picture_for: float = 0.0
    picture_came: bool = False
    switches: int = 0
    engine: EngineFacts = dataclasses.field(default_factory=EngineFacts)
    swarm: SwarmFacts = dataclasses.field(default_factory=SwarmFacts)
    vpn: VpnFacts = dataclasses.field(default_factory=VpnFacts)
    machine: MachineFacts = dataclasses.field(default_factory=MachineFacts)
    broadcast: BroadcastFacts = dataclasses.field(default_factory=BroadcastFacts)
    clients: int = 0
    slow_clients: tuple[ClientFacts, ...] = ()
    reconnects: tuple[ReconnectFacts, ...] = ()
    others: int = 0
    others_short: int = 0
    asking: bool = True
    engine_streams: int = 0
    engine_silent_streams: int = 0
    short_engines: int = 0


@frozen_value
class Diagnosis:
    """The verdict: one cause, one action, and the numbers of its sentence.

    Attributes:
        delivered: What arrives, or what the named viewer takes.
        needed: What the picture needs.
        who: Name of the engine or viewer it is about, "" when it is about none.
        target: Id of that engine or viewer, for the action.
        count: Of what the cause counts: viewers, streams, failures, returns, starts ahead.
        seconds: A duration or age, as the cause has it.
        period: Time from one repetition to the next, of a broadcast or of a player's returns.
        percent: CPU in use, or memory left.
        size: Bytes free on the disk.
        phase: How far a start is (STARTING only).
    """

    cause: Cause
    severity: Severity
    action: Action = Action.NONE
    delivered: float | None = None
    needed: float | None = None
    peers: int | None = None
    who: str = ""
    target: str = ""
    count: int = 0
    seconds: float | None = None
    period: float | None = None
    percent: float | None = None
    size: int | None = None
    phase: Phase | None = None
