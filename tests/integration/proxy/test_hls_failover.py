"""What an HLS player sees when the engine behind its playlist dies: nothing, or a marked jump."""

import asyncio
import contextlib
import itertools
import pathlib
import subprocess
from collections.abc import AsyncIterator

import aiohttp
import pytest

from acedesk import tasks
from acedesk.demo.broadcast_clock import load_card
from acedesk.model.failover import SpliceMethod
from acedesk.mpegts.columns import clocks
from acedesk.mpegts.packets import PACKET, pid_of
from acedesk.proxy.http import hls
from acedesk.proxy.streams.stream import Stream
from tests import hls_rules
from tests.integration.proxy.conftest import MakeProxy, Proxy
from tests.integration.proxy.test_failover import fail, places_taken
from tests.integration.proxy.test_hls import MANIFEST, HlsPlayer
from tests.needs import need_program
from tests.unit.mpegts.test_restamp import broken_counters

# A loop of the test card is 3.84 s with two keyframes, so a quarter is about a second.
CARD, OTHER = load_card("bars"), load_card("second")
LOOP = CARD.packets * PACKET
STEP = LOOP // 4
LOOPS = 8
BROADCAST = CARD.read(0, LOOPS * CARD.packets)
# In the middle of a packet in the middle of a segment.
CUT = 3 * LOOP + LOOP // 3 // PACKET * PACKET + 77
TABLES = 2 * PACKET
# The first keyframe of a loop stands behind tables and sound.
BEGIN = 8 * PACKET


class Follower:
    """A player that polls like one and fetches each segment once; nothing may break a rule.

    Attributes:
        texts: All playlists, oldest first.
        segments: What each segment was when it was listed first, and its bytes.
    """

    def __init__(self, player: HlsPlayer) -> None:
        self._player = player
        self.texts: list[str] = []
        self.segments: dict[int, tuple[hls_rules.Listed, bytes]] = {}

    async def poll(self) -> hls_rules.Read:
        """Ask for the playlist and for what is new in it."""
        answer = await self._player.ask()
        listed, text = answer.listed, answer.body.decode()
        assert hls_rules.check_playlist(text, live=not listed.ended) == []
        if self.texts:
            assert hls_rules.check_update(self.texts[-1], text) == []
        self.texts.append(text)
        for segment in listed.segments:
            if segment.number not in self.segments:
                body = await self._player.ask(segment.uri)
                assert body.status == 200
                self.segments[segment.number] = segment, body.body
        return listed

    @property
    def media(self) -> bytes:
        """All segments put together, without the tables in front of each."""
        numbers = sorted(self.segments)
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
        return b"".join(self.segments[number][1][TABLES:] for number in numbers)

    @property
    def jumps(self) -> list[int]:
        """The numbers of the segments behind a discontinuity."""
        return [number for number, (listed, _) in self.segments.items() if listed.discontinuity]


@pytest.fixture(autouse=True)
def no_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a player that has all be told so at once."""
    monkeypatch.setattr(hls, "HOLD", 0.0)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def arrived(stream: Stream, total: int) -> None:
    """Wait until so many bytes of the stream have come."""
    turn = asyncio.Event()
    disconnect = stream.grown.connect(turn.set)
    async with asyncio.timeout(10):
        while stream.ring.total < total:
            turn.clear()
            await turn.wait()
    disconnect()


async def follow(proxy: Proxy, http: aiohttp.ClientSession, size: int) -> tuple[Follower, Stream]:
    """Return a player that follows the broadcast, of which so many bytes were sent."""
    follower = Follower(HlsPlayer(proxy, http, "player/1"))
    first = tasks.spawn(follower.poll(), name="the first playlist")
    await proxy.engines[0].body_of()
    (stream,) = proxy.streams
    await go_on(proxy, stream, follower if first.done() else None, 0, 2 * LOOP)
    async with asyncio.timeout(5):
        await first
    await go_on(proxy, stream, follower, 2 * LOOP, size)
    return follower, stream


async def go_on(
    proxy: Proxy, stream: Stream, follower: Follower | None, first: int, last: int, engine: int = 0
) -> None:
    """Let an engine send these bytes of the broadcast; the player polls all the while."""
    for at in range(first, last, STEP):
        end = min(at + STEP, last)
        await proxy.engines[engine].push(BROADCAST[at:end])
        await arrived(stream, end // PACKET * PACKET)
        if follower is not None:
            await follower.poll()


async def end(stream: Stream, follower: Follower) -> None:
    """End the stream; the player gets the rest."""
    await stream.stop()
    assert (await follower.poll()).ended


@pytest.mark.parametrize(
    "how", ["ends", "resets", "is killed", "stalls", "sends garbage", "is removed"]
)
async def test_segments_are_the_broadcast_however_the_engine_dies(
    make_proxy: MakeProxy, http: aiohttp.ClientSession, how: str
) -> None:
    proxy = await make_proxy(engines=2, stall_timeout=1.0, standby_after=0.0)
    follower, stream = await follow(proxy, http, CUT)

    await fail(proxy, how)
    await proxy.engines[1].push(BROADCAST[CUT - LOOP : CUT])
    await go_on(proxy, stream, follower, CUT, len(BROADCAST), 1)
    await end(stream, follower)

    begin = BROADCAST.find(follower.media[: 100 * PACKET])
    assert begin == BEGIN
    assert follower.media == BROADCAST[begin:]
    assert not any("DISCONTINUITY" in text for text in follower.texts)
    (failover,) = stream.supply.failovers
    assert (failover.method, failover.lost_packets) == (SpliceMethod.BYTE_EXACT, 0)


async def test_segments_are_the_broadcast_after_one_death_after_another(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy(engines=4)
    follower, stream = await follow(proxy, http, CUT)

    for number in range(1, 4):
        at = CUT + (number - 1) * LOOP
        proxy.engines[number - 1].reset()
        await proxy.engines[number].push(BROADCAST[at - LOOP : at])
        await go_on(proxy, stream, follower, at, at + LOOP, number)
    await end(stream, follower)

    media = BROADCAST[: (CUT + 3 * LOOP) // PACKET * PACKET]
    assert media.endswith(follower.media)
    assert len(media) - len(follower.media) == BEGIN
    assert not any("DISCONTINUITY" in text for text in follower.texts)
    assert [one.method for one in stream.supply.failovers] == [SpliceMethod.BYTE_EXACT] * 3


async def test_segments_of_a_protected_stream_do_not_notice_either_death(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy(engines=2, protect_streams=True)
    follower, stream = await follow(proxy, http, CUT)
    await proxy.engines[1].push(BROADCAST[:CUT])
    await places_taken(proxy, [1, 1])

    proxy.engines[0].reset()
    await go_on(proxy, stream, follower, CUT, len(BROADCAST), 1)
    await end(stream, follower)

    assert BROADCAST.endswith(follower.media)
    assert len(BROADCAST) - len(follower.media) == BEGIN
    assert not any("DISCONTINUITY" in text for text in follower.texts)


# ---------------------------------------------------------------------- another feed


async def other_feed(proxy: Proxy, stream: Stream, follower: Follower, loops: int) -> None:
    """Let the second engine send another programme with a time of its own."""
    first = 40 * OTHER.packets
    borders = [first + step * OTHER.packets // 4 for step in range(4 * loops + 1)]
    for number, (begin, end) in enumerate(itertools.pairwise(borders)):
        await proxy.engines[1].push(OTHER.read(begin, end))
        if number >= 4:  # the first of them may still be looked at for a place to go on
            await follower.poll()
    await arrived(stream, CUT // PACKET * PACKET + loops * OTHER.packets * PACKET - BEGIN)
    await follower.poll()


async def test_another_feed_is_one_discontinuity_at_the_splice(
    make_proxy: MakeProxy, http: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy(engines=2)
    follower, stream = await follow(proxy, http, CUT)

    proxy.engines[0].reset()
    await other_feed(proxy, stream, follower, 10)

    (jump,) = follower.jumps
    before = b"".join(
        body[TABLES:] for number, (_, body) in sorted(follower.segments.items()) if number < jump
    )
    after = follower.media[len(before) :]
    # The last picture and sound of the engine that died were torn and are left out.
    sent = BROADCAST[BEGIN : CUT // PACKET * PACKET]
    same = next(
        at
        for at in range(0, len(before), PACKET)
        if before[at : at + PACKET] != sent[at : at + PACKET]
    )
    assert len(sent) - same < 100 * PACKET
    packets = {before[at : at + PACKET] for at in range(same, len(before), PACKET)}
    assert all(packet in sent[same:] or packet[3] & 0x30 == 0x20 for packet in packets)
    whole = before + after
    torn = [at for at in broken_counters(whole) if pid_of(whole, at) in (0x100, 0x101)]
    assert all(whole[at + 3] & 0x20 and whole[at + 5] & 0x80 for at in torn)  # and marked
    values = [pcr for _, _, pcr in clocks(whole, 0, len(whole))]
    assert all(0 < b - a <= 27_000_000 for a, b in itertools.pairwise(values))
    (failover,) = stream.supply.failovers
    assert failover.method is SpliceMethod.KEYFRAME

    numbers = {
        listed.number: listed.discontinuity_number for listed, _ in follower.segments.values()
    }
    assert {numbers[number] for number in numbers if number < jump} == {0}
    assert {numbers[number] for number in numbers if number >= jump} == {1}
    last = follower.texts[-1]
    assert hls_rules.read(last).sequence > jump
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:1\n" in last
    assert "#EXT-X-DISCONTINUITY\n" not in last
    assert all("SEQUENCE:1\n" not in t for t in follower.texts if "#EXT-X-DISCONTINUITY\n" in t)


@pytest.mark.players
@pytest.mark.xdist_group("players")
@pytest.mark.timeout(120)
@pytest.mark.parametrize("same", [True, False], ids=["the same feed", "another feed"])
async def test_ffmpeg_plays_through_without_a_decoding_error(
    make_proxy: MakeProxy, http: aiohttp.ClientSession, same: bool, tmp_path: pathlib.Path
) -> None:
    proxy = await make_proxy(engines=2, hls_segment=4.0)
    follower, stream = await follow(proxy, http, CUT)
    async with decoding(proxy, tmp_path) as ffmpeg:
        proxy.engines[0].reset()
        if same:
            await proxy.engines[1].push(BROADCAST[CUT - LOOP : CUT])
            await go_on(proxy, stream, follower, CUT, len(BROADCAST), 1)
        else:
            await other_feed(proxy, stream, follower, 4)
        await end(stream, follower)
        async with asyncio.timeout(60):
            _, told = await ffmpeg.communicate()

    assert (ffmpeg.returncode, told.decode()) == (0, "")
    seconds = sum(listed.duration for listed, _ in follower.segments.values())
    stamps = (tmp_path / "stamps").read_text().splitlines()
    pictures = [line for line in stamps if line[:1] not in ("#", "")]
    assert len(pictures) >= 25 * (seconds - 2)
    times = [int(line.split(",")[2]) for line in pictures]
    assert times == sorted(set(times))


@contextlib.asynccontextmanager
async def decoding(proxy: Proxy, folder: pathlib.Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Let ffmpeg decode the stream from its first segment on; it joins before the block begins."""
    (stream,) = proxy.streams
    viewers = len(stream.clients)
    ffmpeg = await asyncio.create_subprocess_exec(
        *(need_program("ffmpeg"), "-nostdin", "-v", "warning", "-live_start_index", "0"),
        *("-i", f"http://127.0.0.1:{proxy.listener.port}{MANIFEST}", "-map", "0:v"),
        *("-f", "framemd5", str(folder / "stamps"), "-map", "0:a", "-f", "null", "-"),
        stderr=subprocess.PIPE,
    )
    try:
        await proxy.until(lambda: len(stream.clients) > viewers)
        yield ffmpeg
    finally:
        if ffmpeg.returncode is None:
            ffmpeg.kill()
            await ffmpeg.wait()
