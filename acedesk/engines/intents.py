"""What is wanted of the engines, and what the upkeep looks at in them."""

import collections
from collections.abc import Callable, Collection, Mapping
from typing import Final

from acedesk.engines.member import Member
from acedesk.engines.placement import Placement
from acedesk.engines.pool_events import PoolEvents
from acedesk.errors import EngineError, EngineLeft, NotFound
from acedesk.model.engine import (
    FOREIGN,
    BackendId,
    EngineHealth,
    EngineId,
    EngineIntent,
    EngineLoss,
    EngineSpec,
    ScalingCause,
)
from acedesk.rules.engines.scaling import EngineFacts
from acedesk.signals import Signal

# A frozen engine that had a stream so lately was frozen under its viewers; in seconds.
USED_LATELY: Final = 60.0


class Intents:
    """Intents of the pool's engines; nothing that is seen of an engine changes them.

    Args:
        members: The engines of the pool.
        changed: Emitted when an intent has changed.

    Attributes:
        on_demand: Engines that were made because they were needed, and not by a person.
        drained: Engines that a person drained. Both are remembered when they are gone, until they
            are changed.
        tell_streams: Called when the streams of an engine are to leave it.
    """

    def __init__(
        self,
        members: Mapping[EngineId, Member],
        placement: Placement,
        events: PoolEvents,
        changed: Signal[()],
    ) -> None:
        self.on_demand: frozenset[EngineId] = frozenset()
        self.drained: frozenset[EngineId] = frozenset()
        self.tell_streams: Callable[[EngineLoss], None] = tell_nobody
        self._members = members
        self._placement = placement
        self._events = events
        self._changed = changed

    def set(
        self, engine_id: EngineId, intent: EngineIntent, cause: ScalingCause | None = None
    ) -> None:
        """Note what is wanted of the engine and why; the streams on it go on.

        Raises:
            NotFound: There is no such engine.
        """
        member = self._get(engine_id)
        if intent is EngineIntent.SERVE:
            self.drained -= {engine_id}
        if member.intent is intent:
            return
        before, member.intent = member.intent, intent
        member.intent_cause = None if intent is EngineIntent.SERVE else cause
        member.moved_at = None
        self._events.intent_changed(member, before)
        self._changed.emit()

    def drain(self, engine_id: EngineId) -> None:
        """Give the engine no new streams, because a person wants it; remove it if it is ours.

        Raises:
            NotFound: There is no such engine.
        """
        wanted = _drained(self._get(engine_id))
        self.drained |= {engine_id}
        self.set(engine_id, wanted, ScalingCause.ASKED)

    def serve(self, engine_id: EngineId) -> None:
        """Let an engine get streams, because a person wants it.

        From now on it is one that this person wants, whyever it was made: else it would go again
        for being idle at the next look.

        Raises:
            NotFound: There is no such engine.
        """
        self._get(engine_id)
        self.on_demand -= {engine_id}
        self.set(engine_id, EngineIntent.SERVE)

    def recall(self, member: Member) -> None:
        """Want of an engine that is met what a person wanted of it in an earlier run."""
        if member.spec.id in self.drained:
            member.intent, member.intent_cause = _drained(member), ScalingCause.ASKED

    def hand_over(self, engine_id: EngineId, fresh_id: EngineId) -> None:
        """Remember of an engine that was made anew what was remembered of it; see `recall`."""
        if engine_id in self.drained:
            self.drained |= {fresh_id}
        if engine_id in self.on_demand:
            self.on_demand |= {fresh_id}

    def leave(self, must_leave: Callable[[EngineSpec], bool]) -> None:
        """Let the streams of engines on which none may be any more go on with others."""
        for member in tuple(self._members.values()):
            if member.reservations and must_leave(member.spec):
                why = EngineLeft("engines must use the VPN, and this one is outside")
                loss = EngineLoss(engine_id=member.spec.id, error=why, certain=True)
                self.tell_streams(loss)

    def move_streams(self, engine_id: EngineId, now: float) -> None:
        """Let the streams of an engine go on with others; `now` is monotonic."""
        member = self._members.get(engine_id)
        if member is None:
            return
        member.moved_at = now
        error = member.error if isinstance(member.error, EngineError) else None
        why = error or EngineLeft("the engine is to be removed")
        self.tell_streams(EngineLoss(engine_id=engine_id, error=why, certain=True))

    def mark_on_demand(self, engine_id: EngineId) -> None:
        """Note that the engine was made because it was needed."""
        self.on_demand |= {engine_id}

    def made(self, *, leave_out: Collection[EngineId] = ()) -> int:
        """Return how many engines AceDesk made; the one of the test channel is none."""
        return sum(
            _is_made(one) and one.spec.contents is None and one.spec.id not in leave_out
            for one in self._members.values()
        )

    def specs(self) -> tuple[EngineSpec, ...]:
        """Return all engines as their backends made or found them."""
        return tuple(one.spec for one in self._members.values())

    def counts(self) -> collections.Counter[BackendId]:
        """Return how many engines each backend has."""
        return collections.Counter(one.spec.backend_id for one in self._members.values())

    def facts(
        self,
        *,
        leave_out: Collection[EngineId],
        outdated: Callable[[Member], bool],
        now: float,
    ) -> tuple[EngineFacts, ...]:
        """Return the engines that play anything, as the upkeep looks at them.

        Args:
            leave_out: Engines that are being made or removed.
            outdated: Tells whether an engine's definition is not that of the settings.
            now: Monotonic.
        """
        return tuple(
            self._facts(one, outdated=outdated(one), now=now)
            for one in self._members.values()
            if one.spec.contents is None and one.spec.id not in leave_out
        )

    def is_used(self, engine_id: EngineId, now: float, within: float) -> bool:
        """Tell whether streams are on the engine, or were within so many seconds.

        They may have left it before it was told what befell it.

        Args:
            now: Monotonic: the wall clock may be set by hours.
        """
        member = self._members.get(engine_id)
        return member is not None and _is_used(member, now, within)

    def _get(self, engine_id: EngineId) -> Member:
        member = self._members.get(engine_id)
        if member is None:
            raise NotFound(f"there is no engine {engine_id}")
        return member

    def _facts(self, member: Member, *, outdated: bool, now: float) -> EngineFacts:
        spec = member.spec
        frozen = spec.paused and not _is_used(member, now, USED_LATELY)
        return EngineFacts(
            id=spec.id,
            name=spec.name,
            health=member.health,
            intent=member.intent,
            streams=len(member.reservations),
            max_streams=self._placement.limit(member),
            made=_is_made(member),
            on_demand=spec.id in self.on_demand,
            idle_since=None if member.reservations else member.idle_since,
            outdated=outdated,
            left_alone=frozen and member.health is EngineHealth.HUNG,
            moved_at=member.moved_at,
        )


def tell_nobody(loss: EngineLoss) -> None:
    """Do nothing: no loss listener has been set yet."""


def _drained(member: Member) -> EngineIntent:
    """Return what draining an engine means: one that AceDesk did not make stays where it is."""
    return EngineIntent.REMOVE if _is_made(member) else EngineIntent.DRAIN


def _is_used(member: Member, now: float, within: float) -> bool:
    used_at = member.last_used_at
    return bool(member.reservations) or (used_at is not None and now - used_at < within)


def _is_made(member: Member) -> bool:
    return member.spec.backend not in FOREIGN
