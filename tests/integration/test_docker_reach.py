"""Engines where Docker's loopback is not ours: found at another address, or told which were tried.

A Docker of one's own choice stands on a Unix socket; engines listen at other loopback addresses,
which stand for containers and other computers.
"""

import asyncio
import contextlib
import pathlib
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.containers.runtime import ContainerSpec
from acedesk.engines.backends.docker_backend import DockerBackend
from acedesk.errors import ContainerError, EngineUnreachable
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from tests.fakes.answering_engine import Engine
from tests.fakes.docker_daemon import IMAGE, FakeDaemon, Refused, fake_docker

OWN_ID = "ab" * 32


def _let_us_be_in_a_container(root: pathlib.Path) -> None:
    (root / ".dockerenv").touch()
    (root / "etc").mkdir()
    (root / "etc/hostname").write_text(OWN_ID[:12])


def _own_container(mode: str, **networks: str) -> dict[str, object]:
    told = {name: {"IPAddress": address} for name, address in networks.items()}
    return {
        "Id": OWN_ID,
        "Name": "/acedesk",
        "Config": {"Image": "acedesk"},
        "HostConfig": {"NetworkMode": mode},
        "State": {"Status": "running", "Running": True},
        "NetworkSettings": {"Networks": told},
    }


@pytest.fixture
async def docker(tmp_path: pathlib.Path) -> AsyncIterator[tuple[FakeDaemon, DockerRuntime]]:
    async with fake_docker(tmp_path) as both:
        yield both


@contextlib.asynccontextmanager
async def _backend(
    runtime: DockerRuntime, folder: pathlib.Path, engine: Engine | None, **settings: object
) -> AsyncIterator[DockerBackend]:
    client = EngineClient()
    instance = InstanceFile(folder)
    instance.open()
    facts = {"engine_image": IMAGE, "engine_start_timeout": 1.0, **settings}
    if engine is not None:
        facts["engine_port"] = engine.port
    chosen = Settings().changed(facts)
    backend = DockerBackend(
        runtime,
        lambda: chosen,
        instance,
        check=lambda host, port, limit: client.check(host, port, timeout=limit),
    )
    yield backend
    await backend.close()
    await client.close()


@contextlib.asynccontextmanager
async def _engine_at(host: str) -> AsyncIterator[Engine]:
    engine = Engine(host)
    engine.answer("/server/api", {"result": {"playlist_loaded": False}})
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


async def test_an_engine_is_reached_at_its_own_address_where_docker_publishes_nothing(
    docker: tuple[FakeDaemon, DockerRuntime], tmp_path: pathlib.Path
) -> None:
    daemon, runtime = docker

    def refuse(wanted: dict[str, object]) -> None:
        host = wanted["HostConfig"]
        if isinstance(host, dict) and host.get("PortBindings"):
            raise Refused("driver failed programming external connectivity on endpoint x: iptables")

    daemon.on_start = refuse
    async with _engine_at("127.0.0.3") as engine, _backend(runtime, tmp_path, engine) as backend:
        daemon.address = "127.0.0.3"
        spec = await backend.provision("engine-1", lambda _: None)
        again = await backend.adopt()

        assert (spec.host, spec.port) == ("127.0.0.3", engine.port)
    assert again == (spec,)
    assert len(daemon.containers) == 1
    assert [bool(one["HostConfig"].get("PortBindings")) for one in daemon.created] == [True, False]


async def test_an_engine_whose_published_port_leads_nowhere_is_reached_at_its_own_address(
    docker: tuple[FakeDaemon, DockerRuntime], tmp_path: pathlib.Path
) -> None:
    daemon, runtime = docker
    daemon.address = "127.0.0.3"
    async with _engine_at("127.0.0.3") as engine, _backend(runtime, tmp_path, engine) as backend:
        spec = await backend.provision("engine-1", lambda _: None)
        restarted = await backend.restart(spec.id)

        assert (spec.host, spec.port) == ("127.0.0.3", engine.port)
    assert (restarted.host, restarted.port) == (spec.host, spec.port)


async def test_an_engine_that_is_reached_nowhere_leaves_nothing_and_says_where_it_was_looked_for(
    docker: tuple[FakeDaemon, DockerRuntime], tmp_path: pathlib.Path
) -> None:
    daemon, runtime = docker
    daemon.address = "127.0.0.3"
    async with _backend(runtime, tmp_path, None, engine_port=9) as backend:
        with pytest.raises(EngineUnreachable) as caught:
            await backend.provision("engine-1", lambda _: None)

    assert "127.0.0.1:1 (nothing listens there)" in caught.value.detail
    assert "127.0.0.3:9 (nothing listens there)" in caught.value.detail
    assert daemon.containers == {}


async def test_who_is_cancelled_while_the_address_is_looked_for_leaves_nothing(
    docker: tuple[FakeDaemon, DockerRuntime], tmp_path: pathlib.Path
) -> None:
    daemon, runtime = docker
    started = asyncio.Event()
    daemon.on_start = lambda _: started.set()
    async with _backend(runtime, tmp_path, None, engine_start_timeout=60.0) as backend:
        making = tasks.spawn(backend.provision("engine-1", lambda _: None), name="make")
        async with asyncio.timeout(10):
            await started.wait()
        await tasks.cancel(making)

    assert daemon.containers == {}


async def test_beside_acedesk_in_a_container_engines_join_its_network(
    docker: tuple[FakeDaemon, DockerRuntime], tmp_path: pathlib.Path
) -> None:
    daemon, runtime = docker
    _let_us_be_in_a_container(tmp_path)
    daemon.containers[OWN_ID] = _own_container("media", bridge="172.17.0.5", media="172.20.0.2")
    daemon.containers[OWN_ID[:12]] = daemon.containers[OWN_ID]
    daemon.address, daemon.networks = "127.0.0.3", ("media",)
    async with _engine_at("127.0.0.3") as engine, _backend(runtime, tmp_path, engine) as backend:
        spec = await backend.provision("engine-1", lambda _: None)

        assert (spec.host, spec.port) == ("127.0.0.3", engine.port)
    assert daemon.created[0]["HostConfig"]["NetworkMode"] == "media"


@pytest.mark.parametrize(
    ("mode", "inside", "networks"),
    [("bridge", True, ("bridge",)), ("host", False, ()), ("container:vpn", True, ("vpn_net",))],
)
async def test_what_our_own_container_shares_is_known(
    docker: tuple[FakeDaemon, DockerRuntime],
    tmp_path: pathlib.Path,
    mode: str,
    inside: bool,
    networks: tuple[str, ...],
) -> None:
    daemon, runtime = docker
    _let_us_be_in_a_container(tmp_path)
    own = {} if mode != "bridge" else {"bridge": "172.17.0.5"}
    daemon.containers[OWN_ID[:12]] = _own_container(mode, **own)
    daemon.containers["vpn"] = _own_container("vpn_net", vpn_net="172.21.0.2")

    found = await runtime.location()

    assert (found.in_container, found.networks) == (inside, networks)


async def test_a_container_that_this_docker_does_not_run_is_in_none_of_its_networks(
    docker: tuple[FakeDaemon, DockerRuntime], tmp_path: pathlib.Path
) -> None:
    _let_us_be_in_a_container(tmp_path)

    found = await docker[1].location()

    assert (found.docker_host, found.in_container, found.networks) == ("", True, ())


@contextlib.asynccontextmanager
async def _elsewhere(folder: pathlib.Path, host: str) -> AsyncIterator[DockerRuntime]:
    """Forward a TCP port of `host` to the daemon, as a Docker on another computer."""
    connections: set[asyncio.Task[object]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        back, on = await asyncio.open_unix_connection(folder / "var/run/docker.sock")
        await asyncio.gather(pump(reader, on), pump(back, writer))

    server = await asyncio.start_server(forward, host, 0)
    port = server.sockets[0].getsockname()[1]
    environment = {"HOME": str(folder), "PATH": "", "DOCKER_HOST": f"tcp://{host}:{port}"}
    runtime = DockerRuntime(
        lambda: Settings(docker_timeout=5.0), environment=environment, root=folder
    )
    try:
        yield runtime
    finally:
        await runtime.close()
        server.close()
        await tasks.cancel(*connections)


async def test_a_docker_on_another_computer_publishes_at_its_own_address(
    docker: tuple[FakeDaemon, DockerRuntime], tmp_path: pathlib.Path
) -> None:
    daemon, _ = docker
    async with (
        _engine_at("127.0.0.2") as engine,
        _elsewhere(tmp_path, "127.0.0.2") as runtime,
        _backend(runtime, tmp_path, engine) as backend,
    ):
        daemon.published = ("127.0.0.2", engine.port)
        spec = await backend.provision("engine-1", lambda _: None)

        assert (spec.host, spec.port) == ("127.0.0.2", engine.port)
    (bindings,) = daemon.created[0]["HostConfig"]["PortBindings"].values()
    assert bindings[0]["HostIp"] == "127.0.0.2"


async def test_a_docker_host_that_does_not_know_its_address_is_told_with_its_words(
    docker: tuple[FakeDaemon, DockerRuntime], tmp_path: pathlib.Path
) -> None:
    daemon, _ = docker

    def refuse(_: object) -> None:
        raise Refused("listen tcp4 127.0.0.2:0: bind: cannot assign requested address")

    daemon.on_start = refuse
    async with _elsewhere(tmp_path, "127.0.0.2") as runtime:
        container = await runtime.create(ContainerSpec(name="a", image=IMAGE, port=6878))
        with pytest.raises(ContainerError, match="does not know the address") as caught:
            await runtime.start(container)

    assert "cannot assign requested address" in caught.value.detail
