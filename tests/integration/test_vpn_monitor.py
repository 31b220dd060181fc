"""The engine with the forwarded port, from what Docker and the control server tell to the pool."""

import dataclasses
from collections.abc import AsyncIterator

import pytest

from acedesk.containers.runtime import ContainerInfo
from acedesk.engines.pool import EnginePool
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.model.event import EventKind
from acedesk.model.snapshot import VpnState
from acedesk.settings import Settings
from acedesk.vpn import control_cache
from acedesk.vpn.gluetun import GluetunControl
from acedesk.vpn.monitor import VpnMonitor
from tests.fakes.containers import FakeRuntime
from tests.fakes.gluetun import FakeGluetun
from tests.fakes.notes import Notes


@pytest.fixture
async def server() -> AsyncIterator[FakeGluetun]:
    made = FakeGluetun()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def control() -> AsyncIterator[GluetunControl]:
    made = GluetunControl()
    yield made
    await made.close()


def _put(docker: FakeRuntime, container: str, **facts: object) -> ContainerInfo:
    made = docker.put(container, {})
    docker.containers[made.id] = dataclasses.replace(made, **facts)  # type: ignore[arg-type]  # facts are fields
    return docker.containers[made.id]


def _add(pool: EnginePool, container: str, name: str) -> EngineId:
    spec = EngineSpec(
        id=EngineId(container),
        name=name,
        backend=BackendKind.DOCKER,
        host="127.0.0.1",
        port=6878,
        container_id=container,
    )
    pool.add(spec, health=EngineHealth.READY)
    return spec.id


async def test_the_engine_with_the_forwarded_port_gets_streams_first(
    server: FakeGluetun, control: GluetunControl
) -> None:
    docker, pool = FakeRuntime(), EnginePool(Settings)
    vpn = _put(docker, "a", image="qmcgaw/gluetun", published={8000: ("127.0.0.1", server.port)})
    default = _put(docker, "b", network_container=vpn.id)
    told = _put(docker, "c", network_container=vpn.id, p2p_port=51234)
    outside = _put(docker, "d", p2p_port=51234)
    for number, one in enumerate((default, told, outside), 1):
        _add(pool, one.id, f"engine-{number}")
    monitor = VpnMonitor(docker, Settings, control, engines=pool.views, tell_members=pool.set_vpn)

    await monitor.check_now()

    assert [(one.vpn_container, one.forwarded) for one in pool.views()] == [
        (vpn.name, False),
        (vpn.name, True),
        ("", False),
    ]
    key = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
    assert pool.reserve(key).engine.name == "engine-2"


async def test_a_port_that_changes_or_is_no_longer_told_is_nobodys(
    server: FakeGluetun, control: GluetunControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_cache, "INTERVAL", 0.0)
    monkeypatch.setattr(control_cache, "PORT_AGE", 0.0)
    docker, pool = FakeRuntime(), EnginePool(Settings)
    vpn = _put(docker, "a", image="qmcgaw/gluetun", published={8000: ("127.0.0.1", server.port)})
    inside = _put(docker, "b", network_container=vpn.id, p2p_port=51234)
    _add(pool, inside.id, "engine-1")
    monitor = VpnMonitor(docker, Settings, control, engines=pool.views, tell_members=pool.set_vpn)
    seen = []

    for port in ("51234", "51235", "0"):
        server.bodies["/v1/portforward"] = f'{{"port": {port}}}'
        await monitor.check_now()
        seen.append((pool.views()[0].vpn_container, pool.views()[0].forwarded))

    assert seen == [(vpn.name, True), (vpn.name, False), (vpn.name, False)]


async def test_while_the_named_container_is_made_anew_no_other_stands_in_for_it(
    control: GluetunControl,
) -> None:
    docker = FakeRuntime()
    other = _put(docker, "other", image="qmcgaw/gluetun")
    settings = Settings(gluetun_container="named")
    monitor = VpnMonitor(docker, lambda: settings, control)
    seen = []

    for there in (False, True, False, True):
        for container in [one for one in docker.containers if one != other.id]:
            del docker.containers[container]
        if there:
            _put(docker, "named", image="qmcgaw/gluetun", name="named")
        await monitor.check_now()
        seen.append((monitor.view.state is VpnState.ABSENT, monitor.view.container_name))

    assert seen == [(False, other.name), (False, "named"), (True, ""), (False, "named")]


async def test_a_vpn_that_is_another_is_noted_once(
    server: FakeGluetun, control: GluetunControl
) -> None:
    docker, notes = FakeRuntime(), Notes()
    vpn = _put(docker, "a", image="qmcgaw/gluetun", published={8000: ("127.0.0.1", server.port)})
    monitor = VpnMonitor(docker, Settings, control, note=notes)
    for health in ("starting", "healthy", "healthy", "unhealthy"):
        docker.containers[vpn.id] = dataclasses.replace(docker.containers[vpn.id], health=health)
        await monitor.check_now()

    assert set(notes.kinds) == {EventKind.VPN_CHANGED}
    assert [data["after"] for *_, data in notes.all] == ["connecting", "connected", "unhealthy"]
    assert [data["before"] for *_, data in notes.all] == ["unknown", "connecting", "connected"]
