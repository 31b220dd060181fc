"""Engines that are being removed, each once; one that could not be has its time."""

import asyncio

from acedesk.engines.pool import EnginePool
from acedesk.engines.upkeep.removals import AGAIN, Removals
from acedesk.errors import AceDeskError, ContainerError, NotFound
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.model.snapshot import EngineView
from acedesk.settings import Settings

ONE = EngineSpec(
    id=EngineId("one"), name="engine-1", backend=BackendKind.DOCKER, host="127.0.0.1", port=9
)


class _Parts:
    def __init__(self, error: AceDeskError | None = None) -> None:
        self.seconds = 100.0
        self.asked: list[EngineId] = []
        self.ended = 0
        self.error = error
        self.go_on = asyncio.Event()
        self.pool = EnginePool(Settings)
        self.pool.add(ONE, health=EngineHealth.READY)
        self.removals = Removals(self.pool, self._remove, self._count, now=lambda: self.seconds)

    async def _remove(self, engine_id: EngineId) -> None:
        self.asked.append(engine_id)
        await self.go_on.wait()
        if self.error is not None:
            raise self.error
        self.pool.forget(engine_id)

    def _count(self) -> None:
        self.ended += 1

    @property
    def view(self) -> EngineView:
        return self.pool.views()[0]

    async def end(self) -> None:
        self.go_on.set()
        await self.removals.close()


async def test_an_engine_is_removed_once_and_told_when_it_is_gone() -> None:
    parts = _Parts()
    for _ in range(2):
        parts.removals.begin(parts.view)
    assert parts.removals.ids() == {ONE.id}

    await parts.end()

    assert (parts.asked, parts.ended, parts.removals.ids()) == ([ONE.id], 1, frozenset())


async def test_one_that_could_not_be_removed_is_left_alone_for_a_while() -> None:
    parts = _Parts(ContainerError("remove", "busy"))
    parts.removals.begin(parts.view)
    await parts.end()
    assert parts.removals.ids() == {ONE.id}

    parts.seconds += AGAIN
    assert parts.removals.ids() == frozenset()


async def test_one_that_somebody_else_removed_is_no_failure() -> None:
    parts = _Parts(NotFound("gone"))
    parts.removals.begin(parts.view)
    await parts.end()

    assert parts.removals.ids() == frozenset()


async def test_to_close_without_any_is_nothing() -> None:
    await _Parts().removals.close()
