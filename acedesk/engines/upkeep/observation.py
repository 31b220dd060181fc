"""What the plan of engines is shown: the pool, what is on its way, what the breakers allow."""

import dataclasses
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from acedesk import clock
from acedesk.engines.adoption import Adoption
from acedesk.engines.backend import Backend
from acedesk.engines.making.breakers import Breakers
from acedesk.engines.member import Member
from acedesk.engines.pool import EnginePool
from acedesk.engines.provisions import Provisions
from acedesk.engines.upkeep.removals import Removals
from acedesk.engines.upkeep.successions import Successions
from acedesk.model.engine import BackendId, BreakerKind, EngineId, ProvisionState, Purpose
from acedesk.rules.engines.scaling import EngineFacts, Observed, Successor


class MakerChoice(Protocol):
    """Which backends can make engines now; `acedesk.engines.makers.Makers` is it."""

    def choose_now(self, wanted: BackendId | None = None) -> Backend | None:
        """Return the backend that would make an engine now, None when none can or all are full."""
        ...

    def places(self) -> int:
        """Return how many more engines could be made by the limits of the hosts."""
        ...

    def crowded(self) -> frozenset[EngineId]:
        """Return the engines that must go before another can come in their place."""
        ...

    def is_reachable(self, backend: Backend) -> bool:
        """Tell whether a backend answers, and which engines it has is known."""
        ...

    def can_make(self) -> bool:
        """Tell whether an engine could be made now if there was room for it."""
        ...

    def is_usable(self, backend: Backend) -> bool:
        """Tell whether a backend can make engines now, and which it has is known."""
        ...


class Observation:
    """Puts the picture together; it changes nothing."""

    def __init__(
        self,
        pool: EnginePool,
        provisions: Provisions,
        breakers: Breakers,
        adoption: Adoption,
        backends: Mapping[BackendId, Backend],
        successions: Successions,
        removals: Removals,
        makers: MakerChoice,
        *,
        now: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._pool = pool
        self._provisions = provisions
        self._breakers = breakers
        self._adoption = adoption
        self._backends = backends
        self._successions = successions
        self._removals = removals
        self._makers = makers
        self._now = now

    def observe(self, *, asked: Collection[EngineId], scale_to: int) -> Observed:
        """Return everything at this moment.

        Args:
            asked: Engines that a person wants replaced.
            scale_to: As many engines somebody asked for.
        """
        running = [one for one in self._provisions.views() if one.state is ProvisionState.RUNNING]
        given_up = self._successions.given_up
        known = self._successions.coming | given_up
        others = [one for one in running if one.id not in known]
        gaps = sum(self._successions.fills_gap(one.id) for one in others)
        replacing = sum(one.purpose is Purpose.REPLACEMENT for one in running)
        growing = len(running) - replacing
        allowed = self._breakers.allowed
        return Observed(
            engines=self.facts(asked),
            coming=len(others) - gaps,
            coming_gaps=gaps,
            gaps=self._successions.gaps,
            leaving=len(self._removals.ids() | self._adoption.leaving.keys()) + len(given_up),
            scale_to=scale_to,
            can_make=self._makers.can_make(),
            places=self._makers.places(),
            growth=allowed(BreakerKind.GROWTH, under_way=growing),
            replacement=allowed(BreakerKind.REPLACEMENT, under_way=replacing),
        )

    def facts(self, asked: Collection[EngineId]) -> tuple[EngineFacts, ...]:
        """Return the engines; those that are being made or removed are none."""
        leave_out = self._removals.ids() | self._provisions.unfinished()
        # Once for each backend, not for each engine: a definition is put together to be hashed.
        wanted = {name: one.definition_hash for name, one in self._backends.items()}
        facts = self._pool.intents.facts(
            leave_out=leave_out,
            outdated=lambda member: _is_outdated(member, wanted),
            now=self._now(),
        )
        away, crowded = self._away(), self._makers.crowded()
        wished = (self._with_wishes(one, away, asked=one.id in asked) for one in facts)
        if not crowded:
            return tuple(wished)
        return tuple(dataclasses.replace(one, crowded=one.id in crowded) for one in wished)

    def _away(self) -> frozenset[BackendId]:
        """Return the backends that cannot be reached now."""
        reachable = self._makers.is_reachable
        return frozenset(name for name, one in self._backends.items() if not reachable(one))

    def _with_wishes(
        self, facts: EngineFacts, away: Collection[BackendId], *, asked: bool
    ) -> EngineFacts:
        successor = self._successions.of(facts.id)
        declined = self._successions.is_declined(facts.id)
        changing = self._adoption.is_changing(facts.id) or declined
        is_away = bool(away) and self._pool.get(facts.id).backend_id in away
        if successor is Successor.NONE and not (changing or asked or is_away):
            return facts
        return dataclasses.replace(
            facts,
            successor=successor,
            asked=asked and not declined,
            outdated=facts.outdated and not declined,
            left_alone=facts.left_alone or changing,
            away=is_away,
        )


def _is_outdated(member: Member, wanted: Mapping[BackendId, str]) -> bool:
    """Tell whether an engine was made from another definition than the backend's of now."""
    current, made_from = wanted.get(member.spec.backend_id, ""), member.spec.definition_hash
    return bool(current and made_from) and current != made_from
