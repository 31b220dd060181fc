"""One request to an engine over a real socket: what is sent, what is taken, what is too much."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from acedesk import tasks
from acedesk.acestream_api.exchange import BLOCK, EngineResponse, Exchange
from acedesk.errors import EngineAnswerInvalid, EngineError, EngineUnreachable
from tests.fakes.loop_steps import let_others_run

Serve = Callable[..., Awaitable[str]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: W/1\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
# What the buffers of two sockets and the reader hold, with room to spare.
MOST_TAKEN = 8 << 20


@pytest.fixture
async def exchange() -> AsyncIterator[Exchange]:
    made = Exchange()
    yield made
    made.close()


class Requests:
    """What a server was sent."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []
        self.came = asyncio.Event()
        self.left = asyncio.Event()


@pytest.fixture
def requests() -> Requests:
    return Requests()


@pytest.fixture
async def serve(requests: Requests) -> AsyncIterator[Serve]:
    """Return a maker of servers that answer with these bytes and hang up, or stay silent."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(answer: bytes, *, stay: bool = False, host: str = "127.0.0.1") -> str:
            async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                requests.heads.append(await reader.readuntil(b"\r\n\r\n"))
                requests.came.set()
                with contextlib.suppress(OSError):
                    writer.write(answer)
                    await writer.drain()
                    if stay:
                        await reader.read()
                        requests.left.set()
                writer.close()

            server = await asyncio.start_server(talk, host, 0)
            stack.callback(server.close)
            port = server.sockets[0].getsockname()[1]
            return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

        yield make


async def test_the_request_asks_for_one_plain_answer(
    exchange: Exchange, serve: Serve, requests: Requests
) -> None:
    url = await serve(OK)

    answer = await exchange.ask(url + "/ace?a=%26+b&c=é d", headers={"Range": "bytes=5-"})

    assert (answer.head.status, answer.head.headers["etag"]) == (200, "W/1")
    assert await answer.read_all(100) == b"hello"
    assert await answer.read() == b""
    first, *fields = requests.heads[0].decode().split("\r\n")
    assert first == "GET /ace?a=%26+b&c=%C3%A9%20d HTTP/1.1"
    assert {"Connection: close", "Accept-Encoding: identity", "Range: bytes=5-"} <= set(fields)
    assert f"Host: {url.removeprefix('http://')}" in fields
    answer.close()


async def test_an_engine_may_have_an_ipv6_address(exchange: Exchange, serve: Serve) -> None:
    answer = await exchange.ask(await serve(OK, host="::1"))

    assert await answer.read_all(100) == b"hello"
    answer.close()


async def test_interim_answers_are_passed_over(exchange: Exchange, serve: Serve) -> None:
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"

    answer = await exchange.ask(await serve(interim + OK))

    assert await answer.read_all(100) == b"hello"
    answer.close()


@pytest.mark.parametrize(
    ("method", "reply"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"),
    ],
)
async def test_an_answer_that_has_no_body_is_not_waited_for(
    exchange: Exchange, serve: Serve, method: str, reply: bytes
) -> None:
    answer = await exchange.ask(await serve(reply, stay=True), method=method)

    async with asyncio.timeout(5):
        assert await answer.read() == b""
    answer.close()


@pytest.mark.parametrize(
    ("reply", "body"),
    [
        (b"HTTP/1.0 200 OK\r\n\r\nhello", b"hello"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello", b"he"),
        (CHUNKED + b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", b"hello"),
    ],
    ids=["until it closes", "as long as it said", "in chunks"],
)
async def test_a_body_ends_where_it_says(
    exchange: Exchange, serve: Serve, reply: bytes, body: bytes
) -> None:
    answer = await exchange.ask(await serve(reply))

    assert await answer.read_all(100) == body
    answer.close()


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (b"", EngineUnreachable),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n", EngineUnreachable),
        (b"SSH-2.0-OpenSSH_9.6\r\n", EngineAnswerInvalid),
        (b"HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n", EngineAnswerInvalid),
        (b"HTTP/1.1 200 OK\r\nA: " + b"b" * 40_000 + b"\r\n\r\n", EngineAnswerInvalid),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", EngineUnreachable),
        (CHUNKED + b"5\r\nhel", EngineUnreachable),
        (CHUNKED + b"hello\r\n", EngineAnswerInvalid),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 200, EngineAnswerInvalid),
    ],
)
async def test_what_is_no_answer_is_a_named_error(
    exchange: Exchange, serve: Serve, reply: bytes, error: type[EngineError]
) -> None:
    url = await serve(reply)

    with pytest.raises(error):
        await (await exchange.ask(url)).read_all(100)


@pytest.mark.parametrize(
    ("said", "error"),
    [(b"", EngineUnreachable), (b"220 mail.example ESMTP\r\n", EngineAnswerInvalid)],
)
async def test_a_connection_that_is_reset_has_ended_as_one_that_is_closed(
    exchange: Exchange, said: bytes, error: type[EngineError]
) -> None:
    """A program that hangs up without reading the request resets the connection."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        writer.write(said)
        await reader.readuntil(b"\r\n\r\n")
        for _ in range(5):
            await let_others_run()  # what was said is read
        writer.transport.abort()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(error, match="not HTTP" if said else "without an answer"):
            await exchange.ask(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    "url",
    [
        *("http://no such host:1/", "http://:1/", "http://127.0.0.1:99999/", "http://[/"),
        f"http://{'a' * 70}.example:1/",
        f"http://é{'a' * 70}.example:1/",
    ],
)
async def test_an_address_that_cannot_be_is_a_named_error(exchange: Exchange, url: str) -> None:
    with pytest.raises(EngineUnreachable, match="address is not valid"):
        await exchange.ask(url)


async def test_who_is_called_off_hangs_up(
    exchange: Exchange, serve: Serve, requests: Requests
) -> None:
    url = await serve(b"", stay=True)
    asking = tasks.spawn(exchange.ask(url), name="ask")
    await requests.came.wait()

    await tasks.cancel(asking)

    async with asyncio.timeout(5):
        await requests.left.wait()


@pytest.mark.parametrize("who", ["the answer", "all"])
async def test_a_read_that_waits_ends_when_the_connection_is_closed(
    exchange: Exchange, serve: Serve, requests: Requests, who: str
) -> None:
    answer = await exchange.ask(await serve(b"HTTP/1.1 200 OK\r\n\r\n", stay=True))
    reading = tasks.spawn(outcome(answer), name="read")
    await tasks.sleep(0)

    (answer if who == "the answer" else exchange).close()

    async with asyncio.timeout(5):
        error = await reading
        await requests.left.wait()
    assert isinstance(error, EngineUnreachable)


async def outcome(answer: EngineResponse) -> bytes | EngineError:
    try:
        return await answer.read()
    except EngineError as exc:
        return exc


async def test_a_question_that_waits_ends_when_all_is_closed(
    exchange: Exchange, serve: Serve, requests: Requests
) -> None:
    asking = asyncio.gather(exchange.ask(await serve(b"", stay=True)), return_exceptions=True)
    await requests.came.wait()

    exchange.close()

    async with asyncio.timeout(5):
        (error,) = await asking
    assert isinstance(error, EngineUnreachable)
    with pytest.raises(EngineUnreachable, match="closing"):
        await exchange.ask("http://127.0.0.1:1/")


# ---------------------------------------------------------------------- floods


class Flooder:
    """Writes as fast as the wire takes it, in a thread: the loop gives it no pauses.

    Attributes:
        written: Bytes that went out.
    """

    def __init__(self, head: bytes, data: bytes) -> None:
        self.written = 0
        self._head, self._data = head, data * (1 + (1 << 18) // len(data))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(self._head)
                while True:
                    self.written += connection.send(self._data)

    def join(self) -> None:
        """Wait until its reader has left."""
        self._thread.join(10)
        assert not self._thread.is_alive()
        self._listener.close()


FLOODS = {
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "hints": (b"", b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"a: b\r\n"),
    "a header": (b"HTTP/1.1 200 OK\r\nA: ", b"b"),
    "noise": (b"", b"\x00\xff"),
    "a body": (b"HTTP/1.1 200 OK\r\n\r\n", b"a"),
    "crumbs": (CHUNKED, b"1\r\na\r\n"),
    "small chunks": (CHUNKED, b"10\r\n" + b"a" * 16 + b"\r\n"),
    "framing": (CHUNKED, b"1;" + b"a" * 200 + b"\r\na\r\n"),
    "a chunk size": (CHUNKED, b"0"),
}


@pytest.mark.parametrize("how", FLOODS)
async def test_of_a_flood_a_little_is_taken_and_the_loop_turns_all_the_while(
    exchange: Exchange, how: str
) -> None:
    flooder = Flooder(*FLOODS[how])
    turns = Turns()
    # Not more than a few reads' worth of work comes between two turns of the others.
    with turns.counted(), pytest.raises(EngineAnswerInvalid):
        answer = await exchange.ask(flooder.url)
        turns.watch(answer)
        try:
            await answer.read_all(1 << 20)
        finally:
            answer.close()

    await asyncio.to_thread(flooder.join)
    assert flooder.written < MOST_TAKEN
    assert turns.longest <= 8 * BLOCK


class Turns:
    """Looks at an answer on every turn of the loop.

    Attributes:
        longest: The most bytes of a body that were worked through between two turns.
    """

    def __init__(self) -> None:
        self.longest = 0
        self._answer: EngineResponse | None = None
        self._seen = 0

    def watch(self, answer: EngineResponse) -> None:
        """Look at this answer from now on."""
        self._answer = answer

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        """Look until the block ends."""
        loop = asyncio.get_running_loop()
        going = True

        def turn() -> None:
            self._look()
            if going:
                loop.call_soon(turn)

        loop.call_soon(turn)
        try:
            yield
        finally:
            going = False
            self._look()

    def _look(self) -> None:
        if self._answer is not None:
            self.longest = max(self.longest, self._answer.received - self._seen)
            self._seen = self._answer.received
