"""Watching a container that looks like Gluetun."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.model.snapshot import VpnState, VpnView
from acedesk.settings import Settings
from acedesk.vpn.gluetun import GluetunControl
from acedesk.vpn.monitor import VpnMonitor
from tests.docker import images
from tests.docker.conftest import TEST_LABEL

pytestmark = pytest.mark.docker


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
    _run(gluetun_image, run_id)

    await monitor.check_now()

    assert monitor.view.container_name.startswith("gluetun-")  # perhaps that of a parallel test
    assert "gluetun" in monitor.view.image


async def test_an_engine_in_its_network_is_named(
    monitor: VpnMonitor, gluetun_image: str, engine_image: str, run_id: str
) -> None:
    container = _run(gluetun_image, run_id)
    images.docker(
        *("run", "-d", "--network", f"container:{container}", "--label", f"{TEST_LABEL}={run_id}"),
        *("--label", "app.acedesk.name=engine-7", engine_image),
    )

    await monitor.check_now()

    assert monitor.view.engines == ("engine-7",)


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
