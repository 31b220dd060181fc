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
from tests.fakes.watched_supply import BROADCAST, GOP, Watched

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
PLAY = PlayRequest(key=KEY)
ONE, TWO = EngineId("engine-0"), EngineId("engine-1")
GONE = EngineUnreachable("it is gone")


@pytest.fixture
async def side() -> AsyncIterator[EngineSide]:
    """Return two engines."""
    async with engine_side(2) as made:
        yield made


@pytest.fixture
async def watched(side: EngineSide) -> AsyncIterator[Watched]:
    """Return a supply that plays the beginning of the broadcast from the first engine."""
    made = Watched(side, PLAY)
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
    watched = Watched(side, PLAY)

    await watched.until_asked(1)

    supply = watched.supply
    assert supply.key == KEY
    assert (supply.first_at, supply.lost_at, supply.accepted_at) == (None, None, None)
    assert (supply.session, supply.switches, list(supply.failovers)) == (None, 0, [])
    assert supply.engine == side.pool.get(ONE)
    assert supply.last_at == supply.started_at
    assert not supply.protected
    await tasks.cancel(watched.task)


async def test_a_stream_that_plays_knows_its_engine_and_session(watched: Watched) -> None:
    supply = watched.supply

    assert watched.names == ["engine-0"]
    assert supply.engine is not None
    assert supply.engine.name == "engine-0"
    assert supply.session is not None
    assert supply.session.playback_session_id == "0" * 40
    assert supply.accepted_at is not None
    assert supply.first_at is not None
    assert supply.started_at <= supply.accepted_at <= supply.first_at <= clock.monotonic()
    assert supply.last_at == watched.delivered[-1]
    assert supply.scanner.tables
    assert watched.changes > 0


async def test_one_session_is_enough(watched: Watched) -> None:
    await watched.side.engines[0].push(BROADCAST[2 * GOP : 5 * GOP])
    await watched.receive(BROADCAST[: 5 * GOP])

    assert [len(engine.sessions) for engine in watched.side.engines] == [1, 0]
    assert watched.side.loads == [1, 0]


async def test_what_the_player_added_reaches_the_engine(side: EngineSide) -> None:
    watched = Watched(side, dataclasses.replace(PLAY, extra=(("quality", "hd"),)))

    await watched.play()

    assert side.engines[0].sessions[0].query["quality"] == "hd"
    await tasks.cancel(watched.task)


async def test_without_an_engine_a_start_is_over_at_once() -> None:
    async with engine_side(0) as side:
        error = await Watched(side, PLAY).end()

    assert isinstance(error, Busy)
    assert error.reason is BusyReason.NO_ENGINE


async def test_a_content_two_engines_refuse_is_refused(side: EngineSide) -> None:
    await side.add()
    for engine in side.engines:
        engine.refusal = "failed to load content"
    watched = Watched(side, PLAY)

    error = await watched.end()

    assert isinstance(error, EngineRefused)
    assert error.detail == "failed to load content"
    assert error.__traceback__ is not None
    assert error.__cause__ is None
    assert watched.supply.session is None
    await all_stopped(side)


async def test_an_engine_that_refuses_gives_way_to_another(side: EngineSide) -> None:
    side.engines[0].refusal = "no"
    watched = Watched(side, PLAY)

    await watched.play(engine=1)

    assert watched.names == ["engine-1"]
    assert watched.supply.switches == 0
    assert side.pool.failed_starts(ONE) == 1
    await tasks.cancel(watched.task)


async def test_a_file_is_not_played() -> None:
    async with engine_side(kind=FileEngine) as side:
        error = await Watched(side, PLAY).end()

        assert isinstance(error, NotLive)
        assert side.sessions.holds(KEY)


async def test_an_engine_that_sends_no_stream_ends_the_start(side: EngineSide) -> None:
    for engine in side.engines:
        engine.body_type = "text/html"
    error = await Watched(side, PLAY).end()

    assert error is not None
    assert error.code == "engine_answer_invalid"
    await all_stopped(side)


# ---------------------------------------------------------------------- the end


async def test_when_nobody_wants_it_any_more_the_engine_is_told(watched: Watched) -> None:
    await tasks.cancel(watched.task)

    assert watched.supply.session is None
    assert watched.supply.engines == ()
    assert watched.error is None
    await all_stopped(watched.side)


async def test_what_comes_after_the_end_changes_nothing(watched: Watched) -> None:
    await tasks.cancel(watched.task)
    before = watched.changes

    watched.supply.protect(True)
    watched.supply.engine_lost(ONE, GONE)
    watched.supply.look_for_picture(clock.monotonic() + 60.0)
    watched.supply.client_progressed()

    assert watched.supply.engines == ()
    assert watched.changes == before
    assert watched.side.loads[1] == 0


async def test_one_that_is_cancelled_while_it_starts_keeps_nothing(side: EngineSide) -> None:
    side.engines[0].silent = True
    watched = Watched(side, PLAY)
    await side.engines[0].asked.wait()

    await tasks.cancel(watched.task)

    assert side.loads == [0, 0]


async def test_cancelled_before_its_first_step_it_asked_nobody(side: EngineSide) -> None:
    watched = Watched(side, PLAY)

    await tasks.cancel(watched.task)

    assert side.loads == [0, 0]
    assert [engine.sessions for engine in side.engines] == [[], []]


# ---------------------------------------------------------------------- another engine


async def go_on(watched: Watched, size: int = 4 * GOP) -> None:
    """Let the second engine bring the broadcast up to `size` and wait for it."""
    await watched.side.engines[1].push(BROADCAST[:size])
    await watched.receive(BROADCAST[:size])


async def test_another_engine_goes_on_where_the_first_broke_off(watched: Watched) -> None:
    watched.side.engines[0].reset()
    await watched.until(lambda: watched.supply.lost_at is not None)
    assert watched.supply.switches == 1

    await go_on(watched)

    supply = watched.supply
    assert supply.lost_at is None
    assert supply.engine is not None
    assert supply.engine.name == "engine-1"
    (failover,) = supply.failovers
    assert (failover.from_engine, failover.to_engine) == ("engine-0", "engine-1")
    assert (failover.method, failover.lost_packets) == (SpliceMethod.BYTE_EXACT, 0)
    assert failover.cause == "engine_unreachable"


async def test_the_session_that_broke_is_stopped(watched: Watched) -> None:
    watched.side.engines[0].end()
    await go_on(watched)

    await places(watched.side, [0, 1])

    assert watched.side.engines[0].sessions[0].stopped.is_set()


async def test_an_engine_the_user_does_not_want_is_left(watched: Watched) -> None:
    watched.supply.engine_lost(ONE, EngineLeft("the user chose another engine"))
    await go_on(watched)

    assert watched.supply.failovers[0].cause == "engine_left"


async def test_an_engine_that_is_not_its_own_is_no_concern(watched: Watched) -> None:
    watched.supply.engine_lost(TWO, GONE)
    watched.supply.engine_lost(EngineId("nobody"), GONE)

    assert watched.supply.lost_at is None
    assert watched.names == ["engine-0"]


async def test_an_engine_in_doubt_that_sends_is_not_left(watched: Watched) -> None:
    watched.supply.engine_lost(ONE, GONE, doubt=True)

    assert watched.supply.lost_at is None
    assert watched.names == ["engine-0"]


async def test_an_engine_in_doubt_that_has_sent_nothing_is_left(side: EngineSide) -> None:
    side.engines[0].silent = True
    watched = Watched(side, PLAY)
    await side.engines[0].asked.wait()

    watched.supply.engine_lost(ONE, GONE, doubt=True)
    await watched.play(engine=1)

    assert watched.names == ["engine-1"]
    await tasks.cancel(watched.task)


async def test_the_only_engine_is_asked_again() -> None:
    async with engine_side(1) as side:
        watched = Watched(side, PLAY)
        await watched.play()

        side.engines[0].reset()
        await side.engines[0].push(BROADCAST[: 4 * GOP], number=1)
        await watched.receive(BROADCAST[: 4 * GOP])

        (failover,) = watched.supply.failovers
        assert (failover.from_engine, failover.to_engine) == ("engine-0", "engine-0")
        await tasks.cancel(watched.task)


async def test_a_stream_nobody_goes_on_with_ends_in_time(side: EngineSide) -> None:
    watched = Watched(side, PLAY)
    await watched.play()
    side.settings = side.settings.changed({"switch_timeout": 1.0})  # read anew at each step
    for engine in side.engines:
        engine.silent = True

    side.engines[0].reset()
    error = await watched.end()

    assert isinstance(error, EngineUnreachable)
    assert "no engine went on with it within 1 s" in error.detail
    assert watched.supply.lost_at is not None
    assert side.loads[1] == 0


# ---------------------------------------------------------------------- two at once


async def test_a_protected_stream_plays_on_two(watched: Watched) -> None:
    watched.supply.protect(True)
    await watched.until_asked(2)
    await watched.side.engines[1].push(BROADCAST[: 3 * GOP])
    await watched.side.engines[0].push(BROADCAST[2 * GOP : 3 * GOP])

    await watched.receive(BROADCAST[: 3 * GOP])

    assert watched.supply.protected
    assert watched.names == ["engine-0", "engine-1"]
    assert watched.side.loads == [1, 1]


async def test_of_a_protected_stream_one_engine_may_break(watched: Watched) -> None:
    watched.supply.protect(True)
    await watched.side.engines[1].push(BROADCAST[: 2 * GOP + 5 * PACKET])
    await watched.receive(BROADCAST[: 2 * GOP + 5 * PACKET])

    watched.side.engines[0].reset()
    await watched.side.engines[1].push(BROADCAST[2 * GOP + 5 * PACKET : 4 * GOP])

    await watched.receive(BROADCAST[: 4 * GOP])
    assert watched.supply.engine is not None
    assert watched.supply.engine.name == "engine-1"


async def test_without_protection_one_is_let_go(watched: Watched) -> None:
    watched.supply.protect(True)
    await watched.until_asked(2)

    watched.supply.protect(False)
    await watched.until_asked(1)

    assert watched.names == ["engine-0"]
    assert watched.supply.lost_at is None
    await places(watched.side, [1, 0])


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
    watched = Watched(side, dataclasses.replace(PLAY, protect=asked))

    await watched.play()
    await watched.until_asked(2 if protected else 1)

    assert watched.supply.protected is protected
    await tasks.cancel(watched.task)


async def test_at_a_hedged_start_the_first_picture_wins(side: EngineSide) -> None:
    side.settings = side.settings.changed({"hedged_start": True})
    watched = Watched(side, PLAY)
    await watched.until_asked(2)

    await side.engines[0].push(BROADCAST[3 * PACKET : 8 * PACKET])
    await side.engines[1].push(BROADCAST[: 2 * GOP])
    await watched.receive(BROADCAST[: 2 * GOP])
    await watched.until_asked(1)

    assert watched.names == ["engine-1"]
    assert watched.supply.switches == 0
    await tasks.cancel(watched.task)
    await all_stopped(side)


async def test_a_hedged_start_with_one_engine_is_a_start() -> None:
    async with engine_side(1, hedged_start=True) as side:
        watched = Watched(side, PLAY)

        await watched.play()

        assert watched.names == ["engine-0"]
        await tasks.cancel(watched.task)


# ---------------------------------------------------------------------- no picture


SOUND_ONLY = b"".join(
    packet
    for packet in (BROADCAST[at : at + PACKET] for at in range(0, len(BROADCAST), PACKET))
    if int.from_bytes(packet[1:3], "big") & 0x1FFF != transport.VIDEO_PID
)


async def hear(watched: Watched, seconds: int) -> None:
    """Let sound come from the first engine, and look once a second for the picture."""
    now = clock.monotonic()
    for second in range(seconds):
        wanted = watched.ring.total + PACKET
        await watched.side.engines[0].push(SOUND_ONLY[second * PACKET : (second + 1) * PACKET])
        await watched.until_total(wanted)
        watched.supply.look_for_picture(now + second)


async def test_a_picture_that_is_there_is_not_looked_for(watched: Watched) -> None:
    for second in range(60):
        watched.supply.look_for_picture(clock.monotonic() + second)

    assert watched.names == ["engine-0"]


async def test_a_picture_that_is_missing_is_asked_of_another_engine_once(side: EngineSide) -> None:
    side.settings = side.settings.changed({"splice_wait": 0.0})
    watched = Watched(side, PLAY)
    await watched.play()
    await hear(watched, 3)
    assert watched.names == ["engine-0"]

    await hear(watched, 10)
    await watched.until_asked(2)
    await side.engines[1].push(BROADCAST)
    await watched.until(lambda: bool(watched.supply.failovers))

    assert watched.names == ["engine-1"]
    assert watched.supply.failovers[0].cause == EngineNoPicture.code
    await tasks.cancel(watched.task)


async def test_a_player_that_takes_bytes_hurries_no_engine_that_is_in_time(
    watched: Watched,
) -> None:
    await watched.side.engines[0].push(BROADCAST[2 * GOP : 3 * GOP])
    before = watched.ring.total

    watched.supply.client_progressed()

    assert not watched.supply.read_throttle.is_fast
    assert watched.ring.total == before
