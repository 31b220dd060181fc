"""Packed or not, places are found as they were put in."""

from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts.scan import Entry
from acedesk.proxy.buffer.random_access_points import RandomAccessPoint, RandomAccessPoints

steps = st.lists(
    st.builds(
        RandomAccessPoint,
        number=st.integers(0, 3),  # chunks later than the place before
        at=st.integers(0, 2**20),
        tables=st.binary(max_size=400),
        clock=st.floats(0, 5),  # seconds later
    ),
    max_size=30,
)


def put_in(added: list[RandomAccessPoint]) -> tuple[RandomAccessPoints, list[RandomAccessPoint]]:
    """Return the places of a stream, and the same as a plain list."""
    access_points, plain = RandomAccessPoints(), list[RandomAccessPoint]()
    number, clock = 0, 0.0
    for step in added:
        number, clock = number + step.number, clock + step.clock
        plain.append(step._replace(number=number, clock=clock))
        access_points.add(plain[-1])
    return access_points, plain


@given(steps, st.integers(0, 60))
def test_places_since_a_chunk_come_as_they_were(added: list[RandomAccessPoint], first: int) -> None:
    access_points, plain = put_in(added)

    assert access_points.since(first) == [
        access_point for access_point in plain if access_point.number >= first
    ]
    assert access_points.newest == (plain[-1] if plain else None)


@given(steps, st.floats(-1, 100))
def test_the_newest_that_is_old_enough_is_found(
    added: list[RandomAccessPoint], clock: float
) -> None:
    access_points, plain = put_in(added)

    old_enough = [access_point for access_point in plain if access_point.clock <= clock] or plain[
        :1
    ]

    assert access_points.back(clock) == (old_enough[-1] if old_enough else None)


@given(steps, st.integers(0, 60))
def test_places_of_chunks_that_are_gone_are_forgotten(
    added: list[RandomAccessPoint], first: int
) -> None:
    access_points, plain = put_in(added)

    access_points.drop_before(first)

    assert access_points.since(0) == [
        access_point for access_point in plain if access_point.number >= first
    ]
    access_points.clear()
    assert access_points.newest is None


def noted(*entries: tuple[int, bytes, float], spliced_at: int = 0) -> list[int]:
    """Return the chunks whose entries are kept of these: chunk, tables, seconds of media."""
    access_points = RandomAccessPoints()
    for number, tables, clock in entries:
        access_points.note(number, Entry(0, tables), clock, spliced_at)
    return [access_point.number for access_point in access_points.since(0)]


def test_every_keyframe_is_kept() -> None:
    assert noted((0, b"T", 0.0), (1, b"T", 0.01), (2, b"T", 0.02)) == [0, 1, 2]


def test_tables_alone_are_kept_where_nothing_is_near() -> None:
    assert noted((0, b"", 0.0), (1, b"", 0.4), (2, b"", 0.5), (3, b"T", 0.6)) == [0, 2, 3]


def test_the_first_tables_of_another_feed_are_kept() -> None:
    assert noted((0, b"", 0.0), (3, b"", 0.1), (4, b"", 0.2), spliced_at=2) == [0, 3]
