"""Changes over a WebSocket: order, coming back, pages of other sites, readers that do not read."""

import asyncio
import json
import socket
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from acedesk.api import publisher, websocket
from acedesk.api.websocket import EngineSocket
from tests.fakes.api_client import serve
from tests.fakes.followed import Followed
from tests.fakes.loop_steps import until


async def read(reader: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((await reader.receive(timeout=5)).data)
    return found


@pytest.mark.parametrize("path", ["/ws/engines", "/api/v1/ws/engines", "/api/v2/ws/engines"])
async def test_everything_comes_first_then_each_change(path: str) -> None:
    followed = Followed()
    routes = EngineSocket(followed.publisher).endpoints()
    async with serve(routes) as http, http.ws_connect(path) as reader:
        first = await read(reader)
        followed.change()
        second = await read(reader)

    assert (first["type"], first["value"]) == ("snapshot", 0)
    assert (second["type"], second["value"]) == ("changes", 1)


async def test_who_comes_back_gets_what_was_missed() -> None:
    followed = Followed()
    async with serve(EngineSocket(followed.publisher).endpoints()) as http:
        async with http.ws_connect("/ws/engines") as reader:
            seen = (await read(reader))["revision"]
        followed.change()

        async with http.ws_connect(f"/ws/engines?since={seen}") as reader:
            assert [(await read(reader))["type"] for _ in range(2)] == ["resumed", "changes"]


async def test_a_page_of_another_site_cannot_follow() -> None:
    followed = Followed()
    async with serve(EngineSocket(followed.publisher).endpoints()) as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect("/ws/engines", origin="https://elsewhere.example")

    assert refused.value.status == 403


async def test_a_plain_request_is_refused() -> None:
    async with serve(EngineSocket(Followed().publisher).endpoints()) as http:
        assert (await http.get("/ws/engines")).status == 422


async def test_one_too_many_is_refused_before_the_handshake() -> None:
    followed = Followed(most=1)
    routes = EngineSocket(followed.publisher).endpoints()
    async with serve(routes) as http, http.ws_connect("/ws/engines"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await http.ws_connect("/ws/engines")

    assert refused.value.status == 503


async def test_a_long_message_ends_the_connection() -> None:
    followed = Followed()
    async with serve(EngineSocket(followed.publisher).endpoints()) as http:
        async with http.ws_connect("/ws/engines") as reader:
            await read(reader)
            await reader.send_str("x" * 5000)

            assert (await reader.receive(timeout=5)).type in (
                aiohttp.WSMsgType.CLOSE,
                aiohttp.WSMsgType.CLOSED,
            )
        await until(lambda: followed.limit.count == 0)


async def test_readers_that_do_not_read_are_cut_and_keep_no_one_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publisher, "MOST_WAITING", 5)
    monkeypatch.setattr(websocket, "WRITE_LIMIT", 0.2)
    followed = Followed(size=200_000)
    application = web.Application()
    for endpoint in EngineSocket(followed.publisher).endpoints():
        application.add_routes(endpoint.routes())
    async with TestServer(application) as server, aiohttp.ClientSession() as session:
        slow = [await handshake(server.port or 0) for _ in range(20)]
        async with session.ws_connect(server.make_url("/ws/engines"), max_msg_size=0) as reader:
            await read(reader)
            await until(lambda: followed.limit.count == 21)
            for number in range(1, 100):
                followed.change()
                assert (await read(reader))["value"] == number
                if followed.limit.count == 1:
                    break

            await until(lambda: followed.limit.count == 1)
        for sock in slow:
            sock.close()


async def handshake(port: int) -> socket.socket:
    """Open a WebSocket with a small buffer and read nothing of it."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(sock, ("127.0.0.1", port))
    await loop.sock_sendall(
        sock,
        b"GET /ws/engines HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    )
    return sock
