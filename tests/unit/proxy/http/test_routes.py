"""The proxy's routes: what programs written for acexy ask, and what pages may read."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from acedesk.model.event import EventKind
from acedesk.mpegts.packets import PACKET
from acedesk.proxy.streams.stream import Stream
from tests import transport
from tests.fakes.http_front import CONTENT, PLAY, HttpFront, http_front

BROADCAST = transport.broadcast(50)
OTHER = "c" * 40


@pytest.fixture
async def front() -> AsyncIterator[HttpFront]:
    """Return a front with one engine."""
    async with http_front(grace=60.0) as made:
        yield made


async def answer(front: HttpFront, target: str) -> tuple[int, dict[str, object]]:
    """Return status and JSON of an answer."""
    async with front.ask(target) as found:
        return found.status, json.loads(await found.read())


async def watched(front: HttpFront) -> Stream:
    """Let somebody have watched a stream, which is still there."""
    async with asyncio.TaskGroup() as group:
        group.create_task(front.side.engines[0].push(BROADCAST))
        async with front.ask() as player:
            await player.content.readexactly(PACKET)
            return await front.until_watched()


# ---------------------------------------------------------------------- status


async def test_the_status_without_an_id_counts_the_streams(front: HttpFront) -> None:
    none = await answer(front, "/ace/status")
    await watched(front)

    assert none == (200, {"streams": 0})
    assert await answer(front, "/ace/status") == (200, {"streams": 1})


async def test_the_status_of_a_stream_counts_its_clients(front: HttpFront) -> None:
    stream = await watched(front)
    await front.until(lambda: len(stream.clients) == 0)
    port = front.side.engines[0].port

    assert await answer(front, f"/ace/status?id={CONTENT}") == (
        200,
        {
            "clients": 0,
            "stream_id": {"id": CONTENT},
            "stat_url": f"http://127.0.0.1:{port}/ace/stat/0",
        },
    )


async def test_a_stream_without_a_session_has_no_stat_url(front: HttpFront) -> None:
    front.side.engines[0].silent = True
    async with asyncio.TaskGroup() as group:
        asking = group.create_task(answer(front, PLAY))
        await front.until_watched()
        _, status = await answer(front, f"/ace/status?id={CONTENT}")
        await front.streams.stop(CONTENT)

    assert (status["clients"], status["stat_url"]) == (1, "")
    assert asking.result()[0] == 404


async def test_a_stream_that_does_not_run_is_not_found(front: HttpFront) -> None:
    await watched(front)

    status, body = await answer(front, f"/ace/status?id={OTHER}")

    assert (status, body["code"]) == (404, "not_found")
    assert "Stream not found" in str(body["error"])


async def test_a_stream_is_found_by_its_infohash_too(front: HttpFront) -> None:
    await watched(front)
    infohash = front.side.engines[0].infohash

    status, body = await answer(front, f"/ace/status?infohash={infohash}")

    assert (status, body["stream_id"]) == (200, {"id": CONTENT})


# ---------------------------------------------------------------------- streams


async def test_without_streams_the_list_is_empty(front: HttpFront) -> None:
    assert await answer(front, "/ace/streams") == (200, {"total_streams": 0, "streams": []})


async def test_a_stream_is_listed_with_all_that_is_known(front: HttpFront) -> None:
    stream = await watched(front)
    await front.until(lambda: len(stream.clients) == 0)
    base = f"http://127.0.0.1:{front.side.engines[0].port}/ace"

    _, body = await answer(front, "/ace/streams")

    assert body["total_streams"] == 1
    assert body["streams"] == [
        {
            "id": f"{{id: {CONTENT}}}",
            "playback_url": f"{base}/r/0",
            "stat_url": f"{base}/stat/0",
            "command_url": f"{base}/cmd/0",
            "clients": 0,
            "created_at": stream.started_time.isoformat(),
            "has_player": True,
            "engine_host": "127.0.0.1",
            "engine_port": front.side.engines[0].port,
            "engine_container_id": "",
            "state": "idle",
            "path": PLAY,
        }
    ]


async def test_a_stream_that_starts_is_listed_without_what_it_has_not(front: HttpFront) -> None:
    front.side.engines[0].silent = True
    async with asyncio.TaskGroup() as group:
        group.create_task(answer(front, PLAY))
        await front.until_watched()
        _, body = await answer(front, "/ace/streams")
        await front.streams.stop(CONTENT)

    assert isinstance(body["streams"], list)
    row = body["streams"][0]
    assert (row["state"], row["has_player"], row["clients"]) == ("starting", False, 1)
    assert (row["playback_url"], row["stat_url"], row["command_url"]) == ("", "", "")


# ---------------------------------------------------------------------- who may read and ask


@pytest.mark.parametrize("target", ["/ace/getstream", "/ace/getstream/", "/ace/manifest.m3u8"])
async def test_pages_of_any_origin_may_read_why_nothing_plays(
    front: HttpFront, target: str
) -> None:
    async with front.ask(target) as found:
        assert found.status == 400
        assert found.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("target", "method", "status"),
    [
        (f"{PLAY}&infohash={OTHER}", "GET", 400),
        ("/ace/getstream?id=x", "HEAD", 400),
        (PLAY, "POST", 405),
        (PLAY, "GET", 502),
        (f"/{PLAY}", "GET", 502),
        ("/ace/hls/abc/1.ts", "GET", 404),
        ("/ace/hls/abc/x.ts", "GET", 404),
        ("/ace/manifest.m3u8", "DELETE", 405),
        ("/desk/ace/getstream?id=x", "GET", 400),
        (f"/a/b/c{PLAY}", "GET", 502),
        ("/desk/ace/manifest.m3u8?id=x", "GET", 400),
        ("/desk/ace/hls/abc/1.ts", "GET", 404),
    ],
)
async def test_every_error_where_media_is_can_be_read_and_is_not_kept(
    front: HttpFront, target: str, method: str, status: int
) -> None:
    front.side.engines[0].refusal = "no"

    async with front.ask(target, method) as found:
        assert found.status == status
        assert found.headers["Access-Control-Allow-Origin"] == "*"
        assert found.headers["Cache-Control"] == "no-store"


# ---------------------------------------------------------------------- what is refused


async def test_a_refused_request_leaves_a_trace(
    front: HttpFront, caplog: pytest.LogCaptureFixture
) -> None:
    await answer(front, "/ace/getstream?id=abc&token=secret")
    await answer(front, "/ace/getstream?id=abc&token=secret")
    await answer(front, "/ace/manifest.m3u8?id=def")

    refused = [event for event in front.events if event.kind is EventKind.REQUEST_REFUSED]
    assert [event.data["asked"] for event in refused] == ["id=abc", "id=def"]
    assert {event.cause for event in refused} == {"bad_link"}
    assert refused[0].subject == "127.0.0.1"
    assert "40 characters" in str(refused[0].data["why"])
    assert caplog.text.count("refused a request") == 2
    assert "40 characters" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("target", [f"/ace/status?id={OTHER}", "/ace/nothing"])
async def test_other_errors_are_nobody_elses(front: HttpFront, target: str) -> None:
    async with front.ask(target) as found:
        assert found.status == 404
        assert "Access-Control-Allow-Origin" not in found.headers


@pytest.mark.parametrize("target", ["/ace/manifest.m3u8", "/ace/hls/abc/1.ts"])
async def test_browsers_may_ask_whether_they_may_play(front: HttpFront, target: str) -> None:
    async with front.ask(target, "OPTIONS") as found:
        assert found.status == 204
        assert found.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "target", ["/ace/hls/abc/x.ts", "/ace/hls/abc/-1.ts", f"/ace/hls/abc/{'9' * 19}.ts"]
)
async def test_a_segment_has_a_number(front: HttpFront, target: str) -> None:
    assert (await answer(front, target)) == (404, {"error": "not found", "detail": "not found"})


async def test_a_segment_of_nobodys_session_is_not_there(front: HttpFront) -> None:
    status, body = await answer(front, "/ace/hls/abc/1.ts")

    assert (status, body["code"]) == (404, "not_found")


@pytest.mark.parametrize("target", [PLAY, "/ace/status", "/ace/streams", "/ace/manifest.m3u8"])
async def test_nothing_here_is_changed_by_asking_otherwise(front: HttpFront, target: str) -> None:
    async with front.ask(target, "POST") as found:
        assert found.status == 405
        assert "GET" in found.headers["Allow"]


async def test_a_path_with_a_slash_behind_it_is_the_same(front: HttpFront) -> None:
    front.side.engines[0].refusal = "no"

    status, body = await answer(front, f"/ace/getstream/?id={CONTENT}")

    assert (status, body["code"]) == (502, "engine_refused")


async def test_when_the_routes_close_no_playlist_goes_on(front: HttpFront) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(front.side.engines[0].push(transport.broadcast(400)))
        status, _ = await _text(front, f"/ace/manifest.m3u8?id={CONTENT}")
        stream = next(iter(front.streams))

        front.routes.close()

    assert status == 200
    assert len(stream.clients) == 0


async def _text(front: HttpFront, target: str) -> tuple[int, str]:
    async with front.ask(target) as found:
        return found.status, await found.text()
