"""The gate asks what holds now."""

import dataclasses
import pathlib

import pytest

from acedesk.engines.backend import Backend
from acedesk.engines.backends.docker_backend import LOCAL_ID, DockerBackend
from acedesk.engines.backends.native_backend import NativeBackend
from acedesk.engines.backends.native_programs import ProgramFinder
from acedesk.engines.making.vpn_gate import VpnGate
from acedesk.errors import BadRequest, Busy
from acedesk.model.engine import BackendId, BackendKind, EngineId, EngineSpec, VpnMembership
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from tests.fakes.containers import FakeRuntime

DOWN, UP = VpnMembership(trouble="It is down."), VpnMembership(trouble="")


@pytest.fixture
def local(tmp_path: pathlib.Path) -> Backend:
    return DockerBackend(FakeRuntime(), Settings, InstanceFile(tmp_path))


@pytest.fixture
def others(tmp_path: pathlib.Path) -> list[Backend]:
    nas, instance = BackendId("docker:nas"), InstanceFile(tmp_path)
    finder = ProgramFinder({"PATH": str(tmp_path), "HOME": str(tmp_path)}, tmp_path)
    return [
        DockerBackend(FakeRuntime(), Settings, instance, backend_id=nas),
        NativeBackend(Settings, tmp_path, finder=finder),
    ]


def test_without_the_settings_everything_passes(local: Backend, others: list[Backend]) -> None:
    gate = VpnGate(Settings, lambda: DOWN, LOCAL_ID)

    for backend in (local, *others):
        gate.check(backend)


def test_only_the_docker_of_the_vpn_passes_where_it_is_required(
    local: Backend, others: list[Backend]
) -> None:
    gate = VpnGate(lambda: Settings(require_vpn=True), lambda: UP, LOCAL_ID)

    gate.check(local)
    for backend in others:
        with pytest.raises(BadRequest):
            gate.check(backend)


def test_the_vpn_is_asked_each_time(local: Backend) -> None:
    vpn = [DOWN]
    gate = VpnGate(lambda: Settings(engines_in_vpn=True), lambda: vpn[0], LOCAL_ID)

    with pytest.raises(Busy, match="It is down"):
        gate.check(local)
    assert not gate.allows(local)

    vpn[0] = UP
    assert gate.allows(local)


def test_streams_have_to_leave_an_engine_outside_only_while_the_vpn_is_required() -> None:
    spec = EngineSpec(
        id=EngineId("one"), name="one", backend=BackendKind.DOCKER, host="127.0.0.1", port=9
    )
    settings = [Settings()]
    gate = VpnGate(lambda: settings[0], lambda: UP, LOCAL_ID)
    assert not gate.must_leave(spec)

    settings[0] = Settings(require_vpn=True)
    assert gate.must_leave(spec)


def _inside(number: int, **facts: object) -> EngineSpec:
    spec = EngineSpec(
        id=EngineId(f"e{number}"),
        name=f"engine-{number}",
        backend=BackendKind.DOCKER,
        backend_id=LOCAL_ID,
        host="127.0.0.1",
        port=29_000 + number,
        network_of="vpn",
    )
    return dataclasses.replace(spec, **facts)  # type: ignore[arg-type]  # facts are fields


CONNECTED = VpnMembership(container="gluetun", container_id="vpn", trouble="")
ONE, TWO = _inside(1), _inside(2)
OUTSIDE = _inside(3, network_of="")


@pytest.mark.parametrize(
    ("specs", "under_way", "crowded"),
    [
        ((ONE,), 0, False),
        ((ONE, TWO), 0, True),
        ((ONE,), 1, True),
        ((ONE, OUTSIDE), 0, False),
        ((TWO, _inside(4, backend_id="", backend=BackendKind.STATIC, network_of="")), 0, True),
    ],
)
def test_engines_inside_have_room_for_another_while_a_port_is_left(
    specs: tuple[EngineSpec, ...], under_way: int, crowded: bool
) -> None:
    vpn = dataclasses.replace(CONNECTED, engines=frozenset({EngineId("e2"), EngineId("e4")}))
    gate = VpnGate(
        lambda: Settings(engines_in_vpn=True), lambda: vpn, LOCAL_ID, lambda: (19_000, 19_001)
    )
    beside = sum(one.backend_id == LOCAL_ID for one in specs)

    found = gate.crowded(specs, {LOCAL_ID: beside + under_way})

    inside = {one.id for one in specs if one.backend_id == LOCAL_ID and one is not OUTSIDE}
    assert found == (inside if crowded else set())


@pytest.mark.parametrize(
    ("settings", "vpn"),
    [(Settings(), CONNECTED), (Settings(engines_in_vpn=True), VpnMembership())],
)
def test_without_a_vpn_that_is_wanted_nothing_is_crowded(
    settings: Settings, vpn: VpnMembership
) -> None:
    gate = VpnGate(lambda: settings, lambda: vpn, LOCAL_ID, lambda: (19_000,))

    assert gate.crowded([ONE, TWO], {LOCAL_ID: 2}) == frozenset()
