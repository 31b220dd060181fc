"""How many engines there are to be, and which are replaced and removed. Pure.

`plan` looks at everything at one moment and returns what is to be done now. It is asked again at
every event and every few seconds, so it remembers nothing: what was begun is part of what it is
shown. In this order:

1. An engine whose successor is ready gets no more streams, and is removed when it has none.
2. An engine that does not answer gets a successor; then its streams move and it is removed.
3. Engines are made up to `min_engines`, `min_free_engines`, and when no place is free.
4. One at a time, engines that a person wants replaced or whose definition has changed get a
   successor and are drained.
5. Engines that were made on demand are removed when they were idle for `idle_grace`, if nothing of
   the above would make another one then: so the plan comes to rest.

There are never more than `max_engines`, nor more on a host than its own limit. A successor is made
first; where there is no room for it, the old engine goes first, one at a time. An engine that a
person made is removed only when a person wants it or when it is replaced. Engines of the settings
are never touched; their free places count. What is on a host that cannot be reached is left as it
is: it is what it was when the host comes back, and what is missing meanwhile is made elsewhere.
"""

import dataclasses
import enum
import math
from collections.abc import Callable, Collection, Iterable
from typing import Final

from acedesk.model.engine import (
    ANSWERING,
    ENDED,
    SILENT,
    EngineHealth,
    EngineId,
    EngineIntent,
    ScalingCause,
)
from acedesk.rules.engines.selection import natural_key
from acedesk.settings import Settings
from acedesk.values import frozen_value

# How long streams have to leave an engine that does not answer: their sessions are stopped there
# first, and a stop that is not answered is given up after 3 s.
MOVE_LIMIT: Final = 10.0


class Successor(enum.Enum):
    """The engine that is to come instead of another: there is none, it is being made, it serves."""

    NONE = "none"
    COMING = "coming"
    READY = "ready"


@frozen_value
class EngineFacts:
    """What the plan looks at in one engine; one that is still being made is none.

    Attributes:
        streams: Streams on it, reservations and reported ones included.
        max_streams: How many it may take, None for no limit.
        made: AceDesk made it: it counts, and may be replaced.
        on_demand: It was made because it was needed, and may be removed when it is not.
        idle_since: Since when it has no stream, None while it has.
        outdated: Its definition is not that of the settings.
        asked: A person wants it replaced.
        left_alone: Somebody wanted it to be as it is (stopped or frozen, and not in use).
        away: Its host cannot be reached: it can be neither replaced nor removed.
        crowded: It has what another one would need (a port of the VPN's container): it has to go
            before its successor.
        moved_at: When its streams were told to leave, None before.
    """

    id: EngineId
    name: str
    health: EngineHealth
    intent: EngineIntent = EngineIntent.SERVE
    streams: int = 0
    max_streams: int | None = None
    made: bool = True
    on_demand: bool = False
    idle_since: float | None = None
    outdated: bool = False
    asked: bool = False
    left_alone: bool = False
    away: bool = False
    crowded: bool = False
    successor: Successor = Successor.NONE
    moved_at: float | None = None

    @property
    def serves(self) -> bool:
        """It takes streams, or is about to."""
        able = self.health in ANSWERING or self.health is EngineHealth.STARTING
        return able and self.intent is EngineIntent.SERVE

    @property
    def is_ill(self) -> bool:
        """It should answer and does not."""
        alone = self.left_alone or self.away
        return self.health in SILENT and self.intent is EngineIntent.SERVE and not alone


@frozen_value
class Observed:
    """Everything at one moment.

    Attributes:
        coming: Engines that are being made and succeed none.
        gaps: Engines that went before their successor, which has not been begun.
        coming_gaps: Such successors that are being made.
        leaving: Engines that are being removed or given up and are not in `engines` any more.
        scale_to: As many engines somebody asked for, 0 when nobody did.
        can_make: Engines can be made: Docker is there, and what it has is known.
        places: How many more the hosts that can make some take, by their own limits; what is being
            made or removed there takes a place.
        growth, replacement: How many may be begun, by the circuit breakers.
    """

    engines: tuple[EngineFacts, ...] = ()
    coming: int = 0
    gaps: int = 0
    coming_gaps: int = 0
    leaving: int = 0
    scale_to: int = 0
    can_make: bool = True
    places: int = 1_000
    growth: int = 1_000
    replacement: int = 1_000


@frozen_value(kw_only=False)
class Grow:
    """Make one more engine."""

    cause: ScalingCause


@frozen_value(kw_only=False)
class FillGap:
    """Make the successor of an engine that went before it."""


@frozen_value(kw_only=False)
class Replace:
    """Make the successor of this engine; the engine stays until it is ready."""

    engine: EngineId
    cause: ScalingCause


@frozen_value(kw_only=False)
class Abandon:
    """Stop making the successor of this engine, which is well again."""

    engine: EngineId


@frozen_value(kw_only=False)
class Retire:
    """Give this engine no more streams, and remove it when it has none.

    Attributes:
        leaves_gap: Its successor is made when it is gone.
    """

    engine: EngineId
    cause: ScalingCause
    leaves_gap: bool = False


@frozen_value(kw_only=False)
class Move:
    """Let the streams of this engine go on with others."""

    engine: EngineId


@frozen_value(kw_only=False)
class Remove:
    """Remove this engine, which is of no more use."""

    engine: EngineId


Action = Grow | FillGap | Replace | Abandon | Retire | Move | Remove


def plan(observed: Observed, settings: Settings, now: float) -> tuple[Action, ...]:
    """Return what is to be done now, in order.

    Carried out, the same moment asks for nothing more.
    """
    planning = _Planning(observed, settings, now)
    planning.finish_replacements()
    planning.remove_retired()
    planning.fill_gaps()
    planning.replace_ill()
    planning.grow()
    planning.roll()
    planning.retire_surplus()
    planning.retire_idle()
    planning.remove_retired()
    # Last, so that no stream moves to an engine that goes, too.
    moves = [action for action in planning.actions if isinstance(action, Move)]
    return (*(one for one in planning.actions if not isinstance(one, Move)), *moves)


def choose_surplus(engines: Iterable[EngineFacts], count: int) -> tuple[EngineId, ...]:
    """Return which engines go, so that `count` are left: idle ones and those on demand first."""
    serving = sorted((one for one in engines if one.made and one.serves), key=_expendable)
    return tuple(one.id for one in serving[: max(0, len(serving) - count)])


def _expendable(engine: EngineFacts) -> tuple[bool, int, float, object, str]:
    idle_since = math.inf if engine.idle_since is None else engine.idle_since
    return (
        not engine.on_demand,
        engine.streams,
        idle_since,
        natural_key(engine.name),
        engine.id,
    )


class _Planning:
    """One plan: the engines as they become by what is planned so far."""

    def __init__(self, observed: Observed, settings: Settings, now: float) -> None:
        self.actions: list[Action] = []
        self._observed = observed
        self._settings = settings
        self._now = now
        self._made = {one.id: one for one in observed.engines if one.made}
        self._others = [one for one in observed.engines if not one.made and one.serves]
        self._coming = observed.coming
        self._gaps = observed.gaps
        self._coming_gaps = observed.coming_gaps
        self._leaving = observed.leaving
        self._places = observed.places
        self._growth = observed.growth
        self._replacement = observed.replacement

    # What there is

    def _those(self, wanted: Callable[[EngineFacts], bool]) -> list[EngineFacts]:
        return [one for one in self._made.values() if wanted(one)]

    @property
    def _successors(self) -> int:
        return len(self._those(lambda one: one.successor is Successor.COMING))

    @property
    def _under_way(self) -> int:
        return self._coming + self._coming_gaps + self._successors

    @property
    def _fits_one(self) -> bool:
        """Whether one more may exist, by the setting and by the limits of the hosts."""
        return self._room > 0 and self._places > 0

    @property
    def _room(self) -> int:
        """How many more may exist by the setting."""
        total = len(self._made) + self._under_way + self._leaving
        return self._settings.max_engines - total

    def _may_make(self, allowed: int) -> int:
        """Return how many may be begun now, room or not."""
        if not self._observed.can_make:
            return 0
        return max(0, min(allowed, self._settings.max_concurrent_provisions - self._under_way))

    @property
    def _promised(self) -> int:
        """Engines that come without more being begun: they count as if they were there."""
        replaced = self._those(
            lambda one: (
                one.is_ill and (one.successor is Successor.COMING or self._is_to_be_replaced(one))
            )
        )
        gaps = self._gaps if self._observed.can_make and self._replacement > 0 else 0
        return self._coming + self._coming_gaps + gaps + len(replaced)

    def _is_to_be_replaced(self, engine: EngineFacts) -> bool:
        able = self._observed.can_make and self._replacement > 0
        return able and engine.successor is Successor.NONE

    def _put(self, engine: EngineFacts, **changes: object) -> None:
        self._made[engine.id] = dataclasses.replace(engine, **changes)  # type: ignore[arg-type]

    # What is done

    def _retire(
        self, engine: EngineFacts, cause: ScalingCause, *, leaves_gap: bool = False
    ) -> None:
        self.actions.append(Retire(engine.id, cause, leaves_gap))
        self._put(engine, intent=EngineIntent.REMOVE, successor=Successor.NONE)
        self._gaps += leaves_gap

    def _replace(self, engine: EngineFacts, cause: ScalingCause) -> None:
        self.actions.append(Replace(engine.id, cause))
        self._put(engine, successor=Successor.COMING)
        self._places -= 1
        self._replacement -= 1

    def finish_replacements(self) -> None:
        """Retire what has a successor, and leave alone what is well again."""
        for one in self._those(lambda one: one.successor is Successor.READY):
            if one.intent is EngineIntent.REMOVE:
                continue
            self._retire(one, _cause(one))
        for one in self._those(lambda one: one.successor is Successor.COMING):
            if not (one.is_ill or one.outdated or one.asked):
                self.actions.append(Abandon(one.id))
                self._put(one, successor=Successor.NONE)
                self._leaving += 1

    def remove_retired(self) -> None:
        """Remove what is to go and has no streams; let those of a silent engine leave it."""
        if not self._observed.can_make:
            return
        for one in self._those(lambda one: one.intent is EngineIntent.REMOVE and not one.away):
            if one.streams == 0 or self._has_waited(one):
                self.actions.append(Remove(one.id))
                del self._made[one.id]
                self._leaving += 1
            elif one.health in SILENT | ENDED and one.moved_at is None:
                self.actions.append(Move(one.id))
                self._put(one, moved_at=self._now)

    def _has_waited(self, engine: EngineFacts) -> bool:
        if engine.moved_at is None or engine.health not in SILENT | ENDED:
            return False
        return self._now - engine.moved_at >= MOVE_LIMIT

    def replace_ill(self) -> None:
        """Make successors of engines that do not answer, those with viewers first."""
        ill = self._those(lambda one: one.is_ill and one.successor is Successor.NONE)
        for one in sorted(ill, key=lambda one: (-one.streams, natural_key(one.name))):
            if self._may_make(self._replacement) == 0:
                return
            if self._fits_one and not one.crowded:
                self._replace(one, ScalingCause.UNHEALTHY)
            elif self._gaps == self._coming_gaps == 0:
                self._retire(one, ScalingCause.UNHEALTHY, leaves_gap=True)

    def fill_gaps(self) -> None:
        """Make the successors of engines that had to go first."""
        while self._gaps and self._fits_one and self._may_make(self._replacement):
            self.actions.append(FillGap())
            self._gaps -= 1
            self._coming_gaps += 1
            self._places -= 1
            self._replacement -= 1

    def grow(self) -> None:
        """Make as many engines as are missing."""
        cause, missing = self._missing()
        for _ in range(missing):
            if not self._fits_one:
                self._make_room()
                return
            if self._may_make(self._growth) == 0:
                return
            self.actions.append(Grow(cause))
            self._coming += 1
            self._places -= 1
            self._growth -= 1

    def _missing(self, without: EngineId | None = None) -> tuple[ScalingCause, int]:
        """Return how many engines are missing, and why most of them are."""
        settings = self._settings
        serving = self._those(lambda one: one.serves and one.id != without)
        have = len(serving) + self._promised
        free = sum(one.streams == 0 for one in serving) + self._promised
        wanted = {
            ScalingCause.BELOW_MINIMUM: settings.min_engines - have,
            ScalingCause.SCALED: self._observed.scale_to - have,
            ScalingCause.TOO_FEW_FREE: settings.min_free_engines - free,
            ScalingCause.NO_FREE_PLACE: int(self._is_full(serving)),
        }
        cause = max(wanted, key=lambda one: wanted[one])
        return cause, max(0, wanted[cause])

    def _is_full(self, serving: Collection[EngineFacts]) -> bool:
        """Tell whether engines of ours are in use and nobody has a free place.

        Without a stream nothing is missing: nobody who added no engine gets one.
        """
        used = any(one.streams for one in serving)
        return used and not self._promised and not any(map(_has_place, [*serving, *self._others]))

    def _make_room(self) -> None:
        """Let an engine go that has ended for good, where one that works is missing."""
        if self._may_make(self._growth) == 0:
            return
        ended = self._those(
            lambda one: (
                one.health in ENDED
                and one.intent is EngineIntent.SERVE
                and one.streams == 0
                and not one.away
            )
        )
        if ended and not self._leaving:
            self._retire(min(ended, key=_expendable), ScalingCause.ENDED)

    def roll(self) -> None:
        """Replace one engine that a person wants replaced, or whose definition has changed."""
        busy = self._successors or self._gaps or self._coming_gaps
        if busy or self._may_make(self._replacement) == 0:
            return
        stale = self._those(_is_stale)
        if not stale:
            return
        one = min(stale, key=lambda one: (not one.asked, one.streams, natural_key(one.name)))
        if self._fits_one and not one.crowded:
            self._replace(one, _cause(one))
        else:
            self._retire(one, _cause(one), leaves_gap=True)

    def retire_surplus(self) -> None:
        """Let engines on demand go that are more than the maximum, which somebody lowered."""
        going = len(self._those(lambda one: one.intent is EngineIntent.REMOVE))
        surplus = -self._room - going - self._leaving
        demanded = self._those(lambda one: one.serves and one.on_demand)
        for one in sorted(demanded, key=_expendable)[: max(0, surplus)]:
            self._retire(one, ScalingCause.ABOVE_MAXIMUM)

    def retire_idle(self) -> None:
        """Let engines on demand go that had no stream for long and will not be missed."""
        idle = self._those(
            lambda one: (
                one.on_demand
                and one.intent is EngineIntent.SERVE
                and one.streams == 0
                and one.successor is Successor.NONE
                and not one.away
                and one.idle_since is not None
                and self._now - one.idle_since >= self._settings.idle_grace
            )
        )
        for one in sorted(idle, key=_expendable):
            if self._missing(without=one.id)[1] == 0:
                self._retire(one, ScalingCause.IDLE)


def _cause(engine: EngineFacts) -> ScalingCause:
    """Return why an engine has a successor, or gets one."""
    if engine.asked:
        return ScalingCause.ASKED
    return ScalingCause.OUTDATED if engine.outdated else ScalingCause.UNHEALTHY


def _is_stale(engine: EngineFacts) -> bool:
    """Tell whether an engine is to be replaced although it may be well."""
    free = engine.intent is EngineIntent.SERVE and engine.successor is Successor.NONE
    free = free and not engine.away
    outdated = engine.outdated and engine.health in ANSWERING
    return free and (outdated or (engine.asked and engine.health is not EngineHealth.STARTING))


def _has_place(engine: EngineFacts) -> bool:
    return engine.max_streams is None or engine.streams < engine.max_streams
