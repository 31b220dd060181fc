"""Which of two feeds falls behind, by their own clocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts.feed_clock import IN_TIME, LOOK, WORTH_IT, FeedClock, FeedClocks
from acedesk.mpegts.matching import SAME_TIMELINE
from acedesk.mpegts.packets import PCR_HZ, PCR_WRAP
from tests import transport

BEGIN = 10**9
NOW = 50.0


def stamped(*ticks: int) -> bytes:
    """Return pictures with these clock references."""
    return b"".join(
        transport.picture(number, keyframe=False, ticks=at % PCR_WRAP)
        for number, at in enumerate(ticks)
    )


def at(ticks: int, since: float = NOW, first: int | None = None) -> FeedClock:
    """Return the clock of a feed that is at `ticks` now, and was at `first` at `since`."""
    clock = FeedClock()
    if first is not None:
        clock.take(stamped(first), since)
    clock.take(stamped(ticks), NOW)
    return clock


def test_the_last_reference_is_the_newest() -> None:
    clock = FeedClock()
    assert clock.newest is None

    clock.take(stamped(BEGIN, BEGIN + 5), NOW)
    clock.take(transport.filler(2), NOW + 1.0)

    assert clock.newest == BEGIN + 5


def test_a_feed_without_a_clock_has_none() -> None:
    clock = FeedClock()

    clock.take(transport.filler(0) + transport.pat(), NOW)
    clock.take(b"", NOW)

    assert clock.newest is None
    assert clock.rate(NOW + 10.0) is None


@pytest.mark.parametrize(
    ("ahead", "faster"),
    [
        (-PCR_HZ, False),
        (0, False),
        (WORTH_IT - 1, False),
        (WORTH_IT, True),
        (60 * PCR_HZ, True),
        (SAME_TIMELINE, True),
    ],
)
def test_a_feed_that_is_clearly_ahead_is_faster(ahead: int, faster: bool) -> None:
    assert at(BEGIN + ahead).is_faster_than(at(BEGIN), NOW) is faster


def test_a_clock_that_begins_anew_is_still_ahead() -> None:
    assert at(PCR_HZ).is_faster_than(at(PCR_WRAP - PCR_HZ), NOW)
    assert not at(PCR_WRAP - PCR_HZ).is_faster_than(at(PCR_HZ), NOW)


def test_before_both_have_a_clock_nothing_is_known() -> None:
    assert not FeedClock().is_faster_than(at(BEGIN), NOW)
    assert not at(BEGIN).is_faster_than(FeedClock(), NOW)


def test_the_rate_is_media_for_each_second() -> None:
    clock = at(BEGIN + 6 * PCR_HZ, since=NOW - 4.0, first=BEGIN)

    assert clock.rate(NOW) == pytest.approx(1.5)


def test_the_rate_is_told_after_a_look_that_is_long_enough() -> None:
    clock = at(BEGIN + PCR_HZ, since=NOW - LOOK / 2, first=BEGIN)

    assert clock.rate(NOW) is None
    assert clock.rate(NOW + LOOK / 2) == pytest.approx(1.0)


def test_the_rate_goes_on_where_the_clock_begins_anew() -> None:
    clock = at(PCR_HZ, since=NOW - 2.0, first=PCR_WRAP - PCR_HZ)

    assert clock.rate(NOW) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("own", "other", "faster"),
    [(1.0, 0.5, True), (0.5, 0.3, False), (1.0, IN_TIME, False), (1.2, 1.0, False)],
)
def test_on_another_line_of_time_the_rates_are_compared(
    own: float, other: float, faster: bool
) -> None:
    far = BEGIN + 10 * SAME_TIMELINE
    one = at(round(far + own * 10 * PCR_HZ), since=NOW - 10.0, first=far)
    two = at(round(BEGIN + other * 10 * PCR_HZ), since=NOW - 10.0, first=BEGIN)

    assert one.is_faster_than(two, NOW) is faster


def test_on_another_line_of_time_one_reference_is_not_enough() -> None:
    slow = at(BEGIN + PCR_HZ, since=NOW - 10.0, first=BEGIN)

    assert not at(BEGIN + 10 * SAME_TIMELINE).is_faster_than(slow, NOW)


ticks = st.integers(0, PCR_WRAP - 1)


@given(ticks, ticks, ticks, ticks, st.floats(0.0, 20.0))
def test_of_two_feeds_one_at_most_is_faster(
    one: int, one_now: int, two: int, two_now: int, seconds: float
) -> None:
    a = at(one_now, since=NOW - seconds, first=one)
    b = at(two_now, since=NOW - seconds, first=two)

    assert not (a.is_faster_than(b, NOW) and b.is_faster_than(a, NOW))
    assert not a.is_faster_than(a, NOW)


@given(ticks, st.integers(0, 2 * SAME_TIMELINE), ticks)
def test_the_answer_does_not_depend_on_where_the_clock_stands(
    place: int, ahead: int, shift: int
) -> None:
    here = at(place + ahead).is_faster_than(at(place), NOW)
    there = at(place + ahead + shift).is_faster_than(at(place + shift), NOW)

    assert here is there


@given(st.binary(max_size=4 * 188))
def test_no_bytes_are_a_fault(data: bytes) -> None:
    clock = FeedClock()

    clock.take(data[: len(data) // 188 * 188], NOW)

    assert clock.newest is None or 0 <= clock.newest < PCR_WRAP


# ---------------------------------------------------------------------- several feeds


def clocks_of(**ticks: int) -> FeedClocks:
    """Return the clocks of these feeds."""
    clocks = FeedClocks()
    for name, value in ticks.items():
        clocks.take(name, stamped(value), NOW)
    return clocks


def test_feeds_are_told_apart_by_name() -> None:
    clocks = clocks_of(fast=BEGIN + PCR_HZ, slow=BEGIN)

    assert clocks.is_faster("fast", "slow", NOW)
    assert not clocks.is_faster("slow", "fast", NOW)


@pytest.mark.parametrize("pair", [("fast", "nobody"), ("nobody", "fast"), ("nobody", "nobody")])
def test_a_feed_nobody_heard_of_is_neither_fast_nor_slow(pair: tuple[str, str]) -> None:
    assert not clocks_of(fast=BEGIN + PCR_HZ).is_faster(*pair, NOW)


def test_a_feed_that_is_over_is_compared_no_more() -> None:
    clocks = clocks_of(fast=BEGIN + PCR_HZ, slow=BEGIN)

    clocks.forget("slow")
    clocks.forget("nobody")

    assert not clocks.is_faster("fast", "slow", NOW)
    clocks.take("slow", stamped(BEGIN + PCR_HZ), NOW)
    assert not clocks.is_faster("fast", "slow", NOW)


def test_a_clock_that_was_set_back_is_measured_anew() -> None:
    clock = FeedClock()
    clock.take(stamped(BEGIN), NOW)
    clock.take(stamped(BEGIN - PCR_HZ // 5), NOW + 2.0)

    assert clock.rate(NOW + 2.5) is None

    clock.take(stamped(BEGIN - PCR_HZ // 5 + 2 * PCR_HZ), NOW + 4.0)

    rate = clock.rate(NOW + 4.0)
    assert rate is not None
    assert abs(rate - 1.0) < 0.01


def test_a_clock_that_wraps_is_not_set_back() -> None:
    clock = FeedClock()
    clock.take(stamped(PCR_WRAP - PCR_HZ), NOW)
    clock.take(stamped(PCR_HZ), NOW + 2.0)

    rate = clock.rate(NOW + 2.0)
    assert rate is not None
    assert abs(rate - 1.0) < 0.01
