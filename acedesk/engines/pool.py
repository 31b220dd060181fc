"""The engines that exist and the streams that use them; no I/O, nothing here waits.

`reserve` counts and chooses in one synchronous step, so simultaneous starts never overbook an
engine. Called by the proxy (reserve, report_attempt), the manager (add, forget, set_health), the
prober (set_health, set_answer, set_version) and the VPN monitor (set_vpn).
"""

import datetime
from collections.abc import Callable, Collection, Mapping

from acedesk import clock
from acedesk.engines.intents import Intents
from acedesk.engines.member import Member
from acedesk.engines.placement import Placement
from acedesk.engines.pool_events import PoolEvents
from acedesk.engines.reservation import Reservation
from acedesk.engines.scores import EngineScores
from acedesk.engines.spare import SpareEngines
from acedesk.errors import AceDeskError, Busy, NotFound
from acedesk.model.content import StreamKey
from acedesk.model.engine import (
    EngineHealth,
    EngineId,
    EngineLoss,
    EngineSpec,
    VpnMembership,
)
from acedesk.model.engine_record import (
    AttemptRecord,
    EngineRecord,
    FailoverRecord,
    StallRecord,
)
from acedesk.model.event import Note, note_nothing
from acedesk.model.snapshot import EngineView
from acedesk.rules.engines import selection
from acedesk.rules.engines.health import choose_loss, choose_removal
from acedesk.settings import Settings
from acedesk.signals import Signal


class EnginePool:
    """All engines by id.

    What happens to an engine reaches its streams by a direct call of the loss listener, never by a
    signal: signals are for observers.

    Attributes:
        placement: Which engine takes one more stream.
        scores, spare: How well each engine plays; engines that nobody uses.
        intents, events: What is wanted of the engines; why those went that are gone.

    Signals:
        changed: An engine came, went, or anything shown of one changed.
        failed: A stream failed on an engine, or got nothing from it.
    """

    def __init__(
        self,
        settings: Callable[[], Settings],
        *,
        now: Callable[[], float] = clock.monotonic,
        utc_now: Callable[[], datetime.datetime] = clock.utc_now,
        note: Note = note_nothing,
    ) -> None:
        self.changed: Signal[()] = Signal()
        self.failed: Signal[EngineId] = Signal()
        self._now = now
        self._utc_now = utc_now
        self.events = PoolEvents(note)
        self._members: dict[EngineId, Member] = {}
        self.placement = Placement(self._members, settings)
        self.scores = EngineScores(self._members, now)
        self.spare = SpareEngines(self.placement, self._take, lambda: self._vpn)
        self._vpn = VpnMembership()
        self.intents = Intents(self._members, self.placement, self.events, self.changed)

    def set_loss_listener(self, listener: Callable[[EngineLoss], None]) -> None:
        """Call `listener` when an engine can no longer be counted on; there is one listener.

        It is called after the pool holds what changed, and must not raise.
        """
        self.intents.tell_streams = listener

    # What exists

    def add(
        self,
        spec: EngineSpec,
        *,
        health: EngineHealth = EngineHealth.STARTING,
        error: AceDeskError | None = None,
    ) -> None:
        """Add an engine; one that is known already gets the new spec and health.

        Its intent stays: what is wanted of it outlives a restart.

        Args:
            error: Why it is not healthy.
        """
        member = self._members.get(spec.id)
        if member is None:
            member = Member(spec=spec, health=health, error=error, idle_since=self._now())
            self._members[spec.id] = member
            self.intents.recall(member)
            self.events.added(member)
            self.changed.emit()
            return
        member.spec = spec
        known = member.error if member.health is health else None
        self._move(member, health, error or known)

    def forget(self, engine_id: EngineId, why: str = "") -> None:
        """Drop the engine, tell its streams why; reservations may be released later as usual."""
        member = self._members.pop(engine_id, None)
        if member is None:
            return
        self.events.removed(member, why)
        self.changed.emit()
        self.intents.tell_streams(choose_removal(engine_id, self.events.why_removed(engine_id)))

    def set_health(
        self, engine_id: EngineId, health: EngineHealth, error: AceDeskError | None = None
    ) -> None:
        """Note what was seen of the engine and why; an engine that is gone is ignored."""
        member = self._members.get(engine_id)
        if member is not None and member.differs(health, error):
            self._move(member, health, error)

    def set_version(self, engine_id: EngineId, version: str) -> None:
        """Note the version the engine told."""
        member = self._members.get(engine_id)
        if member is not None and member.version != version:
            member.version = version
            self.changed.emit()

    def set_answer(
        self, engine_id: EngineId, seconds: float | None, time: datetime.datetime
    ) -> None:
        """Note when the engine was probed and how long it took, None when it did not answer."""
        member = self._members.get(engine_id)
        if member is not None:
            member.last_check_time = time
            member.answer_time = member.answer_time if seconds is None else seconds

    def set_vpn(self, membership: VpnMembership) -> None:
        """Note which engines are inside the VPN, those that come later included."""
        if membership != self._vpn:
            self._vpn = membership
            self.changed.emit()

    def _move(self, member: Member, health: EngineHealth, error: AceDeskError | None) -> None:
        before, member.health, member.error = member.health, health, error
        if health is EngineHealth.STARTING:
            member.version, member.restarted_at = "", self._now()
        self.events.health_changed(member, before)
        self.changed.emit()
        loss = choose_loss(member.spec.id, before, health, error)
        if loss is not None:
            self.intents.tell_streams(loss)

    # Who uses it

    def reserve(
        self,
        key: StreamKey,
        *,
        avoid: Collection[EngineId] = (),
        failures: Mapping[EngineId, int] | None = None,
        may_share: bool = False,
    ) -> Reservation:
        """Claim a place for `key` on the best engine that is not in `avoid`.

        Args:
            failures: How often engines failed this content of late: they come last.
            may_share: An engine that plays `key` already may be taken, too (files only).

        Raises:
            Busy: None may take it; the reason says what to wait for.
        """
        member = self.placement.choose(
            key, vpn=self._vpn, avoid=avoid, failures=failures, may_share=may_share
        )
        return self._take(member, key)

    def claim(self, engine_id: EngineId, key: StreamKey) -> Reservation:
        """Count a stream that somebody else plays on the engine, whatever its limit.

        Raises:
            NotFound: There is no such engine.
        """
        return self._take(_find(self._members, engine_id), key)

    def _take(self, member: Member, key: StreamKey) -> Reservation:
        reservation = Reservation(member.spec, key, self._give_back, self._replace)
        member.reservations.append(reservation)
        member.last_used_at, member.last_stream_time = self._now(), self._utc_now()
        self.changed.emit()
        return reservation

    def check_place(self, key: StreamKey, *, avoid: Collection[EngineId] = ()) -> None:
        """Only see whether `reserve` would find a place now.

        Raises:
            Busy: As `reserve`.
        """
        self.placement.choose(key, vpn=self._vpn, avoid=avoid)

    def has_place(self, key: StreamKey, *, avoid: Collection[EngineId] = ()) -> bool:
        """Tell whether `reserve` would find a place now."""
        try:
            self.check_place(key, avoid=avoid)
        except Busy:
            return False
        return True

    def _give_back(self, reservation: Reservation) -> None:
        member = self._members.get(reservation.engine.id)
        if member is not None and reservation in member.reservations:
            member.reservations.remove(reservation)
            member.last_used_at = member.idle_since = self._now()
            member.last_stream_time = self._utc_now()
            self.changed.emit()

    def _replace(self, reservation: Reservation, successor: Reservation) -> None:
        member = self._members.get(reservation.engine.id)
        if member is not None and reservation in member.reservations:
            member.reservations[member.reservations.index(reservation)] = successor

    def report_attempt(self, engine_id: EngineId, attempt: AttemptRecord) -> None:
        """Note how an attempt began, once: at its first byte, or when it ended without one."""
        member = self._members.get(engine_id)
        if member is not None:
            self.scores.note_attempt(member, attempt)
            if attempt.error_code:
                self.failed.emit(engine_id)

    def report_stall(self, engine_id: EngineId, stall: StallRecord) -> None:
        """Note that a session on the engine brought nothing for a while."""
        member = self._members.get(engine_id)
        if member is not None:
            self.scores.note_stall(member, stall)
            self.failed.emit(engine_id)

    def report_failover(self, engine_id: EngineId, failover: FailoverRecord) -> None:
        """Note that a stream had to leave the engine on which it had played."""
        member = self._members.get(engine_id)
        if member is not None:
            self.scores.note_failover(member, failover)

    def record(self, engine_id: EngineId) -> EngineRecord:
        """Return what the engine did so far; nothing if it is gone."""
        return self._members[engine_id].record() if engine_id in self._members else EngineRecord()

    # What is shown

    def get(self, engine_id: EngineId) -> EngineSpec:
        """Return the engine's spec.

        Raises:
            NotFound: There is no such engine.
        """
        return _find(self._members, engine_id).spec

    def find(self, engine_id: EngineId) -> EngineView | None:
        """Return the engine as it is now, None when there is no such engine."""
        member = self._members.get(engine_id)
        return None if member is None else self._view(member)

    def healths(self) -> dict[EngineId, EngineHealth]:
        """Return how all engines are; cheaper than `views` for who looks at every change."""
        return {engine_id: member.health for engine_id, member in self._members.items()}

    def load(self, engine_id: EngineId) -> int:
        """Return how many streams are on the engine, reservations included; 0 if it is gone."""
        return len(self._members[engine_id].reservations) if engine_id in self._members else 0

    def views(self) -> tuple[EngineView, ...]:
        """Return all engines as they are now, engine-2 before engine-10."""
        return tuple(map(self._view, sorted(self._members.values(), key=_order)))

    def _view(self, member: Member) -> EngineView:
        on_demand = member.spec.id in self.intents.on_demand
        limit = self.placement.limit(member)
        return member.view(limit=limit, vpn=self._vpn, on_demand=on_demand)


def _order(member: Member) -> tuple[object, EngineId]:
    return selection.natural_key(member.spec.name), member.spec.id


def _find(members: Mapping[EngineId, Member], engine_id: EngineId) -> Member:
    member = members.get(engine_id)
    if member is None:
        raise NotFound(f"there is no engine {engine_id}")
    return member
