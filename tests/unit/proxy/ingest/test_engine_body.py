"""A body is opened wherever the engine leads, and every engine that breaks a rule is refused."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.acestream_api.redirects import MOST_REDIRECTS
from acedesk.errors import (
    EngineAnswerInvalid,
    EngineRefused,
    EngineTooSlow,
    EngineUnreachable,
)
from acedesk.formats.engine_reply import LONGEST_ERROR
from acedesk.formats.http_head import HEAD_LIMIT
from acedesk.proxy.ingest.engine_body import (
    EngineBody,
    open_engine_body,
    wait_readable,
)
from tests.fakes.engine_side import MEDIA_HEAD, BodySocket
from tests.fakes.hostile import Handler, HostileEngine, answer, redirect

HEAD = MEDIA_HEAD + b"\r\nConnection: close\r\n\r\n"
MEDIA = bytes(range(256)) * 8


@pytest.fixture
async def engine() -> AsyncIterator[HostileEngine]:
    """Return an engine whose answers a test writes."""
    made = HostileEngine()
    await made.start()
    yield made
    await made.close()


def says(*answers: bytes, stays: bool = False) -> Handler:
    """Return what writes one answer for each request, in turn; the last one again and again."""
    left = list(answers)

    async def write(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(left.pop(0) if len(left) > 1 else left[0])
        await writer.drain()
        if stays:
            await asyncio.Event().wait()

    return write


def url(engine: HostileEngine, path: str = "/ace/r/0") -> str:
    """Return an address of the engine."""
    return f"http://127.0.0.1:{engine.port}{path}"


async def open_body(engine: HostileEngine, path: str = "/ace/r/0") -> EngineBody:
    """Open a body, in time."""
    async with asyncio.timeout(10):
        return await open_engine_body(url(engine, path))


async def read_all(body: EngineBody) -> bytes:
    """Read until the body has ended."""
    loop, space, found = asyncio.get_running_loop(), memoryview(bytearray(1000)), b""
    async with asyncio.timeout(10):
        while not body.ended:
            count = body.read_into(space)
            found += bytes(space[:count])
            if body.drained and not body.ended:
                more = await loop.sock_recv(body._sock, 1000)
                body._first = more
                body.ended = not more
    return found


# ---------------------------------------------------------------------- what is opened


async def test_a_body_is_read_to_its_end(engine: HostileEngine) -> None:
    engine.body = says(HEAD + MEDIA)

    body = await open_body(engine)

    assert body.content_type == "video/mp2t"
    assert await read_all(body) == MEDIA
    body.close()


async def test_the_length_of_a_body_is_kept(engine: HostileEngine) -> None:
    engine.body = says(answer(MEDIA, "video/mp2t") + b"more than was promised", stays=True)

    body = await open_body(engine)

    assert await read_all(body) == MEDIA
    body.close()


async def test_chunks_are_put_together(engine: HostileEngine) -> None:
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (MEDIA[:3], MEDIA[3:]))
    head = MEDIA_HEAD + b"\r\nTransfer-Encoding: chunked\r\n\r\n"
    engine.body = says(head + chunks + b"0\r\n\r\nrest", stays=True)

    body = await open_body(engine)

    assert await read_all(body) == MEDIA
    body.close()


async def test_a_head_that_comes_a_byte_at_a_time_is_understood(engine: HostileEngine) -> None:
    async def write(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for at in range(len(HEAD)):
            writer.write(HEAD[at : at + 1])
            await writer.drain()
            await tasks.sleep(0)
        writer.write(MEDIA)
        await writer.drain()

    engine.body = write

    body = await open_body(engine)

    assert await read_all(body) == MEDIA
    body.close()


async def test_interim_answers_are_passed_over(engine: HostileEngine) -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    engine.body = says(interim + HEAD + MEDIA)

    body = await open_body(engine)

    assert await read_all(body) == MEDIA
    body.close()


@pytest.mark.parametrize("kind", ["video/mp2t", "application/octet-stream", ""])
async def test_media_of_any_kind_is_taken(engine: HostileEngine, kind: str) -> None:
    engine.body = says(answer(MEDIA, kind))

    body = await open_body(engine)

    assert body.content_type == kind
    body.close()


async def test_the_request_asks_for_what_the_address_names(engine: HostileEngine) -> None:
    asked: list[str] = []
    served = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.extend(head.split("\r\n"))
        writer.write(HEAD)
        writer.close()
        served.set()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    body = await open_engine_body(f"http://127.0.0.1:{port}/ace/r/a%20b?x=1&y=2")
    await served.wait()

    assert asked[0] == "GET /ace/r/a%20b?x=1&y=2 HTTP/1.1"
    assert f"Host: 127.0.0.1:{port}" in asked
    assert "Accept-Encoding: identity" in asked
    body.close()
    server.close()
    await server.wait_closed()


# ---------------------------------------------------------------------- redirects


async def test_the_engines_redirects_are_followed(engine: HostileEngine) -> None:
    engine.body = says(redirect("/content/1"), redirect("/content/2"), HEAD + MEDIA)

    body = await open_body(engine)

    assert await read_all(body) == MEDIA
    assert engine.bodies == 3
    body.close()


async def test_a_redirect_to_another_computer_is_refused(engine: HostileEngine) -> None:
    engine.body = says(redirect("http://192.0.2.1/secret"))

    with pytest.raises(EngineAnswerInvalid):
        await open_body(engine)

    assert engine.bodies == 1


async def test_redirects_in_a_circle_end(engine: HostileEngine) -> None:
    engine.body = says(redirect("/ace/r/0"))

    with pytest.raises(EngineAnswerInvalid, match="circles"):
        await open_body(engine)

    assert engine.bodies == MOST_REDIRECTS + 1


async def test_a_redirect_to_nowhere_is_a_refusal(engine: HostileEngine) -> None:
    engine.body = says(answer(b"", status="302 Found"))

    with pytest.raises(EngineRefused, match="HTTP 302"):
        await open_body(engine)


# ---------------------------------------------------------------------- what is refused


@pytest.mark.parametrize("kind", ["text/html", "text/plain; charset=utf-8", "application/json"])
async def test_a_page_is_no_media(engine: HostileEngine, kind: str) -> None:
    engine.body = says(answer(b"<html>", kind))

    with pytest.raises(EngineAnswerInvalid, match="a web page instead of media"):
        await open_body(engine)


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"download not found", "500 Error", "download not found"),
        (b"", "404 Not Found", "HTTP 404"),
        (b"two\r\nlines", "500 Error", "two lines"),
        (b"\xff\xfe\x00", "503 Busy", "HTTP 503"),
    ],
)
async def test_a_refusal_says_what_the_engine_said(
    engine: HostileEngine, body: bytes, status: str, told: str
) -> None:
    engine.body = says(answer(body, status=status))

    with pytest.raises(EngineRefused) as raised:
        await open_body(engine)

    assert raised.value.detail == told


async def test_a_refusal_without_an_end_is_cut_short(engine: HostileEngine) -> None:
    head = b"HTTP/1.1 500 Error\r\n\r\n"

    async def write(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await engine.flood(writer, b"no " * 1000, 1 << 30)

    engine.body = write

    with pytest.raises(EngineRefused) as raised:
        await open_body(engine)

    assert len(raised.value.detail) <= LONGEST_ERROR
    assert engine.written < 1 << 24
    async with asyncio.timeout(5):
        await engine.quiet.wait()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "Content-Length"),
        (b"HTTP/1.1 200 OK\r\n broken\r\n\r\n", "headers are broken"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * HEAD_LIMIT + b"\r\n\r\n", "never end"),
    ],
)
async def test_what_is_no_http_is_refused(engine: HostileEngine, said: bytes, why: str) -> None:
    engine.body = says(said)

    with pytest.raises(EngineAnswerInvalid, match=why):
        await open_body(engine)


async def test_a_head_without_an_end_is_not_read_for_ever(engine: HostileEngine) -> None:
    async def write(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        await engine.flood(writer, b"X-More: yes\r\n" * 100, 1 << 30)

    engine.body = write

    with pytest.raises(EngineAnswerInvalid, match="never end"):
        await open_body(engine)

    assert engine.written < 1 << 24


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200", b"HTTP/1.1 100 Continue\r\n\r\n"])
async def test_an_engine_that_hangs_up_without_an_answer_is_away(
    engine: HostileEngine, said: bytes
) -> None:
    engine.body = says(said)

    with pytest.raises(EngineUnreachable, match="without an answer"):
        await open_body(engine)


async def test_where_nobody_listens_there_is_no_engine() -> None:
    with contextlib.closing(socket.socket()) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]

        with pytest.raises(EngineUnreachable, match=f"127.0.0.1:{port}: .*refused"):
            await open_engine_body(f"http://127.0.0.1:{port}/ace/r/0")


@pytest.mark.parametrize(
    "address", ["http:///ace", "http://[::1/ace", "http://127.0.0.1:x/", "", "http://a b/"]
)
async def test_what_is_no_address_is_no_engine(address: str) -> None:
    with pytest.raises(EngineUnreachable):
        await open_engine_body(address)


# ---------------------------------------------------------------------- waiting


async def test_who_gives_up_closes_the_connection(engine: HostileEngine) -> None:
    asked = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()

    engine.body = mute
    opening = tasks.spawn(open_engine_body(url(engine)), name="open")
    await asked.wait()

    await tasks.cancel(opening)

    async with asyncio.timeout(5):
        await engine.quiet.wait()


async def test_the_first_bytes_are_waited_for() -> None:
    source = BodySocket()
    waiting = tasks.spawn(wait_readable(source.body, 10.0), name="wait")
    await tasks.sleep(0)
    assert not waiting.done()

    source.engine.sendall(b"first")
    await waiting

    space = memoryview(bytearray(3))
    assert [source.body.read_into(space), bytes(space)] == [3, b"fir"]
    assert [source.body.read_into(space), bytes(space[:2])] == [2, b"st"]
    source.close()


async def test_bytes_that_are_there_are_not_waited_for() -> None:
    source = BodySocket(first=b"first")

    await wait_readable(source.body, 0.0)

    source.close()


async def test_first_bytes_that_do_not_come_are_too_slow() -> None:
    source = BodySocket()

    with pytest.raises(EngineTooSlow, match="no media within 0 s"):
        await wait_readable(source.body, 0.01)

    source.close()


async def test_an_engine_that_ends_before_the_first_byte_is_away() -> None:
    source = BodySocket()
    source.end()

    with pytest.raises(EngineUnreachable, match="before the first media byte"):
        await wait_readable(source.body, 10.0)

    source.close()


# ---------------------------------------------------------------------- reading


def test_nothing_is_waited_for_when_nothing_is_there() -> None:
    source = BodySocket()
    space = memoryview(bytearray(10))

    assert source.body.read_into(space) == 0
    assert (source.body.drained, source.body.ended) == (True, False)
    source.close()


def test_a_full_space_tells_that_there_may_be_more() -> None:
    source = BodySocket()
    source.send(b"0123456789")
    space = memoryview(bytearray(10))

    looks = [(source.body.read_into(space), source.body.drained) for _ in range(2)]

    assert looks == [(10, False), (0, True)]
    source.close()


def test_a_closed_body_has_ended_and_its_engine_sees_it() -> None:
    source = BodySocket()

    source.body.close()
    source.body.close()

    assert source.body.ended
    assert source.engine.recv(10) == b""
    source.close()


def test_an_empty_body_is_one_too() -> None:
    source = BodySocket(MEDIA_HEAD + b"\r\nContent-Length: 0", first=b"not of it")
    space = memoryview(bytearray(100))

    assert source.body.read_into(space) == 0
    assert source.body.ended
    source.close()


CHUNKED_HEAD = MEDIA_HEAD + b"\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "empty",
    [
        CHUNKED_HEAD + b"0\r\n\r\n",
        MEDIA_HEAD + b"\r\nContent-Length: 0\r\n\r\n",
        HEAD,
    ],
)
async def test_an_empty_body_has_no_first_byte(engine: HostileEngine, empty: bytes) -> None:
    engine.body = says(empty)
    body = await open_body(engine)

    with pytest.raises(EngineUnreachable, match="before the first media byte"):
        await wait_readable(body, 5.0)

    body.close()


@pytest.mark.parametrize("head", [HEAD, CHUNKED_HEAD])
async def test_a_page_that_calls_itself_media_is_told_as_a_page(
    engine: HostileEngine, head: bytes
) -> None:
    page = b"<html><title>Login</title></html>"
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(page), page)
    engine.body = says(head + (chunk if head is CHUNKED_HEAD else page))
    body = await open_body(engine)

    with pytest.raises(EngineAnswerInvalid, match=r"a web page instead of media .“Login”."):
        await wait_readable(body, 5.0)

    body.close()


async def test_chunked_media_that_was_looked_at_is_read_whole(engine: HostileEngine) -> None:
    parts = b"".join(b"%x\r\n%s\r\n" % (512, MEDIA[at : at + 512]) for at in range(0, 2048, 512))
    engine.body = says(CHUNKED_HEAD + parts + b"0\r\n\r\n")
    body = await open_body(engine)
    await wait_readable(body, 5.0)

    got, space = b"", memoryview(bytearray(700))
    while not body.ended:
        got += bytes(space[: body.read_into(space)])

    assert got == MEDIA
    body.close()


@pytest.mark.parametrize(
    ("kind", "page", "error", "words"),
    [
        (b"text/html", b"<title>Oops</title>", EngineAnswerInvalid, "a web page .* .“Oops”."),
        (b"text/plain", b"no such stream", EngineAnswerInvalid, "text .* .“no such stream”."),
        (b"application/json", b'{"error": "gone"}', EngineRefused, "gone"),
        (b"application/json", b'{"a": 1}', EngineAnswerInvalid, "JSON instead of media"),
    ],
)
async def test_a_page_with_status_200_is_told_as_what_it_is(
    engine: HostileEngine, kind: bytes, page: bytes, error: type[Exception], words: str
) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
    engine.body = says(head % (kind, len(page)) + page)

    with pytest.raises(error, match=words):
        await open_body(engine)
