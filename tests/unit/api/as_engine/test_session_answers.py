"""Media, stat, command and event of a session."""

import asyncio
from typing import Any

import pytest

from acedesk import tasks
from tests import transport
from tests.fakes.as_engine_front import START, AsEngineFront

BROADCAST = transport.broadcast(50)
GONE = {"response": None, "error": "unknown playback session id"}
OK = {"response": "ok", "error": None}
STAT = {
    "status": str,
    "peers": int,
    "speed_down": int,
    "speed_up": int,
    "downloaded": int,
    "uploaded": int,
    "total_progress": int,
    "is_live": int,
    "is_encrypted": int,
    "infohash": str,
    "playback_session_id": str,
    "client_session_id": int,
    "selected_stream_index": int,
    "selected_file_index": int,
    "stream_status": int,
    "manifest_access_mode": int,
    "network_monitor_status": int,
    "network_monitor_started": bool,
    "debug_level": int,
    "disk_cache_stats": dict,
}


async def stop(front: AsEngineFront, session: dict[str, Any]) -> Any:
    return await front.get(f"{session['command_url']}?method=stop&api_version=2")


async def test_dl_comes_without_any_reader(front: AsEngineFront) -> None:
    session = await front.start()
    before = (await front.get(session["stat_url"]))["response"]

    await front.until_dl(BROADCAST)

    after = (await front.get(session["stat_url"]))["response"]
    assert {name: type(value) for name, value in before.items()} == {**STAT, "progress": int}
    assert {name: type(value) for name, value in after.items()} == {**STAT, "livepos": dict}
    assert (before["status"], after["status"]) == ("prebuf", "dl")
    assert {type(value) for value in after["livepos"].values()} == {str}
    assert after["playback_session_id"] == session["playback_session_id"]
    assert after["downloaded"] == len(BROADCAST)


async def test_two_players_read_one_address_at_once(front: AsEngineFront) -> None:
    session = await front.start()
    await front.until_dl(BROADCAST)
    async with front.http.head(session["playback_url"]) as head:
        assert (head.status, head.content_type) == (200, "video/mp2t")

    async with (
        front.http.get(session["playback_url"]) as one,
        front.http.get(session["playback_url"]) as other,
    ):
        pictures = [await answer.content.readexactly(188 * 20) for answer in (one, other)]

        assert [len(picture) for picture in pictures] == [188 * 20] * 2
        assert len(front.side.engines[0].sessions) == 1


async def test_a_stop_ends_its_own_picture_and_no_other(front: AsEngineFront) -> None:
    mine, other = await front.start(), await front.start()
    await front.until_dl(BROADCAST)
    async with (
        front.http.get(mine["playback_url"]) as stopped,
        front.http.get(other["playback_url"]) as playing,
    ):
        await playing.content.readexactly(188)

        assert await stop(front, mine) == OK
        await stopped.content.read()

        await front.side.engines[0].push(transport.broadcast(50, first=50))
        await playing.content.readexactly(len(BROADCAST) // 2)
    assert await stop(front, mine) == GONE
    assert await front.get(mine["stat_url"]) == GONE
    async with front.http.get(mine["playback_url"]) as answer:
        assert answer.status == 404


async def test_a_stop_leaves_one_that_only_waits_its_stream(front: AsEngineFront) -> None:
    mine, other = await front.start(), await front.start()
    await front.until_dl(BROADCAST)

    await stop(front, mine)

    assert await front.status(other) == "dl"
    assert not front.stream.leaving


async def test_the_last_stop_ends_the_stream(front: AsEngineFront) -> None:
    session = await front.start()
    await front.until_dl(BROADCAST)

    assert await stop(front, session) == OK

    await front.until_gone()
    await front.side.engines[0].sessions[0].stopped.wait()


async def test_a_playlist_is_played_and_stopped(front: AsEngineFront) -> None:
    session = await front.start(START.replace("getstream", "manifest.m3u8"))
    pushing = tasks.spawn(front.side.engines[0].push(transport.broadcast(600)), name="engine")
    async with front.http.get(session["playback_url"]) as answer:
        lines = (await answer.text()).splitlines()
        assert answer.content_type == "application/vnd.apple.mpegurl"
    await pushing

    (first, *_) = [line for line in lines if line.endswith(".ts")]
    assert first.startswith("../../hls/")
    segment = f"{front.base}/ace/{first.removeprefix('../../')}"
    async with front.http.get(segment) as media:
        assert media.content_type == "video/mp2t"
        assert len(await media.read()) % 188 == 0

    assert await stop(front, session) == OK
    await front.until_gone()


async def test_a_stream_that_fails_is_an_unknown_session(front: AsEngineFront) -> None:
    session = await front.start(f"{START}&use_api_events=1")
    await front.plane.streams.stop_all()

    assert await front.get(session["stat_url"]) == GONE
    event = await front.get(session["event_url"])
    assert event["response"] == {"name": "live_changed", "params": {"is_live": 1}}
    event = await front.get(session["event_url"])
    assert event["response"] == {"name": "download_stopped", "params": {"reason": "stopped"}}


async def test_an_event_is_waited_for_until_the_session_is_over(front: AsEngineFront) -> None:
    session = await front.start(f"{START}&use_api_events=1")
    await front.get(session["event_url"])
    waiting = tasks.spawn(front.get(session["event_url"]), name="poll")
    await front.get(session["stat_url"])
    assert not waiting.done()

    await stop(front, session)

    async with asyncio.timeout(5):
        assert await waiting == GONE


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("method=liveseek&pos=-1", OK),
        ("method=liveseek&pos=1700000000", OK),
        ("method=liveseek&pos=x", {"response": None, "error": "bad position"}),
        ("method=set_player_activity_timeout&timeout=60", OK),
        ("method=set_player_activity_timeout", {"response": None, "error": "bad timeout"}),
        ("method=set_stream&stream_index=0", OK),
        ("method=set_stream&stream_index=3", {"response": None, "error": "bad stream index"}),
        ("method=pause", {"response": None, "error": "unknown method"}),
        ("", {"response": None, "error": "unknown method"}),
    ],
)
async def test_commands_are_answered(
    front: AsEngineFront, query: str, answer: dict[str, object]
) -> None:
    session = await front.start()

    assert await front.get(f"{session['command_url']}?{query}") == answer


async def test_pages_of_other_origins_read_how_a_session_does_and_command_nothing(
    front: AsEngineFront,
) -> None:
    session = await front.start()

    for name, readable in (("stat_url", True), ("command_url", False)):
        async with front.http.get(session[name]) as answer:
            assert ("Access-Control-Allow-Origin" in answer.headers) is readable


@pytest.mark.parametrize("what", ["stat", "cmd", "event"])
async def test_a_session_that_never_was_is_unknown(front: AsEngineFront, what: str) -> None:
    assert await front.get(f"/ace/{what}/{'b' * 40}/{'0' * 32}?method=stop") == GONE


async def test_a_poll_after_the_end_is_not_found_and_no_more(front: AsEngineFront) -> None:
    async with front.http.get(f"{front.base}/None?api_version=3") as answer:
        assert answer.status == 404
