"""Engines that give a file up, or send something else: what the player gets, and what is left."""

import asyncio
import json

import aiohttp
import pytest

from acedesk import tasks
from acedesk.proxy.files import file_body, file_engines
from acedesk.proxy.ingest import engine_sessions
from tests.fakes.loop_steps import until
from tests.integration.proxy.conftest import OpenCinema

PAGE = b"<html><head><title>Router login</title></head><body>Who are you?</body></html>"
NO_MEDIA = {
    "page": (PAGE, "a web page instead of a file (“Router login”)"),
    "json": (b'{"response": null, "error": "failed to load content"}', "failed to load content"),
    "text": (b"this file is not here any more", "this file is not here any more"),
    "playlist": (b"#EXTM3U\n#EXTINF:5,\n/1.ts\n", "a playlist (HLS)"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(400), "a picture (PNG)"),
    "archive": (b"PK\x03\x04" + bytes(400), "a compressed file (ZIP)"),
}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines are asked how a file does at once, and nobody waits between two tries."""
    monkeypatch.setattr(engine_sessions, "FIRST_LOOK", 0.05)
    monkeypatch.setattr(file_engines, "QUIET", 0.05)
    monkeypatch.setattr(file_body, "LOOK_LIMIT", 0.05)


@pytest.mark.parametrize("what", NO_MEDIA)
@pytest.mark.parametrize("wanted", ["", "bytes=0-"])
async def test_what_is_no_video_is_an_error_that_names_it(
    open_cinema: OpenCinema, what: str, wanted: str
) -> None:
    cinema = await open_cinema()
    (engine,) = cinema.engines
    engine.files[0], words = NO_MEDIA[what]
    engine.media_type = "video/mp4"

    answer = await cinema.ask(**({"Range": wanted} if wanted else {}))

    assert answer.status == 502
    assert words.lower() in json.loads(answer.body)["error"].lower()
    await cinema.proxy.streams.close()
    assert sorted(engine.stops) == list(range(len(engine.sessions)))


async def test_another_engine_is_asked_when_the_first_sends_a_page(
    open_cinema: OpenCinema,
) -> None:
    cinema = await open_cinema(engines=2)
    cinema.engines[0].files[0] = PAGE

    answer = await cinema.ask()

    assert (answer.status, answer.body) == (200, cinema.engines[1].files[0])


async def test_an_engine_that_gave_the_file_up_before_its_head_is_not_waited_for(
    open_cinema: OpenCinema,
) -> None:
    cinema = await open_cinema()
    (engine,) = cinema.engines
    engine.warming_up = 1000
    engine.stat = {"status": "err", "error": "no peers have it"}

    async with asyncio.timeout(10):  # far less than `start_timeout`
        answer = await cinema.ask()

    assert answer.status == 502
    assert "o peers have it" in json.loads(answer.body)["error"]
    await cinema.proxy.streams.close()
    assert sorted(engine.stops) == list(range(len(engine.sessions)))


async def test_an_engine_that_gives_the_file_up_in_the_middle_is_replaced_at_the_same_byte(
    open_cinema: OpenCinema,
) -> None:
    cinema = await open_cinema(engines=2)
    first, second = cinema.engines
    first.silent_at = 500_000
    first.stat = {"status": "err"}

    async with asyncio.timeout(10):
        answer = await cinema.ask()

    assert answer.body == first.files[0]
    assert second.requests[0].headers["Range"].startswith("bytes=")
    await cinema.proxy.streams.close()
    assert (first.stops, second.stops) == ([0], [0])


async def test_when_no_engine_goes_on_the_player_sees_a_broken_connection_and_nothing_is_left(
    open_cinema: OpenCinema,
) -> None:
    cinema = await open_cinema()
    (engine,) = cinema.engines
    engine.silent_at = 500_000
    engine.stat = {"status": "err"}

    with pytest.raises((aiohttp.ClientPayloadError, ConnectionError)):
        async with asyncio.timeout(15):
            await cinema.ask()

    await cinema.proxy.streams.close()
    assert sorted(engine.stops) == list(range(len(engine.sessions)))
    assert all(view.streams == 0 for view in cinema.proxy.pool.views())


async def test_a_slow_engine_that_did_not_give_up_is_waited_for(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema()
    (engine,) = cinema.engines
    engine.silent_at = 16_384
    async with cinema.open() as response:
        await response.content.readexactly(16_384)
        reading = tasks.spawn(response.content.readexactly(16_384), name="player")
        asked = engine.stat_questions

        await until(lambda: engine.stat_questions >= asked + 5)

        assert not reading.done()
        assert len(engine.sessions) == 1
        reading.cancel()
