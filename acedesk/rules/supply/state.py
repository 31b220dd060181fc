"""The values of the machine that chooses a stream's engines: its state, its events, its commands.

`acedesk.rules.supply.machine` makes the next state and commands of a state and an event. Times are
seconds of the monotonic clock.
"""

import dataclasses
import enum
import math
from collections.abc import Mapping

from acedesk.errors import Busy, EngineError
from acedesk.model.content import StreamKey
from acedesk.model.engine import EngineId
from acedesk.rules.supply.rhythm import Rhythm, Silence
from acedesk.values import frozen_value

# From when until when.
Span = tuple[float, float]


# ---------------------------------------------------------------------- the state


class AttemptPhase(enum.Enum):
    """How far an attempt is.

    WAITS: for the engine's start slot.  ASKED: the engine has the request.
    ACCEPTED: it gave a session.  DELIVERS: packets have come.
    """

    WAITS = "waits"
    ASKED = "asked"
    ACCEPTED = "accepted"
    DELIVERS = "delivers"


@frozen_value
class AttemptState:
    """One engine's try at the stream.

    Attributes:
        id: Its number; none is used twice.
        content: Which of the stream's contents it was asked for.
        since: When the phase began.
    """

    id: int
    engine: EngineId
    content: StreamKey
    phase: AttemptPhase = AttemptPhase.ASKED
    asked_at: float
    since: float


@frozen_value
class Failures:
    """How often in a row an engine failed this stream, and when last."""

    count: int
    at: float


@frozen_value
class Outage:
    """The engine that carried the stream failed, and none has gone on with it yet.

    Attributes:
        since: When it was given up.
        silent_since: When the last packet came.
        bridged: Seconds of silence before another engine, that was ready, went on.
        error: What it failed with.
        coming_at: When an engine was last seen to be starting; until then the outage's time does
            not count.
    """

    since: float
    silent_since: float
    bridged: float
    error: EngineError
    engine: EngineId
    coming_at: float = 0.0


class DoubtReason(enum.Enum):
    """Why the engine that carries the stream is doubted."""

    SILENT = "silent"
    SLOW = "slow"
    NO_PICTURE = "no picture"


@frozen_value
class Doubt:
    """The engine that carries the stream may have failed: another is made ready.

    Attributes:
        well_since: Since when it works well again, as far as is known.
        silent_since: When the last packet came before it was doubted.
        bridged: Seconds without packets before another engine went on; 0 if none did.
    """

    reason: DoubtReason
    well_since: float
    silent_since: float
    bridged: float = 0.0


@frozen_value
class SupplyState:
    """All that is known of one stream's engines.

    Attributes:
        contents: What the stream may be asked for as, the best first.
        attempts: The engines that play it or are asked to, the oldest first.
        lead: The attempt that carries it, None while none does.
        led_since: Since when.
        first_at: When the first packet came, None before.
        outage: None while an engine carries the stream, and at the start.
        failures: Engines that failed it recently.
        content_failures: How often each content failed, in a row.
        failure: What the last attempt failed with that left the stream without an engine.
        tries: Attempts that failed at the start.
        waits: Begin and end of the waits for a start slot, of the starts that failed.
        placeless: Begin and end of the waits for an engine that was being started.
        coming_at: When an engine was being made or started last, at the start of the stream.
        retry_at: Before this time no place is looked for.
        asking: The question that has no answer yet.
        settling: `Settle` was commanded and is not answered yet.
        hopeless: No more engines are asked at the start.
        rhythm: The silences that are usual.
        slow_pause: Seconds without a new doubt after the last one for a lag; they end at
            `slow_after`.
        picture_tried: Another engine was asked because there was no picture.
        ended: It is over; nothing more is commanded.
    """

    contents: tuple[StreamKey, ...]
    started_at: float
    protected: bool = False
    hedged: bool = False
    next_id: int = 1
    attempts: tuple[AttemptState, ...] = ()
    lead: int | None = None
    led_since: float = 0.0
    first_at: float | None = None
    outage: Outage | None = None
    doubt: Doubt | None = None
    failures: Mapping[EngineId, Failures] = dataclasses.field(default_factory=dict)
    content_failures: Mapping[StreamKey, int] = dataclasses.field(default_factory=dict)
    failure: EngineError | None = None
    tries: int = 0
    waits: tuple[Span, ...] = ()
    placeless: tuple[Span, ...] = ()
    coming_at: float = -math.inf
    retry_at: float = 0.0
    asking: "AskEngine | None" = None
    settling: bool = False
    hopeless: bool = False
    rhythm: Rhythm = dataclasses.field(default_factory=lambda: Rhythm(since=0.0))
    slow_pause: float = 0.0
    slow_after: float = 0.0
    picture_tried: bool = False
    ended: bool = False

    def attempt(self, number: int | None) -> AttemptState | None:
        """Return an attempt by its id, None when there is none (any more)."""
        return next((one for one in self.attempts if one.id == number), None)

    @property
    def doubt_reason(self) -> DoubtReason | None:
        """Why the lead is doubted, None when it is not."""
        return self.doubt.reason if self.doubt is not None else None

    @property
    def wanted(self) -> int:
        """How many engines should play the stream now, without those asked for in an outage."""
        playing = self.first_at is not None
        doubted = self.doubt is not None and playing
        return 2 if self.protected or doubted or (self.hedged and not playing) else 1


@frozen_value
class Limits:
    """What the settings say, in seconds.

    Attributes:
        coming: An engine is being made or started: it is worth waiting for.
        due: It is about to be looked whether one more engine is needed.
    """

    accept: float
    start: float
    switch: float
    stall: float
    standby_after: float
    coming: bool = False
    due: bool = False


# ---------------------------------------------------------------------- what happens


@frozen_value
class Time:
    """It is later.

    Attributes:
        lead_last_at: When the attempt that carries the stream brought its last packet.
    """

    lead_last_at: float | None = None


@frozen_value(kw_only=False)
class Reserved:
    """The engine that was asked for is `engine`."""

    attempt: int
    engine: EngineId


@frozen_value(kw_only=False)
class Asked:
    """The engine has the request: the start slot is there."""

    attempt: int


@frozen_value(kw_only=False)
class NoPlace:
    """No engine has a place."""

    attempt: int
    error: Busy


@frozen_value(kw_only=False)
class Accepted:
    """The engine gave a session."""

    attempt: int


@frozen_value(kw_only=False)
class Delivers:
    """The first packets of an attempt came."""

    attempt: int


@frozen_value(kw_only=False)
class Leads:
    """What this attempt brings is the stream now.

    Attributes:
        replaced_last_at: When the former lead, which it replaced by a splice, brought its last
            packet; None when there is none, or it only fell behind.
    """

    attempt: int
    replaced_last_at: float | None = None


@frozen_value
class Failed:
    """An attempt is over.

    Attributes:
        waited: Begin and end of its wait for a start slot.
        last_at: When the stream's last packet came, whoever brought it.
    """

    attempt: int
    error: EngineError
    waited: Span | None = None
    last_at: float = 0.0


@frozen_value(kw_only=False)
class Quiet:
    """Nothing has come since `since`, for longer than is usual."""

    since: float


@frozen_value
class Resumed:
    """Packets came after a silence.

    Attributes:
        sessions: How many sessions were silent in it, 0 when another engine ended it.
        from_lead: From the one that carries the stream.
    """

    silence: Silence
    sessions: int
    from_lead: bool


@frozen_value(kw_only=False)
class Slow:
    """What comes falls behind the clock; the last packet came at `last_at`."""

    last_at: float


@frozen_value(kw_only=False)
class NoPicture:
    """The tables promise video, sound comes, and no video does."""

    last_at: float


@frozen_value(kw_only=False)
class Settled:
    """The best attempt leads: the others may be dismissed (the answer to `Settle`)."""


@frozen_value(kw_only=False)
class Protect:
    """Two engines are to play at once, or one."""

    on: bool


@frozen_value(kw_only=False)
class Stop:
    """Nobody wants the stream any more."""


Event = (
    Time
    | Reserved
    | Asked
    | NoPlace
    | Accepted
    | Delivers
    | Leads
    | Failed
    | Quiet
    | Resumed
    | Slow
    | NoPicture
    | Settled
    | Protect
    | Stop
)


# ---------------------------------------------------------------------- what is to be done


@frozen_value
class AskEngine:
    """Reserve a place and ask for the content; answered by `Reserved` or `NoPlace` at once.

    Attributes:
        avoid: Engines that must not be taken now.
        last: How often the others failed: those that failed least come first.
        accept: Seconds until it must have given a session.
        start: Seconds until the first byte, for the error when it comes too late.
        media_at: The moment when they are over.
        replaces: The stream has played: this waits for no start slot, and an engine that
            prebuffers is asked again quickly.
    """

    attempt: int
    content: StreamKey
    avoid: frozenset[EngineId]
    last: Mapping[EngineId, int]
    accept: float
    start: float
    media_at: float
    replaces: bool


@frozen_value(kw_only=False)
class Dismiss:
    """End an attempt; its session is stopped. Each reserved attempt gets this once."""

    attempt: int


@frozen_value(kw_only=False)
class Settle:
    """Let the attempt that is furthest ahead lead, then answer `Settled`."""


@frozen_value(kw_only=False)
class SetDoubt:
    """Allow another attempt to replace the lead, or no longer (None)."""

    reason: DoubtReason | None


@frozen_value(kw_only=False)
class NoteStart:
    """The first packets are there."""

    attempt: int


@frozen_value(kw_only=False)
class NoteOutage:
    """The stream is without an engine."""

    outage: Outage


@frozen_value(kw_only=False)
class NoteFailover:
    """Another attempt, or the same engine again, goes on with the stream."""

    outage: Outage
    attempt: int


@frozen_value(kw_only=False)
class WakeAt:
    """Send `Time` at this moment at the latest; replaces what was said before."""

    at: float


@frozen_value(kw_only=False)
class GiveUp:
    """The stream is over, with this error."""

    error: EngineError | Busy


Command = (
    AskEngine
    | Dismiss
    | Settle
    | SetDoubt
    | NoteStart
    | NoteOutage
    | NoteFailover
    | WakeAt
    | GiveUp
)
