"""Hosts with limits of their own, and hosts that go away: the whole of it over fake Dockers."""

import asyncio
import dataclasses
import pathlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from acedesk import tasks
from acedesk.containers.runtime import DISCONNECTED, ContainerEvent, ContainerSpec
from acedesk.errors import Busy, EngineUnreachable, RuntimeState
from acedesk.model.engine import (
    BackendId,
    EngineHealth,
    EngineId,
    EngineIntent,
    ProvisionState,
)
from acedesk.model.snapshot import VpnState, VpnView
from tests.fakes.containers import NOON, FakeRuntime
from tests.fakes.kept_engines import KeptEngines, key
from tests.fakes.loop_steps import until

NAS, BIG = BackendId("docker:nas"), BackendId("docker:big")


@pytest.fixture
async def make(tmp_path: pathlib.Path) -> AsyncIterator[Callable[..., KeptEngines]]:
    made: list[KeptEngines] = []

    def make_one(*hosts: str, **settings: Any) -> KeptEngines:
        ids = [BackendId(f"docker:{host.partition('=')[0]}") for host in hosts]
        kept = KeptEngines(tmp_path, ids[0], others=ids[1:], engine_hosts=hosts, **settings)
        for runtime in kept.runtimes.values():
            _count_most(runtime)
        made.append(kept)
        return kept

    yield make_one
    for kept in made:
        await kept.close()


def _count_most(runtime: FakeRuntime) -> None:
    """Let the runtime keep the most containers that it had at once, in `asked["most"]`."""
    create = runtime.create

    async def counted(spec: ContainerSpec) -> str:
        made = await create(spec)
        runtime.asked["most"] = max(runtime.asked["most"], len(runtime.containers))
        return made

    runtime.create = counted  # type: ignore[method-assign]


def _where(kept: KeptEngines) -> list[tuple[str, str]]:
    return [(one.name, one.backend_id) for one in kept.pool.views()]


async def test_on_a_full_host_the_old_engine_goes_first(make: Callable[..., KeptEngines]) -> None:
    kept = make("nas=ssh://nas max=2")
    await kept.manager.start()
    for _ in range(2):
        await kept.manager.add_engine()
        await kept.settle()
    kept.hang("engine-1")
    await kept.settle()
    kept.settings = kept.settings.changed({"engine_arguments": "--live-cache-type memory"})
    await kept.settle()

    assert [one.health for one in kept.pool.views()] == [EngineHealth.READY] * 2
    assert kept.runtime.asked["create"] == 5, "two, one for the hung one, two rolled"
    assert kept.runtime.asked["most"] == 2


async def test_its_streams_leave_before_it_goes(make: Callable[..., KeptEngines]) -> None:
    kept = make("nas=ssh://nas max=1")
    await kept.manager.start()
    await kept.manager.add_engine()
    await kept.settle()
    left: list[EngineId] = []
    kept.pool.set_loss_listener(lambda loss: left.append(loss.engine_id))
    place = kept.pool.reserve(key(1))
    kept.hang("engine-1")
    left.clear()
    kept.reconciler.look()

    assert left == [place.engine.id]
    assert kept.view("engine-1").intent is EngineIntent.REMOVE
    place.release()
    await kept.settle()
    assert kept.view("engine-1").id != place.engine.id
    assert kept.runtime.asked["most"] == 1


async def test_where_another_host_has_room_the_new_engine_comes_first(
    make: Callable[..., KeptEngines],
) -> None:
    kept = make("nas=ssh://nas max=1", "big=ssh://big")
    await kept.manager.start()
    await kept.manager.add_engine(NAS)
    await kept.settle()
    place = kept.pool.reserve(key(1))
    kept.reconciler.replace(place.engine.id)
    await kept.settle()
    assert _where(kept) == [("engine-1", NAS), ("engine-2", BIG)]
    place.release()
    await kept.settle()

    assert _where(kept) == [("engine-2", BIG)]
    assert kept.runtime.asked["most"] == 1


async def test_full_hosts_hinder_nothing_else(make: Callable[..., KeptEngines]) -> None:
    kept = make("nas=ssh://nas max=2", min_engines=5)
    await kept.manager.start()
    await kept.settle()
    place = kept.pool.reserve(key(1))
    kept.reconciler.replace(place.engine.id)  # it has to go first, and still plays
    await kept.settle()
    other = next(one for one in kept.pool.views() if one.id != place.engine.id)
    kept.hang(other.name)
    await kept.settle()
    assert kept.view(other.name).health is EngineHealth.HUNG, "one after the other"
    place.release()
    await kept.settle()

    assert [one.health for one in kept.pool.views()] == [EngineHealth.READY] * 2
    assert kept.runtime.asked["most"] == 2


async def test_inside_the_vpn_the_old_engine_goes_first_where_no_port_is_left(
    tmp_path: pathlib.Path,
) -> None:
    view = VpnView(
        state=VpnState.CONNECTED,
        container_name="gluetun",
        container_id="a".ljust(64, "0"),
        started_time=NOON,
        engine_ports=(19_000, 19_001),
    )
    kept = KeptEngines(tmp_path, vpn=view, engines_in_vpn=True, min_engines=2)
    gluetun = kept.runtime.put("a", {})
    published = {port: ("127.0.0.1", port) for port in view.engine_ports}
    kept.runtime.containers[gluetun.id] = dataclasses.replace(
        gluetun, name="gluetun", published=published
    )
    await kept.manager.start()
    await kept.settle()
    assert [one.port for one in kept.pool.views()] == [19_000, 19_001]
    lost = kept.view("engine-1").id
    kept.hang("engine-1")
    await kept.settle()

    assert kept.pool.find(lost) is None
    assert [one.health for one in kept.pool.views()] == [EngineHealth.READY] * 2
    assert not any(one.state is ProvisionState.FAILED for one in kept.manager.provisions())
    await kept.close()


async def test_two_that_are_asked_for_at_once_do_not_share_the_last_place(
    make: Callable[..., KeptEngines],
) -> None:
    kept = make("nas=ssh://nas max=1")
    await kept.manager.start()

    asked = (kept.manager.add_engine(one) for one in (NAS, None, NAS))
    told = await asyncio.gather(*asked, return_exceptions=True)
    await kept.settle()

    assert [type(one) for one in told].count(Busy) == 2
    assert kept.runtime.asked["most"] == 1


@pytest.mark.parametrize(
    ("host", "settings"),
    [("nas=ssh://nas max=1", {}), ("nas=ssh://nas", {"max_engines": 1})],
)
async def test_what_a_person_removes_takes_its_place_until_it_is_gone(
    make: Callable[..., KeptEngines],
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    settings: dict[str, object],
) -> None:
    kept = make(host, min_engines=1, **settings)
    await kept.manager.start()
    await kept.settle()
    gone, remove = asyncio.Event(), kept.docker.remove

    async def remove_slowly(engine_id: EngineId) -> None:
        await gone.wait()
        await remove(engine_id)

    monkeypatch.setattr(kept.docker, "remove", remove_slowly)
    removing = tasks.spawn(kept.manager.remove_engine(kept.view("engine-1").id), name="remove")
    await until(lambda: not kept.names)
    await kept.settle()
    assert kept.names == []
    with pytest.raises(Busy):
        await kept.manager.add_engine()
    gone.set()
    await removing
    await kept.settle()

    assert kept.names == ["engine-1"]
    assert kept.runtime.asked["most"] == 1


async def test_a_host_that_goes_away_hinders_only_its_engines(
    make: Callable[..., KeptEngines],
) -> None:
    kept = make("nas=ssh://nas", "big=ssh://big", min_engines=2)
    await kept.manager.start()
    await kept.settle()
    lost = next(one for one in kept.pool.views() if one.backend_id == NAS)
    kept.runtimes[NAS].state = RuntimeState.NOT_RUNNING
    kept.manager._adoption._take_event(NAS, ContainerEvent(action=DISCONNECTED))
    kept.pool.set_health(lost.id, EngineHealth.UNREACHABLE, EngineUnreachable("nothing answers"))
    await kept.settle()
    there = [(one.backend_id, one.health) for one in kept.pool.views() if one.id != lost.id]
    assert there == [(BIG, EngineHealth.READY)] * 2, "what is missing is made elsewhere"
    assert kept.pool.find(lost.id) is not None

    kept.runtimes[NAS].state = RuntimeState.READY
    await kept.manager._adoption.refresh(kept.docker)
    kept.pool.set_health(lost.id, EngineHealth.READY)
    kept.seconds += 301
    await kept.settle()
    assert len(kept.names) == 2, "and goes again when the host is back"
