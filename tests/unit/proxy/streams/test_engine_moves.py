"""Which streams leave an engine that is lost, doubted, or not wanted."""

import pytest

from acedesk.engines.pool import EnginePool
from acedesk.errors import Busy, EngineError, EngineLeft, EngineUnreachable
from acedesk.model.engine import (
    BackendKind,
    EngineHealth,
    EngineId,
    EngineLoss,
    EngineSpec,
)
from acedesk.proxy.ingest.supply import Supply
from acedesk.proxy.streams.engine_moves import EngineMoves
from acedesk.settings import Settings
from tests.fakes.idle_stream import make_stream

Told = tuple[EngineId, EngineError, bool]
LOST = EngineId("engine-1")
ERROR = EngineUnreachable("no connection")


def spec(name: str) -> EngineSpec:
    """Return an engine."""
    return EngineSpec(
        id=EngineId(name), name=name, backend=BackendKind.STATIC, host="127.0.0.1", port=6878
    )


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Told]:
    """Return what supplies were told of their engines."""
    calls: list[Told] = []

    def note(
        _self: Supply, engine_id: EngineId, error: EngineError, *, doubt: bool = False
    ) -> None:
        calls.append((engine_id, error, doubt))

    monkeypatch.setattr(Supply, "engine_lost", note)
    return calls


@pytest.fixture
def pool() -> EnginePool:
    settings = Settings()
    pool = EnginePool(lambda: settings)
    pool.add(spec(LOST), health=EngineHealth.READY)
    return pool


async def test_all_streams_are_told_of_an_engine_that_is_gone(
    pool: EnginePool, told: list[Told]
) -> None:
    moves = EngineMoves([make_stream(1), make_stream(2)], pool)

    moves.engine_lost(EngineLoss(engine_id=LOST, error=ERROR, certain=True))

    assert told == [(LOST, ERROR, False)] * 2


async def test_a_doubt_is_told_only_where_there_is_somewhere_to_go(
    pool: EnginePool, told: list[Told]
) -> None:
    moves = EngineMoves([make_stream()], pool)
    loss = EngineLoss(engine_id=LOST, error=ERROR, certain=False)

    moves.engine_lost(loss)
    alone = list(told)
    pool.add(spec("engine-2"), health=EngineHealth.READY)
    moves.engine_lost(loss)

    assert alone == []
    assert told == [(LOST, ERROR, True)]


@pytest.mark.expects_errors
async def test_a_fault_of_one_stream_keeps_no_other_from_moving(
    pool: EnginePool, told: list[Told], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, whole = make_stream(1), make_stream(2)
    note = Supply.engine_lost

    def fail_once(
        self: Supply, engine_id: EngineId, error: EngineError, *, doubt: bool = False
    ) -> None:
        if self is broken.supply:
            raise ZeroDivisionError
        note(self, engine_id, error, doubt=doubt)

    monkeypatch.setattr(Supply, "engine_lost", fail_once)

    EngineMoves([broken, whole], pool).engine_lost(
        EngineLoss(engine_id=LOST, error=ERROR, certain=True)
    )

    assert told == [(LOST, ERROR, False)]


async def test_a_stream_without_an_engine_cannot_leave_it(pool: EnginePool) -> None:
    with pytest.raises(Busy):
        EngineMoves([], pool).switch(make_stream())


async def test_the_user_moves_a_stream_only_if_another_engine_has_a_place(
    pool: EnginePool, told: list[Told]
) -> None:
    stream = make_stream()
    stream.supply.engine = spec(LOST)
    moves = EngineMoves([stream], pool)

    with pytest.raises(Busy, match="No other engine"):
        moves.switch(stream)
    pool.add(spec("engine-2"), health=EngineHealth.READY)
    moves.switch(stream)

    ((engine_id, error, doubt),) = told
    assert (engine_id, type(error), doubt) == (LOST, EngineLeft, False)
