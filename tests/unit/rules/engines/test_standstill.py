"""What is found out of the looks at a clock, and which failed probes mean something."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from acedesk.rules.engines.standstill import BEAT, LATE, SETTLING, Standstill, counts, find, stood

SECONDS = st.floats(0.0, 1e6)


@pytest.mark.parametrize("late", [0.0, 0.3, LATE - 0.01])
def test_a_loop_that_is_a_little_late_is_no_standstill(late: float) -> None:
    assert find(100.0, 100.0 + BEAT + late) is None


@pytest.mark.parametrize("length", [6.0, 30.0, 8 * 3600.0])
def test_a_late_loop_a_stopped_program_and_a_computer_that_slept_are_standstills(
    length: float,
) -> None:
    found = find(100.0, 100.0 + length)

    assert found == Standstill(100.0, 100.0 + length)
    assert found.length == length


STOPPED = Standstill(100.0, 130.0)


@pytest.mark.parametrize(
    ("asked_at", "failed_at", "means_something"),
    [
        (90.0, 95.0, True),
        (99.0, 130.0, False),  # its deadline passed meanwhile
        (95.1, 100.0, False),
        (101.0, 129.0, False),
        (130.0, 135.0, False),  # the network was not back yet
        (130.0 + SETTLING - 0.1, 145.0, False),
        (130.0 + SETTLING + 0.1, 146.0, True),
    ],
)
def test_a_probe_counts_when_we_were_awake_all_the_time(
    asked_at: float, failed_at: float, means_something: bool
) -> None:
    assert counts(asked_at, failed_at, [STOPPED]) is means_something


def test_after_a_short_standstill_probes_count_sooner() -> None:
    short = Standstill(100.0, 102.0)

    assert not counts(103.9, 109.0, [short])
    assert counts(104.1, 109.0, [short])


def test_what_we_stood_still_before_a_moment_does_not_count_for_it() -> None:
    standstills = [STOPPED, Standstill(140.0, 142.0)]

    assert stood(90.0, standstills) == 32.0
    assert stood(120.0, standstills) == 12.0
    assert stood(141.0, standstills) == 1.0
    assert stood(150.0, standstills) == 0.0


@given(asked_at=SECONDS, length=st.floats(0.0, 10.0), begun_at=SECONDS, stands=SECONDS)
def test_a_probe_that_overlaps_a_standstill_never_counts(
    asked_at: float, length: float, begun_at: float, stands: float
) -> None:
    one = Standstill(begun_at, begun_at + stands)
    overlaps = one.begun_at <= asked_at + length and asked_at <= one.ended_at

    assert counts(asked_at, asked_at + length, []) is True
    assert not (overlaps and counts(asked_at, asked_at + length, [one]))
