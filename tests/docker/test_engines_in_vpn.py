"""Engines in the network of a container that looks like Gluetun: made, refused, made anew."""

import asyncio
import dataclasses
import json
import pathlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from acedesk import tasks
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.engines.backends.docker_backend import LOCAL_ID, DockerBackend
from acedesk.engines.backends.vpn_network import VpnNetwork
from acedesk.engines.making.vpn_gate import VpnGate
from acedesk.engines.manager import EngineManager
from acedesk.engines.pool import EnginePool
from acedesk.engines.upkeep.vpn_recovery import VpnRecovery
from acedesk.errors import Busy, BusyReason, ContainerError
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import EngineHealth, EngineState
from acedesk.model.snapshot import VpnState
from acedesk.observe.event_log import EventLog
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from acedesk.vpn.gluetun import GluetunControl
from acedesk.vpn.monitor import VpnMonitor
from tests.docker import images
from tests.docker.conftest import TEST_LABEL, containers_of

# One group: each of them looks for the one VPN container of the machine.
pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("gluetun"), pytest.mark.timeout(120)]

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
PORTS = (19000, 19001, 19002, 19003)


@dataclasses.dataclass
class _Desk:
    """All that makes engines inside the VPN, and the stand-in for Gluetun."""

    image: str
    run: str
    pool: EnginePool
    manager: EngineManager
    monitor: VpnMonitor
    client: EngineClient
    events: EventLog

    def start_gluetun(self, *, ports: tuple[int, ...] = PORTS) -> str:
        options = [part for port in (8000, *ports) for part in ("-p", f"127.0.0.1::{port}")]
        name, label = f"gluetun-{self.run}", f"{TEST_LABEL}={self.run}"
        return images.docker(
            "run", "-d", "--name", name, "--label", label, *options, self.image
        ).strip()

    async def until(self, state: VpnState) -> None:
        async with asyncio.timeout(30):
            while not self._is_own() or self.monitor.view.state is not state:
                await self.monitor.check_now()

    def _is_own(self) -> bool:
        """Whether it is this test's container: before it is there, another test's is seen."""
        return self.monitor.view.container_name == f"gluetun-{self.run}"

    async def connect(self) -> str:
        """Let there be a VPN that is connected and has its port."""
        gluetun = await asyncio.to_thread(self.start_gluetun)
        async with asyncio.timeout(30):
            while not self._is_own() or self.monitor.view.forwarded_port is None:
                await self.monitor.check_now()
        await self.until(VpnState.CONNECTED)
        return gluetun

    async def until_renewed(self, before: set[str]) -> None:
        """Wait until none of these engines is there and all that are answer."""
        changed = asyncio.Event()
        disconnect = self.pool.changed.connect(changed.set)
        try:
            async with asyncio.timeout(60):
                while not self._is_renewed(before):
                    await changed.wait()
                    changed.clear()
        finally:
            disconnect()

    def _is_renewed(self, before: set[str]) -> bool:
        views = self.pool.views()
        fresh = not {str(view.id) for view in views} & before
        ready = all(view.state is EngineState.READY for view in views)
        return fresh and ready and len(views) == len(before)


def _settings(engine_image: str, run: str) -> Settings:
    return Settings(
        engine_image=engine_image,
        engine_start_timeout=15.0,
        gluetun_container=f"gluetun-{run}",
        require_vpn=True,
        health_interval=1.0,
    )


@pytest.fixture
async def desk(
    engine_image: str,
    gluetun_image: str,
    run_id: str,
    runtime: DockerRuntime,
    tmp_path: pathlib.Path,
) -> AsyncIterator[_Desk]:
    settings = _settings(engine_image, run_id)

    def current() -> Settings:
        return settings

    client, control, events = EngineClient(), GluetunControl(), EventLog()
    pool = EnginePool(current)
    monitor = VpnMonitor(
        runtime, current, control, engines=pool.views, tell_members=pool.set_vpn, note=events.note
    )
    instance = InstanceFile(tmp_path / "data")
    instance.open()
    backend = DockerBackend(
        runtime,
        current,
        instance,
        labels={TEST_LABEL: run_id},
        prefix=f"acedesk-test-{run_id}-",
        check=lambda host, port, limit: client.check(host, port, timeout=limit),
        vpn=VpnNetwork(runtime, current, lambda: monitor.view),
    )
    gate = VpnGate(current, lambda: monitor.members, LOCAL_ID)
    manager = EngineManager(pool, [backend], client, current, runtime=runtime, gate=gate)
    recovery = VpnRecovery(
        pool,
        node=lambda: monitor.view,
        outdated=backend.outdated_in_vpn,
        renew=manager.restart_engine,
        note=events.note,
    )
    monitor.changed.connect(recovery.wake)
    services = (manager.run, monitor.run, recovery.run)
    running = [tasks.spawn(service(), name="a service") for service in services]
    yield _Desk(gluetun_image, run_id, pool, manager, monitor, client, events)
    await tasks.cancel(*running)
    await manager.close()
    await control.close()
    await client.close()


def _inspect(container: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = json.loads(images.docker("inspect", container))
    return found[0]


def _option(container: str, name: str) -> str:
    command = [*_inspect(container)["Config"]["Cmd"]]
    return next(str(word).partition("=")[2] for word in command if word.startswith(f"{name}="))


async def test_each_engine_has_ports_of_its_own_and_one_the_forwarded_port(desk: _Desk) -> None:
    gluetun = await desk.connect()

    specs = [await desk.manager.provision(30) for _ in range(2)]
    await desk.monitor.check_now()

    ids = [spec.container_id for spec in specs]
    modes = {_inspect(one)["HostConfig"]["NetworkMode"] for one in ids}
    assert modes == {f"container:{gluetun}"}
    assert [_option(one, "--http-port") for one in ids] == ["19000", "19001"]
    ports = [_option(one, "--port") for one in ids]
    assert ports[0] == "51234"
    assert ports[1] not in ("51234", *map(str, PORTS))
    for spec in specs:
        assert await desk.client.check(spec.host, spec.port) < 5
    first, second = (desk.pool.find(spec.id) for spec in specs)
    assert first is not None
    assert second is not None
    assert (first.forwarded, second.forwarded) == (True, False)
    assert first.vpn_container == f"gluetun-{desk.run}"
    with desk.pool.reserve(KEY) as reservation:
        assert reservation.engine.id == first.id


async def test_engines_made_at_once_get_different_ports_and_no_more_than_there_are(
    desk: _Desk,
) -> None:
    await desk.connect()

    made = [desk.manager.provision(60) for _ in range(len(PORTS) + 1)]
    outcomes = await asyncio.gather(*made, return_exceptions=True)

    specs = [one for one in outcomes if not isinstance(one, BaseException)]
    (refused,) = (one for one in outcomes if isinstance(one, BaseException))
    assert len({spec.port for spec in specs}) == len(PORTS)
    assert isinstance(refused, ContainerError)
    assert "all 4 ports" in refused.detail


async def test_while_the_tunnel_is_cut_nothing_is_started_anywhere(desk: _Desk) -> None:
    gluetun = await desk.connect()
    spec = await desk.manager.provision(30)
    await asyncio.to_thread(images.docker, "exec", gluetun, "rm", "/healthy")
    await desk.until(VpnState.UNHEALTHY)

    for refused in (desk.manager.add_engine, lambda: desk.manager.provision(5)):
        with pytest.raises(Busy) as caught:
            await refused()
        assert caught.value.reason is BusyReason.VPN_DISCONNECTED
        assert caught.value.detail.endswith("reports that the tunnel does not work.")
    with pytest.raises(Busy) as caught:
        desk.pool.reserve(KEY)
    assert caught.value.reason is BusyReason.VPN_DISCONNECTED
    assert len(containers_of(desk.run)) == 2

    await asyncio.to_thread(images.docker, "exec", gluetun, "touch", "/healthy")
    await desk.until(VpnState.CONNECTED)
    with desk.pool.reserve(KEY) as reservation:
        assert reservation.engine.id == spec.id


async def test_a_gluetun_without_published_ports_is_told_and_nothing_is_made(desk: _Desk) -> None:
    await asyncio.to_thread(desk.start_gluetun, ports=())
    await desk.until(VpnState.CONNECTED)

    with pytest.raises(ContainerError) as caught:
        await desk.manager.provision(30)

    assert "publishes no port for engines" in caught.value.detail
    assert len(containers_of(desk.run)) == 1


@pytest.mark.parametrize("anew", [False, True])
async def test_after_its_vpn_container_an_engine_is_made_anew_in_order(
    desk: _Desk, anew: bool
) -> None:
    gluetun = await desk.connect()
    before = {str((await desk.manager.provision(30)).id) for _ in range(2)}

    if anew:
        await asyncio.to_thread(images.docker, "rm", "-fv", gluetun)
        gluetun = await asyncio.to_thread(desk.start_gluetun)
    else:
        await asyncio.to_thread(images.docker, "restart", "-t", "0", gluetun)
    await desk.monitor.check_now()
    await desk.until_renewed(before)

    for view in desk.pool.views():
        assert _inspect(view.container_id)["HostConfig"]["NetworkMode"] == f"container:{gluetun}"
        assert await desk.client.check(view.host, view.port) < 5
    assert [view.name for view in desk.pool.views()] == ["engine-1", "engine-2"]
    assert len(containers_of(desk.run)) == 3
    assert all(view.health is EngineHealth.READY for view in desk.pool.views())
    steps = [one.cause for one in desk.events.since(0) if one.kind.value == "vpn_recovery"]
    assert steps[:3] == ["healthy", "renewed", "renewed"]
