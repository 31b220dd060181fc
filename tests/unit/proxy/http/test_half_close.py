"""Who closes its half of a connection is answered, and who has left is noticed nevertheless."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from acedesk.proxy.http import half_close
from acedesk.proxy.http.half_close import BEGINNING, PROBES
from acedesk.proxy.http.listener import Listener

MOST = 1 << 20


def request(path: str, method: str = "GET", headers: str = "") -> bytes:
    """Return a request of HTTP/1.1, whose connection stays open."""
    return f"{method} {path} HTTP/1.1\r\nHost: desk\r\n{headers}\r\n".encode()


class Desk:
    """A listener whose answers wait until the test lets them go.

    Attributes:
        asked: A request waits.
        left: Its player was taken to have left.
    """

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.left = asyncio.Event()
        self.answers = asyncio.Event()
        self.listener = Listener(
            [
                web.get("/at/once", self._at_once),
                web.get("/waits", self._waits),
                web.post("/waits", self._waits),
                web.get("/ends/with/half", self._ends_with_half),
                web.get("/writes", self._writes),
            ]
        )
        self._writer: asyncio.StreamWriter | None = None

    async def _at_once(self, _: web.Request) -> web.Response:
        return web.Response(text="at once")

    async def _waits(self, request: web.Request) -> web.Response:
        await self._wait()
        return web.Response(text=f"here it is{(await request.read()).decode()}")

    async def _writes(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.force_close()
        await response.prepare(request)
        await response.write(b"begun ")
        await self._wait()
        await response.write(b"and done")
        return response

    async def _ends_with_half(self, request: web.Request) -> web.Response:
        half_close.end_with_half(request)
        await self._wait()
        return web.Response()

    async def _wait(self) -> None:
        self.asked.set()
        try:
            await self.answers.wait()
        except asyncio.CancelledError:
            self.left.set()
            raise

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Return both halves of a connection."""
        reader, self._writer = await asyncio.open_connection("127.0.0.1", self.listener.port)
        return reader, self._writer

    async def ask(self, requests: bytes) -> asyncio.StreamReader:
        """Send requests, and that nothing more comes; return the other half."""
        reader, writer = await self.connect()
        writer.write(requests)
        writer.write_eof()
        return reader

    async def ask_and_close_later(self, path: str) -> asyncio.StreamReader:
        """Send a request, and when it waits, that nothing more comes."""
        reader, writer = await self.connect()
        writer.write(request(path))
        await self.asked.wait()
        writer.write_eof()
        return reader

    def hang_up(self) -> None:
        """Close the other half, too."""
        if self._writer is not None:
            self._writer.close()


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """Return one that listens."""
    desk = Desk()
    await desk.listener.open("127.0.0.1", 0)
    async with asyncio.timeout(10):
        yield desk
    desk.hang_up()
    await desk.listener.close()


async def test_what_waits_is_answered_and_then_the_connection_is_over(desk: Desk) -> None:
    reader = await desk.ask(request("/waits"))
    await desk.asked.wait()
    desk.answers.set()

    answer = await reader.read(MOST)

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b"here it is")
    assert await reader.read() == b""


@pytest.mark.parametrize(("path", "status"), [("/at/once", 200), ("/nothing", 404)])
async def test_what_does_not_wait_is_answered(desk: Desk, path: str, status: int) -> None:
    reader = await desk.ask(request(path))

    assert (await reader.read()).startswith(f"HTTP/1.1 {status} ".encode())


async def test_several_requests_are_all_answered(desk: Desk) -> None:
    reader = await desk.ask(request("/at/once") * 3)

    assert (await reader.read()).count(b"200 OK") == 3


async def test_a_request_with_a_body_is_answered(desk: Desk) -> None:
    desk.answers.set()

    reader = await desk.ask(request("/waits", "POST", "Content-Length: 4\r\n") + b", so")

    assert (await reader.read()).endswith(b"here it is, so")


async def test_a_body_that_cannot_come_any_more_is_not_waited_for(desk: Desk) -> None:
    desk.answers.set()

    reader = await desk.ask(request("/waits", "POST", "Content-Length: 9\r\n") + b"short")

    assert await reader.read() == b""


async def test_a_body_that_is_cut_off_later_is_not_waited_for(desk: Desk) -> None:
    reader, writer = await desk.connect()
    writer.write(request("/waits", "POST", "Content-Length: 9\r\n") + b"short")
    await desk.asked.wait()
    writer.write_eof()

    assert await reader.read() == b""
    assert desk.left.is_set()


@pytest.mark.parametrize("closes_half", [True, False])
async def test_who_leaves_while_it_waits_is_noticed(desk: Desk, *, closes_half: bool) -> None:
    _, writer = await desk.connect()
    writer.write(request("/waits"))
    await desk.asked.wait()
    if closes_half:
        writer.write_eof()

    writer.close()

    await desk.left.wait()


async def test_who_leaves_while_a_later_request_waits_is_noticed(desk: Desk) -> None:
    reader = await desk.ask(request("/at/once") + request("/waits"))
    await reader.readuntil(b"at once")

    desk.hang_up()

    await desk.left.wait()


async def test_of_what_waits_only_the_beginning_of_any_answer_is_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(half_close, "PROBES", [0.01 * number for number in range(len(PROBES))])
    reader = await desk.ask(request("/at/once") + request("/waits"))
    await reader.readuntil(b"at once")
    begun = await reader.readexactly(len(BEGINNING))
    desk.answers.set()

    rest = await reader.read()

    assert begun == BEGINNING
    assert rest.startswith(b"1 200 OK\r\n")
    assert rest.endswith(b"here it is")


async def test_where_little_is_written_a_closed_half_is_the_end(desk: Desk) -> None:
    reader = await desk.ask_and_close_later("/ends/with/half")

    assert await reader.read() == b""
    assert desk.left.is_set()


async def test_what_is_written_is_written_to_its_end(desk: Desk) -> None:
    reader = await desk.ask_and_close_later("/writes")
    begun = await reader.readuntil(b"begun ")
    desk.answers.set()

    assert begun.startswith(b"HTTP/1.1 200 OK")
    assert b"and done" in await reader.read()


@pytest.mark.parametrize("requests", [b"", b"GET /wai"])
async def test_a_connection_where_nothing_waits_is_closed(desk: Desk, requests: bytes) -> None:
    reader = await desk.ask(requests)

    assert await reader.read() == b""


async def test_a_connection_that_is_kept_alive_is_closed(desk: Desk) -> None:
    reader, writer = await desk.connect()
    writer.write(request("/at/once"))
    await reader.readuntil(b"at once")
    writer.write_eof()

    assert await reader.read() == b""
