"""Starts engines of ours again that died: killed, crashed, out of memory, or removed while in use.

The pool tells when the container of an engine has ended. The engine then counts as starting, so
that streams and people wait for it, and its backend starts it, at most three times in a row; a
crash loop ends with words. A container that is gone is made anew if streams were on it, and one
that was stopped in Docker is started again if streams were on it: else somebody wanted it so.
"""

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import Callable, Collection, Mapping
from typing import Final

from acedesk import clock, tasks
from acedesk.engines.adoption import Adoption
from acedesk.engines.backend import Backend, ContainerBackend
from acedesk.engines.pool import EnginePool
from acedesk.errors import AceDeskError, ContainerError, EngineStopped, RuntimeUnavailable
from acedesk.model.engine import BackendId, EngineHealth, EngineId, EngineIntent, EngineSpec
from acedesk.model.snapshot import EngineView
from acedesk.rules.engines import restarting
from acedesk.rules.engines.restarting import Tries

logger = logging.getLogger(__name__)

# How often a Docker that is away is asked again.
LOOK_INTERVAL: Final = 0.5
# A stream notices the end of its engine before Docker tells it, by some seconds at most.
USED_LATELY: Final = 10.0


class EngineRestarts:
    """Watches the pool and starts again what died.

    An engine is known, then being started again, then known again or given up; `forget` ends a
    start, because a person decided otherwise.

    Args:
        being_made: Returns the names of engines that are being made: their makers look after them.

    Closes: the starts under way, by `close`.
    """

    def __init__(
        self,
        pool: EnginePool,
        backends: Mapping[BackendId, Backend],
        adoption: Adoption,
        being_made: Callable[[], Collection[str]],
        *,
        now: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._pool = pool
        self._backends = backends
        self._adoption = adoption
        self._being_made = being_made
        self._now = now
        self._known: dict[EngineId, EngineHealth] = {}
        self._tries: dict[EngineId, Tries] = {}
        self._starts: dict[EngineId, asyncio.Task[None]] = {}
        self._making: frozenset[str] = frozenset()

    def names(self) -> frozenset[str]:
        """Return the names of engines that are being made anew."""
        return self._making

    async def run(self) -> None:
        """Watch until cancelled."""
        disconnect = self._pool.changed.connect(self._look)
        try:
            self._look()
            await asyncio.Event().wait()
        finally:
            disconnect()

    async def forget(self, engine_id: EngineId) -> None:
        """Leave the engine to the person who restarts or removes it; its tries begin anew."""
        self._tries.pop(engine_id, None)
        await tasks.cancel(self._starts.get(engine_id))

    async def close(self) -> None:
        """End the starts under way."""
        await tasks.cancel(*self._starts.values())

    def _look(self) -> None:
        healths = self._pool.healths()
        for engine_id, seen in healths.items():
            before, self._known[engine_id] = self._known.get(engine_id), seen
            if restarting.has_died(before, seen):
                view = self._pool.find(engine_id)
                if view is not None and self._is_wanted(view):
                    self._begin(view)
        for engine_id in self._known.keys() - healths.keys():
            del self._known[engine_id]
            if engine_id not in self._starts:
                self._tries.pop(engine_id, None)

    def _is_wanted(self, view: EngineView) -> bool:
        ours = isinstance(self._backends.get(view.backend_id), ContainerBackend)
        left_alone = view.id in self._starts or self._adoption.is_changing(view.id)
        serves = view.intent is EngineIntent.SERVE
        return ours and serves and not left_alone and view.name not in self._being_made()

    def _begin(self, view: EngineView) -> None:
        """Begin to start an engine; from this moment on it counts as coming."""
        spec, why = self._pool.get(view.id), restarting.cause_of(view.error)
        tries = self._announce(spec, why)
        if tries is None:
            return
        # Entered here and not in the task: a look that is under way must not take it in as ended.
        changing = contextlib.ExitStack()
        changing.enter_context(self._adoption.changing(spec.id, spec.backend_id))
        task = tasks.spawn(
            self._start(spec, tries, in_use=self._is_used(spec)), name=f"start {view.name} again"
        )
        self._starts[view.id] = task

        def ended(_: asyncio.Task[None]) -> None:
            changing.close()
            del self._starts[view.id]

        task.add_done_callback(ended)

    def _is_used(self, spec: EngineSpec) -> bool:
        return self._pool.intents.is_used(spec.id, self._now(), USED_LATELY)

    def _announce(self, spec: EngineSpec, why: str) -> Tries | None:
        """Say that the engine is started again, or that it stays down: then return None."""
        tries = restarting.next_try(self._tries.get(spec.id), self._now())
        if tries is None:
            stopped = restarting.describe_end(why)
            logger.warning("%s: %s", spec.name, stopped.detail)
            self._pool.set_health(spec.id, EngineHealth.STOPPED, stopped)
            return None
        self._tries[spec.id] = tries
        stopped = restarting.describe_try(why, tries)
        logger.warning("%s: %s", spec.name, stopped.detail)
        self._pool.add(dataclasses.replace(spec, port=0), error=stopped)
        return tries

    async def _start(self, spec: EngineSpec, first: Tries, *, in_use: bool) -> None:
        """Start the engine, again when that fails, until it runs or there were enough tries."""
        backend = self._backends[spec.backend_id]
        assert isinstance(backend, ContainerBackend)
        tries: Tries | None = first
        while tries is not None:
            await tasks.sleep(restarting.delay(tries))
            try:
                await self._bring_back(spec, backend, in_use=in_use)
            except AceDeskError as exc:
                tries = self._announce(spec, exc.detail or exc.code)
            else:
                return

    async def _bring_back(
        self, spec: EngineSpec, backend: ContainerBackend, *, in_use: bool
    ) -> None:
        """Start the container, or make it anew when it is gone; one that runs is taken as it is.

        Raises:
            AceDeskError: It could not be started.
        """
        if self._adoption.was_stopped(spec.id) and not in_use:
            logger.info("%s was stopped in Docker and stays so: nobody used it", spec.name)
            stopped = EngineStopped(restarting.STOPPED_BY_HAND)
            self._pool.set_health(spec.id, EngineHealth.STOPPED, stopped)
            return
        fresh = await self._start_container(spec, backend)
        if fresh is None and not in_use:
            logger.info("%s was removed and is not made anew: nobody used it", spec.name)
            self._pool.forget(spec.id)
            return
        if fresh is None:
            fresh = await self._make_anew(spec, backend)
        self._adoption.count_change()
        self._tries[fresh.id] = self._tries[spec.id]
        if fresh.id != spec.id:
            self._tries.pop(spec.id)
            self._pool.intents.hand_over(spec.id, fresh.id)
        # The new one first: between the two nobody must think that no engine is coming.
        self._pool.add(fresh)
        if fresh.id != spec.id:
            self._pool.forget(spec.id)

    async def _start_container(
        self, spec: EngineSpec, backend: ContainerBackend
    ) -> EngineSpec | None:
        """Start the container unless it runs already; return None when it is gone.

        Raises:
            AceDeskError: It could not be started.
        """
        found = await self._find(spec, backend)
        if found is None or found.port:
            return found
        try:
            return await backend.restart(spec.id)
        except ContainerError:
            if await self._find(spec, backend) is None:
                return None  # removed meanwhile, as `docker rm -f` kills first
            raise

    async def _make_anew(self, spec: EngineSpec, backend: ContainerBackend) -> EngineSpec:
        """Make an engine of the same name; until it is done nobody else may take it in.

        Raises:
            AceDeskError: It could not be made.
        """
        self._making |= {spec.name}
        try:
            return await backend.provision(spec.name, lambda _: None)
        finally:
            self._making -= {spec.name}

    async def _find(self, spec: EngineSpec, backend: ContainerBackend) -> EngineSpec | None:
        """Return the container as it is now, None when it is gone; wait for a Docker that is away.

        Raises:
            RuntimeUnavailable: It was away for too long.
        """
        until = self._now() + restarting.DOCKER_AWAY
        while True:
            try:
                return await backend.look(spec.id)
            except RuntimeUnavailable:
                if self._now() >= until:
                    raise
                await tasks.sleep(LOOK_INTERVAL)
