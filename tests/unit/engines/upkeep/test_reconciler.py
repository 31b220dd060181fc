"""What there is becomes what is wanted: the whole of it over a fake Docker."""

import asyncio
import pathlib
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.containers.runtime import DISCONNECTED, ContainerEvent
from acedesk.engines.backends.docker_backend import LOCAL_ID
from acedesk.engines.upkeep import reconciler
from acedesk.errors import (
    Busy,
    ContainerError,
    EngineUnreachable,
    NotFound,
    RuntimeState,
)
from acedesk.model.engine import (
    BackendId,
    BackendKind,
    BreakerState,
    EngineHealth,
    EngineId,
    EngineIntent,
    EngineLoss,
    EngineSpec,
    ProvisionState,
    ScalingCause,
)
from acedesk.model.event import EventKind
from tests.fakes.kept_engines import KeptEngines, key
from tests.fakes.loop_steps import until

GONE = EngineId("gone")
STATIC = EngineSpec(
    id=EngineId("static"), name="mine", backend=BackendKind.STATIC, host="127.0.0.1", port=9
)


@pytest.fixture
async def kept(tmp_path: pathlib.Path) -> AsyncIterator[KeptEngines]:
    made = KeptEngines(tmp_path)
    await made.manager.start()
    yield made
    await made.close()


# How many


async def test_with_defaults_nothing_is_made(kept: KeptEngines) -> None:
    await kept.settle()

    assert kept.names == []
    assert kept.runtime.asked["create"] == 0


async def test_twenty_engines_come_and_go_with_the_minimum(kept: KeptEngines) -> None:
    kept.settings = kept.settings.changed({"min_engines": 20})
    await kept.settle()
    assert len(kept.runtime.containers) == len(kept.names) == 20
    assert all(view.on_demand for view in kept.pool.views())

    kept.settings = kept.settings.changed({"min_engines": 0})
    kept.seconds += 299
    await kept.settle()
    assert len(kept.names) == 20
    kept.seconds += 2
    await kept.settle()
    assert (kept.names, kept.runtime.containers) == ([], {})
    lists = kept.runtime.asked["list"]
    assert lists == 1, "Docker is not asked for everything at each step"


async def test_what_exists_counts_and_is_not_made_again(tmp_path: pathlib.Path) -> None:
    kept = KeptEngines(tmp_path, min_engines=2)
    kept.put(1)
    kept.put(2)
    await kept.manager.start()
    await kept.settle()

    assert kept.names == ["engine-1", "engine-2"]
    await kept.close()


async def test_nothing_is_made_before_it_is_known_what_exists(tmp_path: pathlib.Path) -> None:
    kept = KeptEngines(tmp_path, min_engines=2)
    kept.runtime.errors["list"] = [ContainerError("list", "too slow")]
    await kept.manager.start()
    await kept.settle()
    assert kept.runtime.asked["create"] == 0

    await kept.manager._adoption.refresh(kept.docker)
    await kept.settle()
    assert kept.runtime.asked["create"] == 2
    await kept.close()


async def test_while_docker_is_away_nothing_is_done_and_then_it_goes_on(kept: KeptEngines) -> None:
    kept.runtime.state = RuntimeState.NOT_RUNNING
    kept.settings = kept.settings.changed({"min_engines": 1})
    await kept.settle()
    assert kept.names == []

    kept.runtime.state = RuntimeState.READY
    await kept.settle()
    assert kept.names == ["engine-1"]


async def test_engines_that_went_with_their_docker_are_not_replaced(kept: KeptEngines) -> None:
    await kept.manager.add_engine()
    await kept.settle()
    engine, adoption = kept.view("engine-1").id, kept.manager._adoption

    adoption._take_event(LOCAL_ID, ContainerEvent(action=DISCONNECTED))
    kept.pool.set_health(engine, EngineHealth.UNREACHABLE, EngineUnreachable("nothing answers"))
    await kept.settle()
    assert kept.names == ["engine-1"]
    assert kept.runtime.asked["create"] == 1

    await adoption.refresh(kept.docker)
    await kept.settle()
    assert kept.names == ["engine-2"], "its container runs, and it does not answer"


async def test_a_host_gets_no_more_than_its_limit_and_what_goes_still_goes(
    tmp_path: pathlib.Path,
) -> None:
    kept = KeptEngines(
        tmp_path, host=BackendId("docker:nas"), engine_hosts=("nas=ssh://nas max=2",)
    )
    await kept.manager.start()
    kept.settings = kept.settings.changed({"min_engines": 3})
    await kept.settle()
    assert kept.names == ["engine-1", "engine-2"]

    kept.settings = kept.settings.changed({"min_engines": 0})
    kept.seconds += 301
    await kept.settle()
    assert kept.names == []
    await kept.close()


async def test_an_engine_that_could_not_be_made_takes_no_place_of_its_host(
    tmp_path: pathlib.Path,
) -> None:
    kept = KeptEngines(
        tmp_path, host=BackendId("docker:nas"), engine_hosts=("nas=ssh://nas max=1",)
    )
    await kept.manager.start()
    kept.runtime.errors["create"] = [ContainerError("create", "no")]
    for _ in range(2):
        await kept.manager.add_engine()
        await kept.settle()

    assert kept.names == ["engine-1"]
    with pytest.raises(Busy, match="nas"):
        await kept.manager.add_engine()
    await kept.close()


async def test_one_more_is_made_when_the_last_place_is_taken(kept: KeptEngines) -> None:
    await kept.manager.add_engine()
    await kept.settle()
    for number in range(4):
        kept.pool.reserve(key(number))
    await kept.settle()

    assert kept.names == ["engine-1", "engine-2"]
    causes = [cause for kind, cause in kept.notes.causes if kind is EventKind.PROVISION_BEGAN]
    assert causes == ["", "no_free_place"]


async def test_what_a_person_added_stays_and_what_was_needed_goes(kept: KeptEngines) -> None:
    await kept.manager.add_engine()
    await kept.manager.add_engine(request_key="a program's")
    await kept.settle()
    assert [view.on_demand for view in kept.pool.views()] == [False, True]

    kept.seconds += 301
    await kept.settle()

    assert kept.names == ["engine-1"]
    removed = [cause for kind, cause in kept.notes.causes if kind is EventKind.ENGINE_REMOVED]
    assert removed == ["idle"]


async def test_what_was_needed_is_remembered_over_a_restart(tmp_path: pathlib.Path) -> None:
    first = KeptEngines(tmp_path, min_engines=1)
    await first.manager.start()
    await first.settle()
    await first.close()

    again = KeptEngines(tmp_path)
    again.runtime.containers = first.runtime.containers
    await again.manager.start()

    assert [view.on_demand for view in again.pool.views()] == [True]
    await again.close()


# Replacements


async def test_a_hung_engine_is_replaced_new_first(kept: KeptEngines) -> None:
    await kept.manager.add_engine()
    await kept.settle()
    place = kept.pool.reserve(key(1))
    left: list[list[str]] = []

    def lose(_loss: EngineLoss) -> None:
        left.append(kept.names)
        place.release()

    kept.answer = False
    kept.hang("engine-1")
    kept.reconciler.look()
    await until(lambda: kept.names == ["engine-1", "engine-2"])
    kept.pool.set_loss_listener(lose)
    kept.answer = True
    kept._let_answer()
    await kept.settle()

    assert kept.names == ["engine-2"]
    assert left[0] == ["engine-1", "engine-2"]
    assert list(kept.runtime.containers) == [kept.view("engine-2").id]
    assert not kept.view("engine-2").on_demand, "as the one before"
    (provision,) = [one for one in kept.manager.provisions() if one.replaces]
    assert (provision.replaces, provision.cause) == ("engine-1", ScalingCause.UNHEALTHY)


async def test_one_that_is_well_again_is_not_replaced(kept: KeptEngines) -> None:
    await kept.manager.add_engine()
    await kept.settle()
    kept.answer = False
    kept.hang("engine-1")
    kept.reconciler.look()
    await until(lambda: len(kept.names) == 2)
    kept.pool.set_health(kept.view("engine-1").id, EngineHealth.READY)
    kept.reconciler.look()
    await until(lambda: kept.names == ["engine-1"])
    await kept.settle()

    assert kept.names == ["engine-1"]
    await until(lambda: len(kept.runtime.containers) == 1)


async def test_without_room_it_goes_first_and_its_successor_is_made(kept: KeptEngines) -> None:
    kept.settings = kept.settings.changed({"max_engines": 1})
    await kept.manager.add_engine()
    await kept.settle()
    kept.hang("engine-1")
    most = 0

    def count() -> None:
        nonlocal most
        most = max(most, len(kept.runtime.containers))

    kept.pool.changed.connect(count)
    await kept.settle()

    assert (len(kept.names), most) == (1, 1)
    assert kept.pool.views()[0].health is EngineHealth.READY
    assert not kept.pool.views()[0].on_demand


async def test_failed_replacements_open_their_breaker_until_a_person_resets_it(
    kept: KeptEngines,
) -> None:
    await kept.manager.add_engine()
    await kept.settle()
    kept.refuse = True
    kept.hang("engine-1")
    for _ in range(6):
        await kept.settle()
        kept.seconds += 20
    assert kept.names == ["engine-1"]
    assert [view.state for view in kept.manager.breakers()] == [
        BreakerState.CLOSED,
        BreakerState.OPEN,
    ]
    made = kept.runtime.asked["create"]
    assert made == 4, "the first one and three tries"

    kept.refuse = False
    kept.reconciler.reset_breakers()
    await kept.settle()
    assert kept.names == ["engine-2"]


async def test_growth_that_fails_stops_and_tries_again_after_the_recovery(
    kept: KeptEngines,
) -> None:
    kept.refuse = True
    kept.settings = kept.settings.changed({"min_engines": 1})
    for _ in range(8):
        await kept.settle()
        kept.seconds += 17
    assert kept.runtime.asked["create"] == 5

    kept.seconds += 300
    kept.refuse = False
    await kept.settle()
    assert kept.names == ["engine-1"]
    assert kept.manager.breakers()[0].state is BreakerState.CLOSED


async def test_a_changed_image_rolls_all_engines_one_at_a_time(kept: KeptEngines) -> None:
    for _ in range(3):
        await kept.manager.add_engine()
    await kept.settle()
    place = kept.pool.reserve(key(1))
    kept.settings = kept.settings.changed({"engine_image": "another/engine:2"})
    await kept.settle()
    assert len(kept.names) == 4, "the one with a stream is drained"
    drained = kept.pool.find(place.engine.id)
    assert drained is not None
    assert (drained.intent, drained.intent_cause) == (
        EngineIntent.REMOVE,
        ScalingCause.OUTDATED,
    )

    place.release()
    await kept.settle()
    images = {info.image for info in kept.runtime.containers.values()}
    assert (len(kept.names), images) == (3, {"another/engine:2"})


async def test_an_engine_without_a_definition_is_not_rolled(kept: KeptEngines) -> None:
    kept.put(1)
    await kept.manager._adoption.refresh(kept.docker)
    kept.settings = kept.settings.changed({"engine_image": "another/engine:2"})
    await kept.settle()

    assert kept.runtime.asked["create"] == 0


async def test_what_a_person_cancels_is_not_begun_again_at_once(kept: KeptEngines) -> None:
    await kept.manager.add_engine()
    await kept.settle()
    kept.answer = False
    kept.reconciler.replace(kept.view("engine-1").id)
    kept.reconciler.look()
    (running,) = [p for p in kept.manager.provisions() if p.state is ProvisionState.RUNNING]
    await kept.manager.cancel_provision(running.id)
    kept.answer = True
    await kept.settle()

    assert kept.names == ["engine-1"]
    kept.reconciler.replace(kept.view("engine-1").id)
    await kept.settle()
    assert kept.names == ["engine-2"]


# What people ask for


async def test_once_the_vpn_is_required_streams_leave_engines_outside(kept: KeptEngines) -> None:
    losses: list[EngineLoss] = []
    kept.pool.set_loss_listener(losses.append)
    await kept.manager.add_engine()
    await kept.settle()
    with kept.pool.reserve(key(1)) as place:
        kept.reconciler.look()
        assert losses == []

        kept.settings = kept.settings.changed({"require_vpn": True})
        kept.reconciler.look()

    assert [(one.engine_id, one.certain) for one in losses] == [(place.engine.id, True)]


async def test_engines_that_are_not_there_are_not_found(kept: KeptEngines) -> None:
    for ask in (kept.reconciler.drain, kept.reconciler.replace, kept.reconciler.serve):
        with pytest.raises(NotFound):
            ask(GONE)


async def test_a_number_is_a_push_that_idle_removal_takes_back(kept: KeptEngines) -> None:
    await kept.manager.add_engine()
    await kept.settle()
    assert kept.reconciler.scale(3) == 3
    await kept.settle()
    assert len(kept.names) == 3

    kept.seconds += 301
    await kept.settle()
    assert kept.names == ["engine-1"]


async def test_a_number_stays_within_the_bounds(kept: KeptEngines) -> None:
    kept.settings = kept.settings.changed({"min_engines": 1, "max_engines": 2})

    assert (kept.reconciler.scale(0), kept.reconciler.scale(9)) == (1, 2)


async def test_a_smaller_number_drains_what_is_idle_first(kept: KeptEngines) -> None:
    for _ in range(3):
        await kept.manager.add_engine()
    await kept.settle()
    place = kept.pool.reserve(key(1))
    kept.reconciler.scale(1)
    await kept.settle()

    assert [view.id for view in kept.pool.views()] == [place.engine.id]


# The loop


async def test_it_looks_at_every_change_and_by_itself(
    kept: KeptEngines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "INTERVAL", 0.02)
    monkeypatch.setattr(reconciler, "PAUSE", 0.0)
    running = tasks.spawn(kept.reconciler.run(), name="reconciler")
    kept.settings = kept.settings.changed({"min_engines": 1})
    await until(lambda: kept.names == ["engine-1"])

    kept.hang("engine-1")
    await until(lambda: kept.names == ["engine-2"])
    await tasks.cancel(running)


async def test_an_engine_that_cannot_be_removed_is_left_alone_for_a_while(
    kept: KeptEngines,
) -> None:
    await kept.manager.add_engine()
    await kept.settle()
    kept.runtime.errors["remove"] = [ContainerError("remove", "busy")]
    kept.reconciler.drain(kept.view("engine-1").id)
    kept.reconciler.look()
    await until(lambda: kept.runtime.asked["remove"] == 1)
    await kept.settle()
    assert kept.runtime.asked["remove"] == 1

    await asyncio.wait_for(kept.manager._adoption.refresh(kept.docker), 5)
    assert kept.names == ["engine-1"]
