"""HLS viewers: playlists by the book, segments out of the ring, sessions that end."""

import asyncio
import dataclasses
import json
import urllib.parse
from collections.abc import AsyncIterator

import aiohttp
import pytest

from acedesk import clock, tasks
from acedesk.demo.broadcast_clock import load_card
from acedesk.demo.testcard import TestCard
from acedesk.proxy.buffer.ring import Ring
from acedesk.proxy.http import hls
from acedesk.proxy.views import stream_view
from acedesk.rules import hls_segmenting
from tests import hls_rules
from tests.integration.proxy.conftest import CONTENT, MakeProxy, Proxy

# A loop of the test card is 3.84 s with two keyframes.
CARD = load_card("bars")
MANIFEST = f"/ace/manifest.m3u8?id={CONTENT}"


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def listed(self) -> hls_rules.Read:
        assert self.status == 200, self.body
        return hls_rules.read(self.body.decode())


class HlsPlayer:
    """Asks like a player does; its user agent tells it from others."""

    def __init__(self, proxy: Proxy, http: aiohttp.ClientSession, agent: str) -> None:
        self._base = f"http://127.0.0.1:{proxy.listener.port}"
        self._http = http
        self._agent = agent

    async def ask(self, path: str = MANIFEST, method: str = "GET", **headers: str) -> Answer:
        async with self._http.request(
            method,
            urllib.parse.urljoin(self._base + MANIFEST, path),
            headers={"User-Agent": self._agent, **headers},
            allow_redirects=False,
        ) as response:
            found = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, found, await response.read())

    async def start(self, proxy: Proxy, loops: float = 2.0) -> Answer:
        """Ask for the playlist and let the engine send so much of the test card."""
        asking = tasks.spawn(self.ask(), name="player")
        await proxy.engines[0].body_of()
        await feed(proxy, 0, loops)
        async with asyncio.timeout(5):
            return await asking


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def feed(
    proxy: Proxy, first: float, last: float, engine: int = 0, card: TestCard = CARD
) -> None:
    """Send the test card from loop `first` to `last`; all of it is in the ring afterwards."""
    (stream,) = proxy.streams
    step = 0.25
    for number in range(round((last - first) / step)):
        begin = first + number * step
        data = card.read(int(begin * card.packets), int((begin + step) * card.packets))
        wanted = stream.ring.total + len(data)
        turn = asyncio.Event()
        disconnect = stream.grown.connect(turn.set)
        await proxy.engines[engine].push(data)
        async with asyncio.timeout(5):
            while stream.ring.total < wanted:
                turn.clear()
                await turn.wait()
        disconnect()


async def test_the_first_playlist_comes_with_the_first_segments(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy()

    answer = await HlsPlayer(proxy, http, "player/1").start(proxy)

    assert answer.status == 200
    assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert hls_rules.check_playlist(answer.body.decode()) == []
    assert answer.listed.segments[0].duration == 1.92


async def test_the_first_list_comes_within_a_second_or_so_of_the_first_byte(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy()
    asking = tasks.spawn(HlsPlayer(proxy, http, "player/1").ask(), name="player")
    await proxy.engines[0].body_of()
    step = CARD.packets * 188 * 0.04 / 3.84  # bytes in 40 ms
    began = clock.monotonic()
    sent = 0

    while not asking.done() and clock.monotonic() < began + 5:  # as a live broadcast comes
        sent += 1
        data = CARD.read(int((sent - 1) * step / 188), int(sent * step / 188))
        await proxy.engines[0].push(data)
        await asyncio.wait({asking}, timeout=max(0.0, began + sent * 0.04 - clock.monotonic()))

    assert (await asking).status == 200
    assert sent * 0.04 <= 1.6


async def test_a_running_stream_has_its_playlist_at_once(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy()
    viewer = await proxy.play()
    await proxy.engines[0].body_of()
    await feed(proxy, 0, 4)
    await viewer.head()

    answer = await HlsPlayer(proxy, http, "player/1").ask()

    assert len(answer.listed.segments) >= 4
    assert len(proxy.engines[0].sessions) == 1


async def test_playlists_keep_the_rules_while_the_stream_goes_on(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy()
    player = HlsPlayer(proxy, http, "player/1")
    before = await player.start(proxy)

    for loop in range(2, 14):
        await feed(proxy, loop, loop + 1)
        answer = await player.ask()
        assert hls_rules.check_playlist(answer.body.decode()) == []
        assert hls_rules.check_update(before.body.decode(), answer.body.decode()) == []
        before = answer

    assert before.listed.independent
    assert len(before.listed.segments) == 12


async def test_segments_put_together_are_what_the_engine_sent(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy()
    player = HlsPlayer(proxy, http, "player/1")
    await player.start(proxy)
    await feed(proxy, 2, 5)

    answers = [await player.ask(s.uri) for s in (await player.ask()).listed.segments]

    assert {answer.headers["content-type"] for answer in answers} == {"video/mp2t"}
    assert all(int(a.headers["content-length"]) == len(a.body) for a in answers)
    media = b"".join(answer.body[2 * 188 :] for answer in answers)
    assert media in CARD.read(0, 5 * CARD.packets)


async def test_a_player_that_has_all_gets_the_next_segment_at_once(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy()
    player = HlsPlayer(proxy, http, "player/1")
    listed = (await player.start(proxy)).listed
    while (again := (await player.ask()).listed).segments != listed.segments:
        listed = again
    assert (await player.ask(listed.segments[-1].uri)).status == 200

    asking = tasks.spawn(player.ask(), name="player")
    await feed(proxy, 2, 3)
    async with asyncio.timeout(1.0):
        more = (await asking).listed

    assert more.segments[-1].number > listed.segments[-1].number


async def test_a_player_that_has_all_is_told_so_when_nothing_comes(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy()
    player = HlsPlayer(proxy, http, "player/1")
    listed = (await player.start(proxy)).listed
    await player.ask(listed.segments[-1].uri)

    async with asyncio.timeout(4):
        assert (await player.ask()).status == 200


async def test_polling_makes_one_viewer(make_proxy: MakeProxy, http: aiohttp.ClientSession) -> None:
    proxy = await make_proxy()
    player = HlsPlayer(proxy, http, "VLC/3.0.24 LibVLC/3.0.24")
    await player.start(proxy)
    for _ in range(5):
        await player.ask()
    await player.ask((await player.ask()).listed.segments[-1].uri)

    (stream,) = proxy.streams
    (client,) = stream_view(stream).clients

    assert client.player == "VLC 3.0.24"
    assert client.sent_bytes > 100_000
    assert client.rate > 0
    assert 0 < client.behind < 8


async def test_each_player_has_its_own_session(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy()
    one, two = HlsPlayer(proxy, http, "one"), HlsPlayer(proxy, http, "two")
    first = await one.start(proxy)

    second = await two.ask()

    assert first.listed.segments[0].uri != second.listed.segments[0].uri
    (stream,) = proxy.streams
    assert len(stream.clients) == 2
    assert len(proxy.engines[0].sessions) == 1


@pytest.mark.parametrize(
    ("wanted", "status", "place"),
    [
        ("bytes=0-", 200, slice(None)),
        ("bytes=188-375", 206, slice(188, 376)),
        ("bytes=1000-", 206, slice(1000, None)),
        ("bytes=-500", 206, slice(-500, None)),
        ("bytes=nonsense", 200, slice(None)),
        ("bytes=99999999-", 416, slice(0, 0)),
    ],
)
async def test_parts_of_a_segment_can_be_had(
    make_proxy: MakeProxy, http: aiohttp.ClientSession, wanted: str, status: int, place: slice
) -> None:
    proxy = await make_proxy()
    player = HlsPlayer(proxy, http, "player/1")
    uri = (await player.start(proxy)).listed.segments[0].uri
    whole = (await player.ask(uri)).body

    answer = await player.ask(uri, Range=wanted)

    assert (answer.status, answer.body) == (status, whole[place])
    assert int(answer.headers["content-length"]) == len(answer.body)
    if status == 206:
        first = whole.find(answer.body)
        told = f"bytes {first}-{first + len(answer.body) - 1}/{len(whole)}"
        assert answer.headers["content-range"] == told


async def test_a_head_of_a_segment_tells_its_length(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy()
    player = HlsPlayer(proxy, http, "player/1")
    uri = (await player.start(proxy)).listed.segments[0].uri

    answer = await player.ask(uri, method="HEAD")

    assert int(answer.headers["content-length"]) == len((await player.ask(uri)).body)


async def test_a_head_of_the_playlist_touches_no_engine(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy()

    answer = await HlsPlayer(proxy, http, "player/1").ask(method="HEAD")

    assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert len(proxy.streams) == 0


@pytest.mark.parametrize("path", [MANIFEST, "/ace/hls/token/1.ts"])
async def test_a_browser_may_ask_from_any_page(
    make_proxy: MakeProxy, http: aiohttp.ClientSession, path: str
) -> None:
    proxy = await make_proxy()

    answer = await HlsPlayer(proxy, http, "player/1").ask(
        path, method="OPTIONS", Origin="http://page", **{"Access-Control-Request-Method": "GET"}
    )

    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "GET" in answer.headers["access-control-allow-methods"]


@pytest.mark.parametrize("path", ["/ace/hls/none/1.ts", "/ace/manifest.m3u8", MANIFEST])
async def test_errors_can_be_read_by_any_page(
    make_proxy: MakeProxy, http: aiohttp.ClientSession, path: str
) -> None:
    proxy = await make_proxy()
    proxy.engines[0].refusal = "failed to load content"

    answer = await HlsPlayer(proxy, http, "player/1").ask(path)

    assert answer.status in (400, 404, 502)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert json.loads(answer.body)["error"]


async def test_a_start_that_failed_can_be_tried_again(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy()
    proxy.engines[0].refusal = "failed to load content"
    player = HlsPlayer(proxy, http, "player/1")
    assert (await player.ask()).status == 502
    proxy.engines[0].refusal = None

    assert (await player.start(proxy)).status == 200


async def test_no_picture_in_time_is_told_with_when_to_come_back(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy(hls_start_wait=1.0)
    player = HlsPlayer(proxy, http, "player/1")

    answer = await player.ask()

    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
    assert json.loads(answer.body)["code"] == "buffering"
    await feed(proxy, 0, 2)
    assert (await player.ask()).status == 200


async def test_who_polls_no_more_has_left(
    make_proxy: MakeProxy, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = await make_proxy()
    monkeypatch.setattr(hls, "UNSERVED", 0.3)
    monkeypatch.setattr(hls_segmenting, "idle_limit", lambda *_: 0.3)
    player = HlsPlayer(proxy, http, "player/1")
    await player.start(proxy, 0.75)

    await proxy.until(lambda: len(proxy.streams) == 0)

    async with asyncio.timeout(5):
        await proxy.engines[0].sessions[0].stopped.wait()


async def test_a_start_nobody_asks_after_is_given_up(
    make_proxy: MakeProxy, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = await make_proxy(grace=30.0)
    monkeypatch.setattr(hls, "UNSERVED", 0.2)
    asking = tasks.spawn(HlsPlayer(proxy, http, "player/1").ask(), name="player")
    session = await proxy.engines[0].body_of()

    await tasks.cancel(asking)

    await proxy.until(lambda: len(proxy.streams) == 0)
    async with asyncio.timeout(5):
        await session.stopped.wait()


async def test_the_end_of_the_stream_is_told_and_can_be_played(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy()
    player = HlsPlayer(proxy, http, "player/1")
    await player.start(proxy, loops=4.25)
    (stream,) = proxy.streams
    await stream.stop()

    answer = await player.ask()

    assert answer.listed.ended
    assert hls_rules.check_playlist(answer.body.decode(), live=False) == []
    last = (await player.ask(answer.listed.segments[-1].uri)).body[2 * 188 :]
    assert CARD.read(0, int(4.25 * CARD.packets)).endswith(last)


async def test_memory_of_an_ended_stream_is_given_back_with_its_last_viewer(
    make_proxy: MakeProxy, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = await make_proxy()
    monkeypatch.setattr(hls, "UNSERVED", 0.3)
    monkeypatch.setattr(hls_segmenting, "idle_limit", lambda *_: 0.3)
    player = HlsPlayer(proxy, http, "player/1")
    answer = await player.start(proxy, 0.75)
    (stream,) = proxy.streams
    await stream.stop()
    assert stream.ring.size > 0
    clear, gone = Ring.clear, asyncio.Event()

    def watched(ring: Ring) -> None:
        clear(ring)
        gone.set()

    monkeypatch.setattr(Ring, "clear", watched)
    async with asyncio.timeout(5):
        await gone.wait()

    assert stream.ring.size == 0
    assert (await player.ask(answer.listed.segments[0].uri)).status == 404


async def test_after_the_end_a_player_can_play_again(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy()
    player = HlsPlayer(proxy, http, "player/1")
    await player.start(proxy)
    (stream,) = proxy.streams
    await stream.stop()
    ended = (await player.ask()).listed
    assert ended.ended

    asking = tasks.spawn(player.ask(), name="player")
    await proxy.engines[0].body_of(1)

    assert not asking.done()
    await tasks.cancel(asking)


async def test_a_viewer_sent_away_gets_nothing_more(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy(grace=30.0)
    player = HlsPlayer(proxy, http, "player/1")
    uri = (await player.start(proxy)).listed.segments[0].uri
    (stream,) = proxy.streams
    (client,) = stream.clients

    proxy.streams.close_client(client.id)

    assert (await player.ask()).status == 404
    assert (await player.ask(uri)).status == 404
    assert len(stream.clients) == 0


async def test_a_segment_that_left_the_memory_is_not_found(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy(ring_mib=2)
    player = HlsPlayer(proxy, http, "player/1")
    uri = (await player.start(proxy)).listed.segments[0].uri

    await feed(proxy, 2, 20)

    assert (await player.ask(uri)).status == 404
    listed = (await player.ask()).listed.segments
    assert [(await player.ask(segment.uri)).status for segment in listed[1:]] == [200] * (
        len(listed) - 1
    )


async def test_another_engines_broadcast_is_a_discontinuity(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy(engines=2)
    player = HlsPlayer(proxy, http, "player/1")
    before = await player.start(proxy, loops=3.25)
    (stream,) = proxy.streams
    other = load_card("second")

    proxy.engines[0].end()
    await proxy.engines[1].body_of()
    total = stream.ring.total
    await proxy.engines[1].push(other.read(4 * other.packets, 8 * other.packets))
    await proxy.until(lambda: stream.supply.lost_at is None)
    async with asyncio.timeout(10):
        while stream.ring.total < total + 3 * other.packets * 188:
            turn = asyncio.Event()
            stream.grown.connect(turn.set)
            await turn.wait()

    answer = await player.ask()
    assert hls_rules.check_update(before.body.decode(), answer.body.decode()) == []
    assert [segment.discontinuity for segment in answer.listed.segments].count(True) == 1
