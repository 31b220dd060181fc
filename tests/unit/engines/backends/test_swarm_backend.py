"""Engines as services of a swarm that is kept in memory."""

import pathlib
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.containers.runtime import CONNECTED
from acedesk.engines.backend import ContainerBackend
from acedesk.engines.backends import swarm_backend
from acedesk.engines.backends.swarm_backend import SwarmBackend
from acedesk.errors import ContainerError, NotFound
from acedesk.model.engine import BackendKind, EngineId, Step
from tests.fakes.swarm import FakeSwarm
from tests.fakes.swarm import swarm_backend as make_backend


@pytest.fixture
def swarm() -> FakeSwarm:
    return FakeSwarm()


@pytest.fixture
async def backend(swarm: FakeSwarm, tmp_path: pathlib.Path) -> AsyncIterator[SwarmBackend]:
    made = make_backend(swarm, tmp_path)
    yield made
    await made.close()


def _ignore(_step: Step) -> None:
    """Nobody watches."""


async def test_an_engine_is_a_service_on_some_node(backend: SwarmBackend) -> None:
    steps: list[Step] = []

    spec = await backend.provision("engine-1", steps.append)

    assert isinstance(backend, ContainerBackend)
    assert (spec.name, spec.backend, spec.backend_id) == (
        "engine-1",
        BackendKind.SWARM,
        "swarm:all",
    )
    assert (spec.host, spec.port) == ("10.1", 30_000)
    assert spec.definition_hash == backend.definition_hash
    assert steps[-1].detail == "on box"
    assert await backend.adopt() == (spec,)
    assert await backend.look(spec.id) == spec


async def test_arguments_stand_behind_the_command_of_an_image_that_is_known(
    swarm: FakeSwarm, tmp_path: pathlib.Path
) -> None:
    for image in ("known/image", "other/image"):
        made = make_backend(swarm, tmp_path, engine_image=image, engine_arguments="--more")
        await made.provision("engine-1", _ignore)

    told = [one["Spec"]["TaskTemplate"]["ContainerSpec"]["Args"] for one in swarm.made.values()]
    assert told == [["--usual", "--more"], ["--more"]]


async def test_one_that_no_node_can_run_is_removed_and_the_reason_told(
    swarm: FakeSwarm, backend: SwarmBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swarm_backend, "MOST_FAILURES", 1)
    swarm.state = "rejected"

    with pytest.raises(ContainerError, match="no room"):
        await backend.provision("engine-1", _ignore)

    assert swarm.made == {}


async def test_a_restart_counts_up_and_waits_for_the_new_task(
    swarm: FakeSwarm, backend: SwarmBackend
) -> None:
    before = await backend.provision("engine-1", _ignore)

    after = await backend.restart(before.id)

    assert after.started_time != before.started_time
    assert swarm.updates[0]["task_template"]["ForceUpdate"] == 1


async def test_a_swarm_that_starts_nothing_anew_is_told(
    swarm: FakeSwarm, backend: SwarmBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = await backend.provision("engine-1", _ignore)
    monkeypatch.setattr(swarm, "update_service", lambda _key, **_values: None)
    monkeypatch.setattr(swarm_backend, "START_LIMIT", 0.0)

    with pytest.raises(ContainerError, match="did not start it anew"):
        await backend.restart(spec.id)


async def test_a_change_is_told_by_a_look_at_all(
    swarm: FakeSwarm, backend: SwarmBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swarm_backend, "LOOK_INTERVAL", 0.0)
    events = backend.watch()

    first = await anext(events)
    making = tasks.spawn(backend.provision("engine-1", _ignore), name="make")
    second = await anext(events)

    assert [first.action, second.action] == [CONNECTED, CONNECTED]
    await making
    await events.aclose()


async def test_what_is_gone_is_gone_and_nothing_belongs_to_others(backend: SwarmBackend) -> None:
    gone = EngineId("s9")

    await backend.remove(gone)
    with pytest.raises(ContainerError):
        await backend.restart(gone)
    with pytest.raises(NotFound):
        await backend.take_over(gone, confirmed=True)
    with pytest.raises(NotFound):
        await backend.remove_orphan(gone, confirmed=True)
    assert backend.orphans == ()


async def test_the_log_is_text(backend: SwarmBackend) -> None:
    spec = await backend.provision("engine-1", _ignore)

    assert await backend.log(spec.id, 10) == "one\ntwo"
    await backend.remove(spec.id)
    assert await backend.adopt() == ()
