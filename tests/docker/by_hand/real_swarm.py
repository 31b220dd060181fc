"""A real swarm of two computers: engines on both, and one computer is lost; by hand.

.venv/bin/python -m pytest -n 0 tests/docker/by_hand/real_swarm.py

Needs root and Docker; a minute to a minute and a half.
"""

import asyncio
import contextlib
import pathlib
from collections.abc import Iterator

import pytest

from acedesk import tasks
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.engines.backends.docker_hosts import host_environment, hosts
from acedesk.engines.backends.swarm_backend import SwarmBackend
from acedesk.model.engine import BackendId, EngineSpec, Step
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from tests.docker.second_docker import SecondDocker, opened

pytestmark = [
    pytest.mark.docker,
    pytest.mark.xdist_group("second docker"),
    pytest.mark.timeout(180),
]
# Blocks for documentation (RFC 5737): to the manager, to the worker, between both.
MANAGER, WORKER = ("203.0.113.1", "203.0.113.2"), ("203.0.113.5", "203.0.113.6")
CABLE = ("203.0.113.9", "203.0.113.10")


@contextlib.contextmanager
def opened_swarm() -> Iterator[tuple[SecondDocker, SecondDocker]]:
    """Give a manager and a worker; a node that is silent for some seconds counts as lost."""
    with opened(places=MANAGER) as manager, opened(places=WORKER) as worker:
        manager.join(worker, CABLE)
        manager.docker("swarm", "init", "--advertise-addr", manager.address)
        manager.docker("swarm", "update", "--dispatcher-heartbeat", "1s")
        token = manager.docker("swarm", "join-token", "-q", "worker")
        worker.docker(
            *("swarm", "join", "--advertise-addr", worker.address, "--token", token),
            f"{manager.address}:2377",
        )
        yield manager, worker


@pytest.fixture
def swarm() -> Iterator[tuple[SecondDocker, SecondDocker]]:
    """A manager and a worker."""
    with opened_swarm() as both:
        yield both


def _ignore(_step: Step) -> None:
    """Nobody watches."""


async def _answers(client: EngineClient, spec: EngineSpec) -> None:
    async with asyncio.timeout(20):
        while True:
            with contextlib.suppress(Exception):
                await client.check(spec.host, spec.port)
                return
            await tasks.sleep(0.1)


async def _found_at(backend: SwarmBackend, spec: EngineSpec, host: str) -> EngineSpec:
    """Wait until the engine runs on this node."""
    async with asyncio.timeout(90):
        while True:
            now = await backend.look(spec.id)
            if now is not None and now.port and now.host == host:
                return now
            await tasks.sleep(0.5)


async def test_engines_of_a_computer_that_is_lost_come_back_on_another(
    swarm: tuple[SecondDocker, SecondDocker], engine_image: str, tmp_path: pathlib.Path
) -> None:
    manager, worker = swarm
    for computer in swarm:
        computer.load(engine_image)
    (host,) = hosts((f"all={manager.url} swarm",))
    runtime = DockerRuntime(Settings, environment=host_environment(host), is_host=True)
    settings = Settings(engine_image=engine_image)

    def engines_of(folder: str) -> SwarmBackend:
        instance = InstanceFile(tmp_path / folder)
        instance.open()
        return SwarmBackend(runtime, lambda: settings, instance, backend_id=BackendId("swarm:all"))

    backend, other, client = engines_of("ours"), engines_of("others"), EngineClient()
    try:
        made = [await backend.provision(f"engine-{n}", _ignore) for n in (1, 2)]
        assert {one.host for one in made} == {manager.address, worker.address}
        for spec in made:
            await _answers(client, spec)
        (lost,) = (one for one in made if one.host == worker.address)

        # Another AceDesk sees them, and takes one over: it goes on running where it is.
        assert await other.adopt() == ()
        assert {one.container_id for one in other.orphans} == {one.id for one in made}
        taken = await other.take_over(lost.id, confirmed=True)
        assert (taken.host, taken.port) == (lost.host, lost.port)
        assert [one.id for one in await other.adopt()] == [lost.id]

        worker.kill()
        again = await _found_at(other, lost, manager.address)
        await _answers(client, again)

        worker.start()
        worker.mend()
        await other.remove(lost.id)
        for spec in made:
            await backend.remove(spec.id)
        assert await backend.adopt() == await other.adopt() == ()
    finally:
        await runtime.close()
        await client.close()
