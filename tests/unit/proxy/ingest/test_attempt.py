"""One engine's try: how far it is, what ends it, and that nothing of it is left."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator

import pytest

from acedesk import clock
from acedesk.engines.reservation import Reservation
from acedesk.errors import (
    EngineAnswerInvalid,
    EngineError,
    EngineRefused,
    EngineTooSlow,
    EngineUnreachable,
    NotLive,
)
from acedesk.model.content import KeyKind, StreamKey
from acedesk.proxy.ingest import engine_sessions
from acedesk.proxy.ingest.attempt import Attempt
from acedesk.rules.supply.plan import RECENT
from acedesk.rules.supply.state import AskEngine
from tests import transport
from tests.fakes.engine_side import EngineSide, engine_side
from tests.fakes.file_engine import FileEngine

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
MEDIA = transport.broadcast(5)


def question(**values: object) -> AskEngine:
    """Return what an engine with all the time is asked."""
    usual = AskEngine(
        attempt=7,
        content=KEY,
        avoid=frozenset(),
        last={},
        accept=10.0,
        start=10.0,
        media_at=clock.monotonic() + 10.0,
        replaces=False,
    )
    return dataclasses.replace(usual, **values)  # type: ignore[arg-type]


class Tried:
    """An attempt and what it told.

    Attributes:
        told: How far it was each time that changed, as (session, feed).
    """

    def __init__(self, side: EngineSide, asked: AskEngine, reservation: Reservation) -> None:
        self.told: list[tuple[bool, bool]] = []
        self.errors: list[EngineError] = []
        self._news = asyncio.Event()
        self.reservation = reservation
        self.attempt = Attempt(
            reservation,
            side.sessions,
            asked,
            warm_up=0.01,
            extra=(("quality", "hd"),),
            on_change=self._changed,
            on_failure=self._failed,
        )

    def _changed(self, attempt: Attempt) -> None:
        assert attempt is self.attempt
        self.told.append((attempt.session is not None, attempt.feed is not None))
        self._news.set()

    def _failed(self, attempt: Attempt, error: EngineError) -> None:
        assert attempt is self.attempt
        self.errors.append(error)
        self._news.set()

    async def until(self, *, told: int = 0, errors: int = 0) -> None:
        """Wait until it told so often."""
        async with asyncio.timeout(10):
            while len(self.told) < told or len(self.errors) < errors:
                self._news.clear()
                await self._news.wait()

    async def failure(self) -> EngineError:
        """Return what it failed with."""
        await self.until(errors=1)
        (error,) = self.errors
        return error

    async def end(self) -> None:
        """End it."""
        self.attempt.close()
        await self.attempt.wait_closed()


@pytest.fixture
async def side() -> AsyncIterator[EngineSide]:
    """Return one engine that plays broadcasts."""
    async with engine_side(starts_per_engine=1) as made:
        yield made


def attempt(side: EngineSide, **values: object) -> Tried:
    """Begin an attempt on the best engine."""
    return Tried(side, question(**values), side.pool.reserve(KEY))


async def places_free(side: EngineSide) -> None:
    """Wait until all places are free, which is when the engines were told."""
    await side.sessions.drain(5.0)
    assert sum(side.loads) == 0


# ---------------------------------------------------------------------- it goes well


async def test_each_step_is_told_in_its_turn(side: EngineSide) -> None:
    tried = attempt(side)
    assert tried.attempt.number == 7
    assert tried.attempt.engine.name == "engine-0"

    await side.engines[0].push(MEDIA)
    await tried.until(told=3)

    assert tried.told == [(False, False), (True, False), (True, True)]
    assert tried.attempt.accepted_at is not None
    assert tried.attempt.asked_at <= tried.attempt.accepted_at <= clock.monotonic()
    await tried.end()


async def test_what_the_player_added_reaches_the_engine(side: EngineSide) -> None:
    tried = attempt(side)
    await tried.until(told=2)

    assert side.engines[0].sessions[0].query["quality"] == "hd"
    await tried.end()


async def test_without_a_byte_there_is_no_feed(side: EngineSide) -> None:
    tried = attempt(side)

    await side.engines[0].body_of()

    assert tried.attempt.feed is None
    assert not tried.attempt.is_flowing(clock.monotonic())
    await tried.end()


async def test_the_first_bytes_are_in_the_feed(side: EngineSide) -> None:
    tried = attempt(side)
    await side.engines[0].push(MEDIA)
    await tried.until(told=3)
    feed = tried.attempt.feed
    assert feed is not None

    blocks = feed.read(clock.monotonic())

    assert b"".join(bytes(slab.map[a:b]) for slab, _, a, b in blocks) == MEDIA
    await tried.end()


async def test_it_flows_as_long_as_something_came_a_moment_ago(side: EngineSide) -> None:
    tried = attempt(side)
    await side.engines[0].push(MEDIA)
    await tried.until(told=3)
    feed = tried.attempt.feed
    assert feed is not None
    feed.read(50.0)

    assert tried.attempt.is_flowing(50.0 + RECENT)
    assert not tried.attempt.is_flowing(50.1 + RECENT)
    await tried.end()


async def test_an_engine_that_prebuffers_is_asked_again(side: EngineSide) -> None:
    side.engines[0].warming_up = 3
    tried = attempt(side)

    await side.engines[0].push(MEDIA)
    await tried.until(told=3)

    assert side.engines[0].sessions[0].opened == 4
    assert len(side.engines[0].sessions) == 1
    await tried.end()


# ---------------------------------------------------------------------- in line


async def test_the_time_in_line_is_not_the_engines(side: EngineSide) -> None:
    side.engines[0].silent = True
    first = Tried(side, question(), side.pool.reserve(KEY))
    await first.until(told=1)
    second = Tried(side, question(), side.pool.reserve(KEY, may_share=True))
    before, made_at = second.attempt.waited, second.attempt.asked_at

    side.engines[0].silent = False
    await first.end()
    await second.until(told=1)

    assert before is None
    assert second.attempt.waited is not None
    since, until = second.attempt.waited
    assert made_at <= since <= until == second.attempt.asked_at
    await second.end()


async def test_one_that_replaces_another_does_not_stand_in_line(side: EngineSide) -> None:
    side.engines[0].silent = True
    first = Tried(side, question(), side.pool.reserve(KEY))
    await first.until(told=1)
    side.engines[0].silent = False

    second = Tried(side, question(replaces=True), side.pool.reserve(KEY, may_share=True))
    await second.until(told=1)

    assert second.told == [(True, False)]
    assert second.attempt.waited is None
    await first.end()
    await second.end()


# ---------------------------------------------------------------------- it fails


async def test_a_refusal_is_told_and_the_place_is_free(side: EngineSide) -> None:
    side.engines[0].refusal = "failed to load content"
    tried = attempt(side)

    error = await tried.failure()

    assert isinstance(error, EngineRefused)
    assert tried.told == [(False, False)]
    assert side.loads == [0]


async def test_an_engine_that_is_away_is_told(side: EngineSide) -> None:
    await side.engines[0].close()

    assert isinstance(await attempt(side).failure(), EngineUnreachable)


async def test_an_engine_that_gives_no_session_is_too_slow(side: EngineSide) -> None:
    side.engines[0].silent = True

    error = await attempt(side, accept=0.01).failure()

    assert isinstance(error, EngineTooSlow)
    assert side.loads == [0]


async def test_one_that_prebuffers_for_too_long_is_too_slow(side: EngineSide) -> None:
    side.engines[0].warming_up = 10**6

    error = await attempt(side, media_at=clock.monotonic() + 0.3).failure()

    assert isinstance(error, EngineTooSlow)
    assert error.detail == "no media within 10 s"
    await places_free(side)
    assert side.engines[0].sessions[0].stopped.is_set()


async def test_one_that_sends_nothing_is_too_slow(side: EngineSide) -> None:
    tried = attempt(side, media_at=clock.monotonic() + 0.2)

    assert isinstance(await tried.failure(), EngineTooSlow)

    assert tried.told == [(False, False), (True, False)]
    await places_free(side)
    assert side.engines[0].sessions[0].stopped.is_set()


async def test_one_that_breaks_off_before_the_first_byte_is_told(side: EngineSide) -> None:
    tried = attempt(side)
    await side.engines[0].body_of()

    side.engines[0].reset()

    assert isinstance(await tried.failure(), EngineUnreachable)
    await places_free(side)


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [(403, "video/mp2t", EngineRefused), (200, "text/html", EngineAnswerInvalid)],
)
async def test_a_body_that_is_none_ends_the_session(
    side: EngineSide, status: int, kind: str, error: type[EngineError]
) -> None:
    engine = side.engines[0]
    engine.body_status, engine.body_type = status, kind

    assert isinstance(await attempt(side).failure(), error)

    await places_free(side)
    assert engine.sessions[0].stopped.is_set()


async def test_a_file_is_no_broadcast_and_its_session_waits() -> None:
    async with engine_side(kind=FileEngine) as side:
        tried = attempt(side)

        assert isinstance(await tried.failure(), NotLive)

        assert side.sessions.holds(KEY)
        assert side.loads == [1]


@pytest.mark.expects_errors
async def test_a_fault_of_ours_ends_the_attempt_and_frees_the_place(side: EngineSide) -> None:
    tried = attempt(side)

    def burst(_: Attempt) -> None:
        raise ZeroDivisionError

    tried.attempt._on_change = burst

    assert isinstance(await tried.failure(), EngineAnswerInvalid)
    await places_free(side)


# ---------------------------------------------------------------------- it is ended


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
async def test_ended_at_any_step_the_engine_is_told_and_nothing_is_held(
    side: EngineSide, steps: int
) -> None:
    engine, tried = side.engines[0], attempt(side)
    if steps == 1:
        engine.silent = True
    await tried.until(told=min(steps, 2))
    if steps == 3:
        await engine.push(MEDIA)
        await tried.until(told=3)

    await tried.end()
    await places_free(side)

    assert tried.errors == []
    assert tried.reservation.released
    assert all(session.stopped.is_set() for session in engine.sessions)
    assert len(engine.sessions) == (1 if steps >= 2 else 0)


async def test_ending_it_twice_is_ending_it(side: EngineSide) -> None:
    tried = attempt(side)
    await tried.until(told=2)

    await tried.end()
    await tried.end()
    await places_free(side)

    assert tried.errors == []


async def test_a_session_that_the_engine_gave_up_ends_the_attempt_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine_sessions, "FIRST_LOOK", 0.0)
    async with engine_side() as side:
        side.engines[0].stat = {"status": "err", "error_message": "failed to get manifest"}
        tried = attempt(side)

        error = await tried.failure()

        assert (type(error), error.detail) == (EngineRefused, "failed to get manifest")
        await tried.end()
