"""Every session that was opened is stopped, and its place is free only then."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.engines.reservation import Reservation
from acedesk.errors import EngineRefused, EngineTooSlow, EngineUnreachable, NotLive
from acedesk.formats.engine_reply import Session
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import EngineSpec
from acedesk.proxy.ingest import engine_sessions as module
from tests.fakes.engine_side import EngineSide, engine_side
from tests.fakes.file_engine import FileEngine

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
OTHER = StreamKey(KeyKind.CONTENT_ID, "c" * 40)


@pytest.fixture
async def side() -> AsyncIterator[EngineSide]:
    """Return one engine that plays broadcasts."""
    async with engine_side(starts_per_engine=1) as made:
        yield made


async def open_one(
    side: EngineSide, key: StreamKey = KEY, **values: float
) -> tuple[Session, Reservation]:
    """Open a session on the best engine."""
    reservation = side.pool.reserve(key)
    session = await side.sessions.open(reservation, extra=(), **{"timeout": 5.0, **values})  # type: ignore[arg-type]
    return session, reservation


async def until_free(side: EngineSide) -> None:
    """Wait until no place is taken."""
    turn = asyncio.Event()
    disconnect = side.pool.changed.connect(turn.set)
    async with asyncio.timeout(5):
        while sum(side.loads):
            turn.clear()
            await turn.wait()
    disconnect()


# ---------------------------------------------------------------------- opening


async def test_a_session_holds_the_place_it_was_opened_for(side: EngineSide) -> None:
    session, reservation = await open_one(side)

    assert session.playback_url.startswith(f"http://127.0.0.1:{side.engines[0].port}/")
    assert not reservation.released
    assert side.loads == [1]
    reservation.release()


async def test_every_session_is_another_player(side: EngineSide) -> None:
    for key in (KEY, OTHER, KEY):
        _, reservation = await open_one(side, key)
        reservation.release()

    players = [session.player_id for session in side.engines[0].sessions]
    assert len(set(players)) == 3
    assert all(len(player) == 40 for player in players)


async def test_what_the_player_added_is_handed_on(side: EngineSide) -> None:
    reservation = side.pool.reserve(KEY)

    await side.sessions.open(reservation, extra=(("quality", "hd"),), timeout=5.0)

    assert side.engines[0].sessions[0].query["quality"] == "hd"
    reservation.release()


async def test_a_refusal_frees_the_place(side: EngineSide) -> None:
    side.engines[0].refusal = "failed to load content"

    with pytest.raises(EngineRefused, match="failed to load content"):
        await open_one(side)

    assert side.loads == [0]


async def test_an_engine_that_does_not_answer_frees_the_place(side: EngineSide) -> None:
    side.engines[0].silent = True

    with pytest.raises(EngineTooSlow):
        await open_one(side, timeout=0.01)

    assert side.loads == [0]


async def test_an_engine_that_is_away_frees_the_place(side: EngineSide) -> None:
    await side.engines[0].close()

    with pytest.raises(EngineUnreachable):
        await open_one(side)

    assert side.loads == [0]


async def test_who_leaves_while_it_is_opened_frees_the_place(side: EngineSide) -> None:
    engine = side.engines[0]
    engine.silent = True
    opening = tasks.spawn(open_one(side), name="open")
    await engine.asked.wait()
    before = side.loads

    await tasks.cancel(opening)

    assert (before, side.loads) == ([1], [0])


# ---------------------------------------------------------------------- the end


async def test_a_session_that_ends_is_stopped_and_then_its_place_is_free(side: EngineSide) -> None:
    session, reservation = await open_one(side)

    side.sessions.retire(session, reservation)
    assert side.loads == [1]
    await until_free(side)

    assert side.engines[0].sessions[0].stopped.is_set()


async def test_who_needs_the_place_can_wait_for_it(side: EngineSide) -> None:
    session, reservation = await open_one(side)
    side.sessions.retire(session, reservation)

    await side.sessions.wait_retired(KEY, 5.0)

    assert side.loads == [0]


async def test_another_contents_end_is_not_waited_for(side: EngineSide) -> None:
    session, reservation = await open_one(side)
    side.sessions.retire(session, reservation)

    await side.sessions.wait_retired(OTHER, 5.0)

    assert side.loads == [1]
    await until_free(side)


async def test_nobody_waits_longer_than_he_wants(side: EngineSide) -> None:
    session, reservation = await open_one(side)
    side.sessions.retire(session, reservation)

    await side.sessions.wait_retired(KEY, 0.0)

    assert side.loads == [1]
    await side.sessions.drain(5.0)
    assert side.loads == [0]


async def test_an_engine_that_is_gone_keeps_no_place(side: EngineSide) -> None:
    session, reservation = await open_one(side)
    await side.engines[0].close()

    side.sessions.retire(session, reservation)
    await until_free(side)

    assert reservation.released


async def test_where_nothing_ends_there_is_nothing_to_wait_for(side: EngineSide) -> None:
    async with asyncio.timeout(1):
        await side.sessions.wait_retired(KEY, 60.0)
        await side.sessions.drain(60.0)


# ---------------------------------------------------------------------- the start slot


class Starts:
    """Starts that hold their slot until they are let go."""

    def __init__(self, side: EngineSide) -> None:
        self._side = side
        self.running: list[int] = []
        self.reservations: list[Reservation] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._over: list[asyncio.Event] = []

    async def begin(self, key: StreamKey = KEY) -> None:
        """Ask for a slot."""
        self.reservations.append(self._side.pool.reserve(key, may_share=True))
        self._over.append(asyncio.Event())
        number = len(self.tasks)
        self.tasks.append(tasks.spawn(self._run(number), name=f"start {number}"))
        await self.settle()

    async def end(self, number: int) -> None:
        """Let go of a slot."""
        self._over[number].set()
        await self.settle()

    async def cancel(self, number: int) -> None:
        """Give up a start."""
        await tasks.cancel(self.tasks[number])
        await self.settle()

    async def settle(self) -> None:
        """Let everything happen that can happen now."""
        for _ in range(10):
            await tasks.sleep(0)

    async def _run(self, number: int) -> None:
        async with self._side.sessions.start_slot(self.reservations[number]):
            self.running.append(number)
            await self._over[number].wait()


async def test_one_start_follows_the_other_and_their_number_is_told(side: EngineSide) -> None:
    starts = Starts(side)
    await starts.begin(KEY)
    await starts.begin(OTHER)
    await starts.begin(KEY)

    assert starts.running == [0]
    assert side.sessions.ahead(OTHER) == (0,)
    assert side.sessions.ahead(KEY) == (1,)
    await starts.end(0)
    assert starts.running == [0, 1]
    assert side.sessions.ahead(OTHER) == ()
    assert side.sessions.ahead(KEY) == (0,)
    await starts.end(1)
    await starts.end(2)
    assert side.sessions.ahead(KEY) == ()


async def test_only_those_at_the_same_engine_are_in_front(side: EngineSide) -> None:
    await side.add()
    starts = Starts(side)
    for _ in range(4):  # two on each engine
        await starts.begin(OTHER)

    assert side.loads == [2, 2]
    assert side.sessions.ahead(OTHER) == (0, 0)
    for number in range(4):
        await starts.end(number)


async def test_who_gives_up_in_line_frees_the_place(side: EngineSide) -> None:
    starts = Starts(side)
    await starts.begin()
    await starts.begin(OTHER)

    await starts.cancel(1)

    assert starts.reservations[1].released
    assert not starts.reservations[0].released
    assert side.sessions.ahead(OTHER) == ()
    await starts.end(0)


async def test_who_gives_up_with_the_slot_frees_the_place_and_lets_the_next_begin(
    side: EngineSide,
) -> None:
    starts = Starts(side)
    await starts.begin()
    await starts.begin(OTHER)

    await starts.cancel(0)

    assert starts.reservations[0].released
    assert starts.running == [0, 1]
    await starts.end(1)


async def test_a_start_that_ends_well_keeps_its_place(side: EngineSide) -> None:
    starts = Starts(side)
    await starts.begin()

    await starts.end(0)

    assert not starts.reservations[0].released


# ---------------------------------------------------------------------- files


@pytest.fixture
async def cinema() -> AsyncIterator[EngineSide]:
    """Return one engine that plays files."""
    async with engine_side(kind=FileEngine) as made:
        yield made


async def park(cinema: EngineSide) -> None:
    """Ask for a broadcast and get a file."""
    with pytest.raises(NotLive):
        await open_one(cinema)


async def test_a_file_that_was_taken_for_a_broadcast_waits_for_its_player(
    cinema: EngineSide,
) -> None:
    await park(cinema)

    assert cinema.sessions.holds(KEY)
    assert not cinema.sessions.holds(OTHER)
    assert cinema.loads == [1]
    claimed = cinema.sessions.claim(KEY)
    assert claimed is not None
    assert claimed[0].is_live is False
    assert not cinema.sessions.holds(KEY)
    claimed[1].release()


async def test_whoever_opened_it_may_release_what_it_had(cinema: EngineSide) -> None:
    reservation = cinema.pool.reserve(KEY)
    with pytest.raises(NotLive):
        await cinema.sessions.open(reservation, extra=(), timeout=5.0)

    reservation.release()

    assert cinema.loads == [1]


async def test_a_file_is_claimed_once(cinema: EngineSide) -> None:
    await park(cinema)
    claimed = cinema.sessions.claim(KEY)

    assert cinema.sessions.claim(KEY) is None
    assert cinema.sessions.claim(OTHER) is None
    assert claimed is not None
    claimed[1].release()


async def test_a_file_nobody_comes_for_is_stopped(
    cinema: EngineSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PARKED", 0.01)
    await park(cinema)

    await until_free(cinema)

    assert not cinema.sessions.holds(KEY)
    assert cinema.engines[0].sessions[0].stopped.is_set()


async def test_at_the_end_no_file_waits_any_longer(cinema: EngineSide) -> None:
    await park(cinema)

    await cinema.sessions.drain(5.0)

    assert cinema.loads == [0]
    assert cinema.engines[0].sessions[0].stopped.is_set()
    assert cinema.sessions.claim(KEY) is None


async def test_a_file_that_is_asked_for_as_one_does_not_wait(cinema: EngineSide) -> None:
    reservation = cinema.pool.reserve(KEY)

    session = await cinema.sessions.open(reservation, extra=(), timeout=5.0, live=False)

    assert session.is_live is False
    assert not cinema.sessions.holds(KEY)
    reservation.release()


class _Listener:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, str]] = []

    def opened(self, engine: EngineSpec, key: StreamKey, session: Session) -> None:
        self.heard.append(("opened", key.value, session.player_id))

    def ended(self, engine: EngineSpec, session: Session) -> None:
        self.heard.append(("ended", engine.name, session.player_id))


async def test_who_listens_hears_of_each_session_and_of_its_end(side: EngineSide) -> None:
    listener = side.sessions.listener = _Listener()
    session, reservation = await open_one(side)

    side.sessions.retire(session, reservation)
    await side.sessions.drain(5.0)

    assert listener.heard == [
        ("opened", KEY.value, session.player_id),
        ("ended", "engine-0", session.player_id),
    ]
