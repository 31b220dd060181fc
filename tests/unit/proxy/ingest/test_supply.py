"""One content from real engines: who is asked, what is told, and that nothing is left."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator

import pytest

from acedesk import clock, tasks
from acedesk.errors import (
    Busy,
    BusyReason,
    EngineLeft,
    EngineNoPicture,
    EngineRefused,
    EngineUnreachable,
    NotLive,
)
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import EngineId
from acedesk.model.failover import SpliceMethod
from acedesk.mpegts.packets import PACKET
from tests import transport
from tests.fakes.engine_side import EngineSide, engine_side
from tests.fakes.file_engine import FileEngine
from tests.fakes.recorded_supply import BROADCAST, GOP, RecordedSupply

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
OTHER = StreamKey(KeyKind.CONTENT_ID, "b" * 40)
PLAY = PlayRequest(key=KEY)
ONE, TWO = EngineId("engine-0"), EngineId("engine-1")
GONE = EngineUnreachable("it is gone")


@pytest.fixture
async def side() -> AsyncIterator[EngineSide]:
    """Return two engines."""
    async with engine_side(2) as made:
        yield made


@pytest.fixture
async def recorded(side: EngineSide) -> AsyncIterator[RecordedSupply]:
    """Return a supply that plays the beginning of the broadcast from the first engine."""
    made = RecordedSupply(side, PLAY)
    await made.play()
    yield made
    await tasks.cancel(made.task)


async def places(side: EngineSide, taken: list[int]) -> None:
    """Wait until so many places are taken on each engine."""
    turn = asyncio.Event()
    disconnect = side.pool.changed.connect(turn.set)
    async with asyncio.timeout(10):
        while side.loads != taken:
            turn.clear()
            await turn.wait()
    disconnect()


async def all_stopped(side: EngineSide) -> None:
    """Wait until all sessions are stopped and all places free."""
    await places(side, [0] * len(side.engines))
    for engine in side.engines:
        assert all(session.stopped.is_set() for session in engine.sessions)


# ---------------------------------------------------------------------- the start


async def test_before_anything_came_nothing_is_known(side: EngineSide) -> None:
    side.engines[0].silent = side.engines[1].silent = True
    recorded = RecordedSupply(side, PLAY)

    await recorded.until_asked(1)

    supply = recorded.supply
    assert supply.key == KEY
    assert (supply.first_at, supply.lost_at, supply.accepted_at) == (None, None, None)
    assert (supply.session, supply.switches, list(supply.failovers)) == (None, 0, [])
    assert supply.engine == side.pool.get(ONE)
    assert supply.last_at == supply.started_at
    assert not supply.protected
    await tasks.cancel(recorded.task)


async def test_a_stream_that_plays_knows_its_engine_and_session(recorded: RecordedSupply) -> None:
    supply = recorded.supply

    assert recorded.names == ["engine-0"]
    assert supply.engine is not None
    assert supply.engine.name == "engine-0"
    assert supply.session is not None
    assert supply.session.playback_session_id == "0" * 40
    assert supply.accepted_at is not None
    assert supply.first_at is not None
    assert supply.started_at <= supply.accepted_at <= supply.first_at <= clock.monotonic()
    assert supply.last_at == recorded.delivered[-1]
    assert supply.scanner.tables
    assert recorded.changes > 0


async def test_one_session_is_enough(recorded: RecordedSupply) -> None:
    await recorded.side.engines[0].push(BROADCAST[2 * GOP : 5 * GOP])
    await recorded.receive(BROADCAST[: 5 * GOP])

    assert [len(engine.sessions) for engine in recorded.side.engines] == [1, 0]
    assert recorded.side.loads == [1, 0]


async def test_what_the_player_added_reaches_the_engine(side: EngineSide) -> None:
    recorded = RecordedSupply(side, dataclasses.replace(PLAY, extra=(("quality", "hd"),)))

    await recorded.play()

    assert side.engines[0].sessions[0].query["quality"] == "hd"
    await tasks.cancel(recorded.task)


async def test_without_an_engine_a_start_is_over_at_once() -> None:
    async with engine_side(0) as side:
        error = await RecordedSupply(side, PLAY).end()

    assert isinstance(error, Busy)
    assert error.reason is BusyReason.NO_ENGINE


async def test_a_content_two_engines_refuse_is_refused(side: EngineSide) -> None:
    await side.add()
    for engine in side.engines:
        engine.refusal = "failed to load content"
    recorded = RecordedSupply(side, PLAY)

    error = await recorded.end()

    assert isinstance(error, EngineRefused)
    assert error.detail == "failed to load content"
    assert error.__traceback__ is not None
    assert error.__cause__ is None
    assert recorded.supply.session is None
    await all_stopped(side)


async def test_an_engine_that_refuses_gives_way_to_another(side: EngineSide) -> None:
    side.engines[0].refusal = "no"
    recorded = RecordedSupply(side, PLAY)

    await recorded.play(engine=1)

    assert recorded.names == ["engine-1"]
    assert recorded.supply.switches == 0
    assert side.pool.scores.failed_starts(ONE) == 1
    await tasks.cancel(recorded.task)


async def test_a_file_is_not_played() -> None:
    async with engine_side(kind=FileEngine) as side:
        error = await RecordedSupply(side, PLAY).end()

        assert isinstance(error, NotLive)
        assert side.sessions.holds(KEY)


async def test_an_engine_that_sends_no_stream_ends_the_start(side: EngineSide) -> None:
    for engine in side.engines:
        engine.body_type = "text/html"
    error = await RecordedSupply(side, PLAY).end()

    assert error is not None
    assert error.code == "engine_answer_invalid"
    await all_stopped(side)


# ---------------------------------------------------------------------- the end


async def test_when_nobody_wants_it_any_more_the_engine_is_told(recorded: RecordedSupply) -> None:
    await tasks.cancel(recorded.task)

    assert recorded.supply.session is None
    assert recorded.supply.engines == ()
    assert recorded.error is None
    await all_stopped(recorded.side)


async def test_what_comes_after_the_end_changes_nothing(recorded: RecordedSupply) -> None:
    await tasks.cancel(recorded.task)
    before = recorded.changes

    recorded.supply.protect(True)
    recorded.supply.engine_lost(ONE, GONE)
    recorded.supply.look_for_picture(clock.monotonic() + 60.0)
    recorded.supply.client_progressed()

    assert recorded.supply.engines == ()
    assert recorded.changes == before
    assert recorded.side.loads[1] == 0


async def test_one_that_is_cancelled_while_it_starts_keeps_nothing(side: EngineSide) -> None:
    side.engines[0].silent = True
    recorded = RecordedSupply(side, PLAY)
    await side.engines[0].asked.wait()

    await tasks.cancel(recorded.task)

    assert side.loads == [0, 0]


async def test_cancelled_before_its_first_step_it_asked_nobody(side: EngineSide) -> None:
    recorded = RecordedSupply(side, PLAY)

    await tasks.cancel(recorded.task)

    assert side.loads == [0, 0]
    assert [engine.sessions for engine in side.engines] == [[], []]


# ---------------------------------------------------------------------- another engine


async def go_on(recorded: RecordedSupply, size: int = 4 * GOP) -> None:
    """Let the second engine bring the broadcast up to `size` and wait for it."""
    await recorded.side.engines[1].push(BROADCAST[:size])
    await recorded.receive(BROADCAST[:size])


async def test_another_engine_goes_on_where_the_first_broke_off(recorded: RecordedSupply) -> None:
    recorded.side.engines[0].reset()
    await recorded.until(lambda: recorded.supply.lost_at is not None)
    assert recorded.supply.switches == 1

    await go_on(recorded)

    supply = recorded.supply
    assert supply.lost_at is None
    assert supply.engine is not None
    assert supply.engine.name == "engine-1"
    (failover,) = supply.failovers
    assert (failover.from_engine, failover.to_engine) == ("engine-0", "engine-1")
    assert (failover.method, failover.lost_packets) == (SpliceMethod.BYTE_EXACT, 0)
    assert failover.cause == "engine_unreachable"


async def test_the_session_that_broke_is_stopped(recorded: RecordedSupply) -> None:
    recorded.side.engines[0].end()
    await go_on(recorded)

    await places(recorded.side, [0, 1])

    assert recorded.side.engines[0].sessions[0].stopped.is_set()


async def test_an_engine_the_user_does_not_want_is_left(recorded: RecordedSupply) -> None:
    recorded.supply.engine_lost(ONE, EngineLeft("the user chose another engine"))
    await go_on(recorded)

    assert recorded.supply.failovers[0].cause == "engine_left"


async def test_an_engine_that_is_not_its_own_is_no_concern(recorded: RecordedSupply) -> None:
    recorded.supply.engine_lost(TWO, GONE)
    recorded.supply.engine_lost(EngineId("nobody"), GONE)

    assert recorded.supply.lost_at is None
    assert recorded.names == ["engine-0"]


async def test_an_engine_in_doubt_that_sends_is_not_left(recorded: RecordedSupply) -> None:
    recorded.supply.engine_lost(ONE, GONE, doubt=True)

    assert recorded.supply.lost_at is None
    assert recorded.names == ["engine-0"]


async def test_an_engine_in_doubt_that_has_sent_nothing_is_left(side: EngineSide) -> None:
    side.engines[0].silent = True
    recorded = RecordedSupply(side, PLAY)
    await side.engines[0].asked.wait()

    recorded.supply.engine_lost(ONE, GONE, doubt=True)
    await recorded.play(engine=1)

    assert recorded.names == ["engine-1"]
    await tasks.cancel(recorded.task)


async def test_the_only_engine_is_asked_again() -> None:
    async with engine_side(1) as side:
        recorded = RecordedSupply(side, PLAY)
        await recorded.play()

        side.engines[0].reset()
        await side.engines[0].push(BROADCAST[: 4 * GOP], number=1)
        await recorded.receive(BROADCAST[: 4 * GOP])

        (failover,) = recorded.supply.failovers
        assert (failover.from_engine, failover.to_engine) == ("engine-0", "engine-0")
        await tasks.cancel(recorded.task)


async def test_a_stream_nobody_goes_on_with_ends_in_time(side: EngineSide) -> None:
    recorded = RecordedSupply(side, PLAY)
    await recorded.play()
    side.settings = side.settings.changed({"switch_timeout": 1.0})  # read anew at each step
    for engine in side.engines:
        engine.silent = True

    side.engines[0].reset()
    error = await recorded.end()

    assert isinstance(error, EngineUnreachable)
    assert "no engine went on with it within 1 s" in error.detail
    assert recorded.supply.lost_at is not None
    assert side.loads[1] == 0


# ---------------------------------------------------------------------- two at once


async def test_a_protected_stream_plays_on_two(recorded: RecordedSupply) -> None:
    recorded.supply.protect(True)
    await recorded.until_asked(2)
    await recorded.side.engines[1].push(BROADCAST[: 3 * GOP])
    await recorded.side.engines[0].push(BROADCAST[2 * GOP : 3 * GOP])

    await recorded.receive(BROADCAST[: 3 * GOP])

    assert recorded.supply.protected
    assert recorded.names == ["engine-0", "engine-1"]
    assert recorded.side.loads == [1, 1]


async def test_of_a_protected_stream_one_engine_may_break(recorded: RecordedSupply) -> None:
    recorded.supply.protect(True)
    await recorded.side.engines[1].push(BROADCAST[: 2 * GOP + 5 * PACKET])
    await recorded.receive(BROADCAST[: 2 * GOP + 5 * PACKET])

    recorded.side.engines[0].reset()
    await recorded.side.engines[1].push(BROADCAST[2 * GOP + 5 * PACKET : 4 * GOP])

    await recorded.receive(BROADCAST[: 4 * GOP])
    assert recorded.supply.engine is not None
    assert recorded.supply.engine.name == "engine-1"


async def test_each_engine_carries_some_of_the_protected_streams(
    recorded: RecordedSupply,
) -> None:
    """One that breaks interrupts half of them, and not all."""
    recorded.supply.protect(True)
    await recorded.until_asked(2)
    assert recorded.supply.engine is not None
    assert recorded.supply.engine.name == "engine-0"

    with recorded.side.pool.reserve(OTHER) as place:
        assert place.engine.name == "engine-1"

    recorded.side.engines[0].reset()
    await recorded.side.engines[1].push(BROADCAST[: 3 * GOP])
    await recorded.receive(BROADCAST[: 3 * GOP])
    await recorded.until_asked(2)

    with recorded.side.pool.reserve(OTHER) as place:
        assert place.engine.name == "engine-0"


async def test_without_protection_one_is_let_go(recorded: RecordedSupply) -> None:
    recorded.supply.protect(True)
    await recorded.until_asked(2)

    recorded.supply.protect(False)
    await recorded.until_asked(1)

    assert recorded.names == ["engine-0"]
    assert recorded.supply.lost_at is None
    await places(recorded.side, [1, 0])


@pytest.mark.parametrize(
    ("setting", "asked", "protected"),
    [
        (False, None, False),
        (True, None, True),
        (True, False, False),
        (False, True, True),
    ],
)
async def test_who_asks_decides_whether_it_is_protected(
    side: EngineSide, setting: bool, asked: bool | None, protected: bool
) -> None:
    side.settings = side.settings.changed({"protect_streams": setting})
    recorded = RecordedSupply(side, dataclasses.replace(PLAY, protect=asked))

    await recorded.play()
    await recorded.until_asked(2 if protected else 1)

    assert recorded.supply.protected is protected
    await tasks.cancel(recorded.task)


async def test_at_a_hedged_start_the_first_picture_wins(side: EngineSide) -> None:
    side.settings = side.settings.changed({"hedged_start": True})
    recorded = RecordedSupply(side, PLAY)
    await recorded.until_asked(2)

    await side.engines[0].push(BROADCAST[3 * PACKET : 8 * PACKET])
    await side.engines[1].push(BROADCAST[: 2 * GOP])
    await recorded.receive(BROADCAST[: 2 * GOP])
    await recorded.until_asked(1)

    assert recorded.names == ["engine-1"]
    assert recorded.supply.switches == 0
    await tasks.cancel(recorded.task)
    await all_stopped(side)


async def test_a_hedged_start_with_one_engine_is_a_start() -> None:
    async with engine_side(1, hedged_start=True) as side:
        recorded = RecordedSupply(side, PLAY)

        await recorded.play()

        assert recorded.names == ["engine-0"]
        await tasks.cancel(recorded.task)


# ---------------------------------------------------------------------- no picture


SOUND_ONLY = b"".join(
    packet
    for packet in (BROADCAST[at : at + PACKET] for at in range(0, len(BROADCAST), PACKET))
    if int.from_bytes(packet[1:3], "big") & 0x1FFF != transport.VIDEO_PID
)


async def hear(recorded: RecordedSupply, seconds: int) -> None:
    """Let sound come from the first engine, and look once a second for the picture."""
    now = clock.monotonic()
    for second in range(seconds):
        wanted = recorded.ring.total + PACKET
        await recorded.side.engines[0].push(SOUND_ONLY[second * PACKET : (second + 1) * PACKET])
        await recorded.until_total(wanted)
        recorded.supply.look_for_picture(now + second)


async def test_a_picture_that_is_there_is_not_looked_for(recorded: RecordedSupply) -> None:
    for second in range(60):
        recorded.supply.look_for_picture(clock.monotonic() + second)

    assert recorded.names == ["engine-0"]


async def test_a_picture_that_is_missing_is_asked_of_another_engine_once(side: EngineSide) -> None:
    side.settings = side.settings.changed({"splice_wait": 0.0})
    recorded = RecordedSupply(side, PLAY)
    await recorded.play()
    await hear(recorded, 3)
    assert recorded.names == ["engine-0"]

    await hear(recorded, 10)
    await recorded.until_asked(2)
    await side.engines[1].push(BROADCAST)
    await recorded.until(lambda: bool(recorded.supply.failovers))

    assert recorded.names == ["engine-1"]
    assert recorded.supply.failovers[0].cause == EngineNoPicture.code
    await tasks.cancel(recorded.task)


async def test_a_player_that_takes_bytes_hurries_no_engine_that_is_in_time(
    recorded: RecordedSupply,
) -> None:
    await recorded.side.engines[0].push(BROADCAST[2 * GOP : 3 * GOP])
    before = recorded.ring.total

    recorded.supply.client_progressed()

    assert not recorded.supply.read_throttle.is_fast
    assert recorded.ring.total == before
