"""Engines of ours that are killed or removed by others come back, in real containers."""

import asyncio

import pytest

from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import EngineLoss, EngineState
from acedesk.rules.engines import restarting
from tests.docker import images
from tests.docker.conftest import containers_of
from tests.docker.test_docker_backend import _Desk, _until, desk

pytestmark = pytest.mark.docker
__all__ = ["desk"]  # the fixture is used by its name


async def test_a_killed_container_is_noticed_at_once_and_started_again(desk: _Desk) -> None:
    spec = await desk.manager.provision(20)
    lost: list[EngineLoss] = []
    desk.pool.set_loss_listener(lost.append)

    killing = await asyncio.create_subprocess_exec("docker", "kill", spec.container_id)
    starting = await _until(desk.pool, EngineState.STARTING)
    await killing.wait()
    assert [(loss.engine_id, loss.certain) for loss in lost] == [(spec.id, True)]
    assert "it is being started again" in str(starting.error)

    view = await _until(desk.pool, EngineState.READY)

    assert (view.id, view.error) == (spec.id, None)
    assert await desk.client.check(view.host, view.port) < 5


async def test_two_that_are_killed_at_once_both_come_back(desk: _Desk) -> None:
    specs = [await desk.manager.provision(20) for _ in range(2)]

    await asyncio.to_thread(images.docker, "kill", *(str(spec.container_id) for spec in specs))
    await _until(desk.pool, EngineState.STARTING)
    async with asyncio.timeout(20):
        while any(view.state is not EngineState.READY for view in desk.pool.views()):
            await _next_change(desk)

    assert {view.id for view in desk.pool.views()} == {spec.id for spec in specs}


async def _next_change(desk: _Desk) -> None:
    changed = asyncio.Event()
    disconnect = desk.pool.changed.connect(changed.set)
    await changed.wait()
    disconnect()


async def test_an_engine_that_ends_again_and_again_stays_down_until_somebody_restarts_it(
    desk: _Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restarting, "DELAYS", (0.1, 0.1, 0.1))
    spec = await desk.manager.provision(20)
    for _ in restarting.DELAYS:
        images.docker("kill", spec.container_id)
        await _until(desk.pool, EngineState.STARTING)
        await _until(desk.pool, EngineState.READY)

    images.docker("kill", spec.container_id)
    stopped = await _until(desk.pool, EngineState.STOPPED)
    assert "stays down" in str(stopped.error)

    await desk.manager.restart_engine(spec.id)
    view = await _until(desk.pool, EngineState.READY)
    assert view.error is None


async def test_an_engine_in_use_that_is_removed_elsewhere_is_made_anew(desk: _Desk) -> None:
    spec = await desk.manager.provision(20)
    with desk.pool.reserve(StreamKey(KeyKind.CONTENT_ID, "a" * 40)):
        await asyncio.to_thread(images.docker, "rm", "-f", spec.container_id)
        await _until(desk.pool, EngineState.STARTING)

        view = await _until(desk.pool, EngineState.READY)

    assert (view.name, view.id != spec.id) == ("engine-1", True)
    assert len(desk.pool.views()) == 1


async def test_an_engine_that_is_stopped_in_docker_while_nobody_uses_it_stays_so(
    desk: _Desk,
) -> None:
    spec = await desk.manager.provision(20)

    await asyncio.to_thread(images.docker, "stop", "-t", "1", spec.container_id)
    view = await _until(desk.pool, EngineState.STOPPED)
    assert restarting.STOPPED_BY_HAND in str(view.error)

    await desk.manager.restart_engine(spec.id)
    assert (await _until(desk.pool, EngineState.READY)).error is None


async def test_a_paused_engine_says_so_and_is_restarted_by_the_button(desk: _Desk) -> None:
    spec = await desk.manager.provision(20)

    await asyncio.to_thread(images.docker, "pause", spec.container_id)
    view = await _until(desk.pool, EngineState.UNHEALTHY)
    assert "paused in Docker" in str(view.error)

    await desk.manager.restart_engine(spec.id)
    assert (await _until(desk.pool, EngineState.READY)).error is None


@pytest.mark.parametrize("name", ["engine-2", "elsewhere"])
async def test_an_engine_whose_container_is_renamed_is_the_same_one(
    desk: _Desk, run_id: str, name: str
) -> None:
    spec = await desk.manager.provision(20)
    renamed = f"acedesk-test-{run_id}-{name}"

    await asyncio.to_thread(images.docker, "rename", spec.container_id, renamed)
    await desk.manager.check_now()
    assert [(view.id, view.name) for view in desk.pool.views()] == [(spec.id, "engine-1")]
    await desk.manager.restart_engine(spec.id)
    assert (await _until(desk.pool, EngineState.READY)).id == spec.id
    await desk.manager.provision(20)

    assert len(desk.pool.views()) == 2
    for view in desk.pool.views():
        await desk.manager.remove_engine(view.id)
    assert containers_of(run_id) == []
