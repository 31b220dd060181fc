"""What the containers of engines use: processor, memory, network, disk.

Docker is not asked again and again: it tells by itself, in one stream for each container. No clock
is read.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Mapping
from typing import Final, Protocol

from acedesk import tasks
from acedesk.containers.runtime import ContainerCounters
from acedesk.errors import ContainerError, RuntimeUnavailable
from acedesk.model.engine import ENDED, BackendId, EngineId
from acedesk.model.history import ContainerUsage
from acedesk.model.snapshot import EngineView
from acedesk.signals import Signal

logger = logging.getLogger(__name__)

BITS: Final = 8
# After a stream broke off: Docker was restarted, or it does not tell at all.
FIRST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 60.0


class StatsSource(Protocol):
    """The part of `acedesk.containers.runtime.ContainerRuntime` that is needed here."""

    def stats(self, container: str) -> AsyncGenerator[ContainerCounters]:
        """Yield what a container has used so far, until it is gone."""
        ...


class Engines(Protocol):
    """The part of `acedesk.engines.pool.EnginePool` that is needed here."""

    changed: Signal[()]

    def views(self) -> tuple[EngineView, ...]:
        """Return all engines as they are now."""
        ...


class EngineUsage:
    """Keeps what each engine uses fresh while `run` runs.

    Args:
        runtimes: Which Docker runs the containers of a backend.
    """

    def __init__(self, engines: Engines, runtimes: Mapping[BackendId, StatsSource]) -> None:
        self._engines = engines
        self._runtimes = runtimes
        self._usage: dict[EngineId, ContainerUsage] = {}
        self._followed: dict[EngineId, asyncio.Task[None]] = {}

    def usage(self, engine_id: EngineId) -> ContainerUsage | None:
        """Return what an engine uses, None while that is not known."""
        return self._usage.get(engine_id)

    async def run(self) -> None:
        """Follow every engine with a container that runs, until cancelled."""
        async with asyncio.TaskGroup() as group:

            def adjust() -> None:
                self._adjust(group)

            disconnect = self._engines.changed.connect(adjust)
            try:
                adjust()
                await asyncio.Event().wait()
            finally:
                disconnect()
                self._followed.clear()
                self._usage.clear()

    def _adjust(self, group: asyncio.TaskGroup) -> None:
        running = {
            view.id: view
            for view in self._engines.views()
            if view.container_id and view.backend_id in self._runtimes and view.health not in ENDED
        }
        for engine_id in self._followed.keys() - running.keys():
            self._followed.pop(engine_id).cancel()
        for engine_id, view in running.items():
            if engine_id not in self._followed:
                follow = self._follow(engine_id, self._runtimes[view.backend_id], view.container_id)
                self._followed[engine_id] = group.create_task(follow, name=f"usage of {view.name}")

    async def _follow(self, engine_id: EngineId, runtime: StatsSource, container: str) -> None:
        pause = FIRST_PAUSE
        try:
            while True:
                if await self._read(engine_id, runtime.stats(container)):
                    pause = FIRST_PAUSE
                self._usage.pop(engine_id, None)
                await tasks.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
        finally:
            self._usage.pop(engine_id, None)

    async def _read(self, engine_id: EngineId, told: AsyncGenerator[ContainerCounters]) -> bool:
        """Read one stream to its end; return whether it told anything."""
        before: ContainerCounters | None = None
        try:
            async with contextlib.aclosing(told):
                async for counters in told:
                    if before is not None:
                        self._usage[engine_id] = usage_between(before, counters)
                    before = counters
        except (RuntimeUnavailable, ContainerError) as exc:
            logger.debug("what engine %s uses is not told: %s", engine_id[:12], exc.detail)
        return before is not None


def usage_between(before: ContainerCounters, after: ContainerCounters) -> ContainerUsage:
    """Return what was used between two counts; one that began anew in between counts from 0."""
    seconds = after.at - before.at

    def rate(then: float | None, now: float | None, *, unit: float = 1.0) -> float | None:
        if then is None or now is None or seconds <= 0:
            return None
        return (now - then if now >= then else now) * unit / seconds

    return ContainerUsage(
        cpu=rate(before.cpu, after.cpu),
        memory=float(after.memory),
        network_in=rate(before.received, after.received, unit=BITS),
        network_out=rate(before.sent, after.sent, unit=BITS),
        disk_read=rate(before.read, after.read),
        disk_write=rate(before.written, after.written),
    )
