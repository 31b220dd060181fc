"""Connections: heads without an end, no head at all, too many."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from acedesk.proxy.http import connection
from acedesk.proxy.http.connection import HEAD_LIMIT, MOST_CONNECTIONS, Connections
from acedesk.proxy.http.listener import Listener


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async def hello(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    listener = Listener([web.get("/hello", hello), web.post("/hello", hello)])
    await listener.open("127.0.0.1", 0)
    yield listener.port
    await listener.close()


async def _sees_the_end(reader: asyncio.StreamReader) -> None:
    """Wait until the connection has ended, without another byte."""
    async with asyncio.timeout(10):
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""


async def test_a_head_without_end_costs_the_connection_and_not_the_memory(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /hello HTTP/1.1\r\nHost: desk\r\n")
    sent = 0

    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(10):
            while not reader.at_eof() and sent < 50 * HEAD_LIMIT:
                writer.write(b"X-A: " + b"a" * 8000 + b"\r\n")
                await writer.drain()
                sent += 8000
                await asyncio.wait({asyncio.ensure_future(reader.read(1))}, timeout=0)  # noqa: TID251

    writer.close()
    assert sent < 50 * HEAD_LIMIT


async def test_a_long_body_is_no_head(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = b"POST /hello HTTP/1.1\r\nHost: desk\r\nContent-Length: 60000\r\n\r\n"

    for _ in range(5):
        writer.write(head + b"x" * 60000)
        async with asyncio.timeout(10):
            answer = await reader.readuntil(b"60000")
        assert answer.startswith(b"HTTP/1.1 200")

    writer.close()


@pytest.mark.parametrize("begin", [b"", b"GET /hello HTTP/1.1\r\nHost: "])
async def test_who_does_not_ask_is_hung_up_on(
    port: int, begin: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(begin)

    await _sees_the_end(reader)
    writer.close()


async def test_who_has_asked_may_wait_with_the_next_request(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    ask = b"GET /hello HTTP/1.1\r\nHost: desk\r\n\r\n"

    for _ in range(2):
        writer.write(ask)
        async with asyncio.timeout(10):
            assert (await reader.readuntil(b"\r\n\r\n0")).startswith(b"HTTP/1.1 200")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await reader.read(1)
    writer.close()


@pytest.mark.parametrize(
    ("name", "value"), [("HEAD_SECONDS", 0.05), ("HEAD_LIMIT", 30)], ids=["slow", "long"]
)
async def test_a_later_head_without_end_costs_the_connection_as_the_first_does(
    port: int, monkeypatch: pytest.MonkeyPatch, name: str, value: float
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    ask = b"GET /hello HTTP/1.1\r\nHost: desk\r\n"
    writer.write(ask + b"\r\n")
    async with asyncio.timeout(10):
        await reader.readuntil(b"\r\n\r\n0")
    monkeypatch.setattr(connection, name, value)

    writer.write(ask)

    await _sees_the_end(reader)
    writer.close()


async def test_a_line_end_behind_a_request_begins_no_head(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old programs send one behind a body (RFC 9112, 2.2)."""
    monkeypatch.setattr(connection, "HEAD_LIMIT", 1)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    ask = b"POST /hello HTTP/1.1\r\nHost: desk\r\nContent-Length: 1\r\n\r\nx"

    for _ in range(2):
        writer.write(ask)
        async with asyncio.timeout(10):
            assert (await reader.readuntil(b"\r\n\r\n1")).startswith(b"HTTP/1.1 200")
        writer.write(b"\r\n")
    writer.close()


def test_one_other_device_has_so_many_connections() -> None:
    connections = Connections()

    keys = [connections.enter("192.168.1.20") for _ in range(MOST_CONNECTIONS + 1)]

    assert keys[-1] is None
    assert connections.enter("192.168.1.21") is not None
    connections.leave(keys[0] or "")
    assert connections.enter("192.168.1.20") is not None


def test_a_flood_of_connections_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    connections = Connections()

    for _ in range(2):
        keys = [connections.enter("192.168.1.20") for _ in range(3 * MOST_CONNECTIONS)]
        for key in keys:
            connections.leave(key or "")

    told = [record.getMessage() for record in caplog.records]
    assert told == ["192.168.1.20 has too many connections; further ones are refused"] * 2


def test_this_computer_and_named_proxies_have_any_number() -> None:
    connections = Connections(lambda: ("10.0.0.1",))

    for address in ("127.0.0.1", "::1", "10.0.0.1", "::ffff:10.0.0.1"):
        keys = {connections.enter(address) for _ in range(3 * MOST_CONNECTIONS)}
        assert keys == {""}


def test_those_that_left_are_forgotten() -> None:
    connections = Connections()

    for number in range(1000):
        key = connections.enter(f"10.0.{number // 250}.{number % 250}")
        connections.leave(key or "")

    assert not connections._open
