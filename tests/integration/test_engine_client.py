"""The engine client against real servers: aiohttp as the engine, raw sockets as a broken one."""

import asyncio
import importlib.util
import logging
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from acedesk.engines.client import EngineClient
from acedesk.errors import (
    EngineAnswerInvalid,
    EngineError,
    EngineRefused,
    EngineTooSlow,
    EngineUnreachable,
)
from acedesk.formats.engine_reply import EngineEvent, Session, is_unknown_session
from acedesk.model.content import KeyKind, StreamKey

HASH = "0a4848271c91ce2d8965ce416267c25047dc8141"
KEY = StreamKey(KeyKind.CONTENT_ID, HASH)
VERSION = {"platform": "linux", "version": "3.2.11", "code": 3021100}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Engine:
    """A server whose answers a test chooses by path; it keeps what it was asked."""

    def __init__(self) -> None:
        self.handlers: dict[str, Handler] = {}
        self.requests: list[web.Request] = []
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._server = TestServer(app)

    async def start(self) -> None:
        await self._server.start_server()

    async def stop(self) -> None:
        await self._server.close()

    @property
    def host(self) -> str:
        return "127.0.0.1"

    @property
    def port(self) -> int:
        assert self._server.port is not None
        return self._server.port

    def answer(self, path: str, body: object, status: int = 200) -> None:
        async def handler(_: web.Request) -> web.Response:
            return web.json_response(body, status=status)

        self.handlers[path] = handler

    def control(self) -> dict[str, object]:
        # As real engines do: every URL carries an address that is not the one that was asked.
        base = "http://engine.invalid:6878/ace"
        return {
            "response": {
                "playback_url": f"{base}/r/{HASH}/t0",
                "stat_url": f"{base}/stat/{HASH}/t0",
                "command_url": f"{base}/cmd/{HASH}/t0?key=1",
                "event_url": f"{base}/event/{HASH}/t0",
                "infohash": HASH,
                "playback_session_id": "s1",
                "is_live": 1,
                "is_encrypted": 0,
                "client_session_id": -1,
            },
            "error": None,
        }

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        handler = self.handlers.get(request.path)
        return await handler(request) if handler else web.Response(status=404, text="not found")


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


class Slow:
    """Holds back getstream until told, and tells which sessions were stopped."""

    def __init__(self, engine: Engine) -> None:
        self.asked = asyncio.Queue[str]()
        self.release = asyncio.Event()
        self.stopped = asyncio.Queue[str]()
        self._engine = engine
        engine.handlers["/ace/getstream"] = self._getstream
        engine.handlers[f"/ace/cmd/{HASH}/t0"] = self._command

    async def _getstream(self, request: web.Request) -> web.Response:
        self.asked.put_nowait(request.query["pid"])
        await self.release.wait()
        return web.json_response(self._engine.control())

    async def _command(self, request: web.Request) -> web.Response:
        self.stopped.put_nowait(request.query_string)
        return web.json_response({"response": "ok", "error": None})


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


async def test_an_event_is_awaited(client: EngineClient, engine: Engine) -> None:
    session = await opened(client, engine)
    engine.answer(
        f"/ace/event/{HASH}/t0",
        {"response": {"name": "live_changed", "params": {"is_live": 1}}, "error": None},
    )

    event = await client.fetch_event(session)

    assert event == EngineEvent(name="live_changed", params={"is_live": "1"})


async def test_no_event_in_time_is_none(client: EngineClient, engine: Engine) -> None:
    session = await opened(client, engine)
    release = asyncio.Event()

    async def wait(_: web.Request) -> web.Response:
        await release.wait()
        return web.Response()

    engine.handlers[f"/ace/event/{HASH}/t0"] = wait

    assert await client.fetch_event(session, timeout=0.05) is None
    release.set()


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
    with pytest.raises(EngineRefused):
        await client.check(engine.host, engine.port)


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


async def test_version_and_network_status_are_fetched(client: EngineClient, engine: Engine) -> None:
    engine.answer("/webui/api/service", {"result": VERSION, "error": None})
    engine.answer("/server/api", {"result": {"connected": True}})

    assert (await client.fetch_version(engine.host, engine.port)).version == "3.2.11"
    assert await client.fetch_connected(engine.host, engine.port) is True


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


LOOPS = {
    "asyncio": "import asyncio; factory = asyncio.new_event_loop",
    "uvloop": "import uvloop; factory = uvloop.new_event_loop",
    "qasync": (
        "import qasync; from PySide6.QtCore import QCoreApplication; "
        "app = QCoreApplication([]); factory = lambda: qasync.QEventLoop(app)"
    ),
}
PROGRAM = """
import asyncio, sys
from acedesk.engines.client import EngineClient
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


@pytest.mark.parametrize(
    "loop", [name for name in LOOPS if name == "asyncio" or importlib.util.find_spec(name)]
)
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
            sys.executable, "-c", f"{LOOPS[loop]}\n{PROGRAM}", *ports,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        )  # fmt: skip
        async with asyncio.timeout(30):
            output, errors = await program.communicate()

    assert output.decode().split("\n") == ["3.2.11", "too slow", "unreachable", ""], errors.decode()
