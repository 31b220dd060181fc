"""Keeps as many engines as are wanted, and replaces those that do not answer or are out of date.

Everything is looked at, `acedesk.rules.engines.scaling` says what is to be done, and it is done: at
every change and every few seconds. Nothing is removed when AceDesk ends.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from acedesk import clock, tasks
from acedesk.engines.adoption import Adoption
from acedesk.engines.backend import Backend
from acedesk.engines.making.breakers import Breakers
from acedesk.engines.pool import EnginePool
from acedesk.engines.provisions import EngineWish, Provisions
from acedesk.engines.upkeep.observation import MakerChoice, Observation
from acedesk.engines.upkeep.on_demand import OnDemandMemory, OnDemandStore
from acedesk.engines.upkeep.removals import Removals
from acedesk.engines.upkeep.successions import Successions
from acedesk.errors import BadRequest, Busy, NotFound
from acedesk.model.engine import (
    ANSWERING,
    FOREIGN,
    BackendId,
    EngineId,
    EngineIntent,
    EngineSpec,
    Purpose,
    ScalingCause,
)
from acedesk.model.snapshot import EngineView
from acedesk.rules.engines import scaling
from acedesk.rules.engines.scaling import (
    Abandon,
    Action,
    FillGap,
    Grow,
    Move,
    Remove,
    Replace,
    Retire,
)
from acedesk.settings import Settings

logger = logging.getLogger(__name__)

# Seconds between two looks when nothing changes: what only time does (an idle engine, a breaker
# that may try again) is seen so much later at most.
INTERVAL: Final = 2.0
# Changes that come within so many seconds are looked at as one.
PAUSE: Final = 0.1

GOES_ALREADY: Final = (
    "This engine gets no new streams and goes when its last one has ended, so it cannot be "
    "replaced. Use it again first, or add another one."
)


class Reconciler:
    """Drives what there is towards what is wanted.

    Args:
        makers: Which backends can make engines now.
        remove: Removes an engine for good; raises `AceDeskError`s.
        must_leave: Tells whether no stream may be on an engine any more.
        store: See `OnDemandMemory`.

    Attributes:
        woken: Set while something has changed that was not looked at yet.

    Closes: removals under way, by `close`.
    """

    def __init__(
        self,
        pool: EnginePool,
        provisions: Provisions,
        breakers: Breakers,
        adoption: Adoption,
        backends: Mapping[BackendId, Backend],
        settings: Callable[[], Settings],
        *,
        makers: MakerChoice,
        remove: Callable[[EngineId], Awaitable[None]],
        must_leave: Callable[[EngineSpec], bool],
        store: OnDemandStore | None = None,
        now: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._pool = pool
        self._provisions = provisions
        self._breakers = breakers
        self._adoption = adoption
        self._backends = backends
        self._settings = settings
        self._makers = makers
        self._must_leave = must_leave
        self._now = now
        self._asked: set[EngineId] = set()
        self._scale_to = 0
        self.woken = asyncio.Event()
        self._successions = Successions(pool, provisions, self.woken.set, now=now)
        self._removals = Removals(pool, remove, self.woken.set, now=now)
        self._memory = OnDemandMemory(pool, store, now=now)
        self._observation = Observation(
            pool,
            provisions,
            breakers,
            adoption,
            backends,
            self._successions,
            self._removals,
            makers,
            now=now,
        )

    def open(self) -> None:
        """Take what is remembered of engines, before they are met."""
        self._memory.open()

    # What people want

    def drain(self, engine_id: EngineId) -> None:
        """Give the engine no new streams, and remove it when its last one has ended.

        One that AceDesk did not make stays where it is.

        Raises:
            NotFound: There is no such engine.
        """
        self._pool.intents.drain(engine_id)
        self._asked.discard(engine_id)

    def serve(self, engine_id: EngineId) -> None:
        """Let an engine that gets no new streams, whyever, get some again.

        Raises:
            NotFound: There is no such engine, or it is being removed already.
        """
        if engine_id in self._removals.ids():
            raise NotFound(f"there is no engine {engine_id}")
        self._pool.intents.serve(engine_id)
        self._successions.close_gap(engine_id)

    def replace(self, engine_id: EngineId) -> None:
        """Make another engine; when it is ready this one is drained and removed.

        Raises:
            NotFound: There is no such engine.
            BadRequest: AceDesk did not make it, or it goes already.
        """
        _check_replaceable(self._pool.get(engine_id), self._pool.find(engine_id))
        self._breakers.reset()
        self._successions.forgive(engine_id)
        self._asked.add(engine_id)
        self.woken.set()

    def scale(self, count: int) -> int:
        """Make or drain engines until there are so many; return how many there will be.

        Engines that are made so are removed again when they are idle for long.
        """
        wanted = min(max(count, self._settings().min_engines), self._settings().max_engines)
        facts = self._observation.facts(self._asked)
        there = sum(one.made and one.serves for one in facts)
        self._scale_to = wanted if wanted > there else 0
        for engine_id in scaling.choose_surplus(facts, wanted):
            self._pool.intents.set(engine_id, EngineIntent.REMOVE, ScalingCause.SCALED)
        self.woken.set()
        return wanted

    def reset_breakers(self) -> None:
        """Make and replace engines again at once, whatever failed before."""
        self._breakers.reset()
        self.woken.set()

    # The loop

    async def run(self) -> None:
        """Look and act until cancelled."""
        signals = (self._pool.changed, self._provisions.changed, self._breakers.changed)
        disconnects = [signal.connect(self.woken.set) for signal in signals]
        try:
            while True:
                self.woken.clear()
                self.look()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(INTERVAL):
                        await self.woken.wait()
                await tasks.sleep(PAUSE)
        finally:
            for disconnect in disconnects:
                disconnect()

    async def close(self) -> None:
        """Wait for the removals under way; whoever calls has a deadline."""
        await self._removals.close()
        await self._successions.close()
        await self.remember()

    def look(self) -> None:
        """Look at everything once and do what is to be done; nothing is waited for."""
        self._breakers.look()
        self._pool.intents.leave(self._must_leave)
        self._successions.look()
        self._asked = {
            one
            for one in self._asked
            if self._pool.find(one) is not None and not self._successions.is_declined(one)
        }
        self._memory.look(self._coming(), all_known=self._adoption.knows_all())
        if self._scale_to and self._is_scaled():
            self._scale_to = 0
        observed = self._observation.observe(asked=self._asked, scale_to=self._scale_to)
        for action in scaling.plan(observed, self._settings(), self._now()):
            if not self._do(action):
                return  # the next look plans anew

    # Looking

    async def remember(self) -> None:
        """Return when what a person asked for is on the disk: it holds after a kill, too."""
        await self._memory.save(self._coming(), all_known=self._adoption.knows_all())

    def _coming(self) -> frozenset[EngineId]:
        return self._provisions.unfinished() | self._removals.ids()

    def _is_scaled(self) -> bool:
        """Tell whether there are as many engines as somebody asked for."""
        there = sum(one.made and one.serves for one in self._observation.facts(self._asked))
        return there >= min(self._scale_to, self._settings().max_engines)

    # Acting

    def _do(self, action: Action) -> bool:
        """Carry out an action; tell whether that could be done."""
        match action:
            case Grow():
                wish = EngineWish(purpose=Purpose.GROWTH, on_demand=True, cause=action.cause)
                return self._begin(self._makers.choose_now(), wish) is not None
            case FillGap():
                return self._fill_gap()
            case Replace():
                return self._replace(action)
            case Abandon():
                self._successions.give_up(action.engine)
            case Retire():
                self._retire(action)
            case Move():
                self._pool.intents.move_streams(action.engine, self._now())
            case Remove():
                self._remove(action.engine)
        return True

    def _begin(self, backend: Backend | None, wish: EngineWish) -> str | None:
        """Begin to make an engine; return the provision's id, None when it may not be made."""
        if backend is None or not self._makers.is_usable(backend):
            return None
        try:
            return self._provisions.begin(backend, wish=wish)
        except Busy as busy:
            logger.debug("no engine is made now: %s", busy.detail)
            return None

    def _fill_gap(self) -> bool:
        wish = EngineWish(
            purpose=Purpose.REPLACEMENT,
            on_demand=self._successions.next_gap_on_demand,
            cause=ScalingCause.SUCCESSOR,
        )
        provision = self._begin(self._makers.choose_now(), wish)
        if provision is None:
            return False
        self._successions.fill_gap(provision)
        return True

    def _replace(self, action: Replace) -> bool:
        view = self._pool.find(action.engine)
        if view is None:
            return False
        wish = EngineWish(
            purpose=Purpose.REPLACEMENT,
            on_demand=view.on_demand,
            cause=action.cause,
            replaces=view.name,
        )
        provision = self._begin(self._makers.choose_now(view.backend_id), wish)
        if provision is None:
            return False
        logger.info("%s is to be replaced: %s", view.name, _why(view, action.cause))
        self._successions.begin(view.id, provision)
        return True

    def _retire(self, action: Retire) -> None:
        view = self._pool.find(action.engine)
        if view is None:
            return
        if action.leaves_gap:
            self._successions.leave_gap(view.id, on_demand=view.on_demand)
        self._asked.discard(view.id)
        self._successions.end(view.id)
        logger.info("%s gets no more streams: %s", view.name, _why(view, action.cause))
        self._pool.intents.set(view.id, EngineIntent.REMOVE, action.cause)

    def _remove(self, engine_id: EngineId) -> None:
        view = self._pool.find(engine_id)
        if view is None or (view.streams and view.health in ANSWERING):
            return  # a stream came to it in the same moment
        self._removals.begin(view)


def _check_replaceable(spec: EngineSpec, view: EngineView | None) -> None:
    """See whether an engine can be replaced.

    Raises:
        BadRequest: It cannot.
    """
    if spec.backend in FOREIGN or spec.contents is not None:
        raise BadRequest("AceDesk did not make this engine and cannot replace it.")
    if view is not None and view.intent is not EngineIntent.SERVE:
        raise BadRequest(GOES_ALREADY)


def _why(view: EngineView, cause: ScalingCause) -> str:
    if cause is ScalingCause.UNHEALTHY and view.error is not None:
        return view.error.detail or view.error.code
    return cause.value.replace("_", " ")
