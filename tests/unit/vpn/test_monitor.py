"""What the container and its control server add up to."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import pytest

from acedesk import tasks
from acedesk.containers.runtime import NAME_LABEL, ContainerInfo
from acedesk.errors import ContainerError, RuntimeState, RuntimeUnavailable
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, VpnMembership
from acedesk.model.snapshot import EngineView, VpnState
from acedesk.settings import Settings
from acedesk.vpn import monitor
from acedesk.vpn.gluetun import ControlReport, GluetunControl
from acedesk.vpn.monitor import VpnMonitor, judge
from tests.fakes.containers import FakeRuntime

GLUETUN = ContainerInfo(
    id="a" * 64, name="gluetun", image="qmcgaw/gluetun", running=True, status="running"
)


def _info(**facts: object) -> ContainerInfo:
    return dataclasses.replace(GLUETUN, **facts)  # type: ignore[arg-type]  # facts are fields


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


async def test_without_docker_nothing_can_be_seen() -> None:
    told: list[VpnState] = []
    monitor = VpnMonitor(None, Settings, GluetunControl())
    monitor.changed.connect(lambda: told.append(monitor.view.state))

    await monitor.check_now()
    await monitor.check_now()

    assert told == [VpnState.NO_RUNTIME]


class _Watched:
    """A monitor over a Docker in memory; the containers have no control server to be asked."""

    def __init__(self) -> None:
        self.docker = FakeRuntime()
        self.engines: list[EngineView] = []
        self.told: list[VpnMembership] = []
        self.monitor = VpnMonitor(
            self.docker,
            Settings,
            GluetunControl(),
            engines=lambda: self.engines,
            tell_members=self._hear,
        )
        self.looked = asyncio.Event()

    def _hear(self, members: VpnMembership) -> None:
        self.told.append(members)
        self.looked.set()

    async def until_looked(self) -> None:
        """Wait for the end of the next look."""
        self.looked.clear()
        async with asyncio.timeout(5):
            await self.looked.wait()

    def put(self, container: str, image: str, *, network: str = "", name: str = "") -> str:
        """Let a container exist; with a name it is one of an engine."""
        info = self.docker.put(container, {NAME_LABEL: name} if name else {})
        self.docker.containers[info.id] = dataclasses.replace(
            info, image=image, network_container=network, published={}
        )
        return info.id

    def know(self, container: str, name: str) -> EngineId:
        """Let the engine in a container be one of ours."""
        view = EngineView(
            id=EngineId(container),
            name=name,
            backend=BackendKind.DOCKER,
            host="127.0.0.1",
            port=6878,
            health=EngineHealth.READY,
            container_id=container,
        )
        self.engines.append(view)
        return view.id


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({}, False),
        ({"gluetun_container": "gluetun"}, False),
        ({"gluetun_container": ""}, False),
        ({"gluetun_container": "my-vpn"}, True),
        ({"engines_in_vpn": True}, True),
        ({"require_vpn": True}, True),
    ],
)
async def test_a_vpn_is_wanted_where_the_settings_say_so(
    values: dict[str, Any], *, wanted: bool
) -> None:
    monitor = VpnMonitor(FakeRuntime(), lambda: Settings(**values), GluetunControl())

    await monitor.check_now()

    assert monitor.view.wanted is wanted


@pytest.fixture
def watched() -> _Watched:
    return _Watched()


async def test_a_helper_with_gluetun_in_its_name_is_not_taken_for_the_vpn(
    watched: _Watched,
) -> None:
    watched.put("a", "ghcr.io/csmarshall/gluetun-monitor:2")
    await watched.monitor.check_now()
    assert watched.monitor.view.state is VpnState.ABSENT

    watched.put("b", "qmcgaw/gluetun:v3.39")
    await watched.monitor.check_now()
    assert watched.monitor.view.image == "qmcgaw/gluetun:v3.39"


async def test_an_engine_outside_is_not_inside_by_the_name_of_another(watched: _Watched) -> None:
    vpn = watched.put("a", "qmcgaw/gluetun")
    watched.put("b", "engine", network=vpn, name="engine-1")
    outside = watched.know(watched.put("c", "engine", name="engine-1"), "engine-1")

    await watched.monitor.check_now()

    assert outside not in watched.told[-1].engines
    assert watched.monitor.view.engines == ()


async def test_who_is_inside_is_told_before_the_change_is_signalled(watched: _Watched) -> None:
    vpn = watched.put("a", "qmcgaw/gluetun")
    inside = watched.know(watched.put("b", "engine", network=vpn), "engine-2")
    seen: list[VpnMembership] = []
    watched.monitor.changed.connect(lambda: seen.append(watched.told[-1]))

    await watched.monitor.check_now()

    (members,) = seen
    assert (members.container, members.engines) == ("some-a", frozenset({inside}))
    assert watched.monitor.view.engines == ("engine-2",)


async def test_who_is_inside_stays_so_while_docker_cannot_be_seen(watched: _Watched) -> None:
    vpn = watched.put("a", "qmcgaw/gluetun")
    inside = watched.know(watched.put("b", "engine", network=vpn), "engine-1")
    await watched.monitor.check_now()
    watched.docker.errors["inspect"] = [
        RuntimeUnavailable(RuntimeState.NOT_RUNNING, "it is stopped"),
        ContainerError("inspect", "it is being removed"),
    ]

    for state in (VpnState.NO_RUNTIME, VpnState.UNKNOWN):
        await watched.monitor.check_now()

        assert watched.monitor.view.state is state
        assert watched.told[-1].engines == {inside}


async def test_an_engine_in_the_network_of_a_vpn_that_is_gone_is_not_outside(
    watched: _Watched,
) -> None:
    vpn = watched.put("a", "qmcgaw/gluetun")
    inside = watched.know(watched.put("b", "engine", network=vpn), "engine-1")
    await watched.monitor.check_now()

    del watched.docker.containers[vpn]
    await watched.monitor.check_now()

    assert watched.monitor.view.state is VpnState.ABSENT
    members = watched.told[-1]
    assert (members.container, members.engines) == ("some-a", frozenset({inside}))
    assert members.trouble == "There is no Gluetun container."


async def test_members_are_told_whether_the_vpn_is_connected(watched: _Watched) -> None:
    vpn = watched.put("a", "qmcgaw/gluetun")
    await watched.monitor.check_now()
    assert watched.told[-1].trouble.endswith("is building the tunnel.")

    healthy = dataclasses.replace(watched.docker.containers[vpn], health="healthy")
    watched.docker.containers[vpn] = healthy
    await watched.monitor.check_now()
    assert watched.told[-1].trouble == ""

    del watched.docker.containers[vpn]
    await watched.monitor.check_now()
    assert watched.told[-1].trouble == "There is no Gluetun container."


@pytest.fixture
async def looking(watched: _Watched) -> AsyncIterator[_Watched]:
    """A monitor that runs while Docker's events are read; it has found no VPN."""
    async with contextlib.aclosing(watched.docker.watch({})) as events:
        await anext(events)
        running = tasks.spawn(watched.monitor.run(), name="vpn")
        await watched.until_looked()
        assert watched.monitor.view.state is VpnState.ABSENT
        yield watched
        await tasks.cancel(running)


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("qmcgaw/gluetun:v3", ""),
        ("registry:5000/me/gluetun@sha256:1", ""),
        ("my-own-vpn", "gluetun"),
    ],
)
async def test_a_vpn_that_comes_is_seen_at_once(looking: _Watched, image: str, name: str) -> None:
    vpn = looking.put("a", image)
    if name:
        named = dataclasses.replace(looking.docker.containers[vpn], name=name)
        looking.docker.containers[vpn] = named

    looking.docker.tell("create", vpn)

    await looking.until_looked()
    assert looking.monitor.view.state is VpnState.CONNECTING


async def test_a_vpn_that_changes_is_seen_at_once(looking: _Watched) -> None:
    vpn = looking.put("a", "qmcgaw/gluetun")
    looking.docker.tell("start", vpn)
    await looking.until_looked()

    stopped = dataclasses.replace(looking.docker.containers[vpn], running=False)
    looking.docker.containers[vpn] = stopped
    looking.docker.tell("die", vpn)

    await looking.until_looked()
    assert looking.monitor.view.state is VpnState.STOPPED


async def test_containers_of_others_make_nobody_look_for_a_vpn(
    looking: _Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(monitor, "PAUSE", 0.0)
    asked = looking.docker.asked.copy()
    other = looking.put("b", "ghcr.io/me/gluetun-monitor:2")

    for action in ("create", "start", "health_status: healthy", "die", "destroy"):
        looking.docker.tell(action, other)
    looking.monitor.wake()  # this look comes after any that they would have made
    await looking.until_looked()

    found = looking.docker.asked - asked
    assert set(found.values()) == {1}


@pytest.mark.parametrize(
    ("docker", "watched_now", "expected"),
    [
        (True, False, [10.0, 20.0, 30.0, 30.0]),
        (False, False, [10.0, 20.0, 30.0, 30.0]),
        (True, True, [monitor.TOLD_INTERVAL] * 4),
    ],
)
async def test_without_a_vpn_docker_is_asked_less_and_hardly_while_it_tells_what_happens(
    watched: _Watched,
    monkeypatch: pytest.MonkeyPatch,
    *,
    docker: bool,
    watched_now: bool,
    expected: list[float],
) -> None:
    waits: list[float] = []

    def time_out(limit: float) -> asyncio.Timeout:
        waits.append(limit)
        if len(waits) == len(expected):
            raise asyncio.CancelledError
        return asyncio.timeout_at(0)

    seen = watched.monitor if docker else VpnMonitor(None, Settings, GluetunControl())
    async with contextlib.AsyncExitStack() as stack:
        if watched_now:
            events = watched.docker.watch({})
            await stack.enter_async_context(contextlib.aclosing(events))
            await anext(events)
        with monkeypatch.context() as patched, pytest.raises(asyncio.CancelledError):
            patched.setattr(asyncio, "timeout", time_out)
            await seen.run()

    assert waits == expected
