"""Engines are judged by what they did, and their scores are kept for the choice."""

import datetime

import pytest

from acedesk.engines.pool import EnginePool
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.model.engine_record import AttemptRecord
from acedesk.settings import Settings

NOON = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
GOOD, BAD = EngineId("good"), EngineId("bad")
KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)


@pytest.fixture
def pool() -> EnginePool:
    pool = EnginePool(Settings, now=lambda: 1000.0, utc_now=lambda: NOON)
    for engine in (BAD, GOOD):
        spec = EngineSpec(
            id=engine, name=engine, backend=BackendKind.DOCKER, host="127.0.0.1", port=6878
        )
        pool.add(spec, health=EngineHealth.READY)
    return pool


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


def test_an_engine_that_is_gone_is_not_judged(pool: EnginePool) -> None:
    assert pool.scores.judge(EngineId("gone")) is EngineHealth.READY
