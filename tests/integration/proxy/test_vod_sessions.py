"""Which session of a file a request goes on with, and what of its head is believed."""

import asyncio

import aiohttp
import pytest

from acedesk import tasks
from acedesk.proxy.files import playback_table
from tests.fakes.file_engine import EndlessFilm, FileEngine
from tests.integration.proxy.conftest import OpenCinema

DATA = FileEngine().files[0]
LONG = DATA * 32


async def test_who_asks_for_all_twice_at_once_reads_twice(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema(engines=2)
    for engine in cinema.engines:
        engine.files[0] = LONG
    async with cinema.open() as one, cinema.open(Range="bytes=0-") as two:
        await one.content.readexactly(1000)
        await two.content.readexactly(1000)

        assert sum(len(engine.sessions) for engine in cinema.engines) == 2
        async with asyncio.timeout(20):
            assert await one.read() == LONG[1000:]
            assert await two.read() == LONG[1000:]


@pytest.mark.parametrize("wanted", ["bytes=500000000-500000099", "bytes=-100", "bytes=1-"])
async def test_nobody_ends_a_playback_that_is_being_read(
    open_cinema: OpenCinema, wanted: str
) -> None:
    cinema = await open_cinema()
    cinema.engines[0].endless = EndlessFilm()
    async with cinema.open(Range="bytes=0-") as one:
        reading = tasks.spawn(read_on(one), name="first player")
        async with cinema.open(Range=wanted) as two:
            await two.content.readexactly(100)

            assert two.status == 206
            assert len(cinema.engines[0].sessions) == 2
            assert not reading.done()
        await tasks.cancel(reading)


async def read_on(response: aiohttp.ClientResponse) -> None:
    """Read as fast as it comes, without end."""
    while await response.content.readany():
        pass


async def test_a_second_player_is_refused_when_there_is_no_room_while_the_first_reads(
    open_cinema: OpenCinema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playback_table, "SEEKING", 0.5)
    cinema = await open_cinema(max_viewers_per_stream=1)
    cinema.engines[0].endless = EndlessFilm()
    async with cinema.open(Range="bytes=0-") as one:
        reading = tasks.spawn(read_on(one), name="first player")

        assert (await cinema.ask(Range="bytes=1000-1099")).status == 503

        assert not reading.done()
        await tasks.cancel(reading)


@pytest.mark.parametrize("wanted", [{}, {"Range": "bytes=0-"}, {"Range": "bytes=10-19"}])
async def test_who_comes_back_goes_on_with_the_same_session(
    open_cinema: OpenCinema, wanted: dict[str, str]
) -> None:
    cinema = await open_cinema()
    await cinema.ask()

    answer = await cinema.ask(**wanted)

    assert answer.status in (200, 206)
    (session,) = cinema.engines[0].sessions
    assert session.opened == 2
    assert not session.stopped.is_set()


@pytest.mark.parametrize("kind", ["image/svg+xml", "application/xhtml+xml", "text/javascript"])
async def test_what_strangers_share_is_never_a_page_of_ours(
    open_cinema: OpenCinema, kind: str
) -> None:
    cinema = await open_cinema()
    cinema.engines[0].media_type = kind

    answer = await cinema.ask()

    assert answer.body == DATA
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_another_file_under_the_same_name_is_not_gone_on_with(
    open_cinema: OpenCinema,
) -> None:
    cinema = await open_cinema(engines=2)
    cinema.engines[0].drop_at = 200_000
    cinema.engines[1].files[0] = bytes(len(DATA)) + DATA

    with pytest.raises(aiohttp.ClientPayloadError):
        await cinema.ask(Range="bytes=0-")

    (request,) = cinema.engines[1].requests
    assert request.headers["Range"].endswith(f"-{len(DATA) - 1}")
