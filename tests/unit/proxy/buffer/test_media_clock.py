"""Seconds of media: by clock references where they come, by arrival where they do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts.packets import PCR_HZ, PCR_WRAP
from acedesk.proxy.buffer.media_clock import CLOCK_JUMP, PCR_MISSING, MediaClock


def test_the_first_arrival_is_the_beginning() -> None:
    clock = MediaClock()

    assert clock.advance(None, 1000.0) == 0.0
    assert clock.advance(None, 1002.5) == 2.5


def test_references_count_and_not_the_arrival() -> None:
    clock = MediaClock()
    clock.advance(5 * PCR_HZ, 1000.0)

    assert clock.advance(8 * PCR_HZ, 1000.1) == 3.0
    assert (clock.seconds, clock.pcr) == (3.0, 8 * PCR_HZ)


def test_it_goes_on_over_the_wrap_of_the_references() -> None:
    clock = MediaClock()
    clock.advance(PCR_WRAP - PCR_HZ, 1000.0)

    assert clock.advance(PCR_HZ, 1000.0) == 2.0


def test_a_jump_of_the_references_is_no_media() -> None:
    clock = MediaClock()
    clock.advance(0, 1000.0)

    assert clock.advance(int((CLOCK_JUMP + 1) * PCR_HZ), 1000.5) == 0.5
    assert clock.advance(int((CLOCK_JUMP + 2) * PCR_HZ), 1001.0) == 1.5


def test_without_references_it_goes_by_arrival_after_a_while() -> None:
    clock = MediaClock()
    clock.advance(0, 1000.0)
    for number in range(1, 101):
        clock.advance(None, 1000.0 + number / 20)

    assert clock.seconds == pytest.approx(5.0 - PCR_MISSING, abs=0.1)


def test_what_went_by_arrival_is_not_counted_twice() -> None:
    clock = MediaClock()
    clock.advance(0, 1000.0)
    for number in range(1, 101):
        clock.advance(None, 1000.0 + number / 20)

    assert clock.advance(6 * PCR_HZ, 1006.0) == pytest.approx(6.0)


@given(
    st.lists(
        st.tuples(st.none() | st.integers(0, PCR_WRAP - 1), st.floats(0, 5)),
        max_size=50,
    )
)
def test_it_never_goes_back(arrivals: list[tuple[int | None, float]]) -> None:
    clock, now, before = MediaClock(), 1000.0, 0.0
    for pcr, pause in arrivals:
        now += pause
        after = clock.advance(pcr, now)
        assert after >= before
        before = after
