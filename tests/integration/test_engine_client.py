"""The engine client against an engine that behaves."""

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from acedesk.acestream_api.engine_client import EngineClient
from acedesk.errors import (
    EngineRefused,
    EngineTooSlow,
    NotAnEngine,
)
from acedesk.formats.engine_reply import Session, is_unknown_session
from acedesk.model.content import KeyKind, StreamKey
from tests.fakes.answering_engine import HASH, Engine
from tests.loops import LOOPS, factory_of

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


async def test_opening_asks_for_json_with_its_own_player_id(
    client: EngineClient, engine: Engine
) -> None:
    engine.answer("/ace/getstream", engine.control())

    session = await client.open_session(
        engine.host,
        engine.port,
        KEY,
        player_id="p-1",
        extra=[("transcode_audio", "1"), ("a b", "&=+é")],
        timeout=5,
    )

    assert list(engine.requests[0].query.items()) == [
        ("format", "json"),
        ("pid", "p-1"),
        ("id", HASH),
        ("transcode_audio", "1"),
        ("a b", "&=+é"),
    ]
    assert session.playback_url == f"http://127.0.0.1:{engine.port}/ace/r/{HASH}/t0"
    assert (session.infohash, session.player_id, session.is_live) == (HASH, "p-1", True)


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (StreamKey(KeyKind.INFOHASH, HASH), "infohash"),
        (StreamKey(KeyKind.URL, "http://a.example/x+y%20z?a=1&b=%26#f"), "url"),
        (StreamKey(KeyKind.MAGNET, f"magnet:?xt=urn:btih:{HASH}&dn=a+b%2B"), "magnet"),
    ],
)
async def test_each_kind_of_key_arrives_unchanged(
    client: EngineClient, engine: Engine, key: StreamKey, name: str
) -> None:
    await opened(client, engine, key)

    assert engine.requests[0].query[name] == key.value


async def test_the_file_number_is_sent(client: EngineClient, engine: Engine) -> None:
    await opened(client, engine, StreamKey(KeyKind.INFOHASH, HASH, 3))

    assert engine.requests[0].query["_idx"] == "3"


async def test_a_no_of_the_engine_is_its_text(client: EngineClient, engine: Engine) -> None:
    engine.answer("/ace/getstream", {"response": None, "error": "failed to load content"})

    with pytest.raises(EngineRefused, match="failed to load content"):
        await client.open_session(engine.host, engine.port, KEY, player_id="p", timeout=5)


async def test_the_http_status_does_not_matter_when_the_body_is_json(
    client: EngineClient, engine: Engine
) -> None:
    engine.answer("/ace/getstream", engine.control(), status=500)

    session = await client.open_session(engine.host, engine.port, KEY, player_id="p", timeout=5)

    assert session.playback_session_id == "s1"


async def test_a_stat_is_asked_for_without_keeping_the_session_alive(
    client: EngineClient, engine: Engine
) -> None:
    session = await opened(client, engine)
    engine.answer(f"/ace/stat/{HASH}/t0", {"response": {"status": "dl", "peers": 4}, "error": None})

    stat = await client.fetch_stat(session)

    assert (stat.status, stat.peers) == ("dl", 4)
    assert engine.requests[-1].query_string == "skip_player_activity=1"


async def test_the_stat_of_a_session_that_is_gone_is_refused(
    client: EngineClient, engine: Engine
) -> None:
    session = await opened(client, engine)
    gone = {"response": None, "error": "unknown playback session id"}
    engine.answer(f"/ace/stat/{HASH}/t0", gone, status=500)

    with pytest.raises(EngineRefused) as caught:
        await client.fetch_stat(session)
    assert is_unknown_session(caught.value)


async def test_a_session_of_somebody_else_is_known_or_not(
    client: EngineClient, engine: Engine
) -> None:
    path = f"/ace/stat/{HASH}/t0"
    engine.answer(path, {"response": {"status": "dl"}, "error": None})
    await client.check_stat(engine.host, engine.port, path)
    assert engine.requests[-1].query_string == "skip_player_activity=1"

    engine.answer(path, {"response": None, "error": "unknown playback session id"})
    with pytest.raises(EngineRefused) as caught:
        await client.check_stat(engine.host, engine.port, path)
    assert is_unknown_session(caught.value)


async def test_stop_is_added_to_the_query_of_the_command_url(
    client: EngineClient, engine: Engine
) -> None:
    session = await opened(client, engine)
    engine.answer(f"/ace/cmd/{HASH}/t0", {"response": "ok", "error": None})

    assert await client.stop(session) is True
    assert engine.requests[-1].query_string == "key=1&method=stop"


async def test_stopping_what_is_already_over_succeeds(client: EngineClient, engine: Engine) -> None:
    session = await opened(client, engine)
    engine.answer(f"/ace/cmd/{HASH}/t0", {"response": None, "error": "unknown playback session id"})

    assert await client.stop(session) is True


async def test_a_failing_stop_raises_nothing_and_is_logged_once(
    client: EngineClient, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    session = await opened(client, engine)
    await engine.stop()

    with caplog.at_level(logging.WARNING, "acedesk"):
        assert await client.stop(session) is False
        assert await client.stop(session) is False

    assert len(caplog.records) == 1
    await engine.start()


async def test_a_check_asks_the_server_api(client: EngineClient, engine: Engine) -> None:
    engine.answer("/server/api", {"result": {"playlist_loaded": True, "version": VERSION}})

    seconds = await client.check(engine.host, engine.port)

    assert 0 < seconds < 5
    assert [request.path for request in engine.requests] == ["/server/api"]


@pytest.mark.parametrize(
    ("body", "status"),
    [("not found", 404), ({"error": {"code": 0, "message": "access denied"}}, 200)],
)
async def test_a_check_is_content_with_the_version(
    client: EngineClient, engine: Engine, body: object, status: int
) -> None:
    engine.answer("/server/api", body, status=status)
    engine.answer("/webui/api/service", {"result": VERSION, "error": None})

    assert await client.check(engine.host, engine.port) > 0


async def test_another_web_server_is_no_engine(client: EngineClient, engine: Engine) -> None:
    with pytest.raises(NotAnEngine):
        await client.check(engine.host, engine.port)


async def test_an_engine_that_forbids_us_is_an_engine(client: EngineClient, engine: Engine) -> None:
    denied = {"error": {"code": 0, "message": "access denied"}}
    engine.answer("/server/api", denied)
    engine.answer("/webui/api/service", denied)

    with pytest.raises(EngineRefused, match="access denied"):
        await client.check(engine.host, engine.port)


@pytest.mark.parametrize(
    "banner",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>It works</html>",
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nTLS",
        b"220 mail ready\r\n",
    ],
)
async def test_what_speaks_something_else_is_no_engine(client: EngineClient, banner: bytes) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(banner)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    with pytest.raises(NotAnEngine):
        await client.check("127.0.0.1", port)

    server.close()


async def test_a_hanging_check_takes_no_longer_than_its_limit(
    client: EngineClient, engine: Engine
) -> None:
    release = asyncio.Event()

    async def hang(_: web.Request) -> web.Response:
        await release.wait()
        return web.Response()

    engine.handlers["/server/api"] = hang

    with pytest.raises(EngineTooSlow):
        await client.check(engine.host, engine.port, timeout=0.05)
    release.set()


async def test_the_version_is_fetched(client: EngineClient, engine: Engine) -> None:
    engine.answer("/webui/api/service", {"result": VERSION, "error": None})

    assert (await client.fetch_version(engine.host, engine.port)).version == "3.2.11"


PROGRAM = """
import asyncio, sys
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.errors import EngineTooSlow, EngineUnreachable

async def main(port, hung, closed):
    client = EngineClient()
    print((await client.fetch_version("localhost", port)).version)
    try:
        await client.fetch_version("127.0.0.1", hung, timeout=0.1)
    except EngineTooSlow:
        print("too slow")
    try:
        await client.fetch_version("127.0.0.1", closed)
    except EngineUnreachable:
        print("unreachable")
    await client.close()

with asyncio.Runner(loop_factory=factory) as runner:
    runner.run(main(*map(int, sys.argv[1:])))
"""


@pytest.mark.parametrize("loop", LOOPS)
async def test_the_client_works_on_every_kind_of_loop(engine: Engine, loop: str) -> None:
    engine.answer("/webui/api/service", {"result": VERSION, "error": None})
    with socket.socket() as hung, socket.socket() as closed:
        hung.bind(("127.0.0.1", 0))
        hung.listen()
        closed.bind(("127.0.0.1", 0))
        ports = [
            str(port) for port in (engine.port, hung.getsockname()[1], closed.getsockname()[1])
        ]

        program = await asyncio.create_subprocess_exec(
            sys.executable, "-c", f"{factory_of(loop)}\n{PROGRAM}", *ports,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        )  # fmt: skip
        async with asyncio.timeout(30):
            output, errors = await program.communicate()

    assert output.decode().split("\n") == ["3.2.11", "too slow", "unreachable", ""], errors.decode()
