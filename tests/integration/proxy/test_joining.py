"""A viewer joins a stream that runs: at once, and where a decoder can begin."""

import asyncio
import itertools
import json
import pathlib
import subprocess
from collections.abc import Callable

import pytest

from acedesk.mpegts.keyframes import is_keyframe
from acedesk.mpegts.packets import PACKET, PAT_PID, payload_start, pid_of
from acedesk.mpegts.psi import H264, HEVC, MPEG2_VIDEO
from tests import transport
from tests.integration.proxy.conftest import CONTENT, MakeProxy, Proxy, RawPlayer
from tests.needs import need_program

TARGET = f"/ace/getstream?id={CONTENT}"
PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=6")
TONE = ("-f", "lavfi", "-i", "sine=d=6")
BOTH = (*PICTURE, *TONE, "-shortest")

# Arguments of ffmpeg, and the stream type of the video; 0 for none.
CODECS = {
    "h264": ("-c:v libx264 -preset ultrafast -g 25 -c:a aac", H264),
    "h264 with open groups": (
        "-c:v libx264 -preset veryfast -bf 3 -g 25 -x264-params open-gop=1 -c:a mp2",
        H264,
    ),
    "hevc": (
        "-c:v libx265 -preset ultrafast -g 25 -x265-params log-level=none:pools=none -c:a aac",
        HEVC,
    ),
    "mpeg2": ("-c:v mpeg2video -g 15 -bf 2 -c:a mp2", MPEG2_VIDEO),
    "aac alone": ("-c:a aac", 0),
    "mp2 alone": ("-c:a mp2", 0),
}


async def running(proxy: Proxy, media: bytes) -> None:
    """Let a stream run that has a viewer and holds `media`."""
    await proxy.play()
    await proxy.engines[0].body_of()
    await push(proxy, media)


async def push(proxy: Proxy, media: bytes) -> None:
    """Send `media` and wait until all of it is in the ring."""
    (stream,) = proxy.streams
    wanted = stream.ring.total + len(media)
    await proxy.engines[0].push(media)
    grown = asyncio.Event()
    disconnect = stream.grown.connect(grown.set)
    async with asyncio.timeout(10):
        while stream.ring.total < wanted:
            await grown.wait()
            grown.clear()
    disconnect()


async def follow(player: RawPlayer, last: bytes) -> bytes:
    """Return what an unframed player gets, to the packet `last`."""
    media = b""
    async with asyncio.timeout(10):
        while not media.endswith(last):
            media += await player.reader.read(65536)
    return media


async def burst(proxy: Proxy, target: str = TARGET) -> bytes:
    """Join, and return the media that comes with the very first read."""
    player = await proxy.play(target, version="1.0")
    async with asyncio.timeout(10):
        data = await player.reader.read(1 << 20)
    head, _, media = data.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    return media


def begins_with_tables(media: bytes) -> None:
    """Fail unless `media` begins with a PAT and the PMT it names."""
    assert pid_of(media, 0) == PAT_PID
    assert pid_of(media, PACKET) == transport.PMT_PID


def begins_with_keyframe(media: bytes) -> int:
    """Fail unless `media` begins with tables and a keyframe; return the picture's number."""
    begins_with_tables(media)
    assert is_keyframe(media, 2 * PACKET, H264)
    unit = media.index(b"\x00\x00\x01\x65", 2 * PACKET)
    return int.from_bytes(media[unit + 4 : unit + 8], "big")


async def run(*arguments: str) -> None:
    """Run a program, and fail if it complains."""
    program = await asyncio.create_subprocess_exec(*arguments, stderr=subprocess.PIPE)
    async with asyncio.timeout(60):
        _, said = await program.communicate()
    assert (program.returncode, said.decode()) == (0, "")


@pytest.mark.players
@pytest.mark.parametrize("name", CODECS)
async def test_a_decoder_begins_without_an_error_in_the_middle_of_a_stream(
    make_proxy: MakeProxy, tmp_path: pathlib.Path, name: str
) -> None:
    arguments, stream_type = CODECS[name]
    file, got = tmp_path / "whole.ts", tmp_path / "got.ts"
    ffmpeg = (need_program("ffmpeg"), "-nostdin", "-v", "error", "-threads", "1")
    source = BOTH if stream_type else TONE
    await run(*ffmpeg, *source, *arguments.split(), "-f", "mpegts", str(file))
    whole = file.read_bytes()
    middle = len(whole) // PACKET * 7 // 10 * PACKET
    proxy = await make_proxy()
    await running(proxy, whole[:middle])

    player = await proxy.play(version="1.0")
    async with asyncio.timeout(10):
        first = await player.reader.read(65536)
    head, _, media = first.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    begins_with_tables(media)
    if stream_type:
        assert is_keyframe(media, 2 * PACKET, stream_type)
    await proxy.engines[0].push(whole[middle:])
    got.write_bytes(media + await follow(player, whole[-PACKET:]))

    assert got.stat().st_size < len(whole) * 0.9
    await run(*ffmpeg, "-i", str(got), "-f", "null", "-")


@pytest.mark.parametrize(
    ("where", "picture"),
    [
        ("", 170),  # the newest keyframe that is a second old
        ("&join=keyframe", 170),
        ("&join=", 170),
        ("&from=0", 190),  # the newest one
        ("&from=-3", 120),
        ("&from=-3.05", 120),
        ("&from=-9999", 0),  # as far as there is
    ],
)
async def test_the_first_read_begins_at_the_chosen_keyframe(
    make_proxy: MakeProxy, where: str, picture: int
) -> None:
    proxy = await make_proxy()
    for first in range(0, 200, 10):  # eight seconds, a keyframe every 0.4
        if first == 0:
            await running(proxy, transport.broadcast(10))
        else:
            await push(proxy, transport.broadcast(10, first=first))

    media = await burst(proxy, TARGET + where)

    assert begins_with_keyframe(media) == picture
    assert len(media) % PACKET == 0


async def test_the_live_edge_is_the_tables_and_the_newest_packets(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    await running(proxy, transport.broadcast(200))
    newest = transport.broadcast(5, first=203)
    await push(proxy, newest)

    media = await burst(proxy, f"{TARGET}&join=live")

    begins_with_tables(media)
    assert media[2 * PACKET :] == newest


async def test_the_engine_is_not_told_where_a_viewer_joins(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    await proxy.play(f"{TARGET}&from=-5&preferred_bitrate=1")
    await proxy.play(f"{TARGET}&join=live")
    session = await proxy.engines[0].body_of()

    assert "from" not in session.query
    assert session.query["preferred_bitrate"] == "1"
    assert len(proxy.engines[0].sessions) == 1


@pytest.mark.parametrize(
    "where", ["from=soon", "from=5", "from=-inf", "join=now", "join=live&from=-5"]
)
async def test_a_place_that_means_nothing_is_refused_in_words(
    make_proxy: MakeProxy, where: str
) -> None:
    proxy = await make_proxy()
    player = await proxy.play(f"{TARGET}&{where}")

    assert await player.head() == 400
    body = await player.reader.readexactly(int(player.headers["content-length"]))
    assert where.partition("=")[0] in json.loads(body)["error"]
    assert proxy.engines[0].sessions == []


async def test_a_start_that_took_long_still_begins_with_a_keyframe(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(header_wait=0.0)
    player = await proxy.play()
    assert await player.head() == 200
    (stream,) = proxy.streams
    (client,) = stream.clients
    client.connected_at -= 60.0  # the engine looked for peers for a minute
    tables = transport.broadcast(1)[: 2 * PACKET]

    await push(proxy, tables + transport.broadcast(9, first=1))
    await push(proxy, transport.broadcast(10, first=10))

    got = await player.media(5 * PACKET)
    begins_with_tables(got)  # it was given them while it waited
    assert begins_with_keyframe(got[2 * PACKET :]) == 10


def encrypted(media: bytes) -> bytes:
    """Return `media` with its pictures and sounds made unreadable, and no keyframe marked."""
    out = bytearray(media)
    for at in range(0, len(out), PACKET):
        if pid_of(media, at) in (transport.VIDEO_PID, transport.AUDIO_PID):
            start = payload_start(media, at)
            if start < at + PACKET and media[at + 3] & 0x20 and media[at + 4]:
                out[at + 5] &= 0xBF
            out[at + 3] |= 0x80
            out[start : at + PACKET] = bytes(byte ^ 0xA5 for byte in out[start : at + PACKET])
    return bytes(out)


def unknown(media: bytes) -> bytes:
    """Return `media` with a PMT of stream types nobody knows."""
    tables = itertools.count()
    return b"".join(
        transport.pmt(next(tables), ((0xEA, transport.VIDEO_PID), (0xEB, transport.AUDIO_PID)))
        if pid_of(media, at) == transport.PMT_PID
        else media[at : at + PACKET]
        for at in range(0, len(media), PACKET)
    )


@pytest.mark.parametrize("disguise", [encrypted, unknown])
async def test_what_cannot_be_read_begins_at_its_tables(
    make_proxy: MakeProxy, disguise: Callable[[bytes], bytes]
) -> None:
    proxy = await make_proxy()
    await running(proxy, disguise(transport.broadcast(200)))

    media = await burst(proxy)

    begins_with_tables(media)
    assert len(media) > 2 * PACKET
