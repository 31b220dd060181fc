"""Docker on another computer: engines there are reached, and its end is nobody else's."""

import contextlib
import dataclasses
import pathlib
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.engines.backends.docker_backend import LOCAL_ID, DockerBackend
from acedesk.engines.backends.docker_hosts import host_environment, hosts
from acedesk.engines.manager import EngineManager
from acedesk.engines.pool import EnginePool
from acedesk.model.engine import BackendId, EngineState
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from tests.docker.conftest import TEST_LABEL
from tests.docker.second_docker import THERE, SecondDocker, second_docker
from tests.fakes.loop_steps import until_emitted

__all__ = ["second_docker"]

pytestmark = [
    pytest.mark.docker,
    pytest.mark.xdist_group("second docker"),
    pytest.mark.timeout(120),
]

NAS = BackendId("docker:nas")


async def _until(pool: EnginePool, backend: BackendId, state: EngineState) -> None:
    try:
        await until_emitted(
            pool.changed,
            lambda: any(v.state is state and v.backend_id == backend for v in pool.views()),
            seconds=30,
        )
    except TimeoutError:
        pytest.fail(f"no engine of {backend} became {state}: {pool.views()}")


@dataclasses.dataclass
class _Desk:
    pool: EnginePool
    manager: EngineManager


@contextlib.asynccontextmanager
async def _desk(
    settings: Settings, here: DockerRuntime, run: str, folder: pathlib.Path
) -> AsyncIterator[_Desk]:
    """Give what makes engines on this computer and on the one host of the settings."""
    (host,) = hosts(settings.engine_hosts)
    there = DockerRuntime(lambda: settings, environment=host_environment(host))
    instance, client, pool = InstanceFile(folder), EngineClient(), EnginePool(lambda: settings)
    instance.open()
    backends = [
        DockerBackend(
            one,
            lambda: settings,
            instance,
            labels={TEST_LABEL: run},
            prefix=f"acedesk-test-{run}-",
            backend_id=name,
            check=lambda at, port, limit: client.check(at, port, timeout=limit),
        )
        for name, one in ((LOCAL_ID, here), (NAS, there))
    ]
    manager = EngineManager(pool, backends, client, lambda: settings, runtime=here)
    running = tasks.spawn(manager.run(), name="manager")
    try:
        yield _Desk(pool, manager)
    finally:
        await tasks.cancel(running)
        await manager.close()
        await there.close()
        await client.close()


@pytest.mark.expects_errors
async def test_engines_of_another_computer_are_used_and_end_alone(
    second_docker: SecondDocker,
    runtime: DockerRuntime,
    engine_image: str,
    run_id: str,
    tmp_path: pathlib.Path,
) -> None:
    second_docker.load(engine_image)
    settings = Settings(
        engine_image=engine_image,
        engine_start_timeout=15.0,
        docker_timeout=5.0,
        health_interval=1.0,
        engine_hosts=(f"nas={second_docker.url} max=1",),
    )
    async with _desk(settings, runtime, run_id, tmp_path) as desk:
        for _ in range(2):  # the second is made where there are fewer
            await desk.manager.provision(30.0)
        found = {view.backend_id: desk.pool.get(view.id) for view in desk.pool.views()}
        assert set(found) == {LOCAL_ID, NAS}
        assert (found[LOCAL_ID].host, found[NAS].host) == ("127.0.0.1", THERE)
        assert len(second_docker.docker("ps", "-q").split()) == 1

        second_docker.cut()
        await _until(desk.pool, NAS, EngineState.UNHEALTHY)
        states = {view.backend_id: view.state for view in desk.pool.views()}
        assert states[LOCAL_ID] is EngineState.READY
        await desk.manager.restart_engine(found[LOCAL_ID].id)
        await _until(desk.pool, LOCAL_ID, EngineState.READY)

        second_docker.mend()
        await _until(desk.pool, NAS, EngineState.READY)
