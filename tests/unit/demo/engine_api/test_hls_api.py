"""The media of a session as a list of segments that moves on."""

import asyncio
import dataclasses

import aiohttp
import pytest

from acedesk import tasks
from acedesk.demo.engine import DemoEngine
from acedesk.demo.engine_api.hls_api import MOST_SEGMENTS
from acedesk.demo.engine_api.start_api import FIRST_SEGMENTS
from acedesk.demo.sessions import End
from acedesk.mpegts.packets import PACKET
from tests.unit.demo.conftest import NEVER, NORMAL, SECOND, Caller

UNKNOWN = (500, "unknown playback session id")
MISSING = (500, "download not found")


def _segments(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


async def test_a_list_tells_its_segments_and_how_long_they_are(caller: Caller) -> None:
    told = await caller.open_list()

    answer = await caller.ask(told["playback_url"], host="tv.lan:99")

    lines = answer.text.splitlines()
    seconds = caller.engine.core.card(caller.session(told)).seconds
    assert answer.content_type == "application/vnd.apple.mpegurl"
    assert lines[:3] == ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:4"]
    assert lines.count(f"#EXTINF:{seconds:.6f},") == len(_segments(answer.text))
    assert FIRST_SEGMENTS <= len(_segments(answer.text)) <= FIRST_SEGMENTS + 1
    assert _segments(answer.text)[0] == f"http://tv.lan:99/ace/c/{NORMAL.infohash}/0.ts"
    assert "#EXT-X-MEDIA-SEQUENCE:0" in lines


async def test_a_segment_is_one_loop_of_whole_packets_and_the_next_goes_on(caller: Caller) -> None:
    told = await caller.open_list()
    urls = _segments((await caller.ask(told["playback_url"])).text)

    first, second = [await caller.ask(url) for url in urls[:2]]

    session = caller.session(told)
    card = caller.engine.core.card(session)
    assert first.content_type == "video/mp2t"
    assert len(first.body) == len(second.body) == card.packets * PACKET
    assert set(first.body[::PACKET]) == {0x47}
    assert (first.body, second.body) == (
        card.loop(session.first_loop),
        card.loop(session.first_loop + 1),
    )


async def test_two_engines_have_the_same_segment_for_the_same_moment(caller: Caller) -> None:
    session = caller.session(await caller.open_list())
    again = await caller.ask(f"/ace/c/{NORMAL.infohash}/1.ts")
    other = DemoEngine()
    await other.start()

    assert other.core.card(session).loop(session.first_loop + 1) == again.body
    await other.close()


async def test_only_segments_of_the_list_can_be_had(caller: Caller) -> None:
    told = await caller.open_list()
    count = len(_segments((await caller.ask(told["playback_url"])).text))

    for number in (count + 5, 999_999_999):
        answer = await caller.ask(f"/ace/c/{NORMAL.infohash}/{number}.ts")
        assert (answer.status, answer.text) == MISSING
    for path in (f"{NORMAL.infohash}/x.ts", f"{NORMAL.infohash}/-1.ts", f"{NORMAL.infohash}/1"):
        assert (await caller.ask(f"/ace/c/{path}")).status == 404
    other = await caller.ask(f"/ace/c/{SECOND.infohash}/0.ts")
    assert (other.status, other.text) == MISSING


async def test_a_list_that_runs_for_long_keeps_its_newest_segments(caller: Caller) -> None:
    told = await caller.open_list()
    caller.session(told).first_loop -= 100

    text = (await caller.ask(told["playback_url"])).text

    first = int(text.split("#EXT-X-MEDIA-SEQUENCE:")[1].splitlines()[0])
    urls = _segments(text)
    assert len(urls) == MOST_SEGMENTS
    assert [int(url.rpartition("/")[2].removesuffix(".ts")) for url in urls] == list(
        range(first, first + MOST_SEGMENTS)
    )
    gone = await caller.ask(f"/ace/c/{NORMAL.infohash}/{first - 1}.ts")
    assert (gone.status, gone.text) == MISSING


async def test_a_session_that_is_one_body_has_no_list(caller: Caller) -> None:
    token = caller.session(await caller.open()).token

    answer = await caller.ask(f"/ace/m/{NORMAL.infohash}/{token}.m3u8")
    segment = await caller.ask(f"/ace/c/{NORMAL.infohash}/0.ts")

    assert (answer.status, answer.text) == UNKNOWN
    assert (segment.status, segment.text) == MISSING


async def test_the_end_of_a_session_is_told(caller: Caller) -> None:
    first = await caller.open_list(pid="a")
    second = await caller.open_list(pid="b")
    superseded = await caller.ask(first["playback_url"])
    await caller.json(second["command_url"], method="stop")
    stopped = await caller.ask(second["playback_url"])
    nobody = await caller.ask(f"/ace/m/{NORMAL.infohash}/nothing.m3u8")

    assert (superseded.status, superseded.text) == (403, "access denied")
    assert (stopped.status, stopped.text) == UNKNOWN
    assert (nobody.status, nobody.text) == UNKNOWN


async def test_reading_is_a_sign_of_life(caller: Caller) -> None:
    told = await caller.open_list()
    session = caller.session(told)
    seen: list[float] = []

    for url in (told["playback_url"], f"/ace/c/{NORMAL.infohash}/0.ts"):
        session.activity_at = 0.0
        await caller.ask(url)
        seen.append(session.activity_at)

    assert min(seen) > 0.0


async def test_a_list_comes_as_late_as_the_first_media() -> None:
    late = dataclasses.replace(NORMAL, start_delay=0.2)
    engine = DemoEngine((late,))
    await engine.start()
    session = engine.core.sessions
    async with aiohttp.ClientSession(f"http://127.0.0.1:{engine.port}") as http:
        caller = Caller(engine, http)
        told = await caller.open_list()
        answer = await caller.ask(told["playback_url"])

        assert answer.status == 200
        assert caller.session(told).is_ready(engine.core.now())
    assert len(list(session)) == 1
    await engine.close()


@pytest.mark.parametrize(
    ("why", "answer"), [(End.STOP, UNKNOWN), (End.SUPERSEDED, (403, "access denied"))]
)
async def test_who_waits_for_media_that_never_come_is_told_the_end(
    caller: Caller, why: End, answer: tuple[int, str]
) -> None:
    told = await caller.open_list(id=NEVER.id)
    waiting = tasks.spawn(caller.ask(told["playback_url"]), name="wait")
    await caller.until(lambda: caller.engine.core.requests["m"] == 1)
    before = waiting.done()

    caller.engine.core.sessions.end(caller.session(told), why)
    async with asyncio.timeout(5):
        found = await waiting

    assert not before
    assert (found.status, found.text) == answer
