"""Streams with HLS players that turn out to be one content: each player's list goes on."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest

from acedesk import tasks
from acedesk.proxy.streams.stream import Stream
from acedesk.rules import hls_segmenting
from tests import hls_rules
from tests.integration.proxy.conftest import CONTENT, MakeProxy, Proxy
from tests.integration.proxy.test_hls import CARD, HlsPlayer

INFOHASH = "b" * 40
PATHS = (
    f"/ace/manifest.m3u8?id={CONTENT}",
    f"/ace/manifest.m3u8?infohash={INFOHASH}",
)
# Loops of the test card that each engine has sent when both play: the second is behind.
BEGUN = (2.0, 1.5)
# Seconds without a request after which a player has left.
IDLE = 2.0
QUARTER = CARD.packets // 4


class Pair:
    """Two players of one content under two names, on two engines that do not tell it yet."""

    def __init__(self, proxy: Proxy, http: aiohttp.ClientSession) -> None:
        self.proxy = proxy
        self.players = [HlsPlayer(proxy, http, f"player/{number}") for number in (1, 2)]
        self.streams: list[Stream] = []
        self.lists = ["", ""]
        self.problems: list[str] = []

    async def start(self) -> None:
        """Let both play."""
        self.proxy.engines[0].infohash = ""
        for number, player in enumerate(self.players):
            asking = tasks.spawn(player.ask(PATHS[number]), name="player")
            await self.proxy.engines[number].body_of()
            self.streams = list(self.proxy.streams)
            await self.send(number, 0, BEGUN[number])
            self.lists[number] = (await asking).body.decode()

    async def send(self, engine: int, first: float, last: float) -> None:
        """Send the test card from loop `first` to `last`; it is in the stream's ring afterwards."""
        stream = self.streams[engine]
        data = CARD.read(int(first * 4) * QUARTER, int(last * 4) * QUARTER)
        wanted, grown = stream.ring.total + len(data), asyncio.Event()
        disconnect = stream.grown.connect(grown.set)
        await self.proxy.engines[engine].push(data)
        async with asyncio.timeout(10):
            while stream.ring.total < wanted:
                grown.clear()
                await grown.wait()
        disconnect()

    async def look(self, number: int) -> hls_rules.Read:
        """Ask for a list and check it against the one before."""
        answer = await self.players[number].ask(PATHS[number])
        now = answer.body.decode()
        self.problems += hls_rules.check_playlist(now)
        self.problems += hls_rules.check_update(self.lists[number], now)
        self.lists[number] = now
        return answer.listed

    async def become_one(self) -> None:
        """Let the first stream's engine tell what it plays, in a session of its own."""
        self.proxy.engines[0].infohash = INFOHASH
        self.proxy.engines[0].end()
        await self.proxy.until(lambda: len(self.proxy.streams) == 1)


@pytest.fixture
async def pair(make_proxy: MakeProxy) -> AsyncIterator[Pair]:
    """Return two players that play."""
    proxy = await make_proxy(engines=2)
    async with aiohttp.ClientSession() as http:
        pair = Pair(proxy, http)
        await pair.start()
        yield pair


async def test_both_lists_go_on_with_the_stream_that_stays(pair: Pair) -> None:
    await pair.become_one()
    for part in range(8):
        await pair.send(1, BEGUN[1] + part, BEGUN[1] + part + 1)
        for number in range(2):
            await pair.look(number)

    assert pair.problems == []
    assert "ENDLIST" not in "".join(pair.lists)
    (stream,) = pair.proxy.streams
    assert len(stream.clients) == 2
    assert sum(engine.streams for engine in pair.proxy.pool.views()) == 1
    sent = CARD.read(0, 10 * CARD.packets)
    for number, player in enumerate(pair.players):
        newest = hls_rules.read(pair.lists[number]).segments[-1]
        body = (await player.ask(newest.uri)).body
        assert body[2 * 188 :] in sent
        assert len(body) > CARD.packets * 188 / 2


async def test_the_break_is_told_and_what_was_listed_before_can_be_had(pair: Pair) -> None:
    await pair.become_one()
    await pair.send(1, BEGUN[1], 4)

    listed = await pair.look(0)

    assert sum(segment.discontinuity for segment in listed.segments) == 1
    for segment in listed.segments:
        assert (await pair.players[0].ask(segment.uri)).status == 200


async def test_when_the_stream_that_stays_ends_both_lists_end(pair: Pair) -> None:
    await pair.become_one()
    await pair.send(1, BEGUN[1], 4)

    await pair.proxy.streams.stop_all()

    for number in range(2):
        assert (await pair.look(number)).ended
        assert hls_rules.check_playlist(pair.lists[number], live=False) == []


async def test_the_memory_of_both_is_given_back_when_the_players_left(
    make_proxy: MakeProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hls_segmenting, "idle_limit", lambda *_: IDLE)
    proxy = await make_proxy(engines=2)
    async with aiohttp.ClientSession() as http:
        pair = Pair(proxy, http)
        await pair.start()
        await pair.become_one()
        await pair.send(1, BEGUN[1], 4)
        budget = pair.streams[0].ring.budget
        assert budget.used > 0

        await proxy.until(lambda: len(proxy.streams) == 0)  # nobody polls any more

    assert budget.used == 0


async def test_a_stream_without_hls_players_gives_way_to_one_with_them(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy(engines=2)
    async with aiohttp.ClientSession() as http:
        pair = Pair(proxy, http)
        proxy.engines[0].infohash = ""
        asking = tasks.spawn(pair.players[0].ask(PATHS[0]), name="player")
        await proxy.engines[0].body_of()
        pair.streams = list(proxy.streams)
        await pair.send(0, 0, 2)
        pair.lists[0] = (await asking).body.decode()
        viewer = await proxy.play(f"/ace/getstream?infohash={INFOHASH}")
        await proxy.engines[1].push(CARD.read(0, CARD.packets))
        assert await viewer.head() == 200

        await pair.become_one()

    (stream,) = proxy.streams
    assert stream is pair.streams[0]
    assert len(stream.clients) == 2
