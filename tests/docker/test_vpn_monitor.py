"""Watching a container that looks like Gluetun."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, VpnMembership
from acedesk.model.snapshot import EngineView, VpnState, VpnView
from acedesk.settings import Settings
from acedesk.vpn.gluetun import GluetunControl
from acedesk.vpn.monitor import VpnMonitor
from tests.docker import images
from tests.docker.conftest import TEST_LABEL

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("gluetun")]


@pytest.fixture
async def control() -> AsyncIterator[GluetunControl]:
    made = GluetunControl()
    yield made
    await made.close()


@pytest.fixture
def monitor(runtime: DockerRuntime, control: GluetunControl, run_id: str) -> VpnMonitor:
    settings = Settings(gluetun_container=f"gluetun-{run_id}")
    return VpnMonitor(runtime, lambda: settings, control)


def _run(image: str, run: str, *options: str) -> str:
    name = f"gluetun-{run}"
    label = f"{TEST_LABEL}={run}"
    return images.docker("run", "-d", "--name", name, "--label", label, *options, image)


async def _until(monitor: VpnMonitor, state: VpnState) -> VpnView:
    async with asyncio.timeout(20):
        while monitor.view.state is not state:
            await monitor.check_now()
    return monitor.view


async def test_a_healthy_gluetun_is_connected_and_tells_where(
    monitor: VpnMonitor, gluetun_image: str, run_id: str
) -> None:
    container = _run(gluetun_image, run_id, "-p", "127.0.0.1::8000")

    view = await _until(monitor, VpnState.CONNECTED)
    async with asyncio.timeout(10):
        while monitor.view.control_note:  # its server may come up after the first health check
            await monitor.check_now()
        view = monitor.view

    assert (view.container_name, view.health) == (f"gluetun-{run_id}", "healthy")
    assert (view.public_ip, view.country, view.city) == ("185.1.2.3", "Netherlands", "Delft")
    assert (view.forwarded_port, view.vpn_status) == (51234, "running")
    assert view.provider == "mullvad"
    assert view.started_time is not None
    assert "secret" not in repr(view)
    images.docker("exec", container, "rm", "/healthy")
    assert (await _until(monitor, VpnState.UNHEALTHY)).public_ip == "185.1.2.3"


async def test_the_containers_own_address_serves_where_no_port_is_published(
    monitor: VpnMonitor, gluetun_image: str, run_id: str
) -> None:
    _run(gluetun_image, run_id)

    async with asyncio.timeout(10):
        while not monitor.view.public_ip:
            await monitor.check_now()

    assert monitor.view.forwarded_port == 51234


async def test_a_stopped_gluetun_is_told_apart_from_an_absent_one(
    monitor: VpnMonitor, gluetun_image: str, run_id: str
) -> None:
    container = _run(gluetun_image, run_id)
    images.docker("kill", container)

    await monitor.check_now()

    assert (monitor.view.state, monitor.view.public_ip) == (VpnState.STOPPED, "")


async def test_another_name_is_found_by_its_image(
    runtime: DockerRuntime, control: GluetunControl, gluetun_image: str, run_id: str
) -> None:
    settings = Settings(gluetun_container="nobody-has-this-name")
    monitor = VpnMonitor(runtime, lambda: settings, control)
    container = _run(gluetun_image, run_id)

    await monitor.check_now()

    found = await runtime.find_by_image("gluetun")
    assert container in found
    assert monitor.view.image.startswith("acedesk-test/gluetun:")  # perhaps of a parallel test


async def test_a_helper_whose_images_name_contains_gluetun_is_not_taken_for_it(
    runtime: DockerRuntime, engine_image: str, run_id: str
) -> None:
    helper = f"acedesk-test/gluetun-monitor:{run_id}"
    images.docker("tag", engine_image, helper)
    container = _run(helper, run_id)

    found = await runtime.find_by_image("gluetun")

    images.docker("rm", "-fv", container)
    images.docker("rmi", helper)
    assert container not in found


def _start_engine(image: str, run: str, network: str, *arguments: str) -> str:
    labels = ("--label", f"{TEST_LABEL}={run}", "--label", "app.acedesk.name=engine-7")
    return images.docker("run", "-d", "--network", network, *labels, image, *arguments)


async def test_an_engine_is_inside_by_its_own_network_and_forwarded_by_its_own_port(
    runtime: DockerRuntime,
    control: GluetunControl,
    gluetun_image: str,
    engine_image: str,
    run_id: str,
) -> None:
    container = _run(gluetun_image, run_id)
    inside = _start_engine(engine_image, run_id, f"container:gluetun-{run_id}", "--port", "51234")
    other = _start_engine(engine_image, run_id, f"container:{container[:12]}")
    outside = _start_engine(engine_image, run_id, "bridge", "--port", "51234")
    settings, told = Settings(gluetun_container=f"gluetun-{run_id}"), list[VpnMembership]()
    engines = [
        EngineView(
            id=EngineId(one),
            name=f"engine-{number}",
            backend=BackendKind.DOCKER,
            host="127.0.0.1",
            port=0,
            health=EngineHealth.READY,
            container_id=one,
        )
        for number, one in enumerate((inside, other, outside), 1)
    ]
    monitor = VpnMonitor(
        runtime, lambda: settings, control, engines=lambda: engines, tell_members=told.append
    )

    async with asyncio.timeout(20):
        while monitor.view.forwarded_port is None:
            await monitor.check_now()

    assert told[-1].container == f"gluetun-{run_id}"
    assert told[-1].engines == {inside, other}
    assert told[-1].forwarded == {inside}
    assert monitor.view.engines == ("engine-1", "engine-2")


async def test_the_service_looks_by_itself_and_signals_changes(
    runtime: DockerRuntime, control: GluetunControl, gluetun_image: str, run_id: str
) -> None:
    settings = dataclasses.replace(Settings(), gluetun_container=f"gluetun-{run_id}")
    monitor = VpnMonitor(runtime, lambda: settings, control)
    changed = asyncio.Event()
    monitor.changed.connect(changed.set)
    _run(gluetun_image, run_id)

    running = tasks.spawn(monitor.run(), name="vpn")
    async with asyncio.timeout(20):
        while monitor.view.state is not VpnState.CONNECTED:
            await changed.wait()
            changed.clear()

    await tasks.cancel(running)


async def test_a_gluetun_that_is_started_is_seen_at_once(
    runtime: DockerRuntime, control: GluetunControl, gluetun_image: str, run_id: str
) -> None:
    settings = dataclasses.replace(Settings(), gluetun_container=f"gluetun-{run_id}")
    monitor = VpnMonitor(runtime, lambda: settings, control)
    changed, connected = asyncio.Event(), asyncio.Event()
    monitor.changed.connect(changed.set)
    runtime.container_changed.connect(lambda _: connected.set())

    async def watch() -> None:
        async for _ in runtime.watch({"nobody": "has this"}):
            pass

    running = [tasks.spawn(one, name="test") for one in (watch(), monitor.run())]

    async def until(state: VpnState) -> None:
        while monitor.view.state is not state:
            changed.clear()
            await changed.wait()

    async with asyncio.timeout(20):
        await connected.wait()
        await until(VpnState.ABSENT)
        await asyncio.to_thread(_run, gluetun_image, run_id)
        await until(VpnState.CONNECTED)

    for task in running:
        await tasks.cancel(task)
