import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.formats.byte_range import (
    ByteRange,
    ContentRange,
    parse_content_range,
    parse_range,
    unsatisfied,
)

ranges = st.one_of(
    st.builds(ByteRange, st.none(), st.integers(0, 10**18 - 1)),
    st.builds(ByteRange, st.integers(0, 10**18 - 1), st.none()),
    st.tuples(st.integers(0, 10**17), st.integers(0, 10**17)).map(
        lambda pair: ByteRange(min(pair), max(pair))
    ),
)


@given(ranges)
def test_a_range_is_read_back(wanted: ByteRange) -> None:
    assert parse_range(wanted.header) == wanted


@given(ranges, st.integers(0, 10**18))
def test_what_is_sent_lies_in_the_file_and_in_the_range(wanted: ByteRange, size: int) -> None:
    place = wanted.within(size)

    if place is not None:
        first, end = place
        assert 0 <= first < end <= size
        if wanted.first is not None:
            assert first == wanted.first


@pytest.mark.parametrize(
    ("header", "place"),
    [
        ("bytes=0-", (0, 100)),
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 20)),
        ("Bytes = 90 - 200", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-1000", (0, 100)),
        ("bytes=100-", None),
        ("bytes=-0", None),
    ],
)
def test_ranges_of_a_file_of_a_hundred_bytes(header: str, place: tuple[int, int] | None) -> None:
    wanted = parse_range(header)

    assert wanted is not None
    assert wanted.within(100) == place


@pytest.mark.parametrize(
    "header",
    ["", "bytes=", "bytes=-", "bytes=5-3", "bytes=0-1,5-6", "items=0-1", "bytes=a-b", "bytes=٣-",
     f"bytes={'9' * 19}-"],
)  # fmt: skip
def test_what_is_no_single_range_is_ignored(header: str) -> None:
    assert parse_range(header) is None


def test_players_ask_for_all_with_a_range() -> None:
    assert ByteRange(0, None).is_all
    assert not ByteRange(0, 5).is_all


@given(st.integers(0, 10**17), st.integers(0, 10**17), st.none() | st.integers(1, 10**6))
def test_a_content_range_is_read_back(one: int, other: int, more: int | None) -> None:
    last = max(one, other)
    told = ContentRange(min(one, other), last, None if more is None else last + more)

    assert parse_content_range(told.header) == told


@pytest.mark.parametrize(
    "header", ["", "bytes */100", "bytes 5-3/10", "bytes 0-10/10", "bytes 0-/10", "bytes 0-1"]
)
def test_a_content_range_that_contradicts_itself_is_none(header: str) -> None:
    assert parse_content_range(header) is None


def test_a_416_tells_the_size() -> None:
    assert unsatisfied(100) == "bytes */100"
