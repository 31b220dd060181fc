"""Examples and properties of an engine's score."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import EngineTooSlow, NotLive
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import EngineHealth
from acedesk.model.engine_record import (
    AttemptRecord,
    EngineRecord,
    EngineScore,
    FailoverRecord,
    ScoreFactor,
    StallRecord,
)
from acedesk.rules.engines.score import (
    CONTENT_CODES,
    GOOD_OTHERS,
    SLOW_BELOW,
    STARTS_TO_JUDGE,
    WELL_FROM,
    WINDOW,
    faults_in_a_row,
    has_failed,
    is_fault,
    judge_answering,
    score,
)

NOW = 10_000.0
READY, SLOW = EngineHealth.READY, EngineHealth.SLOW

ages = st.floats(0, WINDOW * 1.5)
contents = st.none() | st.sampled_from("ab").map(
    lambda letter: StreamKey(KeyKind.CONTENT_ID, letter * 40)
)
attempts = st.builds(
    AttemptRecord,
    content=contents,
    plays_elsewhere=st.booleans(),
    asked_at=ages.map(lambda age: NOW - age),
    first_byte=st.none() | st.floats(0.01, 60),
    error_code=st.sampled_from(["", "engine_too_slow", "engine_refused", NotLive.code]),
)
stalls = st.builds(
    StallRecord,
    at=ages.map(lambda age: NOW - age),
    duration=st.floats(0, 60),
    content=contents,
    fails_elsewhere=st.booleans(),
)
failovers = st.builds(
    FailoverRecord, at=ages.map(lambda age: NOW - age), error_code=st.just("engine_stalled")
)
records = st.builds(
    EngineRecord,
    attempts=st.lists(attempts, max_size=64).map(tuple),
    stalls=st.lists(stalls, max_size=64).map(tuple),
    failovers=st.lists(failovers, max_size=64).map(tuple),
)


def _started(first_byte: float = 2.0, *, ago: float = 0.0) -> AttemptRecord:
    return AttemptRecord(asked_at=NOW - ago, accepted=1.0, first_byte=first_byte)


def _failed(code: str = EngineTooSlow.code, *, ago: float = 0.0) -> AttemptRecord:
    return AttemptRecord(asked_at=NOW - ago, error_code=code)


def _factors(record: EngineRecord) -> list[ScoreFactor]:
    return [reason.factor for reason in score(record, NOW).reasons]


def test_an_engine_that_did_nothing_has_no_point_against_it() -> None:
    assert score(EngineRecord(), NOW) == EngineScore(value=100, starts=0)


def test_starts_that_go_well_take_nothing_off() -> None:
    found = score(EngineRecord(attempts=(_started(), _started(7.9))), NOW)

    assert (found.value, found.starts, found.reasons) == (100, 2, ())


def test_one_dead_channel_takes_few_points_off_and_many_take_most() -> None:
    one = score(EngineRecord(attempts=(_failed(),)), NOW)
    many = score(EngineRecord(attempts=(_failed(),) * 20), NOW)

    assert 75 <= one.value <= 85
    assert many.value <= 50
    assert many.reasons[0].factor is ScoreFactor.FAILED_STARTS
    assert (many.reasons[0].count, many.reasons[0].of) == (20, 20)


def test_a_file_and_a_start_that_was_given_up_are_no_failures() -> None:
    record = EngineRecord(attempts=(_failed(NotLive.code), _failed("")))

    assert score(record, NOW) == EngineScore(value=100, starts=0)


@given(st.lists(attempts, max_size=64))
def test_faults_in_a_row_are_those_since_one_played(found: list[AttemptRecord]) -> None:
    played = [number for number, one in enumerate(found) if one.first_byte is not None]
    since = found[played[-1] + 1 :] if played else found

    assert faults_in_a_row(found) == sum(map(is_fault, since))


@given(attempts)
def test_a_fault_is_a_failure_that_the_content_is_not_to_blame_for(found: AttemptRecord) -> None:
    assert is_fault(found) <= has_failed(found)
    if found.plays_elsewhere or found.content is None:
        assert is_fault(found) == has_failed(found)
    elif found.error_code in CONTENT_CODES:
        assert not is_fault(found)


def test_late_first_bytes_are_a_reason_with_the_usual_time() -> None:
    found = score(EngineRecord(attempts=(_started(20), _started(22), _started(2))), NOW)

    (reason,) = found.reasons
    assert (reason.factor, reason.seconds) == (ScoreFactor.SLOW_STARTS, 20)


def test_stalls_and_failovers_are_told_apart() -> None:
    record = EngineRecord(
        stalls=(StallRecord(at=NOW, duration=9.0),),
        failovers=(FailoverRecord(at=NOW, error_code="engine_stalled"),),
    )

    assert _factors(record) == [ScoreFactor.FAILOVERS, ScoreFactor.STALLS]


def test_what_was_an_hour_ago_is_forgotten() -> None:
    record = EngineRecord(
        attempts=(_failed(ago=WINDOW),),
        stalls=(StallRecord(at=NOW - WINDOW, duration=9.0),),
    )

    assert score(record, NOW) == EngineScore(value=100, starts=0)


@given(records)
def test_a_score_is_what_its_reasons_leave_of_a_hundred(record: EngineRecord) -> None:
    found = score(record, NOW)

    assert 0 <= found.value <= 100
    assert found.value == max(0, 100 - sum(reason.points for reason in found.reasons))
    assert all(reason.points > 0 and reason.count > 0 for reason in found.reasons)


@given(records, st.sampled_from(["attempts", "stalls", "failovers"]))
def test_a_further_fault_never_makes_the_score_better(record: EngineRecord, field: str) -> None:
    fault = {
        "attempts": _failed(),
        "stalls": StallRecord(at=NOW, duration=9.0),
        "failovers": FailoverRecord(at=NOW, error_code="engine_stalled"),
    }[field]
    worse = dataclasses.replace(record, **{field: (*getattr(record, field), fault)})

    # A failed start may be the newest one, which tells how much late first bytes count.
    assert score(worse, NOW).value <= score(record, NOW).value


@given(records)
def test_the_order_of_what_happened_does_not_matter(record: EngineRecord) -> None:
    turned = EngineRecord(
        attempts=record.attempts[::-1],
        stalls=record.stalls[::-1],
        failovers=record.failovers[::-1],
    )

    assert score(turned, NOW).value == score(record, NOW).value


@given(records)
def test_an_engine_left_alone_is_well_again_after_an_hour(record: EngineRecord) -> None:
    assert score(record, NOW + WINDOW).value == 100


def _score(value: int, starts: int = STARTS_TO_JUDGE) -> EngineScore:
    return EngineScore(value=value, starts=starts)


@pytest.mark.parametrize(
    ("own", "others", "before", "after"),
    [
        (_score(SLOW_BELOW - 1), [_score(100)], READY, SLOW),
        (_score(SLOW_BELOW), [_score(100)], READY, READY),
        (_score(SLOW_BELOW), [_score(100)], SLOW, SLOW),
        (_score(WELL_FROM), [_score(100)], SLOW, READY),
        (_score(0, STARTS_TO_JUDGE - 1), [_score(100)], READY, READY),
        (_score(0), [], READY, READY),
        (_score(0), [_score(GOOD_OTHERS - 1)], READY, READY),
        (_score(0), [_score(GOOD_OTHERS), _score(0), _score(100)], READY, SLOW),
        (_score(100), [_score(100)], EngineHealth.HUNG, READY),
    ],
)
def test_an_engine_is_slow_only_where_that_is_clear(
    own: EngineScore, others: list[EngineScore], before: EngineHealth, after: EngineHealth
) -> None:
    assert judge_answering(own, others, before) is after
