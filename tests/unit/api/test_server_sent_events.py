"""Changes as server-sent events: their form, coming back, and readers that do not read."""

import asyncio
import socket

import pytest
from aiohttp import web

from acedesk.api import publisher, server_sent_events
from acedesk.api.endpoints import Endpoint
from acedesk.api.server_sent_events import stream
from tests.fakes.api_client import Http, serve
from tests.fakes.followed import Followed
from tests.fakes.loop_steps import let_others_run, until


def client(followed: Followed) -> Http:
    async def follow(request: web.Request) -> web.StreamResponse:
        """Follow."""
        return await stream(request, followed.publisher)

    return serve([Endpoint(method="GET", path="/x", handler=follow, prefixes=("",))])


async def test_each_message_has_number_kind_and_data() -> None:
    followed = Followed()
    async with client(followed) as http, http.get("/x") as answer:
        first = await answer.content.readuntil(b"\n\n")
        followed.change()
        second = await answer.content.readuntil(b"\n\n")

        assert answer.content_type == "text/event-stream"
        lines = first.decode().splitlines()
        assert [line.partition(":")[0] for line in lines[:3]] == ["id", "event", "data"]
        assert lines[1] == "event: snapshot"
        assert b"event: changes\n" in second


async def test_a_browser_that_comes_back_gets_what_it_missed() -> None:
    followed = Followed()
    async with client(followed) as http:
        async with http.get("/x") as answer:
            seen = (await answer.content.readuntil(b"\n\n")).decode().split()[1]
        followed.change()
        async with http.get("/x", headers={"Last-Event-ID": seen}) as answer:
            assert b"event: resumed" in await answer.content.readuntil(b"\n\n")
            assert b"event: changes" in await answer.content.readuntil(b"\n\n")


async def test_a_silent_connection_is_kept_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_sent_events, "KEEP_ALIVE", 0.01)
    async with client(Followed()) as http, http.get("/x") as answer:
        await answer.content.readuntil(b"\n\n")

        assert await answer.content.readuntil(b"\n\n") == b": keep-alive\n\n"


async def test_one_too_many_is_refused() -> None:
    async with client(Followed(most=1)) as http, http.get("/x"):
        assert (await http.get("/x")).status == 503


async def test_who_does_not_read_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher, "MOST_WAITING", 5)
    monkeypatch.setattr(server_sent_events, "WRITE_LIMIT", 0.2)
    followed = Followed(size=1_000_000)
    async with client(followed) as http:
        loop, sock = asyncio.get_running_loop(), socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        await loop.sock_connect(sock, ("127.0.0.1", http.port))
        await loop.sock_sendall(sock, b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: followed.limit.count == 1)
        async with asyncio.timeout(10):
            while followed.limit.count:
                followed.change()
                await let_others_run()
        sock.close()


async def test_the_end_of_the_program_ends_it() -> None:
    followed = Followed()
    async with client(followed) as http, http.get("/x") as answer:
        await answer.content.readuntil(b"\n\n")
        await followed.publisher.close()

        await until(lambda: followed.limit.count == 0)
