"""A spare engine is used alone, and only where nobody is disturbed."""

import pytest

from acedesk.engines.pool import EnginePool
from acedesk.errors import Busy, NoSpareEngine
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineIntent, EngineSpec
from acedesk.settings import Settings

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
OTHER = StreamKey(KeyKind.CONTENT_ID, "b" * 40)


def _pool(**engines: EngineHealth) -> EnginePool:
    pool = EnginePool(Settings)
    for name, health in engines.items():
        spec = EngineSpec(
            id=EngineId(name), name=name, backend=BackendKind.DOCKER, host="127.0.0.1", port=6878
        )
        pool.add(spec, health=health)
    return pool


def test_no_stream_comes_on_a_reserved_engine_until_it_is_released() -> None:
    pool = _pool(one=EngineHealth.READY)
    reservation = pool.spare.reserve(KEY)

    with pytest.raises(Busy):
        pool.reserve(OTHER)

    reservation.release()
    assert pool.reserve(OTHER).engine.id == "one"


def test_an_engine_in_use_is_never_lent() -> None:
    pool = _pool(one=EngineHealth.READY, two=EngineHealth.READY)
    playing = pool.reserve(OTHER)

    assert pool.spare.reserve(KEY).engine.id != playing.engine.id

    with pytest.raises(NoSpareEngine) as caught:
        pool.spare.reserve(KEY)
    assert caught.value.answering == 2


def test_an_engine_that_does_not_answer_or_plays_badly_is_not_lent() -> None:
    pool = _pool(one=EngineHealth.HUNG, two=EngineHealth.SLOW, three=EngineHealth.STARTING)

    with pytest.raises(NoSpareEngine) as caught:
        pool.spare.reserve(KEY)

    assert caught.value.answering == 1


def test_an_engine_that_is_drained_is_not_lent() -> None:
    pool = _pool(one=EngineHealth.READY)
    pool.intents.set(EngineId("one"), EngineIntent.DRAIN)

    with pytest.raises(NoSpareEngine):
        pool.spare.reserve(KEY)


def test_a_place_that_is_handed_over_stays_exclusive() -> None:
    pool = _pool(one=EngineHealth.READY)

    successor = pool.spare.reserve(KEY).hand_over()

    assert successor.exclusive
    with pytest.raises(Busy):
        pool.reserve(OTHER)
