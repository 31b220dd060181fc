"""What a person wants of one engine: that it gets no new streams, gets some again, is replaced."""

import pathlib
from collections.abc import AsyncIterator

import pytest

from acedesk.errors import BadRequest
from acedesk.model.engine import (
    BackendKind,
    EngineHealth,
    EngineId,
    EngineIntent,
    EngineSpec,
    ScalingCause,
)
from tests.fakes.kept_engines import KeptEngines, key

STATIC = EngineSpec(
    id=EngineId("static"), name="mine", backend=BackendKind.STATIC, host="127.0.0.1", port=9
)


@pytest.fixture
async def kept(tmp_path: pathlib.Path) -> AsyncIterator[KeptEngines]:
    made = KeptEngines(tmp_path)
    await made.manager.start()
    yield made
    await made.close()


async def test_a_drained_engine_goes_when_its_last_stream_has_ended(kept: KeptEngines) -> None:
    await kept.manager.add_engine()
    await kept.settle()
    place = kept.pool.reserve(key(1))
    kept.reconciler.drain(place.engine.id)
    await kept.settle()
    assert kept.view("engine-1").intent_cause is ScalingCause.ASKED

    place.release()
    await kept.settle()
    assert kept.names == []


async def test_an_engine_that_goes_already_is_not_replaced(kept: KeptEngines) -> None:
    await kept.manager.add_engine()
    await kept.settle()
    place = kept.pool.reserve(key(1))
    kept.reconciler.drain(place.engine.id)

    with pytest.raises(BadRequest, match="cannot be replaced"):
        kept.reconciler.replace(place.engine.id)
    kept.reconciler.serve(place.engine.id)
    kept.reconciler.replace(place.engine.id)
    await kept.settle()
    assert kept.names == ["engine-1", "engine-2"], "the one with a stream, and the one to come"
    place.release()


async def test_a_drained_engine_may_serve_again(kept: KeptEngines) -> None:
    await kept.manager.add_engine()
    await kept.settle()
    place = kept.pool.reserve(key(1))
    kept.reconciler.drain(place.engine.id)
    kept.reconciler.serve(place.engine.id)
    place.release()
    await kept.settle()

    assert kept.view("engine-1").intent is EngineIntent.SERVE


async def test_one_that_was_needed_stays_when_a_person_uses_it_again(
    kept: KeptEngines,
) -> None:
    await kept.manager.provision(60.0, request_key="a program")
    place = kept.pool.reserve(key(1))
    kept.reconciler.drain(place.engine.id)
    kept.reconciler.serve(place.engine.id)
    place.release()
    kept.seconds += 301
    await kept.settle()

    assert not kept.view("engine-1").on_demand, "a person wants it"


async def test_one_that_is_used_again_gets_no_successor(kept: KeptEngines) -> None:
    kept.settings = kept.settings.changed({"max_engines": 1})
    await kept.manager.add_engine()
    await kept.settle()
    place = kept.pool.reserve(key(1))
    kept.reconciler.replace(place.engine.id)
    await kept.settle()
    assert kept.view("engine-1").intent is EngineIntent.REMOVE, "there is no room for two"

    kept.reconciler.serve(place.engine.id)
    kept.settings = kept.settings.changed({"max_engines": 2})
    await kept.settle()

    assert kept.names == ["engine-1"]
    place.release()


async def test_an_engine_of_the_settings_is_drained_and_stays(kept: KeptEngines) -> None:
    kept.pool.add(STATIC, health=EngineHealth.READY)
    kept.reconciler.drain(STATIC.id)
    await kept.settle()

    assert kept.view("mine").intent is EngineIntent.DRAIN
    with pytest.raises(BadRequest):
        kept.reconciler.replace(STATIC.id)
