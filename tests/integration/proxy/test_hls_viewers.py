"""How long an HLS viewer stays one: as long as it polls, and takes what it asked for."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp.web_protocol import RequestHandler

from acedesk import clock, tasks
from acedesk.proxy.http import hls
from acedesk.proxy.http.listener import Listener
from acedesk.rules import hls_segmenting
from tests.integration.proxy.conftest import CONTENT, MakeProxy
from tests.integration.proxy.test_hls import HlsPlayer

IDLE = 1.0


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    """Return what players ask with."""
    async with aiohttp.ClientSession() as session:
        yield session


async def test_who_polls_stays_however_long(
    make_proxy: MakeProxy, browser: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = await make_proxy()
    monkeypatch.setattr(hls, "UNSERVED", IDLE)
    monkeypatch.setattr(hls_segmenting, "idle_limit", lambda *_: IDLE)
    player = HlsPlayer(proxy, browser, "player/1")
    await player.start(proxy)
    (stream,) = proxy.streams
    (viewer,) = stream.clients

    end = clock.monotonic() + 2.2 * IDLE
    while clock.monotonic() < end:
        assert (await player.ask()).status == 200
        await tasks.sleep(IDLE / 5)  # players poll with pauses

    assert tuple(stream.clients) == (viewer,)


async def test_a_page_of_any_origin_may_read_segments_and_their_lengths(
    make_proxy: MakeProxy, browser: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy()
    player = HlsPlayer(proxy, browser, "player/1")
    answer = await player.start(proxy)

    segment = await player.ask(answer.listed.segments[0].uri, Range="bytes=0-187")

    assert segment.status == 206
    assert segment.headers["access-control-allow-origin"] == "*"
    assert "Content-Range" in segment.headers["access-control-expose-headers"]


async def test_it_counts_against_the_limit_of_viewers(
    make_proxy: MakeProxy, browser: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy(max_viewers_per_stream=1)
    player = HlsPlayer(proxy, browser, "player/1")
    await player.start(proxy)

    refused = await HlsPlayer(proxy, browser, "player/2").ask()

    assert refused.status == 503
    assert int(refused.headers["retry-after"]) > 0
    assert json.loads(refused.body)["code"] == "max_viewers"
    assert (await player.ask()).status == 200


async def test_who_takes_nothing_of_a_segment_is_cut_off(
    make_proxy: MakeProxy, browser: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy(hls_segment=10.0, slow_client_timeout=1.0)
    player = HlsPlayer(proxy, browser, "player/1")
    answer = await player.start(proxy, loops=6.0)
    loop = asyncio.get_running_loop()
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        await loop.sock_connect(sock, ("127.0.0.1", proxy.listener.port))
        head = f"HEAD /ace/getstream?id={CONTENT} HTTP/1.1\r\nHost: desk\r\n\r\n"
        await loop.sock_sendall(sock, head.encode())
        assert (await loop.sock_recv(sock, 1000)).startswith(b"HTTP/1.1 200")
        handler = narrow(proxy.listener, sock.getsockname())

        uri = answer.listed.segments[-1].uri
        await loop.sock_sendall(sock, f"GET /ace/{uri} HTTP/1.1\r\nHost: desk\r\n\r\n".encode())

        assert handler._task_handler is not None
        done, _ = await asyncio.wait({handler._task_handler}, timeout=10)
        assert len(done) == 1
        assert handler.transport is None
        with pytest.raises(ConnectionResetError):  # what it did not take is kept by nobody
            await rest(sock)
    (stream,) = proxy.streams
    assert len(stream.clients) == 1  # it may ask again


def narrow(listener: Listener, peer: object) -> RequestHandler:
    """Let the proxy's side of a connection hold little; return who serves it."""
    assert listener._runner is not None
    assert listener._runner.server is not None
    for handler in listener._runner.server.connections:
        assert handler.transport is not None
        if handler.transport.get_extra_info("peername") == peer:
            served = handler.transport.get_extra_info("socket")
            served.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            return handler
    raise AssertionError("no such connection")


async def rest(sock: socket.socket) -> bytes:
    """Read what is on its way."""
    data = b""
    async with asyncio.timeout(10):
        while more := await asyncio.get_running_loop().sock_recv(sock, 65536):
            data += more
    return data


async def test_a_stream_stopped_before_its_first_segment_is_told_as_stopped(
    make_proxy: MakeProxy, browser: aiohttp.ClientSession
) -> None:
    proxy = await make_proxy()
    asking = tasks.spawn(HlsPlayer(proxy, browser, "player/1").ask(), name="player")
    await proxy.until(lambda: any(len(stream.clients) for stream in proxy.streams))

    await proxy.streams.stop(CONTENT)
    async with asyncio.timeout(5):
        answer = await asking

    assert answer.status == 404
    assert "stopped" in json.loads(answer.body)["error"]


async def test_no_timer_outlives_the_stop(
    make_proxy: MakeProxy, browser: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = list[hls.HlsRoutes]()
    init = hls.HlsRoutes.__init__

    def remember(self: hls.HlsRoutes, *args: object) -> None:
        init(self, *args)  # type: ignore[arg-type]  # handed on as they came
        made.append(self)

    monkeypatch.setattr(hls.HlsRoutes, "__init__", remember)
    proxy = await make_proxy()
    await HlsPlayer(proxy, browser, "player/1").start(proxy)
    (routes,) = made
    (session,) = routes._sessions.values()

    routes.close()

    assert session.timer is not None
    assert session.timer.cancelled()
    assert (routes._sessions, routes._players) == ({}, {})
