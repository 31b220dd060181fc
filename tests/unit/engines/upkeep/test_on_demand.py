"""Which engines were made on demand or drained, over restarts."""

import pathlib
import threading
from collections.abc import Collection

import pytest

from acedesk.engines.pool import EnginePool
from acedesk.engines.upkeep.on_demand import PAUSE, OnDemandMemory
from acedesk.errors import StorageError
from acedesk.model.engine import (
    BackendKind,
    EngineHealth,
    EngineId,
    EngineIntent,
    EngineSpec,
    ScalingCause,
)
from acedesk.settings import Settings
from tests.fakes.kept_engines import KeptEngines, key

ONE, TWO = EngineId("one"), EngineId("two")


class _Store:
    """Keeps the ids in memory."""

    def __init__(self, *engines: str, drained: Collection[str] = ()) -> None:
        self.on_demand, self.drained = frozenset(engines), frozenset(drained)
        self.drains: list[frozenset[str]] = []
        self.saves: list[frozenset[str]] = []
        self.threads: set[str] = set()
        self.full = False

    def set_on_demand(self, engines: frozenset[str]) -> None:
        self.saves.append(engines)
        self.threads.add(threading.current_thread().name)
        if self.full:
            raise StorageError("instance.json: disk full")

    def set_drained(self, engines: frozenset[str]) -> None:
        self.drains.append(engines)


def _pool(*engines: EngineId) -> EnginePool:
    pool = EnginePool(Settings)
    for one in engines:
        pool.add(_spec(one), health=EngineHealth.READY)
    return pool


def _spec(one: EngineId) -> EngineSpec:
    return EngineSpec(id=one, name=one, backend=BackendKind.DOCKER, host="127.0.0.1", port=9)


async def test_what_was_saved_counts_again() -> None:
    pool, store = _pool(ONE, TWO), _Store("one")
    memory = OnDemandMemory(pool, store)
    memory.open()
    memory.look(frozenset(), all_known=True)
    await memory.close()

    assert [view.on_demand for view in pool.views()] == [True, False]
    assert store.saves == []


async def test_a_new_one_is_saved_beside_the_loop() -> None:
    pool, store = _pool(ONE), _Store()
    memory = OnDemandMemory(pool, store)
    pool.intents.mark_on_demand(ONE)
    memory.look(frozenset(), all_known=True)
    await memory.close()

    assert store.saves == [{"one"}]
    assert store.threads != {threading.main_thread().name}


async def test_engines_that_are_gone_are_forgotten_once_all_are_known() -> None:
    pool, store = _pool(ONE), _Store("one", "two", "three")
    memory = OnDemandMemory(pool, store)
    memory.open()
    memory.look(frozenset({TWO}), all_known=False)
    assert len(pool.intents.on_demand) == 3

    memory.look(frozenset({TWO}), all_known=True)
    await memory.close()
    assert store.saves == [{"one", "two"}]


@pytest.mark.parametrize("full", [False, True])
async def test_a_disk_that_is_full_does_no_harm(*, full: bool) -> None:
    pool, store = _pool(ONE), _Store()
    store.full = full
    memory = OnDemandMemory(pool, store)
    pool.intents.mark_on_demand(ONE)
    for _ in range(3):
        memory.look(frozenset(), all_known=True)
    await memory.close()

    assert store.saves == [{"one"}]


async def test_what_a_full_disk_did_not_take_is_written_later_and_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pool, store, seconds = _pool(ONE), _Store(), [0.0]
    store.full = True
    memory = OnDemandMemory(pool, store, now=lambda: seconds[0])
    pool.intents.mark_on_demand(ONE)
    for _ in range(3):
        seconds[0] += PAUSE
        memory.look(frozenset(), all_known=True)
        await memory.close()
    assert caplog.text.count("not remembered") == 1

    store.full = False
    seconds[0] += PAUSE
    memory.look(frozenset(), all_known=True)
    await memory.close()
    memory.look(frozenset(), all_known=True)
    await memory.close()

    assert store.saves == [{"one"}] * 4


async def test_without_a_store_nothing_is_kept() -> None:
    pool = _pool(ONE)
    memory = OnDemandMemory(pool, None)
    memory.open()
    pool.intents.mark_on_demand(ONE)
    memory.look(frozenset(), all_known=True)
    await memory.close()

    assert pool.intents.on_demand == {ONE}


async def test_what_was_drained_is_drained_again_and_forgotten_once_it_is_gone() -> None:
    pool, store = _pool(), _Store(drained=("one", "gone"))
    memory = OnDemandMemory(pool, store)
    memory.open()
    for one in (ONE, TWO):
        pool.add(_spec(one), health=EngineHealth.READY)
    memory.look(frozenset(), all_known=False)
    assert [view.intent for view in pool.views()] == [EngineIntent.REMOVE, EngineIntent.SERVE]

    memory.look(frozenset(), all_known=True)
    pool.intents.drain(TWO)
    await memory.close()
    memory.look(frozenset(), all_known=True)
    await memory.close()
    pool.intents.set(ONE, EngineIntent.SERVE)
    memory.look(frozenset(), all_known=True)
    await memory.close()

    assert store.drains == [{"one"}, {"one", "two"}, {"two"}]


async def test_what_is_to_be_saved_now_is_saved_after_what_is_being_saved() -> None:
    pool, store = _pool(ONE, TWO), _Store()
    memory = OnDemandMemory(pool, store)
    pool.intents.drain(ONE)
    memory.look(frozenset(), all_known=True)
    pool.intents.drain(TWO)

    await memory.save(frozenset(), all_known=True)

    assert store.drains == [{"one"}, {"one", "two"}]


async def test_a_drain_goes_on_after_a_restart(tmp_path: pathlib.Path) -> None:
    kept = KeptEngines(tmp_path)
    await kept.manager.start()
    for _ in range(2):
        await kept.manager.add_engine()
    await kept.settle()
    place = kept.pool.reserve(key(1))
    kept.reconciler.drain(place.engine.id)
    await kept.close()

    again = KeptEngines(tmp_path)
    again.runtime.containers = kept.runtime.containers
    await again.manager.start()
    drained = again.pool.find(place.engine.id)
    assert drained is not None
    assert (drained.intent, drained.intent_cause) == (EngineIntent.REMOVE, ScalingCause.ASKED)
    await again.settle()

    assert again.names == ["engine-2"]
    await again.close()


@pytest.mark.parametrize("closed", [False, True])
async def test_a_drain_is_on_the_disk_before_anything_else_is_done(
    tmp_path: pathlib.Path, *, closed: bool
) -> None:
    kept = KeptEngines(tmp_path)
    kept.pool.add(_spec(ONE), health=EngineHealth.READY)
    kept.reconciler.drain(ONE)
    await (kept.close() if closed else kept.reconciler.remember())

    assert kept.instance.drained == {ONE}
    await kept.close()
