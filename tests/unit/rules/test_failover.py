"""Which failures are worth another engine, and for how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import EngineRefused, EngineTooSlow, EngineUnreachable, NotLive
from acedesk.rules.failover import (
    REFUSED_TRIES,
    SHORTEST_TRY,
    START_TRIES,
    GiveUp,
    Retry,
    after_start_failure,
    covered,
    is_suspect,
    spare_delay,
    try_limit,
    wanted_engines,
)


def test_a_dead_engine_at_the_start_gives_way_to_another_at_once() -> None:
    assert after_start_failure(EngineUnreachable(), tries=1, left=30) == Retry(0.0)


def test_a_refused_content_is_tried_on_one_other_engine() -> None:
    assert after_start_failure(EngineRefused(), tries=REFUSED_TRIES - 1, left=30) == Retry(0.0)
    assert after_start_failure(EngineRefused(), tries=REFUSED_TRIES, left=30) == GiveUp()


def test_a_file_is_one_on_every_engine() -> None:
    assert after_start_failure(NotLive(), tries=1, left=30) == GiveUp()


def test_a_start_that_used_its_time_is_over() -> None:
    assert after_start_failure(EngineTooSlow(), tries=1, left=30) == GiveUp()
    assert after_start_failure(EngineUnreachable(), tries=1, left=0) == GiveUp()


def test_a_start_is_not_tried_on_every_engine_of_the_house() -> None:
    assert after_start_failure(EngineUnreachable(), tries=START_TRIES, left=30) == GiveUp()


@given(st.floats(0, 600))
def test_an_engine_that_hangs_leaves_time_for_another(left: float) -> None:
    limit = try_limit(left)

    assert limit <= left
    assert limit <= left / 2 or limit <= SHORTEST_TRY


@pytest.mark.parametrize(
    ("wanted", "playing", "protected", "hedged", "suspect"),
    [
        (1, False, False, False, False),
        (2, False, False, True, False),
        (1, True, False, True, False),
        (2, True, True, False, False),
        (2, True, False, False, True),
    ],
)
def test_two_engines_play_what_is_protected_or_in_doubt(
    wanted: int, playing: bool, protected: bool, hedged: bool, suspect: bool
) -> None:
    assert wanted == wanted_engines(
        playing=playing, protected=protected, hedged=hedged, suspect=suspect
    )


def test_a_silence_that_is_not_usual_is_suspect() -> None:
    assert is_suspect(silent_for=2.1, usual=0.1, standby_after=2.0)
    assert not is_suspect(silent_for=1.9, usual=0.1, standby_after=2.0)
    assert not is_suspect(silent_for=3.9, usual=2.0, standby_after=2.0)
    assert not is_suspect(silent_for=60.0, usual=0.1, standby_after=0.0)


def test_a_second_engine_is_sought_at_once_and_then_ever_more_seldom() -> None:
    delays = [spare_delay(tries) for tries in range(20)]

    assert delays[0] == 0.0
    assert delays == sorted(delays)
    assert delays[-1] == 60.0


@pytest.mark.parametrize(
    ("spans", "seconds"),
    [
        ([], 0.0),
        ([(1.0, 3.0)], 2.0),
        ([(1.0, 3.0), (5.0, 6.0)], 3.0),
        ([(2.0, 4.0), (1.0, 3.0)], 3.0),
        ([(1.0, 9.0), (2.0, 3.0), (4.0, 10.0)], 9.0),
    ],
)
def test_what_lies_in_two_spans_counts_once(
    spans: list[tuple[float, float]], seconds: float
) -> None:
    assert covered(spans) == seconds
