"""Owns the engines: takes over those that exist, makes new ones, restarts and removes them.

The pool tells what exists, the prober how it is; this part keeps the pool in step with Docker,
where containers come and go by other hands: at the start, at its events, and every half minute.
Engines of other backends come and go through here only.
"""

import asyncio
import contextlib
import dataclasses
import datetime
import logging
from collections.abc import Callable, Collection, Iterator
from typing import Final

from acedesk import clock
from acedesk.containers.runtime import ROLE_LABEL, ContainerEvent, ContainerRuntime
from acedesk.engines.backend import Backend
from acedesk.engines.docker_backend import ENGINE_ROLE
from acedesk.engines.pool import EnginePool
from acedesk.engines.prober import Probe, Prober
from acedesk.engines.provisions import Provisions
from acedesk.errors import AceDeskError, BadRequest, EngineUnreachable
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.model.snapshot import ProvisionView, RuntimeView
from acedesk.rules import health
from acedesk.settings import Settings
from acedesk.signals import Signal

logger = logging.getLogger(__name__)

# The window must not wait for a Docker that hangs; it is looked at again while running.
START_LIMIT: Final = 2.0
# Docker may come up any moment after login; looking costs one connection attempt.
RETRY_INTERVAL: Final = 5.0
# Events tell of changes at once; this catches what a broken event stream missed.
REFRESH_INTERVAL: Final = 30.0
CLOSE_LIMIT: Final = 10.0

# Docker's events that change which engines there are or where they listen.
_TELLING: Final = frozenset({"connected", "start", "die", "destroy", "rename"})

_ENDED: Final = frozenset({EngineHealth.STOPPED, EngineHealth.CRASHED})


class EngineManager:
    """All engines of all backends.

    Args:
        runtime: Docker, for its state and its events; None when no backend uses it. Not closed
            here: the VPN monitor uses it too.

    Signals:
        changed: Provisions or the state of Docker changed; engines are signalled by the pool.
    """

    def __init__(
        self,
        pool: EnginePool,
        backends: Collection[Backend],
        client: Probe,
        settings: Callable[[], Settings],
        *,
        runtime: ContainerRuntime | None = None,
        now: Callable[[], float] = clock.monotonic,
        utc_now: Callable[[], datetime.datetime] = clock.utc_now,
    ) -> None:
        self.changed: Signal[()] = Signal()
        self._pool = pool
        self._backends = {backend.kind: backend for backend in backends}
        self._runtime = runtime
        self._now = now
        self._prober = Prober(pool, client, settings, now=now, utc_now=utc_now)
        self._provisions = Provisions(pool, settings, now=now, utc_now=utc_now)
        self._provisions.changed.connect(self.changed.emit)
        self._provisions.engine_made.connect(self._count_change)
        if runtime is not None:
            runtime.changed.connect(self.changed.emit)
        self._busy: set[EngineId] = set()
        self._changes = 0
        self._looking = {backend.kind: asyncio.Lock() for backend in backends}
        self._failures: dict[BackendKind, str] = {}
        self._look_again = asyncio.Event()

    @property
    def runtime(self) -> RuntimeView:
        """Docker as last seen."""
        return RuntimeView() if self._runtime is None else self._runtime.view

    def provisions(self) -> tuple[ProvisionView, ...]:
        """Return the engines on their way and the results of the last ones."""
        return self._provisions.views()

    # Life

    async def start(self) -> None:
        """Take over the engines that exist. Docker that is missing or slow fails nothing."""
        for backend in self._backends.values():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(START_LIMIT):
                    await self._refresh(backend)

    async def run(self) -> None:
        """Keep the pool true until cancelled; a service for `tasks.Supervisor`."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._prober.run(), name="prober")
            docker = self._backends.get(BackendKind.DOCKER)
            if docker is not None:
                group.create_task(self._keep_looking(docker), name="engine refresh")
            if docker is not None and self._runtime is not None:
                group.create_task(self._watch(self._runtime, docker), name="docker events")

    async def close(self) -> None:
        """Cancel provisions and close the backends; containers go on running."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_LIMIT):
                await self._provisions.close()
        for backend in self._backends.values():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_LIMIT):
                    await backend.close()

    # What people do

    async def add_engine(self, kind: BackendKind | None = None) -> str:
        """Begin to make an engine and return the provision's id.

        Args:
            kind: Where; by default a demo engine in demo mode, else a Docker container.

        Raises:
            RuntimeUnavailable: Docker cannot be used.
        """
        backend = self._backend(kind or self._default_kind())
        if backend.kind is BackendKind.DOCKER:
            await self._adopt(backend)  # is Docker there, and which names are taken
        return self._provisions.begin(backend)

    async def provision(self, timeout: float) -> EngineSpec:
        """Make an engine and return it as soon as it is ready.

        Raises:
            RuntimeUnavailable: Docker cannot be used.
            Busy: It takes longer than `timeout` seconds; it is made nevertheless.
            AceDeskError: It could not be made.
        """
        return await self._provisions.wait(await self.add_engine(), timeout)

    async def cancel_provision(self, provision_id: str) -> None:
        """Cancel at whatever step it is, leaving nothing behind; an ended one is forgotten.

        Raises:
            NotFound: There is no such provision.
        """
        await self._provisions.cancel(provision_id)

    async def restart_engine(self, engine_id: EngineId) -> None:
        """Restart the engine; its streams are told to move.

        Raises:
            NotFound: There is no such engine.
            BadRequest: It is not ours.
            RuntimeUnavailable, ContainerError: It could not be restarted.
        """
        spec = self._pool.get(engine_id)
        backend = self._backend(spec.backend)
        if backend.kind is BackendKind.STATIC:
            await backend.restart(engine_id)  # refuses before anything is moved
        with self._changing(engine_id):
            self._pool.add(dataclasses.replace(spec, port=0))
            try:
                self._pool.add(await backend.restart(engine_id))
            except AceDeskError as exc:
                self._pool.set_health(engine_id, EngineHealth.STOPPED, exc)
                raise

    async def remove_engine(self, engine_id: EngineId) -> None:
        """Drop the engine from the pool, then stop and delete it.

        Raises:
            NotFound: There is no such engine.
            RuntimeUnavailable, ContainerError: It could not be removed and is shown again.
        """
        backend = self._backend(self._pool.get(engine_id).backend)
        with self._changing(engine_id):
            self._pool.forget(engine_id)
            await backend.remove(engine_id)

    async def engine_log(self, engine_id: EngineId, lines: int = 500) -> str:
        """Return the last lines the engine wrote.

        Raises:
            NotFound: There is no such engine, or its log cannot be read.
        """
        return await self._backend(self._pool.get(engine_id).backend).log(engine_id, lines)

    async def check_now(self) -> None:
        """Look at Docker and probe all engines now."""
        docker = self._backends.get(BackendKind.DOCKER)
        if docker is not None:
            await self._refresh(docker)
        await self._prober.probe_all()

    def _default_kind(self) -> BackendKind:
        return BackendKind.DEMO if BackendKind.DEMO in self._backends else BackendKind.DOCKER

    def _backend(self, kind: BackendKind) -> Backend:
        backend = self._backends.get(kind)
        if backend is None:
            raise BadRequest(f"This AceDesk has no {kind.value} engines.")
        return backend

    @contextlib.contextmanager
    def _changing(self, engine_id: EngineId) -> Iterator[None]:
        """Keep everybody else's view of the engine out while it is changed on purpose."""
        self._busy.add(engine_id)
        try:
            yield
        except BaseException:
            self._look_again.set()  # what is left of it is seen at the next look
            raise
        finally:
            self._busy.discard(engine_id)
            self._count_change()

    def _count_change(self) -> None:
        self._changes += 1

    # Keeping the pool in step with the backends

    async def _refresh(self, backend: Backend) -> None:
        """Adopt; a failure is logged when it begins and when it ends."""
        try:
            await self._adopt(backend)
        except AceDeskError as exc:
            words = f"{exc.code}: {exc.detail}"
            if self._failures.get(backend.kind) != words:
                logger.info("no %s engines can be seen now: %s", backend.kind.value, exc)
            self._failures[backend.kind] = words
            return
        if self._failures.pop(backend.kind, None) is not None:
            logger.info("%s engines can be seen again", backend.kind.value)

    async def _adopt(self, backend: Backend) -> None:
        """Make the pool agree with what the backend has.

        The list is old when it arrives: if an engine was made, restarted or removed on purpose
        meanwhile, it is asked for again. One look at a time: of two that overlap, the older list
        could arrive last. (A lock across I/O for once; the backend's deadline bounds it.)
        """
        async with self._looking[backend.kind]:
            while True:
                changes = self._changes
                specs = await backend.adopt()
                if changes == self._changes:
                    break
            self._agree(backend.kind, specs)

    def _agree(self, kind: BackendKind, specs: Collection[EngineSpec]) -> None:
        for spec in specs:
            self._take_over(spec)
        if kind is not BackendKind.DOCKER:
            return
        found = {spec.id for spec in specs} | self._busy
        for view in self._pool.views():
            if view.backend is kind and view.id not in found:
                self._pool.forget(view.id)

    def _take_over(self, spec: EngineSpec) -> None:
        view = self._pool.find(spec.id)
        being_made = view is None and spec.name in self._provisions.names()
        if being_made or spec.id in self._busy:
            return
        if view is None:
            self._add(spec)
            if spec.backend is BackendKind.DOCKER:
                logger.info("took over %s (%s)", spec.name, spec.container_id[:12])
        elif spec != self._pool.get(spec.id) or (view.health in _ENDED and spec.port):
            # The second: news of a container's end came later than the look at its next life.
            self._add(spec)

    def _add(self, spec: EngineSpec) -> None:
        """Put an engine into the pool as it is: on its way, or how its container ended."""
        if spec.port:
            self._pool.add(spec)
            return
        code, no_memory = spec.exit_code or 0, spec.out_of_memory
        seen = health.judge_exit(code, out_of_memory=no_memory)
        crashed = seen is EngineHealth.CRASHED
        words = health.describe_exit(code, out_of_memory=no_memory)
        self._pool.add(spec, health=seen, error=EngineUnreachable(words) if crashed else None)

    async def _keep_looking(self, docker: Backend) -> None:
        refreshed_at = self._now()
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY_INTERVAL):
                    await self._look_again.wait()
            due = self._now() - refreshed_at > REFRESH_INTERVAL or bool(self._failures)
            if self._look_again.is_set() or due:
                self._look_again.clear()
                refreshed_at = self._now()
                await self._refresh(docker)

    async def _watch(self, runtime: ContainerRuntime, docker: Backend) -> None:
        async with contextlib.aclosing(runtime.watch({ROLE_LABEL: ENGINE_ROLE})) as events:
            async for event in events:
                self._take_event(event)
                if event.action in _TELLING:
                    await self._refresh(docker)

    def _take_event(self, event: ContainerEvent) -> None:
        engine_id = EngineId(event.container_id)
        if event.action == "die" and engine_id not in self._busy:
            # How it ended in full is seen at the look that follows.
            error = EngineUnreachable(health.describe_exit(event.exit_code))
            self._pool.set_health(engine_id, health.judge_exit(event.exit_code), error)
