"""What the demo engine sends plays without a seam, and two engines send the same."""

import array
import asyncio
import dataclasses
import itertools
import math
import pathlib
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest

from acedesk.demo.broadcast_clock import load_card
from acedesk.demo.channels import DemoChannel, channels
from acedesk.demo.engine import DemoEngine
from acedesk.demo.testcard import find_pcrs
from acedesk.mpegts.packets import PACKET
from acedesk.mpegts.scan import Scanner
from tests.needs import need_program
from tests.transport import counter_errors

CHANNELS = tuple(dataclasses.replace(channel, start_delay=0.0) for channel in channels()[:2])
NORMAL, SECOND = CHANNELS
# A second of the test is a minute of the broadcast.
HURRY = 60.0


@pytest.fixture
async def engine() -> AsyncIterator[DemoEngine]:
    made = DemoEngine(CHANNELS, speed=HURRY)
    await made.start()
    yield made
    await made.close()


async def read(engine: DemoEngine, channel: DemoChannel, size: int) -> bytes:
    url = f"http://127.0.0.1:{engine.port}/ace/getstream?id={channel.id}&pid=reader"
    async with aiohttp.ClientSession() as http, http.get(url) as body:
        return await body.content.readexactly(size)


async def run(*command: str) -> tuple[str, str]:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, errors = await process.communicate()
    return out.decode(errors="replace"), errors.decode(errors="replace")


def whole_groups(flow: bytes) -> bytes:
    """Return the flow from its first keyframe to its last: a reader joins and leaves anywhere."""
    entries = Scanner().scan(flow, 0, len(flow)).entries
    return entries[0].tables + flow[entries[0].at : entries[-1].at]


@pytest.mark.players
@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.picture)
async def test_fifteen_seconds_play_without_one_error(
    engine: DemoEngine, channel: DemoChannel, tmp_path: pathlib.Path
) -> None:
    ffmpeg = need_program("ffmpeg")
    card = load_card(channel.picture)
    flow = await read(engine, channel, 5 * card.packets * PACKET)
    file = tmp_path / "flow.ts"
    file.write_bytes(whole_groups(flow))

    _, errors = await run(
        ffmpeg, "-v", "warning", "-f", "mpegts", "-i", str(file), "-f", "null", "-"
    )

    assert file.stat().st_size / card.byte_rate > 15
    assert counter_errors(flow) == 0
    assert errors == ""


@pytest.mark.players
async def test_the_picture_and_the_sound_are_what_they_are_said_to_be(engine: DemoEngine) -> None:
    ffprobe = need_program("ffprobe")
    url = f"http://127.0.0.1:{engine.port}/ace/getstream?id={NORMAL.id}"
    fields = "stream=codec_name,width,height,r_frame_rate,sample_rate,channels"

    out, _ = await run(ffprobe, "-v", "quiet", "-show_entries", fields, "-of", "csv", url)

    assert "stream,h264,1280,720,25/1" in out
    assert "stream,aac,48000,2," in out


@pytest.mark.players
@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.picture)
async def test_the_tone_has_no_click_at_the_edge(
    channel: DemoChannel, tmp_path: pathlib.Path
) -> None:
    ffmpeg = need_program("ffmpeg")
    card = load_card(channel.picture)
    flow, sound = tmp_path / "flow.ts", tmp_path / "sound.raw"
    flow.write_bytes(card.read(0, 3 * card.packets))
    await run(
        *(ffmpeg, "-v", "error", "-i", str(flow), "-map", "0:a", "-ac", "1"),
        *("-f", "s16le", "-c:a", "pcm_s16le", str(sound)),
    )
    samples = array.array("h", sound.read_bytes())[4800:]
    hertz = 1000 if channel is NORMAL else 500

    # Of a sine, no two neighbours are further apart than this; a click is.
    steepest = max(map(abs, samples)) * 2 * math.sin(math.pi * hertz / 48_000)
    assert max(abs(a - b) for a, b in itertools.pairwise(samples)) < 1.15 * steepest
    assert len(samples) > 48_000 * 11


@pytest.mark.players
async def test_the_list_of_segments_plays_without_one_error() -> None:
    ffmpeg = need_program("ffmpeg")
    engine = DemoEngine(CHANNELS)
    await engine.start()
    url = f"http://127.0.0.1:{engine.port}/ace/manifest.m3u8?id={NORMAL.id}"

    out, errors = await run(
        *(ffmpeg, "-v", "error", "-progress", "pipe:1", "-i", url, "-t", "10", "-f", "null", "-")
    )
    await engine.close()

    assert errors == ""
    assert int(re.findall(r"frame=(\d+)", out)[-1]) == 250


async def test_the_list_names_segments_that_begin_with_a_keyframe() -> None:
    engine = DemoEngine(CHANNELS)
    await engine.start()
    base = f"http://127.0.0.1:{engine.port}"
    query = {"id": NORMAL.id, "format": "json"}
    async with aiohttp.ClientSession() as http:
        async with http.get(f"{base}/ace/manifest.m3u8", params=query) as answer:
            session = (await answer.json())["response"]
        async with http.get(session["playback_url"]) as answer:
            text = await answer.text()
            assert answer.content_type == "application/vnd.apple.mpegurl"
        segments = re.findall(r"^http\S+", text, re.MULTILINE)
        async with http.get(segments[0]) as answer:
            first = await answer.read()
            assert answer.content_type == "video/mp2t"
        async with http.get(segments[1]) as answer:
            second = await answer.read()
        async with http.get(f"{base}/ace/c/{NORMAL.infohash}/999.ts") as answer:
            assert answer.status == 500
        async with http.get(f"{session['command_url']}?method=stop") as answer:
            assert (await answer.json())["response"] == "ok"
        async with http.get(session["playback_url"]) as answer:
            assert answer.status == 500
    await engine.close()

    assert "#EXT-X-MEDIA-SEQUENCE:0" in text
    assert "#EXT-X-ENDLIST" not in text
    assert len(segments) >= 3
    assert first[:3] == b"\x47\x40\x00"
    assert counter_errors(first + second) == 0


async def test_two_engines_send_the_same_bytes_for_the_same_moment(engine: DemoEngine) -> None:
    other = DemoEngine(CHANNELS, speed=HURRY)
    await other.start()
    size = 3 * load_card("bars").packets * PACKET

    first, second = await asyncio.gather(read(engine, NORMAL, size), read(other, NORMAL, size))
    await other.close()

    place = first.find(second[: 400 * PACKET])
    if place < 0:
        first, second = second, first
        place = first.find(second[: 400 * PACKET])
    assert place >= 0
    common = size - place
    assert common > 0
    assert first[place:] == second[:common]


async def test_different_channels_send_different_pictures(engine: DemoEngine) -> None:
    first = await read(engine, NORMAL, 200 * PACKET)
    second = await read(engine, SECOND, 200 * PACKET)

    assert b"AceDesk test card" in first
    assert b"AceDesk second picture" in second


async def test_a_new_reader_gets_two_seconds_at_once_and_then_real_time() -> None:
    engine = DemoEngine(CHANNELS)
    await engine.start()
    card = load_card("bars")
    loop = asyncio.get_running_loop()
    began = loop.time()

    flow = await read(engine, NORMAL, int(card.byte_rate * 3) // PACKET * PACKET)
    took = loop.time() - began
    await engine.close()

    pcrs = [value for _, value in find_pcrs(flow)]
    assert 2.8 < (pcrs[-1] - pcrs[0]) / 27e6 < 3.1
    assert 0.8 < took < 2.8  # without the burst it would take three
