"""Streams of every legal shape: a later viewer begins at once, and HLS has its list."""

import asyncio

import aiohttp
import pytest

from acedesk.mpegts.packets import PACKET, PAT_PID, pid_of
from tests import transport
from tests.integration.proxy.conftest import CONTENT, MakeProxy, Proxy

VIDEO, AUDIO, PMT = transport.VIDEO_PID, transport.AUDIO_PID, transport.PMT_PID
LANGUAGE = b"\x0a\x04eng\x00"
STREAMS = ((0x1B, VIDEO, b""), (0x0F, AUDIO, b""))
MANY = ((0x1B, VIDEO, b""), *((0x0F, AUDIO + track, LANGUAGE * 6) for track in range(7)))
CODE = b"\x00\x00\x01"
LONG_SEI = CODE + b"\x06\x05\xc8" + b"\x2a" * 200 + b"\x80"
IDR, OTHER = CODE + b"\x65\x88\x80", CODE + b"\x41\x9a"


def pat(*programs: tuple[int, int]) -> bytes:
    return transport.with_crc(transport.pat_section(programs))


def pmt(number: int, streams: tuple[tuple[int, int, bytes], ...] = STREAMS) -> bytes:
    return transport.with_crc(transport.pmt_section(number, VIDEO, streams))


PRIVATE = transport.with_crc(b"\xc0\xb0\x09\x00\x01\xc1\x00\x00")
WRONG = pmt(1)[:-1] + bytes((pmt(1)[-1] ^ 1,))
# The sections of each PID, in the order in which they come.
TABLES: dict[str, list[tuple[int, list[bytes]]]] = {
    "a PMT of two packets": [(0, [pat((1, PMT))]), (PMT, [pmt(1, MANY)])],
    "a program that never comes": [(0, [pat((0, 0x10), (1, 0x1001), (2, PMT))]), (PMT, [pmt(2)])],
    "services that share a PID": [
        (0, [pat((5005, PMT), (5006, PMT))]),
        (PMT, [pmt(5006, ((0x1B, 0x300, b""),)), pmt(5005)]),
    ],
    "two sections in a packet": [(0, [pat((1, PMT))]), (PMT, [PRIVATE, pmt(1)])],
    "a CRC that is always wrong": [(0, [pat((1, PMT))]), (PMT, [WRONG])],
}


def media(tables: list[tuple[int, list[bytes]]], sei: bytes, seconds: int = 9) -> bytes:
    """Return a broadcast with a keyframe every two seconds and no random access indicator."""
    out: list[bytes] = []
    counters: dict[int, int] = {}

    def add(pid: int, packets: list[bytes]) -> None:
        for packet in packets:
            counters[pid] = counters.get(pid, -1) + 1 & 15
            out.append(packet[:3] + bytes((packet[3] & 0xF0 | counters[pid],)) + packet[4:])

    for number in range(seconds * 10):
        if number % 5 == 0:
            for pid, sections in tables:
                together = [True] * len(sections)
                add(pid, transport.in_packets(pid, sections, together=together))
        ticks = number * 2_700_000
        unit = sei + (IDR if number % 20 == 0 else OTHER) + bytes(100)
        pes = transport.timed_pes(0xE0, ticks // 300, b"")[:14] + unit
        field = transport.pcr_field(ticks)
        first = transport.packet(VIDEO, 0, pes[:150], start=True, adaptation=field)
        rest = [pes[at : at + 184] for at in range(150, len(pes), 184)]
        add(VIDEO, [first, *(transport.packet(VIDEO, 0, part) for part in rest)])
        add(VIDEO, [transport.filler(0)] * 10)
        sound = transport.timed_pes(0xC0, ticks // 300, b"sound")
        add(AUDIO, [transport.packet(AUDIO, 0, sound, start=True)])
    return b"".join(out)


async def running(proxy: Proxy, data: bytes) -> None:
    """Let a stream run that has a viewer and holds `data`."""
    await proxy.play()
    await proxy.engines[0].body_of()
    (stream,) = proxy.streams
    for at in range(0, len(data), 20 * PACKET):
        await proxy.engines[0].push(data[at : at + 20 * PACKET])
    await proxy.until(lambda: stream.ring.total == len(data))


async def check_joins_and_hls(proxy: Proxy) -> None:
    """A later viewer begins at the last keyframe; the list of HLS is there at once."""
    async with asyncio.timeout(3), aiohttp.ClientSession() as http:
        player = await proxy.play()
        assert await player.head() == 200
        begun = await player.media(20 * PACKET)
        url = f"http://127.0.0.1:{proxy.listener.port}/ace/manifest.m3u8?id={CONTENT}"
        async with http.get(url) as answer:
            listed = await answer.text()
    pids = [pid_of(begun, at) for at in range(0, len(begun), PACKET)]
    first = pids.index(VIDEO)
    assert pids[0] == PAT_PID
    assert set(pids[1:first]) == {PMT}
    assert IDR in begun[first * PACKET : (first + 3) * PACKET].replace(b"\xff", b"")
    assert listed.count("#EXTINF:2.000000") >= 2, listed


@pytest.mark.parametrize("name", TABLES)
async def test_tables_of_any_shape(make_proxy: MakeProxy, name: str) -> None:
    proxy = await make_proxy()

    await running(proxy, media(TABLES[name], b""))

    await check_joins_and_hls(proxy)


async def test_keyframes_that_later_packets_tell_of(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()

    await running(proxy, media([(0, [pat((1, PMT))]), (PMT, [pmt(1)])], LONG_SEI))

    await check_joins_and_hls(proxy)
