"""What the container and its control server add up to."""

import dataclasses

import pytest

from acedesk.containers.runtime import NAME_LABEL, ContainerInfo
from acedesk.model.engine import BackendKind, EngineHealth, EngineId
from acedesk.model.snapshot import EngineView, VpnState
from acedesk.settings import Settings
from acedesk.vpn.gluetun import ControlReport, GluetunControl
from acedesk.vpn.monitor import VpnMonitor, control_url, engines_behind, judge

GLUETUN = ContainerInfo(
    id="a" * 64, name="gluetun", image="qmcgaw/gluetun", running=True, status="running"
)


def _info(**facts: object) -> ContainerInfo:
    return dataclasses.replace(GLUETUN, **facts)  # type: ignore[arg-type]  # facts are fields


def _engine(name: str, host: str, port: int, container_id: str = "") -> EngineView:
    return EngineView(
        id=EngineId(name),
        name=name,
        backend=BackendKind.STATIC,
        host=host,
        port=port,
        health=EngineHealth.READY,
        container_id=container_id,
    )


@pytest.mark.parametrize(
    ("info", "report", "state"),
    [
        (_info(running=False), ControlReport(), VpnState.STOPPED),
        (_info(health="healthy"), ControlReport(note="asks for a key"), VpnState.CONNECTED),
        (_info(health="unhealthy"), ControlReport(public_ip="1.2.3.4"), VpnState.UNHEALTHY),
        (_info(health="starting"), ControlReport(public_ip="1.2.3.4"), VpnState.CONNECTING),
        (_info(), ControlReport(), VpnState.CONNECTING),
        (_info(), ControlReport(status="running", public_ip="1.2.3.4"), VpnState.CONNECTED),
        (_info(), ControlReport(status="crashed", public_ip="1.2.3.4"), VpnState.CONNECTING),
    ],
)
def test_health_decides_and_the_control_server_stands_in_for_it(
    info: ContainerInfo, report: ControlReport, state: VpnState
) -> None:
    assert judge(info, report) is state


@pytest.mark.parametrize(
    ("facts", "url"),
    [
        ({"published": {8000: ("127.0.0.1", 9000)}}, "http://127.0.0.1:9000"),
        ({"published": {8000: ("0.0.0.0", 9000)}}, "http://127.0.0.1:9000"),
        ({"published": {8000: ("::1", 9000)}}, "http://[::1]:9000"),
        (
            {"published": {8888: ("0.0.0.0", 8888)}, "address": "172.17.0.2"},
            "http://172.17.0.2:8000",
        ),
        ({}, ""),
    ],
)
def test_a_published_control_port_goes_before_the_containers_address(
    facts: dict[str, object], url: str
) -> None:
    assert control_url(_info(**facts), 8000) == url


def test_engines_behind_the_vpn_are_found_by_network_and_by_port() -> None:
    gluetun = _info(published={6878: ("0.0.0.0", 16878)})
    sharing = (
        _info(id="b" * 64, name="acedesk-engine-2", labels={NAME_LABEL: "engine-2"}),
        _info(id="c" * 64, name="other"),
    )
    engines = (
        _engine("127.0.0.1:16878", "127.0.0.1", 16878),
        _engine("192.168.1.5:16878", "192.168.1.5", 16878),
        _engine("engine-1", "127.0.0.1", 40000, container_id="d" * 64),
        _engine("engine-10", "127.0.0.1", 40001, container_id="c" * 64),
    )

    assert engines_behind(gluetun, sharing, engines) == (
        "127.0.0.1:16878",
        "engine-2",
        "engine-10",
    )


async def test_without_docker_nothing_can_be_seen() -> None:
    told: list[VpnState] = []
    monitor = VpnMonitor(None, Settings, GluetunControl())
    monitor.changed.connect(lambda: told.append(monitor.view.state))

    await monitor.check_now()
    await monitor.check_now()

    assert told == [VpnState.NO_RUNTIME]
