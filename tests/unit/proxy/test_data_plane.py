"""The data plane as one thing: what it gives away, keeps over a restart, and ends."""

import asyncio
import pathlib
from collections.abc import AsyncIterator

import pytest

from acedesk.errors import Busy, BusyReason, LoopingStream
from acedesk.formats.getstream import PlayRequest
from acedesk.model.event import EventKind, EventValue
from acedesk.proxy.data_plane import DataPlane
from acedesk.settings import MIB, Settings
from tests import transport
from tests.fakes.engine_side import EngineSide, engine_side
from tests.fakes.running_stream import KEY

PLAY = PlayRequest(key=KEY)
BROADCAST = transport.broadcast(50)


class Plane:
    """A data plane over one engine, and what it noted."""

    def __init__(self, side: EngineSide, folder: pathlib.Path) -> None:
        self.side = side
        self.noted: list[EventKind] = []
        self.plane = DataPlane(
            side.pool,
            side.client,
            lambda: side.settings,
            data_dir=folder,
            note=self._note,
        )
        side.pool.set_loss_listener(self.plane.streams.engine_moves.engine_lost)

    def _note(self, kind: EventKind, subject: str, *, cause: str = "", **data: EventValue) -> None:
        assert subject
        self.noted.append(kind)

    async def play(self) -> None:
        """Let a stream play, and wait for its first media."""
        stream = self.plane.streams.open(PLAY)
        stream.hold()
        grown = asyncio.Event()
        stream.grown.connect(grown.set)
        await self.side.engines[0].push(BROADCAST)
        async with asyncio.timeout(10):
            while stream.ring.total < len(BROADCAST):
                grown.clear()
                await grown.wait()


@pytest.fixture
async def side() -> AsyncIterator[EngineSide]:
    """Return one engine."""
    async with engine_side() as made:
        yield made


@pytest.fixture
async def plane(side: EngineSide, tmp_path: pathlib.Path) -> AsyncIterator[Plane]:
    """Return a data plane that is open."""
    made = Plane(side, tmp_path)
    await made.plane.open()
    yield made
    await made.plane.close()


def test_it_gives_the_players_routes(tmp_path: pathlib.Path) -> None:
    settings = Settings()
    side = EngineSide(settings)
    made = Plane(side, tmp_path).plane

    routes = {(route.method, route.path) for route in made.routes()}

    for path in ("/ace/getstream", "/ace/status", "/ace/streams", "/ace/manifest.m3u8"):
        assert ("GET", path) in routes
    assert not any(method in ("POST", "PUT", "DELETE") for method, _ in routes)


async def test_what_happens_is_noted(plane: Plane) -> None:
    await plane.play()
    await plane.plane.streams.stop_all()

    assert plane.noted == [EventKind.STREAM_BEGAN, EventKind.STREAM_ENDED]


async def test_it_counts_what_was_done(plane: Plane) -> None:
    await plane.play()
    await plane.plane.streams.stop_all()

    totals = plane.plane.totals.view()
    assert (totals.streams, totals.starts, totals.failed_starts) == (1, 1, 0)
    assert totals.received_bytes == len(BROADCAST)


async def test_an_engine_that_is_removed_is_left(plane: Plane) -> None:
    await plane.play()
    (stream,) = plane.plane.streams

    plane.side.pool.forget(plane.side.pool.views()[0].id)

    assert stream.supply.lost_at is not None


# ---------------------------------------------------------------------- settings


async def test_changed_memory_counts_for_what_runs(plane: Plane) -> None:
    budget = plane.plane.streams._shared.budget
    before = budget.limit
    plane.side.settings = plane.side.settings.changed({"memory_mib": 64})

    plane.plane.apply_settings()

    assert before != budget.limit == 64 * MIB


async def test_the_settings_are_read_anew(plane: Plane) -> None:
    plane.side.settings = plane.side.settings.changed({"max_streams": 1})
    await plane.play()

    other = PlayRequest(key=type(KEY)(KEY.kind, "c" * 40))
    with pytest.raises(Busy) as raised:
        plane.plane.streams.open(other)

    assert raised.value.reason is BusyReason.MAX_STREAMS


# ---------------------------------------------------------------------- what is refused


async def test_what_is_refused_is_not_started(plane: Plane) -> None:
    plane.plane.blacklist.add(KEY, why="it repeats itself")

    with pytest.raises(LoopingStream, match="it repeats itself"):
        plane.plane.streams.open(PLAY)

    assert len(plane.plane.streams) == 0


async def test_what_is_refused_is_remembered(side: EngineSide, tmp_path: pathlib.Path) -> None:
    first = Plane(side, tmp_path).plane
    await first.open()
    first.blacklist.add(KEY, why="it repeats itself")
    await first.close()

    second = Plane(side, tmp_path).plane
    await second.open()

    with pytest.raises(LoopingStream, match="it repeats itself"):
        second.streams.open(PLAY)
    await second.close()


# ---------------------------------------------------------------------- the end


async def test_at_the_end_all_streams_are_over_and_none_begins(plane: Plane) -> None:
    await plane.play()
    (stream,) = plane.plane.streams

    await plane.plane.close()

    assert stream.ended
    assert plane.side.loads == [0]
    assert plane.side.engines[0].sessions[0].stopped.is_set()
    with pytest.raises(Busy) as raised:
        plane.plane.streams.open(PLAY)
    assert raised.value.reason is BusyReason.SHUTTING_DOWN


async def test_closing_it_twice_is_closing_it(plane: Plane) -> None:
    await plane.plane.close()
    await plane.plane.close()

    assert len(plane.plane.streams) == 0
