"""One engine as the pool keeps it: its spec, how it is, who uses it, and what it did so far.

Used by `acedesk.engines.pool` only; others see frozen `EngineView`s.
"""

import dataclasses
import datetime
from collections import deque

from acedesk.engines.reservation import Reservation
from acedesk.errors import AceDeskError
from acedesk.model.content import StreamKey
from acedesk.model.engine import (
    EngineHealth,
    EngineIntent,
    EngineSpec,
    ScalingCause,
    VpnMembership,
)
from acedesk.model.engine_record import (
    ENTRIES_KEPT,
    AttemptRecord,
    EngineRecord,
    EngineScore,
    FailoverRecord,
    StallRecord,
)
from acedesk.model.snapshot import EngineView
from acedesk.rules.engines.score import faults_in_a_row
from acedesk.rules.engines.selection import Candidate


@dataclasses.dataclass(slots=True)
class Member:
    """One engine.

    Attributes:
        health: What is seen of it; changed by probes and by events of its container.
        intent: What is wanted of it; changed on request only.
        intent_cause: Why it is not to serve, None while it is.
        moved_at: When its streams were told to leave, None before.
        idle_since: Monotonic time since when it has no place taken; of no meaning while it has.
        error: Why it is not healthy, None while it is.
        last_used_at: Monotonic time a place was last taken or given back, None before.
        restarted_at: Monotonic time at which it last began to start, None while AceDesk has not
            seen that.
        score: How well it plays, as last judged.
    """

    spec: EngineSpec
    health: EngineHealth
    intent: EngineIntent = EngineIntent.SERVE
    intent_cause: ScalingCause | None = None
    moved_at: float | None = None
    idle_since: float | None = None
    error: AceDeskError | None = None
    version: str = ""
    answer_time: float | None = None
    last_check_time: datetime.datetime | None = None
    last_stream_time: datetime.datetime | None = None
    last_used_at: float | None = None
    restarted_at: float | None = None
    score: EngineScore = dataclasses.field(default_factory=EngineScore)
    reservations: list[Reservation] = dataclasses.field(default_factory=list)
    attempts: deque[AttemptRecord] = dataclasses.field(
        default_factory=lambda: deque(maxlen=ENTRIES_KEPT)
    )
    stalls: deque[StallRecord] = dataclasses.field(
        default_factory=lambda: deque(maxlen=ENTRIES_KEPT)
    )
    failovers: deque[FailoverRecord] = dataclasses.field(
        default_factory=lambda: deque(maxlen=ENTRIES_KEPT)
    )

    @property
    def is_coming(self) -> bool:
        """It is to serve and is about to answer."""
        return self.health is EngineHealth.STARTING and self.intent is EngineIntent.SERVE

    def note_attempt(self, attempt: AttemptRecord) -> None:
        """Keep the attempt."""
        self.attempts.append(attempt)

    @property
    def failed_starts(self) -> int:
        """Streams in a row that did not start by its fault, since it was started itself."""
        attempts, since = self.attempts, self.restarted_at
        return faults_in_a_row(one for one in attempts if since is None or one.asked_at > since)

    def differs(self, health: EngineHealth, error: AceDeskError | None) -> bool:
        """Tell whether this is another health or another error than the last one."""
        same_error = type(self.error) is type(error) and str(self.error) == str(error)
        return self.health is not health or not same_error

    def record(self) -> EngineRecord:
        """Return what it did so far."""
        return EngineRecord(
            attempts=tuple(self.attempts),
            stalls=tuple(self.stalls),
            failovers=tuple(self.failovers),
        )

    def candidate(
        self,
        key: StreamKey,
        *,
        limit: int | None,
        avoided: bool,
        vpn: VpnMembership,
        failures: int = 0,
        may_share: bool = False,
        last_resort: bool = False,
    ) -> Candidate:
        """Return what the choice of an engine for `key` looks at; see `EnginePool.reserve`."""
        return Candidate(
            id=self.spec.id,
            name=self.spec.name,
            health=self.health,
            intent=self.intent,
            streams=len(self.reservations),
            carried=sum(not one.standby for one in self.reservations),
            max_streams=limit,
            forwarded=self.spec.id in vpn.forwarded,
            last_used_at=self.last_used_at,
            plays_key=not may_share and self._plays(key),
            failures=failures,
            avoided=avoided,
            score=self.score.value,
            last_resort=last_resort,
            # It was taken while nothing was on the engine, and nothing has come since.
            exclusive=bool(self.reservations) and self.reservations[0].exclusive,
        )

    def _plays(self, key: StreamKey) -> bool:
        # The value alone tells most apart: a choice among 200 engines compares a thousand keys.
        value = key.value
        return any(one.key.value == value and one.key == key for one in self.reservations)

    def view(self, *, limit: int | None, vpn: VpnMembership, on_demand: bool = False) -> EngineView:
        """Return the engine as others see it."""
        spec = self.spec
        return EngineView(
            id=spec.id,
            name=spec.name,
            backend=spec.backend,
            backend_id=spec.backend_id,
            host=spec.host,
            port=spec.port,
            health=self.health,
            intent=self.intent,
            intent_cause=self.intent_cause,
            on_demand=on_demand,
            version=self.version,
            streams=len(self.reservations),
            max_streams=limit,
            container_id=spec.container_id,
            image=spec.image,
            started_time=spec.started_time,
            last_check_time=self.last_check_time,
            last_stream_time=self.last_stream_time,
            answer_time=self.answer_time,
            forwarded=spec.id in vpn.forwarded,
            vpn_container=vpn.container if spec.id in vpn.engines else "",
            error=self.error,
            score=self.score,
        )
