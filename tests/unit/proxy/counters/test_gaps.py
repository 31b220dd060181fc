"""Silences of engines and of viewers."""

import pytest

from acedesk.model.history import Gaps
from acedesk.proxy.counters.gaps import ClientGaps, SupplyGaps


def test_pauses_of_less_than_a_second_are_how_engines_send() -> None:
    gaps = SupplyGaps()
    for at in (0.0, 0.9, 1.8, 2.8):
        gaps.hear(at, 0.0)

    assert gaps.facts(3.5) == Gaps()


def test_silences_are_counted_with_the_longest_and_their_sum() -> None:
    gaps = SupplyGaps()
    for at in (0.0, 1.5, 2.0, 5.0):
        gaps.hear(at, 0.0)

    assert gaps.facts(5.1) == Gaps(count=2, longest=3.0, total=4.5)


def test_the_wait_for_the_first_byte_is_no_gap() -> None:
    gaps = SupplyGaps()

    assert gaps.facts(60.0) == Gaps()
    gaps.hear(60.0, 0.0)
    assert gaps.facts(60.0) == Gaps()


def test_a_silence_that_lasts_is_among_them_until_the_stream_is_over() -> None:
    gaps = SupplyGaps()
    gaps.hear(10.0, 0.0)

    assert gaps.facts(14.0) == Gaps(count=1, longest=4.0, total=4.0)
    assert gaps.facts() == Gaps()


def test_an_engine_that_was_held_back_was_not_silent() -> None:
    gaps = SupplyGaps()
    gaps.hear(0.0, 0.0)
    gaps.hear(9.0, held_at=8.5)

    assert gaps.facts(9.5, held_at=8.5) == Gaps()


def _looks(*taken: int, flowed: bool = True) -> Gaps:
    gaps = ClientGaps()
    for second, count in enumerate(taken):
        gaps.look(float(second), count, flowed=flowed)
    return gaps.facts()


def test_a_viewer_that_takes_something_every_second_has_no_gap() -> None:
    assert _looks(0, 10, 20, 30) == Gaps()


def test_a_viewer_that_waits_for_its_first_byte_has_no_gap() -> None:
    assert _looks(0, 0, 0, 10) == Gaps()


def test_a_viewer_that_takes_nothing_while_media_flows_has_a_gap() -> None:
    assert _looks(10, 20, 20, 20, 20, 30, 30, 40) == Gaps(count=2, longest=3.0, total=4.0)


def test_what_no_engine_delivers_no_viewer_misses() -> None:
    assert _looks(10, 20, 20, 20, flowed=False) == Gaps()


def test_two_looks_close_together_are_not_a_second() -> None:
    gaps = ClientGaps()
    for at in (0.0, 0.4, 0.8):
        gaps.look(at, 10, flowed=True)
    assert gaps.facts() == Gaps()

    gaps.look(1.5, 10, flowed=True)

    assert gaps.facts().count == 1
    assert gaps.facts().total == pytest.approx(1.5)
