"""A session instead of the media."""

import asyncio
import pathlib
import re

import pytest

from acedesk import tasks
from acedesk.api.as_engine import client_sessions
from tests import transport
from tests.fakes.as_engine_front import CONTENT, START, AsEngineFront, as_engine_front
from tests.fakes.file_engine import FileEngine

KEYS = {
    "playback_url": str,
    "stat_url": str,
    "command_url": str,
    "event_url": str,
    "infohash": str,
    "playback_session_id": str,
    "is_live": int,
    "is_encrypted": int,
    "client_session_id": int,
}


async def test_the_envelope_is_the_engines(front: AsEngineFront) -> None:
    answer = await front.get(START)

    assert set(answer) == {"response", "error"}
    assert answer["error"] is None
    session = answer["response"]
    assert {name: type(value) for name, value in session.items()} == KEYS
    tail = rf"{'b' * 40}/[0-9a-f]{{32}}"
    base = re.escape(f"{front.base}/ace")
    assert re.fullmatch(rf"{base}/r/{tail}", session["playback_url"])
    assert re.fullmatch(rf"{base}/stat/{tail}", session["stat_url"])
    assert re.fullmatch(rf"{base}/cmd/{tail}", session["command_url"])
    assert session["event_url"] == ""
    assert session["infohash"] == "b" * 40
    assert re.fullmatch("[0-9a-f]{40}", session["playback_session_id"])
    assert (session["is_live"], session["is_encrypted"]) == (1, 0)
    assert session["client_session_id"] == -1


async def test_a_playlist_an_events_address_and_a_number_are_given_on_request(
    front: AsEngineFront,
) -> None:
    session = await front.start(
        f"/ace/manifest.m3u8?format=json&infohash={CONTENT}&use_api_events=1&client_session_id=7"
    )

    assert re.search(r"/ace/m/[0-9a-f]{40}/[0-9a-f]{32}\.m3u8$", session["playback_url"])
    assert re.search(r"/ace/event/[0-9a-f]{40}/[0-9a-f]{32}$", session["event_url"])
    assert session["client_session_id"] == 7


@pytest.mark.parametrize("query", ["", "id=x", f"id={CONTENT}&infohash={'b' * 40}"])
async def test_what_names_no_content_is_refused_as_an_engine_refuses(
    front: AsEngineFront, query: str
) -> None:
    answer = await front.get(f"/ace/getstream?format=json&{query}")

    assert set(answer) == {"response", "error"}
    assert answer["response"] is None
    assert isinstance(answer["error"], str)
    assert answer["error"]
    assert front.side.engines[0].sessions == []


async def test_a_refusal_is_told_in_the_engines_words(front: AsEngineFront) -> None:
    front.side.engines[0].refusal = "failed to load content"

    answer = await front.get(START)

    assert answer == {"response": None, "error": "failed to load content"}
    assert not len(front.plane.streams)


async def test_head_starts_nothing(front: AsEngineFront) -> None:
    async with front.http.head(front.base + START) as answer:
        assert answer.status == 200
        assert answer.content_type == "application/json"

    assert not len(front.plane.streams)


async def test_a_page_of_another_site_starts_nothing(front: AsEngineFront) -> None:
    foreign = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}

    async with front.http.get(front.base + START, headers=foreign) as answer:
        told = await answer.json()

    assert told["response"] is None
    assert not len(front.plane.streams)


async def test_programs_that_use_one_player_id_share_the_stream_and_not_the_session(
    front: AsEngineFront,
) -> None:
    first, second = [await front.start(f"{START}&pid={'c' * 40}") for _ in range(2)]

    assert first["stat_url"] != second["stat_url"]
    assert first["playback_session_id"] != second["playback_session_id"]
    assert len(front.plane.streams) == 1
    assert len(front.side.engines[0].sessions) == 1


async def test_who_leaves_before_the_answer_leaves_nothing(front: AsEngineFront) -> None:
    engine = front.side.engines[0]
    engine.silent = True
    asking = tasks.spawn(front.get(START), name="program")
    await engine.asked.wait()

    await tasks.cancel(asking)

    await front.until_gone()


async def test_fifty_that_only_ask_leave_nothing_after_the_hold(
    front: AsEngineFront, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_sessions, "USUAL_TIMEOUT", 1.0)
    began = [f"/ace/getstream?format=json&id={number % 5:040x}" for number in range(50)]

    async with asyncio.TaskGroup() as group:
        for target in began:
            group.create_task(front.start(target))

    assert len(front.plane.streams) == 5
    await front.until_gone()
    engine = front.side.engines[0]
    async with asyncio.timeout(10):
        await asyncio.gather(*(session.stopped.wait() for session in engine.sessions))
    await front.plane.sessions.drain(10)
    assert [len(engine.sessions), *front.side.loads] == [5, 0]


async def test_a_file_says_that_it_is_none_that_is_live(tmp_path: pathlib.Path) -> None:
    async with as_engine_front(tmp_path, kind=FileEngine) as front:
        session = await front.start()

        assert session["is_live"] == 0
        assert session["infohash"] == "b" * 40
        assert await front.status(session) == "dl"
        async with front.http.get(session["playback_url"], headers={"Range": "bytes=0-9"}) as film:
            assert film.status == 206
            assert len(await film.read()) == 10


async def test_the_media_are_given_to_who_does_not_ask_for_json(front: AsEngineFront) -> None:
    pushing = tasks.spawn(front.side.engines[0].push(transport.broadcast(50)), name="engine")

    async with front.http.get(f"{front.base}/ace/getstream?id={CONTENT}") as answer:
        assert answer.content_type == "video/mp2t"
    await pushing
