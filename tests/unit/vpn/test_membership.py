"""Who is inside the VPN, and who has its forwarded port."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.containers.runtime import NAME_LABEL, ContainerInfo
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, VpnMembership
from acedesk.model.snapshot import EngineView
from acedesk.vpn.membership import find_members, keep_members

FORWARDED = 51234


def container(
    container_id: str, *, p2p_port: int = 8621, published: int = 0, name: str = ""
) -> ContainerInfo:
    return ContainerInfo(
        id=container_id,
        name=name or f"some-{container_id}",
        image="engine:1",
        running=True,
        status="running",
        labels={NAME_LABEL: name},
        published={6878: ("0.0.0.0", published)} if published else {},
        p2p_port=p2p_port,
    )


def engine(
    engine_id: str,
    *,
    name: str = "engine-1",
    container_id: str = "",
    host: str = "127.0.0.1",
    port: int = 6878,
) -> EngineView:
    return EngineView(
        id=EngineId(engine_id),
        name=name,
        backend=BackendKind.DOCKER if container_id else BackendKind.STATIC,
        host=host,
        port=port,
        health=EngineHealth.READY,
        container_id=container_id,
    )


GLUETUN = container("gluetun-id", name="gluetun", published=16878)


def test_a_container_in_the_vpns_network_is_inside_before_its_engine_is_known() -> None:
    found = find_members(GLUETUN, [container("a")], [], None)

    assert found == VpnMembership(container="gluetun", engines=frozenset({EngineId("a")}))


def test_an_engine_with_an_id_of_its_own_is_inside_by_its_container() -> None:
    found = find_members(GLUETUN, [container("a")], [engine("own", container_id="a")], None)

    assert EngineId("own") in found.engines


def test_another_engine_of_the_same_name_is_not_inside() -> None:
    theirs = container("a", name="engine-1")
    ours = engine("b", name="engine-1", container_id="b")

    assert EngineId("b") not in find_members(GLUETUN, [theirs], [ours], None).engines


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.1.1", "::1"])
def test_this_computer_may_be_named_in_any_way(host: str) -> None:
    inside = engine("inside", host=host, port=16878)

    assert EngineId("inside") in find_members(GLUETUN, [], [inside], None).engines


def test_an_address_of_this_computer_that_the_vpn_publishes_is_inside() -> None:
    engines = [
        engine("inside", port=16878),
        engine("far", host="192.168.1.5", port=16878),
        engine("beside", port=6878),
        engine("contained", container_id="b", port=16878),
    ]

    assert find_members(GLUETUN, [], engines, None).engines == {EngineId("inside")}


def test_the_engine_that_listens_on_the_forwarded_port_has_it() -> None:
    sharing = [container("a"), container("b", p2p_port=FORWARDED)]
    engines = [
        engine("b-own", container_id="b"),
        engine("outside", container_id="c"),
        engine("unknown", port=16878),
    ]

    found = find_members(GLUETUN, sharing, engines, FORWARDED)

    assert found.forwarded == {EngineId("b"), EngineId("b-own")}


def test_without_a_forwarded_port_nobody_has_it() -> None:
    engines = [engine("unknown", port=16878)]

    for port in (None, 0, 9999):
        assert not find_members(GLUETUN, [container("a")], engines, port).forwarded


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from([8621, FORWARDED])), max_size=4),
    st.lists(st.sampled_from("abcdef"), unique=True),
    st.sampled_from([None, 0, 8621, FORWARDED]),
)
def test_who_is_forwarded_is_inside(
    sharing: list[tuple[str, int]], engines: list[str], port: int | None
) -> None:
    containers = [container(one, p2p_port=p2p_port) for one, p2p_port in sharing]
    views = [engine(f"engine-{one}", container_id=one) for one in engines]

    found = find_members(GLUETUN, containers, views, port)

    shared = {one for one, _ in sharing}
    assert found.forwarded <= found.engines
    for view in views:
        assert (view.id in found.engines) == (view.container_id in shared)


def test_containers_stay_inside_a_vpn_that_is_gone_and_addresses_do_not() -> None:
    before = find_members(
        GLUETUN, [container("a", p2p_port=FORWARDED)], [engine("address", port=16878)], FORWARDED
    )
    engines = [engine("a", container_id="a"), engine("address", port=16878), engine("b")]

    kept = keep_members(before, engines)

    assert kept == VpnMembership(container="gluetun", engines=frozenset({EngineId("a")}))
    assert keep_members(kept, []) == VpnMembership()
