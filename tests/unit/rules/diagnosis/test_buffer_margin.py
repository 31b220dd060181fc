"""Does enough media come for a player with a small buffer?"""

import hypothesis
import hypothesis.strategies as st

from acedesk.rules.diagnosis.buffer_margin import CUSHION, is_short, next_margin, refilled

PIECES = st.lists(st.floats(0.05, 1.9), min_size=1, max_size=60)


def test_half_the_speed_empties_the_buffer_within_ten_seconds() -> None:
    margin, seconds = CUSHION, 0
    while margin > 0:
        margin = next_margin(margin, media=0.57, elapsed=1.0)
        seconds += 1

    assert seconds == 10


@hypothesis.given(PIECES)
def test_pieces_on_time_never_empty_it(lengths: list[float]) -> None:
    margin = CUSHION
    for length in lengths:  # nothing for as long as the piece is, then all of it
        margin = next_margin(margin, media=0.0, elapsed=length)
        assert margin > 0
        margin = next_margin(margin, media=length, elapsed=0.0)


@hypothesis.given(st.floats(0, CUSHION), st.floats(0, 100), st.floats(0, 100))
def test_the_level_stays_within_the_buffer(margin: float, media: float, elapsed: float) -> None:
    assert 0 <= next_margin(margin, media=media, elapsed=elapsed) <= CUSHION


def test_silence_is_a_shortage_whatever_came_before() -> None:
    assert is_short(margin=CUSHION, pace=2.0, silent_for=3.0)
    assert not is_short(margin=CUSHION, pace=None, silent_for=2.9)


def test_a_low_pace_alone_is_none_while_the_buffer_lasts() -> None:
    assert not is_short(margin=0.1, pace=0.5, silent_for=0)
    assert is_short(margin=0.0, pace=0.5, silent_for=0)


def test_the_way_back_needs_a_full_pace_or_a_filled_buffer() -> None:
    assert is_short(margin=0.5, pace=0.98, silent_for=0, was_short=True)
    assert not is_short(margin=0.5, pace=1.0, silent_for=0, was_short=True)
    assert not is_short(margin=2.5, pace=0.98, silent_for=0, was_short=True)


def test_a_player_that_waited_has_something_again() -> None:
    assert refilled(0.0) == CUSHION / 2
    assert refilled(CUSHION) == CUSHION


def test_of_a_stream_in_bursts_a_player_holds_one_more() -> None:
    assert next_margin(CUSHION, media=10.0, elapsed=0.0, usual_silence=10.0) == CUSHION + 10.0
    assert next_margin(CUSHION, media=10.0, elapsed=0.0) == CUSHION
