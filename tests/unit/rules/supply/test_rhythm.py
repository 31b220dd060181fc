"""Silences that come again and again are usual; one that comes once is a fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.rules.supply.rhythm import SHORT, Rhythm, Silence


def play(rhythm: Rhythm, begin: float, lengths: list[float], flow: float = 0.2) -> Rhythm:
    """Let media flow for `flow` seconds before each silence."""
    for length in lengths:
        rhythm = rhythm.resumed(Silence(begin + flow, length), sessions=1)
        begin += flow + length
    return rhythm


@pytest.mark.parametrize("length", [0.5, 1.0, 3.0, 8.0, 10.0])
def test_a_broadcast_in_bursts_has_its_silences(length: float) -> None:
    assert play(Rhythm(since=0.0), 0.0, [length] * 6).usual == length


def test_two_bursts_are_enough() -> None:
    rhythm = play(Rhythm(since=0.0), 0.0, [10.0])
    assert rhythm.usual == 0.0

    assert play(rhythm, 10.2, [10.0]).usual == 10.0


def test_a_silence_of_two_sessions_is_believed_at_once() -> None:
    assert Rhythm(since=0.0).resumed(Silence(5.0, 10.0), sessions=2).usual == 10.0


def test_bursts_differ_a_little() -> None:
    assert play(Rhythm(since=0.0), 0.0, [7.0, 9.0, 8.0, 10.0, 7.5]).usual >= 9.0


def test_one_fault_in_a_steady_stream_is_none() -> None:
    assert play(Rhythm(since=0.0), 60.0, [4.0]).usual == 0.0


def test_faults_now_and_then_are_none() -> None:
    assert play(Rhythm(since=0.0), 0.0, [2.0, 2.0, 2.0], flow=30.0).usual == 0.0


def test_silences_nobody_notices_are_not_kept() -> None:
    assert play(Rhythm(since=0.0), 0.0, [SHORT - 0.01] * 100).silences == ()


def test_a_silence_that_another_engine_ended_is_a_fault() -> None:
    rhythm = Rhythm(since=0.0)
    for begin in (5.0, 12.0):
        rhythm = rhythm.resumed(Silence(begin, 6.0), sessions=0)
        rhythm = rhythm.resumed(Silence(begin + 6.2, 0.4), sessions=1)

    assert rhythm.usual < 1.0


def test_it_is_usual_when_the_other_engine_falls_silent_too() -> None:
    rhythm = Rhythm(since=0.0).resumed(Silence(1.0, 6.0), sessions=0)
    assert rhythm.usual == 0.0

    rhythm = rhythm.resumed(Silence(8.0, 6.0), sessions=0)
    assert rhythm.resumed(Silence(15.0, 6.0), sessions=0).usual == 6.0


def test_what_was_usual_is_forgotten_when_the_stream_is_steady() -> None:
    rhythm = play(Rhythm(since=0.0), 0.0, [3.0] * 8)
    assert rhythm.usual == 3.0

    assert play(rhythm, 200.0, [0.4]).usual < 3.0


@given(
    st.lists(st.tuples(st.floats(0.0, 60.0), st.floats(0.0, 60.0), st.integers(0, 2)), max_size=60),
)
def test_what_is_usual_was_seen(history: list[tuple[float, float, int]]) -> None:
    rhythm, now = Rhythm(since=0.0), 0.0
    for flow, length, sessions in history:
        rhythm = rhythm.resumed(Silence(now + flow, length), sessions=sessions)
        now += flow + length

    assert rhythm.usual <= max((length for _, length, _ in history), default=0.0)
