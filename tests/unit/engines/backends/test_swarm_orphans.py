"""Services of other AceDesks: listed, and taken over or removed on request only."""

import pathlib
from collections.abc import AsyncIterator

import pytest

from acedesk.containers.runtime import INSTANCE_LABEL
from acedesk.engines.backends.swarm_backend import SwarmBackend
from acedesk.errors import BadRequest, NotFound
from acedesk.model.engine import Step
from tests.fakes.swarm import FakeSwarm, swarm_backend


@pytest.fixture
def swarm() -> FakeSwarm:
    return FakeSwarm()


@pytest.fixture
async def backend(swarm: FakeSwarm, tmp_path: pathlib.Path) -> AsyncIterator[SwarmBackend]:
    made = swarm_backend(swarm, tmp_path)
    yield made
    await made.close()


def _ignore(_step: Step) -> None:
    """Nobody watches."""


async def test_services_of_others_are_listed_and_not_touched(
    swarm: FakeSwarm, backend: SwarmBackend, tmp_path: pathlib.Path
) -> None:
    other = await swarm_backend(swarm, tmp_path / "other").provision("engine-1", _ignore)

    assert await backend.adopt() == ()
    assert await backend.look(other.id) is None
    await backend.remove(other.id)
    assert other.id in swarm.made
    (orphan,) = backend.orphans
    assert (orphan.container_id, orphan.name, orphan.backend_id, orphan.in_use) == (
        other.id,
        "engine-1",
        "swarm:all",
        True,
    )
    assert orphan.created_time is not None


async def test_a_service_of_another_is_taken_over_while_it_runs(
    swarm: FakeSwarm, backend: SwarmBackend, tmp_path: pathlib.Path
) -> None:
    others = swarm_backend(swarm, tmp_path / "other")
    made = await others.provision("engine-1", _ignore)
    await backend.adopt()
    with pytest.raises(BadRequest, match="confirm"):
        await backend.take_over(made.id, confirmed=False)

    taken = await backend.take_over(made.id, confirmed=True)

    assert (taken.id, taken.host, taken.port, taken.started_time) == (
        made.id,
        made.host,
        made.port,
        made.started_time,
    )
    assert backend.orphans == ()
    assert await backend.adopt() == (taken,)
    await backend.remove(taken.id)
    assert swarm.made == {}


async def test_a_service_without_an_owner_needs_no_confirmation(
    swarm: FakeSwarm, backend: SwarmBackend, tmp_path: pathlib.Path
) -> None:
    made = await swarm_backend(swarm, tmp_path / "other").provision("engine-1", _ignore)
    del swarm.made[made.id]["Spec"]["Labels"][INSTANCE_LABEL]

    await backend.look(made.id)
    assert [one.instance for one in backend.orphans] == [""]
    await backend.remove_orphan(made.id, confirmed=False)

    assert backend.orphans == ()
    assert swarm.made == {}


async def test_a_service_that_is_no_engine_is_nobodys_orphan(
    swarm: FakeSwarm, backend: SwarmBackend
) -> None:
    swarm.create_service({}, "web", {"app": "web"}, {}, {})

    assert await backend.adopt() == ()
    assert await backend.look("s1") is None
    assert backend.orphans == ()
    with pytest.raises(NotFound):
        await backend.remove_orphan("s1", confirmed=True)


async def test_a_service_of_another_that_is_gone_is_seen_gone(
    swarm: FakeSwarm, backend: SwarmBackend, tmp_path: pathlib.Path
) -> None:
    made = await swarm_backend(swarm, tmp_path / "other").provision("engine-1", _ignore)
    await backend.adopt()
    swarm.remove_service(made.id)

    assert await backend.look(made.id) is None
    assert backend.orphans == ()
