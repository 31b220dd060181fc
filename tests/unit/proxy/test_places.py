"""Packed or not, places are found as they were put in."""

from hypothesis import given
from hypothesis import strategies as st

from acedesk.proxy.places import Place, Places

steps = st.lists(
    st.builds(
        Place,
        number=st.integers(0, 3),  # chunks later than the place before
        at=st.integers(0, 2**20),
        tables=st.binary(max_size=400),
        clock=st.floats(0, 5),  # seconds later
    ),
    max_size=30,
)


def put_in(added: list[Place]) -> tuple[Places, list[Place]]:
    """Return the places of a stream, and the same as a plain list."""
    places, plain = Places(), list[Place]()
    number, clock = 0, 0.0
    for step in added:
        number, clock = number + step.number, clock + step.clock
        plain.append(step._replace(number=number, clock=clock))
        places.add(plain[-1])
    return places, plain


@given(steps, st.integers(0, 60))
def test_places_since_a_chunk_come_as_they_were(added: list[Place], first: int) -> None:
    places, plain = put_in(added)

    assert places.since(first) == [place for place in plain if place.number >= first]
    assert places.newest == (plain[-1] if plain else None)


@given(steps, st.floats(-1, 100))
def test_the_newest_that_is_old_enough_is_found(added: list[Place], clock: float) -> None:
    places, plain = put_in(added)

    old_enough = [place for place in plain if place.clock <= clock] or plain[:1]

    assert places.back(clock) == (old_enough[-1] if old_enough else None)


@given(steps, st.integers(0, 60))
def test_places_of_chunks_that_are_gone_are_forgotten(added: list[Place], first: int) -> None:
    places, plain = put_in(added)

    places.drop_before(first)

    assert places.since(0) == [place for place in plain if place.number >= first]
    places.clear()
    assert places.newest is None
