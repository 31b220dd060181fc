"""The engine client against engines that are slow, broken, hostile or gone."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from acedesk.acestream_api.engine_client import EngineClient
from acedesk.errors import (
    EngineAnswerInvalid,
    EngineError,
    EngineRefused,
    EngineTooSlow,
    EngineUnreachable,
)
from acedesk.formats.engine_reply import Session
from acedesk.model.content import KeyKind, StreamKey
from tests.fakes.answering_engine import HASH, Engine, Slow

KEY = StreamKey(KeyKind.CONTENT_ID, HASH)
VERSION = {"platform": "linux", "version": "3.2.11", "code": 3021100}


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    made = Engine()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def client() -> AsyncIterator[EngineClient]:
    made = EngineClient()
    yield made
    await made.close()


async def opened(client: EngineClient, engine: Engine, key: StreamKey = KEY) -> Session:
    engine.answer("/ace/getstream", engine.control())
    return await client.open_session(engine.host, engine.port, key, player_id="p1", timeout=5)


@pytest.mark.parametrize(
    ("status", "text", "detail"),
    [
        (500, "failed to load content\n", "failed to load content"),
        (403, "<html><body><h1>403 Forbidden</h1></body></html>", "403 Forbidden"),
        (502, "", "HTTP status 502"),
    ],
)
async def test_an_error_page_is_a_refusal(
    client: EngineClient, engine: Engine, status: int, text: str, detail: str
) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(status=status, text=text)

    engine.handlers["/ace/getstream"] = page

    with pytest.raises(EngineRefused) as caught:
        await client.open_session(engine.host, engine.port, KEY, player_id="p", timeout=5)
    assert caught.value.detail == detail


async def test_a_page_that_is_no_json_is_invalid(client: EngineClient, engine: Engine) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>It works!</html>")

    engine.handlers["/ace/getstream"] = page

    with pytest.raises(EngineAnswerInvalid):
        await client.open_session(engine.host, engine.port, KEY, player_id="p", timeout=5)


async def test_an_endless_answer_is_not_read_to_its_end(
    client: EngineClient, engine: Engine
) -> None:
    ended = asyncio.Event()

    async def flood(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b"x" * 65536)
        finally:
            ended.set()

    engine.handlers["/ace/getstream"] = flood

    with pytest.raises(EngineAnswerInvalid, match="1 MiB"):
        await client.open_session(engine.host, engine.port, KEY, player_id="p", timeout=5)
    async with asyncio.timeout(5):
        await ended.wait()


async def test_a_redirect_within_the_engine_is_followed(
    client: EngineClient, engine: Engine
) -> None:
    async def moved(_: web.Request) -> web.Response:
        raise web.HTTPFound(f"http://localhost:{engine.port}/other?x=1")

    engine.handlers["/ace/getstream"] = moved
    engine.answer("/other", engine.control())

    session = await client.open_session(engine.host, engine.port, KEY, player_id="p", timeout=5)

    assert session.playback_session_id == "s1"
    assert engine.requests[1].headers["Host"] == f"127.0.0.1:{engine.port}"


@pytest.mark.parametrize(
    "place",
    ["http://127.0.0.1:1/x", "http://example.invalid/x", "https://127.0.0.1/x", "file:///x", "//["],
)
async def test_a_redirect_to_another_place_is_not_followed(
    client: EngineClient, engine: Engine, place: str
) -> None:
    async def moved(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": place})

    engine.handlers["/ace/getstream"] = moved

    with pytest.raises(EngineAnswerInvalid, match="another place"):
        await client.open_session(engine.host, engine.port, KEY, player_id="p", timeout=5)


async def test_redirects_in_a_circle_end(client: EngineClient, engine: Engine) -> None:
    async def moved(request: web.Request) -> web.Response:
        raise web.HTTPFound(request.path_qs)

    engine.handlers["/ace/getstream"] = moved

    with pytest.raises(EngineAnswerInvalid, match="redirects"):
        await client.open_session(engine.host, engine.port, KEY, player_id="p", timeout=5)
    assert len(engine.requests) == 4


async def test_nobody_listening_is_unreachable(client: EngineClient) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

        with pytest.raises(EngineUnreachable, match="Connection refused"):
            await client.open_session("127.0.0.1", port, KEY, player_id="p", timeout=5)


@pytest.mark.parametrize(("host", "port"), [("no such host", 1), ("127.0.0.1", 99999), ("", 1)])
async def test_an_address_that_cannot_be_is_unreachable(
    client: EngineClient, host: str, port: int
) -> None:
    with pytest.raises(EngineUnreachable):
        await client.check(host, port)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (b"", EngineUnreachable),
        (b"SSH-2.0-OpenSSH_9.2\r\n", EngineAnswerInvalid),
        (b"\x00\xff" * 100, EngineAnswerInvalid),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", EngineUnreachable),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20_000 + b"\r\n\r\n", EngineAnswerInvalid),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", EngineError),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n{}", EngineAnswerInvalid),
    ],
    ids=["nothing", "ssh", "noise", "cut", "header", "chunk", "gzip"],
)  # fmt: skip
async def test_what_is_no_http_becomes_our_error(
    client: EngineClient, reply: bytes, error: type[Exception]
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        with pytest.raises(error):
            await client.fetch_version("127.0.0.1", server.sockets[0].getsockname()[1])


async def test_an_engine_that_hangs_is_too_slow(client: EngineClient, engine: Engine) -> None:
    release = asyncio.Event()

    async def hang(_: web.Request) -> web.Response:
        await release.wait()
        return web.json_response(engine.control())

    engine.handlers["/ace/getstream"] = hang

    with pytest.raises(EngineTooSlow):
        await client.open_session(engine.host, engine.port, KEY, player_id="p", timeout=0.05)
    release.set()


async def test_a_session_that_comes_after_all_waiters_left_is_stopped(
    client: EngineClient, engine: Engine
) -> None:
    slow = Slow(engine)

    with pytest.raises(EngineTooSlow):
        await client.open_session(engine.host, engine.port, KEY, player_id="p", timeout=0.05)
    slow.release.set()

    async with asyncio.timeout(5):
        assert await slow.stopped.get() == "key=1&method=stop"


async def test_a_cancelled_start_leaves_no_session_behind(
    client: EngineClient, engine: Engine
) -> None:
    slow = Slow(engine)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        start = group.create_task(
            client.open_session(engine.host, engine.port, KEY, player_id="p", timeout=5)
        )
        await slow.asked.get()
        start.cancel()

    slow.release.set()

    async with asyncio.timeout(5):
        assert await slow.stopped.get() == "key=1&method=stop"


async def test_a_late_session_is_let_be_when_its_content_was_asked_for_again(
    client: EngineClient, engine: Engine
) -> None:
    slow = Slow(engine)
    with pytest.raises(EngineTooSlow):
        await client.open_session(engine.host, engine.port, KEY, player_id="one", timeout=0.05)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        again = group.create_task(
            client.open_session(engine.host, engine.port, KEY, player_id="two", timeout=5)
        )
        assert {await slow.asked.get(), await slow.asked.get()} == {"one", "two"}
        slow.release.set()

    assert again.result().player_id == "two"
    await asyncio.gather(*client._requests)
    assert slow.stopped.empty()


async def test_cookies_are_not_kept(client: EngineClient, engine: Engine) -> None:
    async def sets(_: web.Request) -> web.Response:
        response = web.json_response({"result": VERSION, "error": None})
        response.set_cookie("a", "b")
        return response

    engine.handlers["/webui/api/service"] = sets
    await client.fetch_version(engine.host, engine.port)
    await client.fetch_version(engine.host, engine.port)

    assert "Cookie" not in engine.requests[1].headers


async def test_many_calls_at_once_do_not_wait_for_each_other(
    client: EngineClient, engine: Engine
) -> None:
    session = await opened(client, engine)
    everyone = asyncio.Barrier(50)

    async def together(_: web.Request) -> web.Response:
        await everyone.wait()
        return web.json_response({"response": {"status": "dl"}, "error": None})

    engine.handlers[f"/ace/stat/{HASH}/t0"] = together

    async with asyncio.timeout(10):
        stats = await asyncio.gather(*(client.fetch_stat(session, timeout=10) for _ in range(50)))

    assert {stat.status for stat in stats} == {"dl"}


async def test_a_closed_client_makes_no_connection(engine: Engine) -> None:
    client = EngineClient()
    await client.close()

    with pytest.raises(EngineUnreachable, match="closing"):
        await client.fetch_version(engine.host, engine.port)
