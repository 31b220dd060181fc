"""One player's request, from its first line to the last byte."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.mpegts.packets import PACKET
from acedesk.proxy.delivery.client import EndReason
from tests import transport
from tests.fakes.file_engine import FileEngine
from tests.fakes.http_front import CONTENT, PLAY, HttpFront, http_front

BROADCAST = transport.broadcast(50)
GOP = len(transport.broadcast(10))
FOREIGN = {"Origin": "http://evil.example", "Sec_Fetch_Site": "cross-site"}


@pytest.fixture
async def front() -> AsyncIterator[HttpFront]:
    """Return a front with one engine."""
    async with http_front() as made:
        yield made


def parts(answer: bytes) -> tuple[list[str], bytes]:
    """Return the lines of the head, and the body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.decode().split("\r\n"), body


async def played(front: HttpFront, request: str) -> bytes:
    """Return all a player gets that asks by hand; the stream is stopped when it has media."""
    asking = tasks.spawn(front.raw(request), name="player")
    stream = await front.until_watched()
    await front.side.engines[0].push(BROADCAST[:GOP])
    await front.until(lambda: stream.supply.first_at is not None)
    (client,) = stream.clients
    while client.sent_bytes < GOP:
        await stream.wait_change(0.05)
    await stream.stop()
    return await asking


# ---------------------------------------------------------------------- it plays


async def test_a_player_gets_head_and_picture(front: HttpFront) -> None:
    pushing = front.side.engines[0].push(BROADCAST)
    async with asyncio.TaskGroup() as group:
        group.create_task(pushing)
        async with front.ask() as answer:
            media = await answer.content.readexactly(GOP)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "video/mp2t"
    assert answer.headers["Accept-Ranges"] == "none"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert "Content-Length" not in answer.headers
    assert media[1:3] == b"\x40\x00"
    assert len(media) % PACKET == 0


@pytest.mark.parametrize(
    ("request_", "chunked"),
    [
        (f"GET {PLAY} HTTP/1.1\r\nHost: desk\r\n\r\n", True),
        (f"GET {PLAY} HTTP/1.1\r\nHost: desk\r\nConnection: Close\r\n\r\n", False),
        (f"GET {PLAY} HTTP/1.0\r\n\r\n", False),
    ],
)
async def test_the_body_is_framed_as_the_player_asked(
    front: HttpFront, request_: str, chunked: bool
) -> None:
    lines, body = parts(await played(front, request_))

    assert lines[0] == "HTTP/1.1 200 OK"
    assert ("Transfer-Encoding: chunked" in lines) is chunked
    assert body.endswith(b"0\r\n\r\n") is chunked
    assert BROADCAST[GOP - 20 * PACKET : GOP] in body or chunked
    assert "Connection: close" in lines


async def test_two_players_share_a_stream(front: HttpFront) -> None:
    first, second = front.ask(), front.ask()
    async with asyncio.TaskGroup() as group:
        group.create_task(front.side.engines[0].push(BROADCAST))
        async with first as one, second as two:
            await one.content.readexactly(PACKET)
            await two.content.readexactly(PACKET)
            stream = await front.until_watched(2)

    assert len(front.streams) <= 1
    assert [len(engine.sessions) for engine in front.side.engines] == [1]
    assert stream.key.value == CONTENT


async def test_a_player_that_asks_twice_starts_nothing(front: HttpFront) -> None:
    async with front.ask(method="HEAD") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "video/mp2t"

    assert len(front.streams) == 0
    assert front.side.engines[0].sessions == []


async def test_where_the_media_is_late_the_head_goes_out(front: HttpFront) -> None:
    front.side.settings = front.side.settings.changed({"header_wait": 0.0})

    async with front.ask() as answer:
        stream = await front.until_watched()
        assert (answer.status, stream.supply.first_at) == (200, None)
        await front.side.engines[0].push(BROADCAST[:GOP])
        assert len(await answer.content.readexactly(GOP)) == GOP


async def test_when_the_player_leaves_so_does_the_stream(front: HttpFront) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(front.side.engines[0].push(BROADCAST))
        async with front.ask() as answer:
            await answer.content.readexactly(PACKET)
            stream = await front.until_watched()
            (client,) = stream.clients

    await front.until(lambda: len(front.streams) == 0)
    assert client.reason is EndReason.LEFT
    assert stream.error is None


async def test_a_player_that_leaves_before_its_head_ends_the_start(front: HttpFront) -> None:
    front.side.engines[0].silent = True
    _, writer = await asyncio.open_connection("127.0.0.1", front.listener.port)
    writer.write(f"GET {PLAY} HTTP/1.1\r\nHost: desk\r\n\r\n".encode())
    await front.until_watched()

    writer.transport.abort()

    await front.until(lambda: len(front.streams) == 0)
    assert front.side.loads == [0]


async def test_who_is_disconnected_while_it_waits_is_told(front: HttpFront) -> None:
    front.side.engines[0].silent = True
    asking = tasks.spawn(_answer(front), name="player")
    stream = await front.until_watched()
    (client,) = stream.clients

    front.streams.close_client(client.id)

    status, body = await asking
    assert (status, body["code"]) == (404, "not_found")


async def _answer(
    front: HttpFront, target: str = PLAY, **headers: str
) -> tuple[int, dict[str, str]]:
    async with front.ask(target, **headers) as answer:
        return answer.status, json.loads(await answer.read())


# ---------------------------------------------------------------------- it does not


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("", "one of `id` or `infohash` must have a value"),
        (f"?id={CONTENT}&infohash={CONTENT}", "only one of `id` or `infohash` can have a value"),
        ("?id=abc", ""),
        (f"?id={CONTENT}&from=yesterday", "`from` must be a number"),
    ],
)
async def test_a_request_that_cannot_be_meant_is_refused(
    front: HttpFront, query: str, why: str
) -> None:
    status, body = await _answer(front, f"/ace/getstream{query}")

    assert status == 400
    assert why.lower() in body["error"].lower()
    assert front.side.engines[0].sessions == []


@pytest.mark.parametrize("path", ["getstream", "manifest.m3u8"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_who_wants_json_is_refused_at_once(front: HttpFront, path: str, method: str) -> None:
    async with front.ask(f"/ace/{path}?id={CONTENT}&format=json", method) as answer:
        assert answer.status == 400
        assert method == "HEAD" or "format=json" in (await answer.json())["error"]

    assert front.side.engines[0].sessions == []


async def test_what_the_engine_refuses_is_told(front: HttpFront) -> None:
    front.side.engines[0].refusal = "failed to load content"

    status, body = await _answer(front)

    assert (status, body["code"]) == (502, "engine_refused")
    assert "ailed to load content" in body["error"]


async def test_without_an_engine_a_player_is_told_when_to_come_again() -> None:
    async with http_front(0) as front, front.ask() as answer:
        assert answer.status == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert (await answer.json())["code"] == "no_engine"


async def test_a_page_of_another_site_starts_no_stream(front: HttpFront) -> None:
    status, body = await _answer(front, **FOREIGN)

    assert (status, body["code"]) == (403, "forbidden")
    assert len(front.streams) == 0


async def test_a_page_of_another_site_may_join_and_changes_nothing(front: HttpFront) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(front.side.engines[0].push(BROADCAST))
        async with front.ask() as first:
            await first.content.readexactly(PACKET)
            stream = await front.until_watched()
            async with front.ask(f"{PLAY}&title=Evil&protect=1", **FOREIGN) as second:
                await second.content.readexactly(PACKET)

    assert second.status == 200
    assert (stream.title, stream.supply.protected) == ("", False)


async def test_a_file_is_handed_through() -> None:
    film = bytes(range(256)) * 1000
    async with http_front(kind=FileEngine) as front:
        (engine,) = front.side.engines
        assert isinstance(engine, FileEngine)
        engine.files = {0: film}
        async with front.ask() as answer:
            body = await answer.read()

    assert answer.status == 200
    assert int(answer.headers["Content-Length"]) == len(film)
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert body == film
