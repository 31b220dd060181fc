"""A picture that the tables promise does not come, while the sound goes on."""

import asyncio

import aiohttp
import pytest

from acedesk import clock
from acedesk.model.diagnosis import Cause
from acedesk.model.event import EventKind
from acedesk.mpegts.packets import PACKET, PAT_PID, pid_of
from acedesk.proxy.streams.stream import Stream
from tests import transport
from tests.integration.proxy.conftest import CONTENT, MakeProxy, Proxy
from tests.integration.proxy.laboratory import Laboratory

CHANGES = (EventKind.STREAM_DOUBTED, EventKind.STREAM_FAILED_OVER)
TABLES = transport.pat() + transport.pmt(pcr_pid=transport.AUDIO_PID)


def sound(second: int) -> bytes:
    """Return a second without the promised picture."""
    parts = [TABLES]
    for number in range(25):
        at = second * 25 + number
        field = transport.pcr_field(at * 27_000_000 // 25)
        pes = transport.timed_pes(0xC0, at * 3600, at.to_bytes(4, "big"))
        parts.append(
            transport.packet(transport.AUDIO_PID, at, pes[:150], start=True, adaptation=field)
        )
    return b"".join(parts)


async def push(proxy: Proxy, stream: Stream, data: bytes, engine: int = 0) -> None:
    """Send media and wait until it is in the ring."""
    wanted = stream.ring.total + len(data)
    grown = asyncio.Event()
    disconnect = stream.grown.connect(grown.set)
    await proxy.engines[engine].push(data)
    async with asyncio.timeout(10):
        while stream.ring.total < wanted:
            await grown.wait()
            grown.clear()
    disconnect()


async def deaf(proxy: Proxy, seconds: int = 8) -> Stream:
    """Return a stream that has brought sound only for so long; it is looked at each second."""
    (stream,) = proxy.streams
    for second in range(seconds):
        await push(proxy, stream, sound(second))
        stream.supply.look_for_picture(clock.monotonic())
    return stream


async def test_later_viewers_of_a_radio_that_promises_a_picture_begin_at_once(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy()
    await proxy.play()
    await proxy.engines[0].body_of()
    await deaf(proxy)

    later = await proxy.play()

    async with asyncio.timeout(3):
        assert await later.head() == 200
        media = await later.media(3 * PACKET)
    assert [pid_of(media, at) for at in range(0, 3 * PACKET, PACKET)] == [
        PAT_PID,
        transport.PMT_PID,
        transport.AUDIO_PID,
    ]


async def test_a_later_viewer_gets_at_once_what_players_look_at_before_they_play(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy(rewind_seconds=30.0)
    await proxy.play()
    await proxy.engines[0].body_of()
    await deaf(proxy, 16)

    later = await proxy.play()

    async with asyncio.timeout(10):
        assert await later.head() == 200
        await later.expect(b"".join(map(sound, range(8, 16))))


async def test_such_a_radio_plays_as_hls(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(hls_segment=2.0)
    await proxy.play()
    await proxy.engines[0].body_of()
    await deaf(proxy, 12)

    async with aiohttp.ClientSession() as http, asyncio.timeout(5):
        url = f"http://127.0.0.1:{proxy.listener.port}/ace/manifest.m3u8?id={CONTENT}"
        async with http.get(url) as answer:
            assert answer.status == 200
            assert "#EXTINF" in await answer.text()


@pytest.mark.parametrize("elsewhere", [True, False])
async def test_another_engine_is_asked_for_the_picture_once(
    make_proxy: MakeProxy, *, elsewhere: bool
) -> None:
    proxy = await make_proxy(engines=2)
    player = await proxy.play()
    await proxy.engines[0].body_of()
    stream = await deaf(proxy)
    assert await player.head() == 200
    await player.media(1)

    asked = await proxy.engines[1].body_of()
    media = transport.broadcast(50, first=10 * 25) if elsewhere else sound(8) + sound(9)
    await proxy.engines[1].push(media)
    await proxy.until(lambda: len(stream.supply.failovers) == 1)

    (failover,) = stream.supply.failovers
    assert (failover.cause, failover.to_engine) == ("engine_no_picture", "engine-1")
    assert asked.opened == 1
    noted = [event for event in proxy.notes.causes if event[0] in CHANGES]
    assert noted == [
        (EventKind.STREAM_DOUBTED, "no_picture"),
        (EventKind.STREAM_FAILED_OVER, "engine_no_picture"),
    ]
    for second in range(10, 20):  # whatever comes now: it stays there
        if not elsewhere:
            await push(proxy, stream, sound(second), engine=1)
        stream.supply.look_for_picture(clock.monotonic())
    assert len(stream.supply.failovers) == 1
    assert [len(engine.sessions) for engine in proxy.engines] == [1, 1]
    assert stream.supply.picture.absent is not elsewhere


async def test_a_picture_that_stopped_is_told(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    await proxy.play()
    await proxy.engines[0].body_of()
    lab = Laboratory(proxy)
    await lab.live(3)
    stream = lab.stream()
    stream.supply.look_for_picture(clock.monotonic())
    await lab.push(TABLES)
    for second in range(3, 13):
        await lab.push(sound(second))
        stream.supply.look_for_picture(clock.monotonic())
        lab.look()

    assert lab.diagnosis().cause is Cause.NO_PICTURE
    assert lab.diagnosis().seconds is not None
    assert stream.supply.picture.came
