"""Which failures are worth another engine, and for how long."""

from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import EngineRefused, EngineTooSlow, EngineUnreachable
from acedesk.rules.failover import (
    REFUSED_TRIES,
    SHORTEST_TRY,
    START_TRIES,
    GiveUp,
    Retry,
    after_start_failure,
    after_stream_failure,
    try_limit,
    wanted_engines,
)


def test_a_dead_engine_at_the_start_gives_way_to_another_at_once() -> None:
    assert after_start_failure(EngineUnreachable(), tries=1, left=30) == Retry(0.0)


def test_a_refused_content_is_tried_on_one_other_engine() -> None:
    assert after_start_failure(EngineRefused(), tries=REFUSED_TRIES - 1, left=30) == Retry(0.0)
    assert after_start_failure(EngineRefused(), tries=REFUSED_TRIES, left=30) == GiveUp()


def test_a_start_that_used_its_time_is_over() -> None:
    assert after_start_failure(EngineTooSlow(), tries=1, left=30) == GiveUp()
    assert after_start_failure(EngineUnreachable(), tries=1, left=0) == GiveUp()


def test_a_start_is_not_tried_on_every_engine_of_the_house() -> None:
    assert after_start_failure(EngineUnreachable(), tries=START_TRIES, left=30) == GiveUp()


def test_a_running_stream_goes_on_at_once_and_then_more_slowly() -> None:
    delays = []
    for tries in range(8):
        decision = after_stream_failure(tries=tries, failing_for=1.0, budget=45.0)
        assert isinstance(decision, Retry)
        delays.append(decision.delay)

    assert delays[0] == 0.0
    assert delays == sorted(delays)


def test_viewers_are_not_kept_for_ever() -> None:
    assert after_stream_failure(tries=3, failing_for=45.0, budget=45.0) == GiveUp()


@given(st.floats(0, 600))
def test_an_engine_that_hangs_leaves_time_for_another(left: float) -> None:
    limit = try_limit(left)

    assert limit <= left
    assert limit <= left / 2 or limit <= SHORTEST_TRY


def test_two_engines_play_a_protected_stream_and_begin_a_hedged_one() -> None:
    assert wanted_engines(playing=False, protected=False, hedged=False) == 1
    assert wanted_engines(playing=False, protected=False, hedged=True) == 2
    assert wanted_engines(playing=True, protected=False, hedged=True) == 1
    assert wanted_engines(playing=True, protected=True, hedged=False) == 2
