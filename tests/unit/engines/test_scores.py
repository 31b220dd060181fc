"""Engines are judged by what they did, and their scores are kept for the choice."""

import datetime

import pytest

from acedesk.engines.pool import EnginePool
from acedesk.engines.scores import SEEN_KEPT
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.model.engine_record import (
    AttemptRecord,
    EngineScore,
    FailoverRecord,
    ScoreFactor,
    StallRecord,
)
from acedesk.rules.engines.score import SAME_TIME
from acedesk.settings import Settings

NOON = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
GOOD, BAD = EngineId("good"), EngineId("bad")
KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)


@pytest.fixture
def pool() -> EnginePool:
    pool = EnginePool(Settings, now=lambda: 1000.0, utc_now=lambda: NOON)
    _add(pool)
    return pool


def _add(pool: EnginePool) -> None:
    for engine in (BAD, GOOD):
        spec = EngineSpec(
            id=engine, name=engine, backend=BackendKind.DOCKER, host="127.0.0.1", port=6878
        )
        pool.add(spec, health=EngineHealth.READY)


def _fail(pool: EnginePool, engine: EngineId, times: int) -> None:
    for _ in range(times):
        pool.report_attempt(engine, AttemptRecord(asked_at=1000.0, error_code="engine_refused"))


def _play(pool: EnginePool, engine: EngineId) -> None:
    pool.report_attempt(engine, AttemptRecord(asked_at=1000.0, first_byte=1.0))


def test_among_equals_the_engine_with_the_better_score_plays(pool: EnginePool) -> None:
    _fail(pool, BAD, 3)
    _play(pool, GOOD)
    for engine in (BAD, GOOD):
        pool.scores.judge(engine)

    assert pool.reserve(KEY).engine.id == GOOD


def test_an_engine_on_which_most_starts_fail_is_slow_beside_a_good_one(pool: EnginePool) -> None:
    _fail(pool, BAD, 12)
    _play(pool, GOOD)

    assert pool.scores.judge(BAD) is EngineHealth.SLOW
    assert pool.scores.judge(GOOD) is EngineHealth.READY


def test_the_score_is_shown_with_the_engine(pool: EnginePool) -> None:
    _fail(pool, BAD, 3)
    pool.scores.judge(BAD)

    view = pool.find(BAD)

    assert view is not None
    assert view.score.value < 100
    assert view.score.starts == 3


DEAD = StreamKey(KeyKind.CONTENT_ID, "d" * 40)


def _failed(code: str = "engine_too_slow", content: StreamKey = DEAD) -> AttemptRecord:
    return AttemptRecord(asked_at=1000.0, accepted=0.2, error_code=code, content=content)


def _played(content: StreamKey = DEAD) -> AttemptRecord:
    return AttemptRecord(asked_at=1000.0, first_byte=1.0, content=content)


def _score(pool: EnginePool, engine: EngineId) -> EngineScore:
    pool.scores.judge(engine)
    view = pool.find(engine)
    assert view is not None
    return view.score


@pytest.mark.parametrize("code", ["engine_too_slow", "engine_refused", "engine_stalled"])
def test_dead_ids_are_nobodys_fault_on_one_engine_and_on_many(pool: EnginePool, code: str) -> None:
    for number in range(30):
        content = StreamKey(KeyKind.CONTENT_ID, f"{number:040x}")
        pool.report_attempt(BAD, _failed(code, content))
        if number % 2:
            pool.report_attempt(GOOD, _failed(code, content))

    for engine in (BAD, GOOD):
        assert _score(pool, engine) == EngineScore()
        assert pool.scores.failed_starts(engine) == 0


@pytest.mark.parametrize("code", ["engine_unreachable", "engine_answer_invalid", "engine_silent"])
def test_what_is_the_engines_own_counts_whatever_was_to_be_played(
    pool: EnginePool, code: str
) -> None:
    pool.report_attempt(BAD, _failed(code))

    assert _score(pool, BAD).starts == 1
    assert pool.scores.failed_starts(BAD) == 1


@pytest.mark.parametrize("first", [BAD, GOOD])
def test_a_content_that_plays_elsewhere_is_not_to_blame(pool: EnginePool, first: EngineId) -> None:
    for engine in (BAD, GOOD) if first is BAD else (GOOD, BAD):
        pool.report_attempt(engine, _failed() if engine is BAD else _played())

    assert _score(pool, BAD).value < 100
    assert pool.scores.failed_starts(BAD) == 1
    assert _score(pool, GOOD) == EngineScore(value=100, starts=1)


def test_that_another_content_plays_says_nothing(pool: EnginePool) -> None:
    pool.report_attempt(GOOD, _played(KEY))
    pool.report_attempt(BAD, _failed())
    pool.report_attempt(BAD, _played(KEY))

    assert _score(pool, BAD).value == 100


def test_that_it_plays_much_later_or_played_much_earlier_says_nothing() -> None:
    seconds = 1000.0
    pool = EnginePool(Settings, now=lambda: seconds, utc_now=lambda: NOON)
    _add(pool)
    pool.report_attempt(GOOD, _played())
    seconds += SAME_TIME + 1
    pool.report_attempt(BAD, _failed())
    seconds += SAME_TIME + 1
    pool.report_attempt(GOOD, _played())

    assert _score(pool, BAD).value == 100


def test_a_broadcast_that_stands_still_everywhere_is_nobodys_fault(pool: EnginePool) -> None:
    stall = StallRecord(at=1000.0, duration=9.0, content=DEAD)
    pool.report_stall(BAD, stall)
    assert _score(pool, BAD).value < 100, "nobody else has it"

    pool.report_attempt(GOOD, _failed())
    assert (_score(pool, BAD).value, _score(pool, GOOD).value) == (100, 100)

    pool.report_stall(BAD, stall)
    assert _score(pool, BAD).value == 100, "and it was known before"


def test_a_stall_counts_where_another_engine_goes_on(pool: EnginePool) -> None:
    pool.report_stall(BAD, StallRecord(at=1000.0, duration=9.0, content=DEAD))
    pool.report_attempt(GOOD, _played())
    pool.report_attempt(BAD, _failed())

    reasons = {one.factor for one in _score(pool, BAD).reasons}
    assert reasons == {ScoreFactor.STALLS, ScoreFactor.FAILED_STARTS}


def test_only_what_may_still_tell_something_is_kept() -> None:
    seconds = 1000.0
    pool = EnginePool(Settings, now=lambda: seconds, utc_now=lambda: NOON)
    _add(pool)
    for _ in range(2 * SEEN_KEPT):
        pool.report_attempt(BAD, _failed())
    assert len(pool.scores._seen) == SEEN_KEPT
    seconds += SAME_TIME + 1
    pool.report_attempt(BAD, _failed())

    assert len(pool.scores._seen) == 1


def test_an_engine_that_is_gone_is_not_judged(pool: EnginePool) -> None:
    assert pool.scores.judge(EngineId("gone")) is EngineHealth.READY


def test_what_failed_while_acedesk_stood_still_takes_nothing_off(pool: EnginePool) -> None:
    asked: list[float] = []

    def stood_still(since_at: float) -> bool:
        asked.append(since_at)
        return False

    pool.scores.counts = stood_still
    pool.report_attempt(BAD, AttemptRecord(asked_at=990.0, error_code="engine_too_slow"))
    pool.report_stall(BAD, StallRecord(at=991.0, duration=9.0, content=DEAD))
    pool.report_failover(BAD, FailoverRecord(at=992.0, error_code="engine_stalled"))

    assert _score(pool, BAD).value == 100
    assert asked == [990.0, 991.0, 992.0]


def test_a_start_that_played_counts_though_acedesk_stood_still(pool: EnginePool) -> None:
    pool.scores.counts = lambda _since_at: False
    _play(pool, GOOD)

    assert _score(pool, GOOD).starts == 1
