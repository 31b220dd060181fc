"""Files: every byte and header as the engine has them, a session for each player."""

import asyncio
import json
import urllib.parse

import aiohttp
import pytest

from acedesk import tasks
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.snapshot import StreamState
from acedesk.proxy.ingest import engine_sessions
from tests.fakes.engine import FakeEngine
from tests.fakes.file_engine import EndlessFilm, FileEngine
from tests.integration.proxy.conftest import CONTENT, FILM, MakeProxy, OpenCinema

DATA = FileEngine().files[0]
SIZE = len(DATA)
MORE_THAN_IS_BUFFERED = 20 * 1024 * 1024


async def test_a_file_comes_whole_with_its_length_and_type(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema()

    answer = await cinema.ask()

    assert (answer.status, answer.body) == (200, DATA)
    assert answer.headers["content-length"] == str(SIZE)
    assert answer.headers["content-type"] == "video/x-matroska"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["etag"] == '"one"'
    assert "transfer-encoding" not in answer.headers
    assert len(cinema.engines[0].sessions) == 1


async def test_a_player_that_closes_its_half_behind_the_request_gets_the_file(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy(kind=FileEngine)
    player = await proxy.play(version="1.0")
    player.writer.write_eof()

    assert await player.head() == 200
    assert await player.reader.read() == DATA


async def test_a_player_that_closes_its_half_later_gets_the_rest_of_the_file(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy(kind=FileEngine, file_grace=0.0)
    assert isinstance(proxy.engines[0], FileEngine)
    proxy.engines[0].endless = EndlessFilm()
    player = await proxy.play(version="1.0")
    assert await player.head() == 200
    await player.reader.readexactly(1000)

    player.writer.write_eof()

    async with asyncio.timeout(10):
        await player.reader.readexactly(MORE_THAN_IS_BUFFERED)
        player.leave()
        await proxy.engines[0].sessions[0].stopped.wait()


@pytest.mark.parametrize(
    ("wanted", "first", "end"),
    [
        ("bytes=0-", 0, SIZE),
        ("bytes=100-199", 100, 200),
        ("bytes=1000-", 1000, SIZE),
        ("bytes=-500", SIZE - 500, SIZE),
        (f"bytes=0-{2 * SIZE}", 0, SIZE),
    ],
)
@pytest.mark.parametrize("seen_before", [True, False])
async def test_parts_come_as_the_engine_gives_them(
    open_cinema: OpenCinema, wanted: str, first: int, end: int, seen_before: bool
) -> None:
    cinema = await open_cinema()
    if seen_before:
        await cinema.ask(Range="bytes=0-0")

    answer = await cinema.ask(Range=wanted)

    assert (answer.status, answer.body) == (206, DATA[first:end])
    assert answer.headers["content-range"] == f"bytes {first}-{end - 1}/{SIZE}"
    assert answer.headers["content-length"] == str(end - first)


async def test_a_part_outside_the_file_is_refused(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema()

    answer = await cinema.ask(Range=f"bytes={SIZE}-")

    assert (answer.status, answer.body) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{SIZE}"
    assert (await cinema.ask()).status == 200


@pytest.mark.parametrize(("validator", "status"), [('"one"', 206), ('"other"', 200)])
async def test_a_part_of_another_file_is_not_given(
    open_cinema: OpenCinema, validator: str, status: int
) -> None:
    cinema = await open_cinema()

    answer = await cinema.ask(Range="bytes=10-19", If_Range=validator)

    assert answer.status == status
    assert answer.body == (DATA[10:20] if status == 206 else DATA)


async def test_a_seek_goes_on_with_the_same_session(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema()
    await cinema.ask(Range="bytes=0-99")

    await cinema.ask(Range="bytes=5000-5099")
    await cinema.ask(Range="bytes=200-299")

    (session,) = cinema.engines[0].sessions
    assert session.opened == 3
    assert not session.stopped.is_set()


async def test_a_seek_ends_the_reading_before(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema()
    cinema.engines[0].files[0] = DATA * 32
    async with cinema.open() as first:
        await first.content.readexactly(1000)

        answer = await cinema.ask(Range="bytes=7000000-7000099")

        assert answer.status == 206
        assert answer.body == (DATA * 32)[7000000:7000100]
        async with asyncio.timeout(5):
            await cinema.engines[0].requests[0].left.wait()
        with pytest.raises(aiohttp.ClientError):
            await first.read()
    assert len(cinema.engines[0].sessions) == 1


async def test_two_players_have_sessions_of_their_own(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema(engines=2)
    for engine in cinema.engines:
        engine.files[0] = DATA * 32
    async with cinema.open(User_Agent="one") as one, cinema.open(User_Agent="two") as two:
        await one.content.readexactly(1000)
        await two.content.readexactly(1000)

        assert [len(engine.sessions) for engine in cinema.engines] == [1, 1]
        (view,) = cinema.proxy.streams.files.views()
        assert len(view.clients) == 2


async def test_two_players_on_one_engine_do_not_stop_each_other(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema(file_grace=0.0)
    engine = cinema.engines[0]
    engine.files[0] = DATA * 32
    async with cinema.open(User_Agent="one") as one:
        await one.content.readexactly(1000)
        await cinema.ask(User_Agent="two", Range="bytes=0-99")
        await cinema.proxy.until(
            lambda: sum(len(v.clients) for v in cinema.proxy.streams.files.views()) == 1
        )

        assert len(engine.sessions) == 2
        assert not any(session.stopped.is_set() for session in engine.sessions)
        assert await one.content.read() is not None

    async with asyncio.timeout(5):
        await engine.sessions[0].stopped.wait()


async def test_a_player_that_is_gone_takes_its_session_with_it(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema(file_grace=0.0)
    cinema.engines[0].files[0] = DATA * 32
    async with cinema.open() as film:
        await film.content.readexactly(1000)

    async with asyncio.timeout(5):
        await cinema.engines[0].sessions[0].stopped.wait()
    assert cinema.proxy.streams.files.views() == ()


async def test_the_place_on_the_engine_is_free_again(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema(file_grace=0.0)
    await cinema.ask()
    await cinema.ask()

    async with asyncio.timeout(5):
        for session in cinema.engines[0].sessions:
            await session.stopped.wait()
    await cinema.proxy.streams.close()
    (engine,) = cinema.proxy.pool.views()
    assert engine.streams == 0


async def test_a_player_that_left_before_the_answer_leaves_nothing(
    open_cinema: OpenCinema,
) -> None:
    cinema = await open_cinema(file_grace=0.0)
    cinema.engines[0].warming_up = 1000
    player = await cinema.proxy.play()
    await cinema.proxy.until(lambda: cinema.proxy.streams.files.views() != ())

    player.leave()

    async with asyncio.timeout(10):
        await cinema.engines[0].sessions[0].stopped.wait()


async def test_a_session_nobody_comes_for_is_stopped(
    make_proxy: MakeProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = await make_proxy(kind=FileEngine)
    monkeypatch.setattr(engine_sessions, "PARKED", 0.2)

    proxy.streams.open(PlayRequest(key=StreamKey(KeyKind.CONTENT_ID, CONTENT, 0))).hold()
    await proxy.until(lambda: bool(proxy.engines[0].sessions) and len(proxy.streams) == 0)

    async with asyncio.timeout(5):
        await proxy.engines[0].sessions[0].stopped.wait()
    (engine,) = proxy.pool.views()
    assert engine.streams <= 1
    await proxy.streams.close()
    assert proxy.pool.views()[0].streams == 0


async def test_each_file_of_a_content_has_its_number(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema()
    cinema.engines[0].files[3] = b"\0the fourth file"

    answer = await cinema.ask(f"{FILM}&_idx=3")

    assert answer.body == b"\0the fourth file"
    assert cinema.engines[0].sessions[0].query["_idx"] == "3"
    assert (await cinema.ask()).body == DATA


async def test_a_head_is_answered_as_the_engine_does(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema()
    await cinema.ask(Range="bytes=0-99")

    answer = await cinema.ask(method="HEAD")

    assert (answer.status, answer.headers["content-length"]) == (200, str(SIZE))
    assert answer.headers["content-type"] == "video/x-matroska"
    assert answer.headers["accept-ranges"] == "bytes"
    assert [request.method for request in cinema.engines[0].requests] == ["GET", "HEAD"]


async def test_a_head_does_not_disturb_a_reader(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema()
    cinema.engines[0].files[0] = DATA * 32
    async with cinema.open() as film:
        await film.content.readexactly(1000)

        answer = await cinema.ask(method="HEAD")

        assert answer.headers["content-length"] == str(32 * SIZE)
        assert len(cinema.engines[0].requests) == 1


async def test_a_head_of_an_unknown_content_touches_no_engine(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema()

    answer = await cinema.ask(method="HEAD")

    assert (answer.status, answer.headers["content-type"]) == (200, "video/mp2t")
    assert cinema.engines[0].sessions == []


async def test_an_engine_that_prebuffers_is_waited_for(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema()
    cinema.engines[0].warming_up = 2

    assert (await cinema.ask()).body == DATA


async def test_an_engine_that_breaks_off_is_replaced_at_the_same_byte(
    open_cinema: OpenCinema,
) -> None:
    cinema = await open_cinema(engines=2)
    cinema.engines[0].drop_at = 200_000

    answer = await cinema.ask()

    assert answer.body == DATA
    (request,) = cinema.engines[1].requests
    first, last = request.headers["Range"].removeprefix("bytes=").split("-")
    assert 0 < int(first) <= 212_992  # whole pieces of 16 KiB came before
    assert int(last) == SIZE - 1
    async with asyncio.timeout(5):
        await cinema.engines[0].sessions[0].stopped.wait()


async def test_the_only_engine_is_asked_again_after_it_broke_off(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema()
    cinema.engines[0].drop_at = 200_000

    answer = await cinema.ask(Range="bytes=1000-")

    assert answer.body == DATA[1000:]
    assert len(cinema.engines[0].sessions) == 2


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"body_status": 500, "body_text": "failed to start"}, 502, "engine_refused"),
        ({"media_type": "text/html"}, 502, "engine_answer_invalid"),
    ],
)
async def test_a_failure_before_the_first_byte_is_an_http_error(
    open_cinema: OpenCinema, fault: dict[str, object], status: int, code: str
) -> None:
    cinema = await open_cinema()
    for name, value in fault.items():
        setattr(cinema.engines[0], name, value)

    answer = await cinema.ask()

    assert answer.status == status
    assert json.loads(answer.body)["code"] == code


async def test_a_known_file_that_no_engine_can_open_is_an_error(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema(file_grace=0.0)
    await cinema.ask()
    cinema.engines[0].refusal = "failed to load content"

    answer = await cinema.ask(User_Agent="another")

    assert answer.status == 502
    assert json.loads(answer.body)["code"] == "engine_refused"


async def test_what_may_be_a_broadcast_is_played_as_one(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(kind=UnknownEngine)

    await proxy.play()
    await proxy.engines[0].body_of()

    assert len(proxy.streams) == 1


class UnknownEngine(FileEngine):
    """An engine that cannot say whether the content is live, and sends like a broadcast."""

    def __init__(self) -> None:
        super().__init__()
        self.is_live = -1

    _body = FakeEngine._body


async def test_a_player_that_pauses_holds_the_engine_back(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema()
    engine = cinema.engines[0]
    engine.files[0] = DATA * 64
    player = await cinema.proxy.connect()
    await player.ask(FILM)
    assert await player.head() == 200
    await player.reader.readexactly(100_000)
    await engine.body_of()
    gone = tasks.spawn(engine.requests[0].left.wait(), name="all sent")

    done, _ = await asyncio.wait({gone}, timeout=1.0)

    # What the sockets between us hold, some megabytes, is not ours.
    assert not done
    assert engine.requests[0].sent < 32 * SIZE
    await player.reader.readexactly(64 * SIZE - 100_000)
    assert await gone


async def test_a_file_is_shown_with_its_player(open_cinema: OpenCinema) -> None:
    cinema = await open_cinema()
    cinema.engines[0].files[0] = DATA * 32
    async with cinema.open(f"{FILM}&title=A+film", User_Agent="mpv 0.38.0") as film:
        await film.content.readexactly(1000)

        (view,) = cinema.proxy.streams.files.views()

        assert (view.name, view.state) == ("A film", StreamState.PLAYING)
        assert view.engine_name == "engine-0"
        assert [client.player for client in view.clients] == ["mpv 0.38.0"]
        assert len(cinema.proxy.streams) == 0
        assert cinema.proxy.streams.failed() == ()


@pytest.mark.parametrize("by", ["stream", "client"])
async def test_a_film_can_be_stopped_by_the_user(open_cinema: OpenCinema, by: str) -> None:
    cinema = await open_cinema()
    cinema.engines[0].files[0] = DATA * 32
    async with cinema.open() as film:
        await film.content.readexactly(1000)
        (view,) = cinema.proxy.streams.files.views()

        if by == "stream":
            await cinema.proxy.streams.stop(view.id)
        else:
            cinema.proxy.streams.close_client(view.clients[0].id)

        with pytest.raises(aiohttp.ClientError):
            await film.read()
        async with asyncio.timeout(5):
            await cinema.engines[0].sessions[0].stopped.wait()
        assert cinema.proxy.streams.files.views() == ()


async def test_a_player_that_wants_hls_of_a_file_is_sent_to_the_file(
    open_cinema: OpenCinema,
) -> None:
    cinema = await open_cinema()

    for _ in range(2):
        answer = await cinema.ask(f"/ace/manifest.m3u8?id={CONTENT}")

        assert answer.status == 302
        assert urllib.parse.urljoin("/ace/manifest.m3u8", answer.headers["location"]) == FILM
    assert (await cinema.ask(FILM)).body == DATA
