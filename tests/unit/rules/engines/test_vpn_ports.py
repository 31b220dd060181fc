"""Examples and properties of the ports in a shared network."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.rules.engines.vpn_ports import (
    GLUETUN_PORTS,
    LOWEST,
    EnginePorts,
    choose_ports,
    count_places,
    usable_ports,
)

published_ports = st.one_of(
    st.sets(st.integers(1, 65535), max_size=60),
    st.builds(
        lambda first, count: set(range(first, first + count)),
        st.integers(1, 60000),
        st.integers(0, 60),
    ),
)


def _fill(
    published: set[int], engines: int, forwarded: int | None, control_port: int = 8000
) -> list[EnginePorts]:
    """Make engines until there are enough or there is no port."""
    usable = usable_ports(published, control_port)
    made: list[EnginePorts] = []
    while len(made) < engines:
        ports = choose_ports(
            usable, made, engines=engines, forwarded=forwarded, control_port=control_port
        )
        if ports is None:
            break
        made.append(ports)
    return made


def test_what_gluetun_needs_itself_is_no_engines() -> None:
    assert usable_ports([8888, 80, 9100, 19001, 19000, 8000], 9100) == (19000, 19001)


def test_a_range_for_both_gives_both() -> None:
    made = _fill(set(range(19000, 19040)), 20, None)

    assert [one.http for one in made] == list(range(19000, 19020))
    assert sorted(one.p2p for one in made) == list(range(19020, 19040))


def test_a_range_for_all_engines_is_not_halved_by_the_ports_for_peers() -> None:
    made = _fill(set(range(19000, 19020)), 20, None)

    assert [one.http for one in made] == list(range(19000, 19020))
    assert all(one.p2p not in range(19000, 19020) for one in made)


def test_one_published_port_is_enough_for_one_engine() -> None:
    made = _fill({6878}, 20, 51234)

    assert made == [EnginePorts(http=6878, p2p=51234, forwarded=True)]


def test_the_forwarded_port_goes_to_the_next_engine_when_its_owner_is_gone() -> None:
    usable = tuple(range(19000, 19010))
    first = choose_ports(usable, [], engines=5, forwarded=51234)
    assert first is not None
    assert first.forwarded

    second = choose_ports(usable, [first], engines=5, forwarded=51234)
    again = choose_ports(usable, [second] if second else [], engines=5, forwarded=51234)

    assert second is not None
    assert not second.forwarded
    assert again is not None
    assert again.p2p == 51234


@pytest.mark.parametrize("usable", [(), (19000,)])
def test_without_a_free_published_port_there_is_no_engine(usable: tuple[int, ...]) -> None:
    others = [EnginePorts(http=19000, p2p=8621)]

    assert choose_ports(usable, others, engines=5) is None


@given(
    published=published_ports,
    engines=st.integers(1, 25),
    forwarded=st.none() | st.integers(1, 65535),
    control_port=st.integers(1, 65535),
)
def test_no_two_engines_share_a_port_and_one_has_the_forwarded_one(
    published: set[int], engines: int, forwarded: int | None, control_port: int
) -> None:
    made = _fill(published, engines, forwarded, control_port)

    ports = [port for one in made for port in one.all]
    assert len(ports) == len(set(ports)) == 4 * len(made)
    assert not set(ports) & (GLUETUN_PORTS | {control_port})
    assert all(one.http in published for one in made)
    assert all(LOWEST <= port <= 65535 for one in made for port in one.all - {forwarded})
    owners = [one for one in made if forwarded in one.all]
    assert [one.forwarded for one in made].count(True) == len(owners) <= 1
    if forwarded is not None and made and forwarded not in GLUETUN_PORTS | {control_port}:
        assert made[0].p2p == forwarded


@given(first=st.integers(10_000, 16_000), engines=st.integers(1, 25))
def test_a_range_of_as_many_ports_as_engines_is_enough(first: int, engines: int) -> None:
    made = _fill(set(range(first, first + engines)), engines, None)

    assert len(made) == engines


@given(published_ports, st.integers(1, 80), st.sampled_from([8000, 19000]))
def test_so_many_engines_find_a_port_as_are_counted(
    published: set[int], engines: int, control_port: int
) -> None:
    usable = usable_ports(published, control_port)

    places = count_places(usable, engines=engines, control_port=control_port)

    made = _fill(published, engines, None, control_port)
    assert len(made) == min(places, engines)
