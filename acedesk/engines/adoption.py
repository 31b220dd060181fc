"""Keeps the pool in step with what the backends have, whoever made or removed it.

All of a backend is looked at when AceDesk starts, when the settings change, and every minute.
In between, an event of Docker leads to a look at one container: so ten engines that start together
cost ten looks at one container, not ten looks at all of them. Looks that are asked for while one is
under way are made as one.
"""

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Final

from acedesk import clock
from acedesk.containers.runtime import CONNECTED, DISCONNECTED, ContainerEvent
from acedesk.engines.backend import Backend, ContainerBackend
from acedesk.engines.pool import EnginePool
from acedesk.errors import AceDeskError, EngineSilent, EngineUnreachable
from acedesk.model.engine import ENDED, BackendId, BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.model.snapshot import OrphanView
from acedesk.rules.engines import health, selection
from acedesk.signals import Signal
from acedesk.words.errors import explain

logger = logging.getLogger(__name__)

# The window must not wait for a Docker that hangs; it is looked at again while running.
START_LIMIT: Final = 2.0
# Docker may come up any moment after login; looking costs one connection attempt.
RETRY_INTERVAL: Final = 5.0
# Events show changes at once; this finds what was missed when the event stream was broken.
REFRESH_INTERVAL: Final = 60.0

# Docker's events that change which engines there are or where they listen.
_TELLING: Final = frozenset({"start", "die", "destroy", "rename", "pause", "unpause"})


class _ToldEnds:
    """What Docker's events told of engines before their containers ended.

    Attributes:
        stopped: Those that somebody, or Docker itself, stopped.
    """

    def __init__(self) -> None:
        self.stopped: set[EngineId] = set()
        self._out_of_memory: set[EngineId] = set()

    def note(self, engine_id: EngineId, action: str) -> None:
        match action:
            case "stop":
                self.stopped.add(engine_id)
            case "oom":
                self._out_of_memory.add(engine_id)
            case "start" | "destroy":
                self.stopped.discard(engine_id)
                self._out_of_memory.discard(engine_id)
            case _:
                pass

    def forget_all(self) -> None:
        """Docker is there again: its own stop was nobody's wish for an engine."""
        self.stopped.clear()
        self._out_of_memory.clear()

    def judge(
        self, engine_id: EngineId, exit_code: int, kind: BackendKind
    ) -> tuple[EngineHealth, EngineUnreachable]:
        """Return what an engine is whose container or program has ended, and why."""
        # The system may have ended a part of it only; it itself then ends in another way.
        no_memory = engine_id in self._out_of_memory and exit_code == health.KILLED
        words = health.describe_exit(exit_code, kind, out_of_memory=no_memory)
        error = EngineUnreachable(words)
        return health.judge_exit(exit_code, out_of_memory=no_memory), error


@dataclasses.dataclass(slots=True)
class _BackendLooks:
    """How often a backend was looked at, and how the last look ended.

    Attributes:
        wanted: All of it is to be looked at soon.
        touched: Single containers that are.
        woken: One of the two.
        begun, ended: Numbers of the last looks that began and ended.
        ended_at: When the last look that ended did so well, None when it did not.
    """

    lock: asyncio.Lock = dataclasses.field(default_factory=asyncio.Lock)
    begun: int = 0
    ended: int = 0
    ended_at: float | None = None
    error: AceDeskError | None = None
    wanted: bool = False
    touched: set[str] = dataclasses.field(default_factory=set)
    woken: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)


class Adoption:
    """The engines of all backends, taken into the pool and out of it.

    Args:
        being_made: Returns the names of engines that are being made and join the pool later.

    Signals:
        changed: `orphans` has changed.
    """

    def __init__(
        self,
        pool: EnginePool,
        backends: Mapping[BackendId, Backend],
        being_made: Callable[[], Collection[str]],
        *,
        now: Callable[[], float] = clock.monotonic,
    ) -> None:
        self.changed: Signal[()] = Signal()
        self._pool, self._backends = pool, backends
        self._being_made, self._now = being_made, now
        self._busy: dict[EngineId, BackendId] = {}
        self._changes = 0
        self._looks = {backend: _BackendLooks() for backend in backends}
        self._failures: dict[BackendId, str] = {}
        self._shown: tuple[OrphanView, ...] = ()
        self._ends = _ToldEnds()

    @property
    def orphans(self) -> tuple[OrphanView, ...]:
        """Engine containers of other AceDesks as last seen, engine-2 before engine-10."""
        return self._shown

    # Start and run

    async def start(self) -> None:
        """Add the engines that exist to the pool. A backend that is missing or slow is no error."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_LIMIT):
                await asyncio.gather(*map(self.refresh, self._backends.values()))
        for backend in self._backends.keys() - self._failures.keys():
            if not self.knows(backend):  # it needs longer: it is looked at first of all
                self.look_again(backend)

    async def run(self) -> None:
        """Keep the pool true until cancelled."""
        async with asyncio.TaskGroup() as group:
            for backend in self._backends.values():
                group.create_task(self._keep_looking(backend), name=f"looks at {backend.id}")
                if isinstance(backend, ContainerBackend):
                    group.create_task(self._watch(backend), name=f"events of {backend.id}")

    # Changes made on purpose

    @contextlib.contextmanager
    def changing(self, engine_id: EngineId, backend: BackendId) -> Iterator[None]:
        """Ignore what events and looks show of the engine while it is changed on purpose."""
        self._busy[engine_id] = backend
        try:
            yield
        except BaseException:
            self.look_again(backend)  # the next look shows what is left of it
            raise
        finally:
            self._busy.pop(engine_id, None)
            self.count_change()

    def is_changing(self, engine_id: EngineId) -> bool:
        """Tell whether the engine is being changed on purpose."""
        return engine_id in self._busy

    @property
    def leaving(self) -> Mapping[EngineId, BackendId]:
        """Engines that are being removed: changed on purpose, and in the pool no more."""
        return {one: place for one, place in self._busy.items() if self._pool.find(one) is None}

    def was_stopped(self, engine_id: EngineId) -> bool:
        """Tell whether somebody stopped the engine in Docker; a kill or a crash is no stop."""
        return engine_id in self._ends.stopped

    def knows(self, backend: BackendId) -> bool:
        """Tell whether it is known which engines the backend has."""
        return self._looks[backend].ended_at is not None

    def knows_all(self) -> bool:
        """Tell whether it is known which engines there are."""
        return all(map(self.knows, self._backends))

    def count_change(self) -> None:
        """Note that an engine was made, changed or removed: a look under way is outdated."""
        self._changes += 1

    def take_in(self, spec: EngineSpec) -> None:
        """Add an engine that was found, or what has changed of it, to the pool."""
        view = self._pool.find(spec.id)
        being_made = view is None and spec.name in self._being_made()
        if being_made or spec.id in self._busy:
            return
        if view is None:
            _put(self._pool, spec)
            if spec.container_id:
                logger.info("took over %s (%s)", spec.name, spec.container_id[:12])
            return
        before = self._pool.get(spec.id)
        if spec == dataclasses.replace(before, paused=False) and before.paused:
            self._pool.add(spec, health=EngineHealth.READY)  # as it was; the next probe tells
        elif spec != before or (view.health in ENDED and spec.port):
            # The second case: the event of its end came after the look that saw it run again.
            _put(self._pool, spec)

    # Looking

    def look_again(self, backend: BackendId) -> None:
        """Let all of a backend be looked at soon."""
        self._looks[backend].wanted = True
        self._looks[backend].woken.set()

    async def refresh(self, backend: Backend) -> None:
        """Look at all of a backend; a failure is logged when it begins and when it ends."""
        try:
            await self.adopt(backend)
        except AceDeskError as exc:
            self._note_failure(backend.id, exc)
            return
        if self._failures.pop(backend.id, None) is not None:
            logger.info("%s engines can be seen again", backend.id)

    def _note_failure(self, backend: BackendId, error: AceDeskError) -> None:
        words = f"{error.code}: {error.detail}"
        if self._failures.get(backend) != words:
            logger.info("no %s engines can be seen now: %s", backend, explain(error).reason)
        self._failures[backend] = words

    async def adopt(self, backend: Backend, *, max_age: float = 0.0) -> None:
        """Make the pool agree with what the backend has.

        One look at a time: of two that overlap, the older could end last. All callers that come
        while a look is under way share the next one, and its error.

        Args:
            max_age: No look is made when the last one ended at most so many seconds ago.

        Raises:
            RuntimeUnavailable: The container runtime cannot be used.
        """
        looks = self._looks[backend.id]
        if looks.ended_at is not None and self._now() - looks.ended_at < max_age:
            return
        asked = looks.begun
        async with looks.lock:
            if looks.ended > asked:
                if looks.error is not None:
                    raise looks.error
                return
            looks.begun, looks.error = looks.begun + 1, None
            try:
                self._agree(backend, await self._list(backend))
                looks.ended_at, looks.ended = self._now(), looks.begun
            except AceDeskError as exc:
                looks.error, looks.ended, looks.ended_at = exc, looks.begun, None
                raise

    async def _list(self, backend: Backend) -> tuple[EngineSpec, ...]:
        """Return the engines of a backend, not older than the last change made on purpose."""
        while True:
            changes = self._changes
            specs = await backend.adopt()
            if changes == self._changes:
                return specs

    def _agree(self, backend: Backend, specs: Collection[EngineSpec]) -> None:
        for spec in specs:
            self.take_in(spec)
        found = {spec.id for spec in specs} | self._busy.keys()
        for view in self._pool.views():
            if view.backend_id == backend.id and view.id not in found:
                self._pool.forget(view.id, health.describe_disappearance(backend.kind))
        self.show_orphans()

    def show_orphans(self) -> None:
        """Take the orphans from the backends, and tell when they have changed."""
        found = _orphans(self._backends.values())
        if self._shown != found:
            self._shown = found
            self.changed.emit()

    async def _keep_looking(self, backend: Backend) -> None:
        """Look at one backend for ever: one that hangs keeps no other waiting."""
        looks, refreshed_at = self._looks[backend.id], self._now()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY_INTERVAL):
                    await looks.woken.wait()
            looks.woken.clear()
            wanted, looks.wanted = looks.wanted, False
            touched, looks.touched = looks.touched, set()
            if self._now() - refreshed_at > REFRESH_INTERVAL:
                refreshed_at, wanted = self._now(), True
            elif not touched:
                wanted |= backend.id in self._failures
            if wanted:
                await self.refresh(backend)
            elif touched:
                await self._look_at(backend, touched)

    async def _look_at(self, backend: Backend, containers: Collection[str]) -> None:
        assert isinstance(backend, ContainerBackend)
        for container in containers:
            try:
                async with self._looks[backend.id].lock:
                    await self._look_at_one(backend, container)
            except AceDeskError as exc:
                self._note_failure(backend.id, exc)
                return
        self.show_orphans()

    async def _look_at_one(self, backend: ContainerBackend, container: str) -> None:
        changes: int | None = None
        spec: EngineSpec | None = None
        while changes != self._changes:
            changes = self._changes
            spec = await backend.look(container)
        engine_id = EngineId(container)
        if spec is not None:
            self.take_in(spec)
        elif engine_id not in self._busy:
            self._pool.forget(engine_id, health.describe_disappearance(backend.kind))

    async def _watch(self, backend: ContainerBackend) -> None:
        async with contextlib.aclosing(backend.watch()) as events:
            async for event in events:
                self._take_event(backend.id, event)

    def _take_event(self, backend: BackendId, event: ContainerEvent) -> None:
        if event.action == DISCONNECTED:
            self._looks[backend].ended_at = None  # until it is seen again
            return
        if event.action == CONNECTED:
            self._ends.forget_all()
            self.look_again(backend)
            return
        engine_id = EngineId(event.container_id)
        self._ends.note(engine_id, event.action)
        if event.action == "die" and engine_id not in self._busy:
            # Now, as it is started again before a look could show it.
            kind = self._backends[backend].kind
            self._pool.set_health(engine_id, *self._ends.judge(engine_id, event.exit_code, kind))
        if event.action in _TELLING:
            self._looks[backend].touched.add(event.container_id)
            self._looks[backend].woken.set()


def _orphans(backends: Iterable[Backend]) -> tuple[OrphanView, ...]:
    able = (one for one in backends if isinstance(one, ContainerBackend))
    found = [orphan for backend in able for orphan in backend.orphans]
    return tuple(sorted(found, key=lambda one: (selection.natural_key(one.name), one.container_id)))


def _put(pool: EnginePool, spec: EngineSpec) -> None:
    """Put an engine into the pool: as starting, or with the way its container ended."""
    if spec.paused:
        pool.add(spec, health=EngineHealth.HUNG, error=EngineSilent(health.PAUSED))
        return
    if spec.network_lost:
        lost = EngineUnreachable(health.NETWORK_LOST)
        pool.add(spec, health=EngineHealth.UNREACHABLE, error=lost)
        return
    if spec.port:
        pool.add(spec)
        return
    code, no_memory = spec.exit_code or 0, spec.out_of_memory
    seen = health.judge_exit(code, out_of_memory=no_memory)
    crashed = seen is EngineHealth.CRASHED
    words = health.describe_exit(code, spec.backend, out_of_memory=no_memory)
    pool.add(spec, health=seen, error=EngineUnreachable(words) if crashed else None)
