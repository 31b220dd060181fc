"""A link is tried on an engine that nobody uses, and nobody notices."""

import asyncio
import pathlib
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.demo.testcard import TestCard
from acedesk.engines.pool import EnginePool
from acedesk.errors import Busy, EngineAnswerInvalid, EngineRefused, EngineTooSlow, NoSpareEngine
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.model.history import LinkTestResult
from acedesk.proxy.ingest.engine_sessions import EngineSessions
from acedesk.proxy.link_test import tester
from acedesk.proxy.link_test.tester import LinkTester
from acedesk.settings import Settings
from tests.fakes.engine import FakeEngine
from tests.fakes.file_engine import EndlessFilm, FileEngine
from tests.fakes.loop_steps import until

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
OTHER = StreamKey(KeyKind.CONTENT_ID, "b" * 40)
BARS = pathlib.Path(__file__).parents[3] / "resources" / "testcard" / "bars.ts"


class Bench:
    """One engine and what tries links on it."""

    def __init__(self, engine: FakeEngine) -> None:
        self.settings = Settings().changed({"start_timeout": 5.0})
        self.engine = engine
        self.pool = EnginePool(lambda: self.settings)
        self.client = EngineClient()
        self.sessions = EngineSessions(self.client, lambda: 0)
        self.tester = LinkTester(self.pool, self.client, self.sessions, lambda: self.settings)

    async def open(self) -> None:
        await self.engine.start()
        spec = EngineSpec(
            id=EngineId("e"),
            name="engine-1",
            backend=BackendKind.DOCKER,
            host="127.0.0.1",
            port=self.engine.port,
        )
        self.pool.add(spec, health=EngineHealth.READY)

    async def close(self) -> None:
        await self.sessions.drain(5)
        await self.client.close()
        await self.engine.close()

    def begin(self) -> "asyncio.Task[LinkTestResult]":
        return tasks.spawn(self.tester.test(KEY, "One"), name="try a link")

    async def stopped(self) -> bool:
        """Wait until the engine was told the end of the only session, and is free again."""
        async with asyncio.timeout(10):
            await self.engine.sessions[0].stopped.wait()
        await until(lambda: self.pool.load(EngineId("e")) == 0)
        return True


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench(FakeEngine())
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def film() -> AsyncIterator[Bench]:
    """Return a bench with an engine that plays files."""
    made = Bench(FileEngine())
    await made.open()
    yield made
    await made.close()


async def test_what_a_link_plays_is_told_and_its_session_ends(bench: Bench) -> None:
    card = TestCard(await asyncio.to_thread(BARS.read_bytes))
    testing = bench.begin()

    await bench.engine.push(card.read(0, 2 * card.packets))
    result = await testing

    assert (result.codecs, result.width, result.height) == ("H.264 · AAC", 1280, 720)
    assert result.bit_rate == pytest.approx(8 * card.byte_rate, rel=0.05)
    assert (result.peers, result.error, result.plays) == (7, None, True)
    assert (result.stream_id, result.title, result.engine_name) == (
        KEY.stream_id,
        "One",
        "engine-1",
    )
    assert result.first_byte is not None
    assert result.accepted is not None
    assert 0 < result.accepted <= result.first_byte <= result.seconds
    assert await bench.stopped()


async def test_a_link_that_is_refused_is_a_result(bench: Bench) -> None:
    bench.engine.refusal = "cannot load transport file"

    result = await bench.begin()

    assert isinstance(result.error, EngineRefused)
    assert not result.plays
    assert result.first_byte is None
    assert bench.pool.load(EngineId("e")) == 0


async def test_a_link_without_media_is_a_result_with_what_was_learned(bench: Bench) -> None:
    bench.settings = Settings().changed({"start_timeout": 1.0})

    result = await bench.begin()

    assert isinstance(result.error, EngineTooSlow)
    assert result.peers == 7
    assert result.accepted is not None
    assert await bench.stopped()


async def test_an_engine_that_still_prebuffers_is_asked_again(bench: Bench) -> None:
    bench.engine.warming_up = 2
    card = TestCard(await asyncio.to_thread(BARS.read_bytes))
    testing = bench.begin()

    await bench.engine.push(card.read(0, 2 * card.packets))

    assert (await testing).plays


async def test_media_that_ends_early_is_told_as_far_as_it_came(bench: Bench) -> None:
    card = TestCard(await asyncio.to_thread(BARS.read_bytes))
    testing = bench.begin()
    await bench.engine.push(card.read(0, card.packets // 2))

    bench.engine.end()
    result = await testing

    assert result.codecs == "H.264 · AAC"
    assert 1 < result.measured < 3
    assert await bench.stopped()


async def test_an_engine_in_use_is_never_touched(bench: Bench) -> None:
    with bench.pool.reserve(OTHER), pytest.raises(NoSpareEngine) as caught:
        await bench.tester.test(KEY)

    assert caught.value.answering == 1
    assert bench.engine.sessions == []


async def test_no_stream_comes_on_the_engine_meanwhile(bench: Bench) -> None:
    testing = bench.begin()
    await bench.engine.body_of()

    with pytest.raises(Busy):
        bench.pool.reserve(OTHER)

    await tasks.cancel(testing)
    assert await bench.stopped()
    bench.pool.reserve(OTHER).release()


async def test_a_test_that_is_given_up_ends_its_session(bench: Bench) -> None:
    testing = bench.begin()
    await bench.engine.push(b"\x47" + bytes(187))

    await tasks.cancel(testing)

    assert testing.cancelled()
    assert await bench.stopped()


async def test_nothing_is_waited_for_longer_than_it_takes_to_measure(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tester, "MEASURED", 0.2)
    testing = bench.begin()
    card = TestCard(await asyncio.to_thread(BARS.read_bytes))

    await bench.engine.push(card.read(0, card.packets // 2))
    result = await testing

    assert result.plays
    assert result.seconds < 5


@pytest.mark.parametrize("begin", [b"\0\0\0\x20ftypisom", b"\x1aE\xdf\xa3"], ids=["mp4", "mkv"])
async def test_a_video_file_of_any_format_plays(film: Bench, begin: bytes) -> None:
    assert isinstance(film.engine, FileEngine)
    film.engine.files[0] = begin + bytes(range(256)) * 8

    result = await film.begin()

    assert (result.plays, result.error, result.is_live) == (True, None, False)
    assert await film.stopped()


async def test_of_a_long_film_no_more_is_read_than_shows_that_it_plays(film: Bench) -> None:
    assert isinstance(film.engine, FileEngine)
    film.engine.endless = EndlessFilm()

    result = await film.begin()

    assert (result.plays, result.codecs) == (True, "")
    assert result.seconds < 5
    assert film.engine.requests[0].sent < 100 * tester.OTHER_FORMAT


async def test_a_page_instead_of_a_file_does_not_play(film: Bench) -> None:
    assert isinstance(film.engine, FileEngine)
    film.engine.files[0] = b"<html><head><title>Router login</title></head></html>"
    film.engine.media_type = "video/mp4"

    result = await film.begin()

    assert not result.plays
    assert isinstance(result.error, EngineAnswerInvalid)
    assert "Router login" in result.error.detail
