"""Files count as streams do: limits, refused contents, and what gives way."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import pytest

from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import KeyKind, StreamKey
from acedesk.proxy.files import playback_table
from acedesk.store.blacklist import Blacklist
from tests import transport
from tests.fakes.file_engine import FileEngine
from tests.integration.proxy.conftest import FILM, Answer, Cinema, MakeProxy, OpenCinema

LONG = FileEngine().files[0] * 32
OTHER = f"/ace/getstream?id={'c' * 40}"
LIVE = PlayRequest(key=StreamKey(KeyKind.CONTENT_ID, "d" * 40), extra=())


@contextlib.asynccontextmanager
async def watching(cinema: Cinema, path: str = FILM, **headers: str) -> AsyncIterator[None]:
    """Play a film that is too long to end meanwhile."""
    for engine in cinema.engines:
        engine.files[0] = LONG
    async with cinema.open(path, **headers) as film:
        assert film.status == 200
        await film.content.readexactly(1000)
        yield


async def left(cinema: Cinema) -> None:
    """Wait until nobody reads any file."""
    await cinema.proxy.until(
        lambda: all(one.reading is None for one in cinema.proxy.streams.files.playbacks)
    )


def check_refusal(answer: Answer, code: str, sentence: str) -> None:
    told = json.loads(answer.body)
    assert (answer.status, told["code"]) == (503, code)
    assert told["error"].startswith(sentence)
    assert int(answer.headers["retry-after"]) == told["retry_after"] > 0


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A player that is gone comes back at once or never."""
    monkeypatch.setattr(playback_table, "SEEKING", 0.0)


async def test_one_file_more_than_streams_are_allowed_is_refused(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema(max_streams=1)
    async with watching(cinema):
        # Not known as a file yet, then known.
        answers = [await cinema.ask(OTHER)]
        cinema.proxy.streams.files._known[LIVE.key] = next(
            iter(cinema.proxy.streams.files._known.values())
        )
        answers.append(await cinema.ask(f"/ace/getstream?id={'d' * 40}"))

    for answer in answers:
        check_refusal(answer, "max_streams", "As many streams play as are allowed.")
    assert len(cinema.engines[0].sessions) == 1


async def test_a_file_is_refused_while_a_broadcast_takes_the_place(
    open_cinema: OpenCinema,
) -> None:
    cinema = await open_cinema(max_streams=1, file_grace=0.0)
    await cinema.ask()
    await cinema.proxy.until(lambda: not cinema.proxy.streams.files.playbacks)
    cinema.engines[0].is_live = 1
    cinema.proxy.streams.open(LIVE).hold()

    answer = await cinema.ask()

    check_refusal(answer, "max_streams", "As many streams play as are allowed.")


async def test_files_take_no_room_for_buffers(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema(memory_mib=32)  # 16 streams of 2 MiB
    cinema.engines[0].is_live = 1
    for number in range(16):
        key = StreamKey(KeyKind.CONTENT_ID, f"{number:040x}")
        cinema.proxy.streams.open(PlayRequest(key=key, extra=())).hold()
    cinema.engines[0].is_live = 0

    play = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
    cinema.proxy.streams._admit(play, new=True)
    check_refusal(await cinema.ask(), "memory", "The memory for buffers is used up.")


async def test_seeking_needs_no_further_place(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema(max_streams=1, max_viewers_per_stream=1)
    async with watching(cinema):
        seek = await cinema.ask(Range="bytes=7000000-7000099")
    again = await cinema.ask(Range="bytes=100-199")

    assert (seek.status, seek.body) == (206, LONG[7000000:7000100])
    assert (again.status, again.body) == (206, LONG[100:200])
    assert len(cinema.engines[0].sessions) == 1


async def test_one_player_of_a_file_more_than_allowed_is_refused(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema(max_viewers_per_stream=2)
    async with watching(cinema, User_Agent="one"), watching(cinema, User_Agent="two"):
        answer = await cinema.ask(User_Agent="three")
        elsewhere = await cinema.ask(OTHER, User_Agent="three", Range="bytes=0-9")

    check_refusal(answer, "max_viewers", "This stream has as many viewers as are allowed.")
    assert elsewhere.status == 206


async def test_players_that_start_together_are_counted(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema(max_streams=1, max_viewers_per_stream=1)
    await cinema.ask(Range="bytes=0-9")  # known from now on
    cinema.proxy.streams.files.stop_all()

    answers = await asyncio.gather(
        *(cinema.ask(User_Agent=f"player/{number}", Range="bytes=0-9") for number in range(5))
    )

    assert sorted(answer.status for answer in answers) == [206, 503, 503, 503, 503]
    assert len(cinema.engines[0].sessions) == 2


async def test_who_seeks_keeps_the_place_for_a_moment(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema(max_streams=1)
    await cinema.ask(Range="bytes=0-99")

    check_refusal(await cinema.ask(OTHER), "max_streams", "As many streams play as are allowed.")
    assert (await cinema.ask(Range="bytes=0-99")).status == 206


@pytest.mark.usefixtures("no_pause")
async def test_a_file_nobody_reads_gives_way_to_a_file(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema(max_streams=1)
    await cinema.ask(Range="bytes=0-99")

    answer = await cinema.ask(OTHER, Range="bytes=0-99")

    assert answer.status == 206
    async with asyncio.timeout(5):
        await cinema.engines[0].sessions[0].stopped.wait()
    (view,) = cinema.proxy.streams.files.views()
    assert view.key.value == "c" * 40


@pytest.mark.usefixtures("no_pause")
async def test_a_file_nobody_reads_gives_way_to_a_broadcast(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema(max_streams=1)
    await cinema.ask(Range="bytes=0-99")
    cinema.engines[0].is_live = 1

    cinema.proxy.streams.open(LIVE)

    assert cinema.proxy.streams.files.views() == ()
    async with asyncio.timeout(5):
        await cinema.engines[0].sessions[0].stopped.wait()


@pytest.mark.usefixtures("no_pause")
async def test_a_player_that_is_gone_makes_room_for_another(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema(max_viewers_per_stream=1)
    await cinema.ask(Range="bytes=0-99", User_Agent="one")

    answer = await cinema.ask(Range="bytes=0-99", User_Agent="two")

    assert answer.status == 206
    (view,) = cinema.proxy.streams.files.views()
    assert [client.user_agent for client in view.clients] == ["two"]


async def test_a_broadcast_nobody_watches_gives_way_to_a_file(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=1, max_streams=1, grace=600)
    viewer = await proxy.play(f"/ace/getstream?id={'d' * 40}")
    await proxy.engines[0].push(transport.programme(10, gop=10))
    assert await viewer.head() == 200
    viewer.leave()
    await proxy.until(lambda: all(stream.is_spare for stream in proxy.streams))

    proxy.streams._admit(StreamKey(KeyKind.CONTENT_ID, "a" * 40), new=True)

    async with asyncio.timeout(5):
        await proxy.engines[0].sessions[0].stopped.wait()


@pytest.mark.parametrize("known", [False, True])
async def test_a_refused_content_is_refused_as_a_file_too(
    open_cinema: OpenCinema, known: bool
) -> None:
    cinema = await open_cinema()
    blacklist = Blacklist(None, lambda: 0)
    # The composition root gives it to the streams; here they are there already.
    cinema.proxy.streams._check_key = blacklist.check
    if known:
        await cinema.ask(Range="bytes=0-99")
    blacklist.add(StreamKey(KeyKind.CONTENT_ID, "a" * 40), why="It repeats itself every 30 s.")

    answer = await cinema.ask(Range="bytes=0-99")

    told = json.loads(answer.body)
    assert (answer.status, told["error"]) == (422, "stream_blacklisted")
    assert told["code"] == "looping_stream"
    assert len(cinema.engines[0].sessions) == known
    blacklist.clear()
    assert (await cinema.ask(Range="bytes=0-99")).status == 206
