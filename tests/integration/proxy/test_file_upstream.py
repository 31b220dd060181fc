"""Engines that misbehave while a file is asked of them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from acedesk.errors import (
    EngineAnswerInvalid,
    EngineError,
    EngineRefused,
    EngineStalled,
    EngineTooSlow,
    EngineUnreachable,
)
from acedesk.proxy.files.file_body import FileClient

Serve = Callable[..., Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Return a maker of servers that send fixed bytes: one answer for each connection."""
    servers: list[asyncio.Server] = []
    holding: list[asyncio.StreamWriter] = []

    async def make(*answers: bytes, hold: bool = False) -> str:
        left = list(answers)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(left.pop(0) if left else b"")
            if hold:
                holding.append(writer)
            else:
                writer.close()

        servers.append(await asyncio.start_server(answer, "127.0.0.1", 0))
        return f"http://127.0.0.1:{servers[-1].sockets[0].getsockname()[1]}/ace/r/1"

    yield make
    for writer in holding:
        writer.close()
    for server in servers:
        server.close()
        await server.wait_closed()


@pytest.fixture
async def files() -> AsyncIterator[FileClient]:
    client = FileClient()
    yield client
    client.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 10\r\n\r\n\x0012345678\xff"


async def test_redirects_on_the_same_engine_are_followed(serve: Serve, files: FileClient) -> None:
    url = await serve(
        b"HTTP/1.1 302 Found\r\nLocation: /content/1\r\nContent-Length: 0\r\n\r\n", OK
    )

    body = await files.open(url, {}, timeout=5)

    assert (body.status, body.size, body.end) == (200, 10, 10)
    assert await body.read(10) == b"\x0012345678\xff"
    assert await body.read(5) == b""
    body.close()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/x\r\n\r\n", EngineAnswerInvalid),
        (b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n", EngineAnswerInvalid),
        (b"HTTP/1.1 302 Found\r\n\r\n", EngineRefused),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", EngineAnswerInvalid),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", EngineAnswerInvalid),
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>", EngineAnswerInvalid),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 15\r\n\r\nfailed to start", EngineRefused),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", EngineRefused),
        (b"", EngineUnreachable),
    ],
)
async def test_an_answer_that_is_no_file_is_a_named_error(
    serve: Serve, files: FileClient, answer: bytes, error: type[EngineError]
) -> None:
    with pytest.raises(error):
        await files.open(await serve(answer), {}, timeout=5)


async def test_redirects_in_circles_end(serve: Serve, files: FileClient) -> None:
    again = b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"

    with pytest.raises(EngineAnswerInvalid, match="circles"):
        await files.open(await serve(*[again] * 9), {}, timeout=5)


async def test_an_engine_that_never_answers_is_given_up(serve: Serve, files: FileClient) -> None:
    url = await serve(b"", hold=True)

    with pytest.raises(EngineTooSlow):
        await files.open(url, {}, timeout=0.2)


async def test_an_engine_that_falls_silent_is_given_up(serve: Serve, files: FileClient) -> None:
    body = await files.open(await serve(OK[:-5], hold=True), {}, timeout=5)
    assert await body.read(5) == b"\x001234"

    with pytest.raises(EngineStalled):
        await body.read(0.2)
    body.close()


async def test_a_file_that_ends_too_early_has_not_ended(serve: Serve, files: FileClient) -> None:
    body = await files.open(await serve(OK[:-5]), {}, timeout=5)

    with pytest.raises(EngineUnreachable):
        while await body.read(5):
            pass
    assert body.position == 5
    body.close()


async def test_nobody_listening_is_a_named_error(serve: Serve, files: FileClient) -> None:
    with pytest.raises(EngineUnreachable):
        await files.open("http://127.0.0.1:9/x", {}, timeout=5)
