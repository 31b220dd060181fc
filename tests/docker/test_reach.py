"""How engines are reached on the real daemon, also as from inside a container of its own."""

import asyncio
import contextlib
import pathlib
from collections.abc import AsyncIterator, Iterator

import pytest

from acedesk.acestream_api.engine_client import EngineClient
from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.engines.backends.docker_backend import DockerBackend
from acedesk.model.engine import EngineSpec
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from tests.docker import images
from tests.docker.conftest import TEST_LABEL

pytestmark = pytest.mark.docker


@pytest.fixture
def network(run_id: str) -> Iterator[str]:
    """A network of one's own."""
    name = f"acedesk-test-{run_id}"
    images.docker("network", "create", name)
    yield name
    for container in images.docker("ps", "-aq", "--filter", f"network={name}").split():
        images.docker("rm", "-fv", container)
    images.docker("network", "rm", name)


@pytest.fixture
def root(tmp_path: pathlib.Path) -> pathlib.Path:
    """A computer whose Docker is the real one."""
    place = tmp_path / "var/run/docker.sock"
    place.parent.mkdir(parents=True)
    place.symlink_to("/var/run/docker.sock")
    return tmp_path


def _be_in(root: pathlib.Path, container: str) -> None:
    """Let `root` look as it does in this container."""
    (root / ".dockerenv").touch()
    (root / "etc").mkdir()
    (root / "etc/hostname").write_text(container[:12])


@contextlib.asynccontextmanager
async def _backend(root: pathlib.Path, image: str, run: str) -> AsyncIterator[DockerBackend]:
    environment = {"HOME": str(root), "PATH": ""}
    runtime = DockerRuntime(Settings, environment=environment, root=root)
    client = EngineClient()
    instance = InstanceFile(root / "data")
    instance.open()
    backend = DockerBackend(
        runtime,
        lambda: Settings(engine_image=image, engine_start_timeout=20.0),
        instance,
        labels={TEST_LABEL: run},
        prefix=f"acedesk-test-{run}-",
        check=lambda host, port, limit: client.check(host, port, timeout=limit),
    )
    yield backend
    await backend.close()
    await runtime.close()
    await client.close()


async def _answers(spec: EngineSpec) -> bool:
    """Ask the engine until it answers."""
    client = EngineClient()
    try:
        async with asyncio.timeout(10):
            while True:
                with contextlib.suppress(Exception):
                    return await client.check(spec.host, spec.port) >= 0
    finally:
        await client.close()


async def test_here_an_engine_is_reached_at_the_loopback(
    root: pathlib.Path, engine_image: str, run_id: str
) -> None:
    async with _backend(root, engine_image, run_id) as backend:
        spec = await backend.provision("engine-1", lambda _: None)

        assert spec.host == "127.0.0.1"
        assert await _answers(spec)


async def test_from_a_container_an_engine_is_reached_on_the_network_of_both(
    root: pathlib.Path, engine_image: str, run_id: str, network: str
) -> None:
    label = f"{TEST_LABEL}={run_id}"
    own = images.docker("run", "-d", "--label", label, "--network", network, engine_image)
    _be_in(root, own)
    async with _backend(root, engine_image, run_id) as backend:
        spec = await backend.provision("engine-1", lambda _: None)

        wanted = '{{(index .NetworkSettings.Networks "' + network + '").IPAddress}}'
        assert spec.host == images.docker("inspect", "-f", wanted, spec.container_id)
        assert spec.port == 6878
        assert await _answers(spec)
        assert await backend.adopt() == (spec,)


async def test_a_container_with_the_network_of_its_host_looks_from_there(
    root: pathlib.Path, engine_image: str, run_id: str
) -> None:
    label = f"{TEST_LABEL}={run_id}"
    own = images.docker("create", "--label", label, "--network", "host", engine_image)
    _be_in(root, own)
    async with _backend(root, engine_image, run_id) as backend:
        spec = await backend.provision("engine-1", lambda _: None)

    assert spec.host == "127.0.0.1"
