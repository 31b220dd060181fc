"""Who is asked next, and how long things may take."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import (
    EngineError,
    EngineRefused,
    EngineStalled,
    EngineTooSlow,
    EngineUnreachable,
    NotLive,
)
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import EngineId
from acedesk.rules.supply import plan
from acedesk.rules.supply.plan import (
    FORGET_FAILURE,
    LONGEST_DELAY,
    RECENT,
    SECOND_AFTER,
    SECOND_START_AFTER,
    SHORTEST_START,
    SHORTEST_TRY,
    START_TRIES,
    covered,
    failure_delay,
    is_start_over,
    next_time,
    not_before,
    start_end,
    target,
    try_limit,
)
from acedesk.rules.supply.state import AttemptPhase, Failures, Outage, SupplyState
from tests.unit.rules.supply.test_state import DOUBT, KEY, LIMITS, attempt, state

OTHER = StreamKey(KeyKind.CONTENT_ID, "b" * 40)
ONE, TWO = EngineId("one"), EngineId("two")
NOW = 110.0

counts = st.integers(0, 10**6)
spans = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 20)).map(lambda pair: (pair[0], sum(pair))),
    max_size=8,
)


def outage(since: float = NOW) -> Outage:
    """Return an outage of the first engine."""
    gone = EngineUnreachable("it ended the stream")
    return Outage(since=since, silent_since=since, bridged=0.0, error=gone, engine=ONE)


# ---------------------------------------------------------------------- delays


@pytest.mark.parametrize(
    ("count", "delay"), [(0, 0.0), (1, 0.0), (2, 0.25), (3, 0.5), (4, 1.0), (5, 2.0), (6, 2.0)]
)
def test_an_engine_is_left_alone_longer_each_time_it_fails(count: int, delay: float) -> None:
    assert failure_delay(count) == delay


@given(counts, counts)
def test_the_delay_never_shrinks_and_has_a_limit(one: int, two: int) -> None:
    low, high = sorted((one, two))

    assert 0.0 <= failure_delay(low) <= failure_delay(high) <= LONGEST_DELAY


def test_the_delay_counts_from_the_last_failure() -> None:
    assert not_before(Failures(count=1, at=7.0)) == 7.0
    assert not_before(Failures(count=4, at=7.0)) == 8.0


# ---------------------------------------------------------------------- waiting in line


@pytest.mark.parametrize(
    ("waits", "seconds"),
    [
        ([], 0),
        ([(1, 3)], 2),
        ([(1, 3), (5, 6)], 3),
        ([(1, 3), (2, 6)], 5),
        ([(1, 9), (2, 3)], 8),
        ([(5, 6), (1, 3)], 3),
        ([(1, 3), (3, 4)], 3),
        ([(2, 2)], 0),
        ([(1, 3), (1, 3)], 2),
    ],
)
def test_time_two_starts_waited_together_counts_once(
    waits: list[tuple[float, float]], seconds: float
) -> None:
    assert covered(waits) == seconds


@given(spans)
def test_what_is_covered_is_what_lies_in_any_span(waits: list[tuple[int, int]]) -> None:
    seconds = {second for begin, end in waits for second in range(begin, end)}

    assert covered(waits) == len(seconds)


def test_a_start_gets_back_the_time_it_stood_in_line() -> None:
    assert start_end(state(), LIMITS) == 130.0
    assert start_end(state(waits=((100.0, 105.0), (103.0, 107.0))), LIMITS) == 137.0


# ---------------------------------------------------------------------- one try


@pytest.mark.parametrize(("left", "limit"), [(40.0, 20.0), (10.0, 5.0), (8.0, 5.0), (3.0, 3.0)])
def test_one_engine_gets_half_of_what_is_left(left: float, limit: float) -> None:
    assert try_limit(left) == limit


@given(st.floats(0.0, 1e6))
def test_a_try_is_never_longer_than_what_is_left(left: float) -> None:
    assert min(left, SHORTEST_TRY) <= try_limit(left) <= left


@pytest.mark.parametrize(
    ("error", "tries", "left", "over"),
    [
        (NotLive(), 1, 30.0, True),
        (EngineTooSlow(), 1, 30.0, True),
        (EngineUnreachable(), 1, 30.0, False),
        (EngineUnreachable(), START_TRIES - 1, 30.0, False),
        (EngineUnreachable(), START_TRIES, 30.0, True),
        (EngineUnreachable(), 1, 0.0, True),
        (EngineUnreachable(), 1, -1.0, True),
        (EngineRefused(), 1, 30.0, False),
        (EngineRefused(), 2, 30.0, True),
        (EngineStalled(), 2, 30.0, False),
    ],
)
def test_a_start_ends(error: EngineError, tries: int, left: float, over: bool) -> None:
    assert is_start_over(error, tries=tries, left=left) is over


# ---------------------------------------------------------------------- the question


def test_at_the_start_an_engine_has_the_time_of_the_start() -> None:
    question = plan.ask(state(), LIMITS, NOW)

    assert (question.accept, question.start, question.media_at) == (10.0, 30.0, 130.0)
    assert not question.replaces


def test_late_in_the_start_an_engine_must_accept_before_it_is_over() -> None:
    assert plan.ask(state(), LIMITS, 126.0).accept == 4.0
    assert plan.ask(state(), LIMITS, 129.9).accept == SHORTEST_START
    assert plan.ask(state(), LIMITS, 200.0).accept == SHORTEST_START


def test_at_the_start_none_is_asked_twice() -> None:
    failures = {ONE: Failures(count=1, at=100.0)}

    assert plan.ask(state(failures=failures), LIMITS, NOW).avoid == {ONE}


def test_later_an_engine_is_avoided_only_for_its_delay() -> None:
    failures = {ONE: Failures(count=5, at=NOW - 1.9), TWO: Failures(count=5, at=NOW - 2.0)}
    playing = state(first_at=101.0, failures=failures)

    question = plan.ask(playing, LIMITS, NOW)

    assert question.avoid == {ONE}
    assert question.replaces


def test_failures_of_long_ago_are_not_held_against_an_engine() -> None:
    old = Failures(count=4, at=NOW - FORGET_FAILURE - 0.1)
    failures = {ONE: old, TWO: Failures(count=2, at=NOW - FORGET_FAILURE)}

    assert plan.ask(state(first_at=101.0, failures=failures), LIMITS, NOW).last == {TWO: 2}


def test_in_an_outage_one_engine_may_not_use_up_all_the_time() -> None:
    stuck = state(first_at=101.0, outage=outage(NOW - 5.0))

    question = plan.ask(stuck, LIMITS, NOW)

    assert (question.start, question.accept, question.media_at) == (20.0, 10.0, NOW + 20.0)


def test_at_the_end_of_an_outage_the_rest_of_it_is_what_an_engine_has() -> None:
    stuck = state(first_at=101.0, outage=outage(NOW - 42.0))

    question = plan.ask(stuck, LIMITS, NOW)

    assert (question.start, question.accept, question.media_at) == (3.0, 3.0, NOW + 3.0)


def test_a_second_engine_beside_one_that_plays_has_time() -> None:
    question = plan.ask(state(first_at=101.0, protected=True), LIMITS, NOW)

    assert (question.accept, question.start, question.media_at) == (10.0, 30.0, NOW + 30.0)


@pytest.mark.parametrize(
    ("refused", "content"),
    [({}, KEY), ({KEY: 1}, OTHER), ({KEY: 1, OTHER: 1}, KEY), ({KEY: 1, OTHER: 2}, KEY)],
)
def test_the_content_that_was_refused_least_is_asked_for(
    refused: dict[StreamKey, int], content: StreamKey
) -> None:
    known = state(contents=(KEY, OTHER), content_failures=refused)

    assert plan.ask(known, LIMITS, NOW).content == content


def test_each_question_has_the_next_number() -> None:
    assert plan.ask(state(next_id=9), LIMITS, NOW).attempt == 9


# ---------------------------------------------------------------------- how many


def asked(phase: AttemptPhase = AttemptPhase.ASKED, **values: object) -> SupplyState:
    """Return a stream whose first engine was asked at 100 s and is in this phase since then."""
    return state(attempts=(attempt(1, phase=phase),), **values)


def test_a_start_that_gets_no_answer_is_asked_of_two() -> None:
    assert target(asked(), 100.0 + SECOND_START_AFTER - 0.01) == 1
    assert target(asked(), 100.0 + SECOND_START_AFTER) == 2


@pytest.mark.parametrize(
    "phase", [AttemptPhase.WAITS, AttemptPhase.ACCEPTED, AttemptPhase.DELIVERS]
)
def test_one_that_is_in_line_or_answered_is_waited_for(phase: AttemptPhase) -> None:
    assert target(asked(phase), 500.0) == 1


def test_in_an_outage_a_second_is_asked_soon() -> None:
    stuck = asked(first_at=90.0, outage=outage(100.0))

    assert target(stuck, 100.0 + SECOND_AFTER - 0.01) == 1
    assert target(stuck, 100.0 + SECOND_AFTER) == 2


def test_in_an_outage_one_that_delivers_is_waited_for() -> None:
    assert target(asked(AttemptPhase.DELIVERS, first_at=90.0, outage=outage(100.0)), 500.0) == 1


def test_one_that_carries_the_stream_is_enough() -> None:
    assert target(asked(lead=1, first_at=90.0), 500.0) == 1
    assert target(asked(lead=1, first_at=90.0, doubt=DOUBT), 500.0) == 2


def test_nobody_asked_yet_wants_one() -> None:
    assert target(state(), 500.0) == 1
    assert target(state(hedged=True), 500.0) == 2


# ---------------------------------------------------------------------- when to look again


def test_a_stream_that_plays_needs_no_look() -> None:
    assert next_time(asked(lead=1, first_at=90.0), LIMITS, NOW) == math.inf


def test_a_place_is_looked_for_when_the_delay_is_over() -> None:
    assert next_time(state(retry_at=NOW + 1.5), LIMITS, NOW) == NOW + 1.5
    assert next_time(state(retry_at=0.0), LIMITS, NOW) == NOW


def test_no_place_is_looked_for_while_a_question_is_open_or_all_is_lost() -> None:
    question = plan.ask(state(), LIMITS, NOW)

    assert next_time(state(asking=question), LIMITS, NOW) == math.inf
    assert next_time(state(hopeless=True), LIMITS, NOW) == math.inf


def test_the_end_of_an_outage_is_looked_at() -> None:
    stuck = asked(AttemptPhase.DELIVERS, first_at=90.0, outage=outage(100.0))

    assert next_time(stuck, LIMITS, NOW) == 100.0 + LIMITS.switch


def test_the_moment_a_second_is_asked_is_looked_at() -> None:
    assert next_time(asked(), LIMITS, 101.0) == 100.0 + SECOND_START_AFTER


def test_a_doubt_is_looked_at_each_second() -> None:
    doubted = state(
        attempts=(attempt(1, phase=AttemptPhase.DELIVERS), attempt(2, "two")),
        lead=1,
        first_at=90.0,
        doubt=DOUBT,
    )

    assert next_time(doubted, LIMITS, NOW) == NOW + RECENT


@given(
    st.floats(0.0, 1000.0),
    st.floats(0.0, 1000.0),
    st.booleans(),
    st.booleans(),
    st.sampled_from(AttemptPhase),
)
def test_no_look_is_in_the_past(
    now: float, retry_at: float, stuck: bool, doubted: bool, phase: AttemptPhase
) -> None:
    found = asked(
        phase,
        retry_at=retry_at,
        first_at=90.0 if stuck else None,
        outage=outage(100.0) if stuck else None,
        doubt=DOUBT if doubted else None,
        protected=True,
    )

    assert next_time(found, LIMITS, now) >= now
