"""Whatever an engine sends: bounded memory and time, a named error, other streams untouched."""

import asyncio
import contextlib
import json
import pathlib
from collections.abc import AsyncIterator, Callable

import pytest

from acedesk import clock, tasks
from acedesk.acestream_api import engine_client
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.mpegts.packets import PACKET
from tests import transport
from tests.fakes.hostile import MEDIA_HEAD, Handler, HostileEngine, answer, redirect
from tests.integration.proxy.conftest import MakeProxy, Proxy, RawPlayer

GIGABYTE = 1 << 30
# What two socket buffers on loopback take, beside what the proxy reads.
MOST_WRITTEN = 24 << 20
BROADCAST = transport.broadcast(2000)
GOP = len(transport.broadcast(10))
BAD = "e" * 40
TARGET = f"/ace/getstream?id={BAD}"
HTML = b"<!doctype html><html><body><h1>It works</h1></body></html>"
LIMITS = {"accept_timeout": 1.5, "start_timeout": 2.0, "stall_timeout": 1.0}


@pytest.fixture(autouse=True)
def short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for late sessions, to stop them, not as long as real engines may take."""
    monkeypatch.setattr(engine_client, "LATE_ANSWER", 0.5)


class Trouble:
    """A good engine with a stream that flows, and a hostile one beside it.

    Attributes:
        longest: The longest a piece of the good stream took to its viewer.
    """

    def __init__(self, proxy: Proxy, hostile: HostileEngine) -> None:
        self.proxy = proxy
        self.hostile = hostile
        self.longest = 0.0
        self._piece = asyncio.Event()
        self._viewer: RawPlayer | None = None
        self._tasks: set[asyncio.Task[object]] = set()
        self._sockets = 0

    async def begin(self) -> None:
        """Start the good stream, then let the hostile engine in."""
        engine, pool = self.proxy.engines[0], self.proxy.pool
        self._viewer = await self.proxy.play()
        await engine.push(BROADCAST[:GOP])
        assert await self._viewer.head() == 200
        await self._viewer.expect(BROADCAST[:GOP])
        spec = EngineSpec(
            id=EngineId("hostile"),
            name="hostile",
            backend=BackendKind.STATIC,
            host="127.0.0.1",
            port=self.hostile.port,
        )
        pool.add(spec, health=EngineHealth.READY)
        self._tasks, self._sockets = set(asyncio.all_tasks()), open_sockets()

    async def flow(self) -> None:
        """Let the good stream flow; measure how long each piece takes."""
        assert self._viewer is not None
        for at in range(GOP, len(BROADCAST), GOP):
            began = clock.monotonic()
            await self.proxy.engines[0].push(BROADCAST[at : at + GOP])
            await self._viewer.expect(BROADCAST[at : at + GOP])
            self.longest = max(self.longest, clock.monotonic() - began)
            self._piece.set()
            await tasks.sleep(0.05)  # the pace of the stream

    async def flows_on(self) -> None:
        """Wait until two more pieces came: one may have been on its way."""
        async with asyncio.timeout(5):
            for _ in range(2):
                self._piece.clear()
                await self._piece.wait()

    async def settled(self) -> None:
        """Wait until nothing is left of the bad stream."""
        left: list[object] = ["not looked yet"]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(8):
                while left := self._left():
                    await tasks.sleep(0.01)
        assert left == []

    def _left(self) -> list[object]:
        mine = asyncio.current_task()
        left: list[object] = [
            task for task in asyncio.all_tasks() - self._tasks if task is not mine
        ]
        left += ["connection"] * self.hostile.connections
        left += ["place"] * self.proxy.pool.load(EngineId("hostile"))
        left += ["session"] * (self.hostile.granted - self.hostile.stopped)
        left += ["socket"] * max(0, open_sockets() - self._sockets)
        return left


def open_sockets() -> int:
    count = 0
    for entry in pathlib.Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            count += str(entry.readlink()).startswith("socket:")
    return count


@contextlib.asynccontextmanager
async def trouble(make_proxy: MakeProxy, **values: object) -> AsyncIterator[Trouble]:
    """Give the two engines; the good stream flowed all the while and nothing is left behind."""
    proxy = await make_proxy(**{"max_streams_per_engine": 1, **LIMITS, **values})
    hostile = HostileEngine()
    await hostile.start()
    try:
        found = Trouble(proxy, hostile)
        await found.begin()
        flow = tasks.spawn(found.flow(), name="flow")
        yield found
        await found.flows_on()
        await tasks.cancel(flow)
        assert found.longest < 0.5
        for player in proxy.players[1:]:
            player.leave()
        await found.settled()
    finally:
        await hostile.close()


async def refusal(found: Trouble) -> tuple[int, str]:
    """Return status and code of the error a player of the bad content gets."""
    player = await found.proxy.play(TARGET)
    async with asyncio.timeout(8):
        status = await player.head()
        body = json.loads(await player.reader.readexactly(int(player.headers["content-length"])))
    assert body["error"]
    return status, body["code"]


# ---------------------------------------------------------------------- ways to be hostile


Make = Callable[[HostileEngine], Handler]


def says(data: bytes, *, reset: bool = False, stay: bool = False) -> Make:
    """Return a handler that writes `data`, then closes, resets or stays silent."""

    def make(_engine: HostileEngine) -> Handler:
        async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(data)
            await writer.drain()
            if reset:
                writer.transport.abort()
            if stay:
                await reader.read()

        return handler

    return make


def floods(head: bytes, data: bytes) -> Make:
    def make(engine: HostileEngine) -> Handler:
        async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(head)
            await engine.flood(writer, data, GIGABYTE)

        return handler

    return make


def drips(head: bytes, data: bytes) -> Make:
    def make(engine: HostileEngine) -> Handler:
        async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(head)
            await engine.drip(writer, data, 0.2)

        return handler

    return make


def circles(engine: HostileEngine) -> Handler:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(redirect(f"http://localhost:{engine.port}/ace/getstream?again"))
        await writer.drain()

    return handler


def body_circles(engine: HostileEngine) -> Handler:
    async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(redirect(f"http://localhost:{engine.port}/ace/r/again"))
        await writer.drain()

    return handler


JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
NOISE = bytes(range(256)) * 64
# Sync bytes everywhere and never two of them a packet apart.
FALSE_SYNC = b"\x00\x47\x00" * 8000

SESSIONS: dict[str, tuple[Make, int]] = {
    "endless headers": (floods(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"a" * 4000 + b"\r\n"), 502),
    "an endless header": (floods(b"HTTP/1.1 200 OK\r\nX: ", b"a" * 65536), 502),
    "an endless status": (floods(b"HTTP/1.1 200 ", b"O" * 65536), 502),
    "gigabyte JSON": (floods(JSON_HEAD + b'\r\n{"response": "', b"a" * 65536), 502),
    "gigabyte JSON in chunks": (
        floods(JSON_HEAD + CHUNKED + b"\r\n", b"10000\r\n" + b"a" * 65536 + b"\r\n"),
        502,
    ),
    "a redirect elsewhere": (says(redirect("http://198.51.100.7:6878/ace/getstream")), 502),
    "a redirect to nonsense": (says(redirect("http://[")), 502),
    "a redirect to a file": (says(redirect("file:///etc/passwd")), 502),
    "redirects in circles": (circles, 502),
    "a page": (says(answer(HTML, "text/html")), 502),
    "media": (says(answer(BROADCAST[:GOP], "video/mp2t")), 502),
    "nothing": (says(answer(b"")), 502),
    "nests": (says(answer(b"[" * 500_000)), 502),
    "other types": (says(answer(b'{"response": [1, {"playback_url": 7}], "error": null}')), 502),
    "no playback URL": (says(answer(b'{"response": {}, "error": null}')), 502),
    "an endless number": (says(answer(b'{"response": ' + b"9" * 100_000 + b"}")), 502),
    "a length that is too long": (
        says(JSON_HEAD + b"Content-Length: 5000\r\n\r\n{}"),
        502,
    ),
    "a length that is no number": (says(JSON_HEAD + b"Content-Length: -5\r\n\r\n{}"), 502),
    "chunks that lie": (says(JSON_HEAD + CHUNKED + b"\r\nffff\r\n{}\r\n0\r\n\r\n"), 502),
    "chunks that are none": (says(JSON_HEAD + CHUNKED + b"\r\nzz\r\n{}\r\n"), 502),
    "a reset": (says(b"HTTP/1.1 200 OK\r\nContent-", reset=True), 502),
    "a closed connection": (says(b""), 502),
    "two status lines": (says(b"HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK\r\n\r\n{}"), 502),
    "silence": (says(b"", stay=True), 504),
    "a slow answer": (drips(JSON_HEAD + b"Content-Length: 5000\r\n\r\n", b'{"response": '), 504),
    "a slow head": (drips(b"", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500), 504),
    "continue for ever": (drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), 504),
    "continue as fast as it can": (floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2500), 502),
    "hints as fast as it can": (
        floods(b"", b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n" * 2000),
        502,
    ),
    "crumbs of JSON": (floods(JSON_HEAD + CHUNKED + b"\r\n", b"1\r\n \r\n" * 9000), 502),
    "more framing than JSON": (
        floods(JSON_HEAD + CHUNKED + b"\r\n", b"1;" + b"a" * 200 + b"\r\n \r\n"),
        502,
    ),
}

BODIES: dict[str, tuple[Make, int]] = {
    "endless headers": (floods(b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"a" * 4000 + b"\r\n"), 502),
    "an endless header": (floods(b"HTTP/1.1 200 OK\r\nX: ", b"a" * 65536), 502),
    "a redirect elsewhere": (says(redirect("http://198.51.100.7:6878/stream")), 502),
    "a redirect to nonsense": (says(redirect("http://[")), 502),
    "a redirect to another port": (says(redirect("http://127.0.0.1:1/stream")), 502),
    "a redirect to a file": (says(redirect("file:///etc/passwd")), 502),
    "a redirect with a control sign": (says(redirect("/ace/r/\x01 x")), 502),
    "redirects in circles": (body_circles, 502),
    "a page": (says(answer(HTML, "text/html")), 502),
    "a page that says it is media": (says(MEDIA_HEAD + b"\r\n" + HTML), 502),
    "JSON": (says(answer(b'{"response": null, "error": "no"}')), 502),
    "a refusal without end": (floods(b"HTTP/1.1 500 Oh\r\n\r\n", b"no " * 9000), 502),
    "noise without end": (floods(MEDIA_HEAD + b"\r\n", NOISE), 502),
    "false sync without end": (floods(MEDIA_HEAD + b"\r\n", FALSE_SYNC), 502),
    "noise in tiny chunks": (
        floods(MEDIA_HEAD + CHUNKED + b"\r\n", b"1\r\nx\r\n" * 5000),
        502,
    ),
    "a length of nothing": (says(MEDIA_HEAD + b"Content-Length: 0\r\n\r\n"), 502),
    "a length that is no number": (says(MEDIA_HEAD + b"Content-Length: 1e9\r\n\r\n"), 502),
    "nothing": (says(MEDIA_HEAD + b"\r\n"), 502),
    "a chunk that is none": (says(MEDIA_HEAD + CHUNKED + b"\r\nzz\r\n" + NOISE), 502),
    "an endless chunk size": (floods(MEDIA_HEAD + CHUNKED + b"\r\n", b"0" * 65536), 502),
    "a chunk of 4 GB": (says(MEDIA_HEAD + CHUNKED + b"\r\nffffffff\r\n" + NOISE), 502),
    "a reset": (says(MEDIA_HEAD, reset=True), 502),
    "a closed connection": (says(b""), 502),
    "two status lines": (says(b"HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK\r\n\r\n"), 502),
    "another protocol": (says(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), 502),
    "silence": (says(b"", stay=True), 504),
    "continue as fast as it can": (floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2500), 502),
    "silence after the head": (says(MEDIA_HEAD + b"\r\n", stay=True), 504),
    "a slow head": (drips(b"", MEDIA_HEAD * 9), 504),
    "a slow body": (drips(MEDIA_HEAD + b"\r\n", BROADCAST), 504),
    "a slow body of noise": (drips(MEDIA_HEAD + b"\r\n", NOISE), 504),
    "slow chunks": (drips(MEDIA_HEAD + CHUNKED + b"\r\n", b"1\r\nG\r\n"), 504),
}

# After the beginning of the broadcast.
MIDWAY: dict[str, Make] = {
    "a reset": says(b"", reset=True),
    "the end": says(b""),
    "silence": says(b"", stay=True),
    "noise without end": floods(b"", NOISE),
    "false sync without end": floods(b"", FALSE_SYNC),
    "a slow body": drips(b"", NOISE),
    "half a packet": says(BROADCAST[20 * GOP : 20 * GOP + 100]),
}


@pytest.mark.parametrize("how", SESSIONS)
async def test_a_session_that_is_none_is_a_named_error(make_proxy: MakeProxy, how: str) -> None:
    make, status = SESSIONS[how]
    async with trouble(make_proxy) as found:
        found.hostile.session = make(found.hostile)

        got, code = await refusal(found)

        assert (got, code.startswith("engine_")) == (status, True)
        assert found.hostile.written < MOST_WRITTEN


@pytest.mark.parametrize("how", BODIES)
async def test_a_body_that_is_no_media_is_a_named_error(make_proxy: MakeProxy, how: str) -> None:
    make, status = BODIES[how]
    async with trouble(make_proxy) as found:
        found.hostile.body = make(found.hostile)

        got, code = await refusal(found)

        assert (got, code.startswith("engine_")) == (status, True)
        assert found.hostile.written < MOST_WRITTEN


# Too slow a start is final: what is left of the time is the player's.
@pytest.mark.parametrize("how", [how for how, (_, status) in BODIES.items() if status == 502])
async def test_another_engine_plays_what_the_hostile_one_does_not(
    make_proxy: MakeProxy, how: str
) -> None:
    make, _ = BODIES[how]
    async with trouble(make_proxy, max_streams_per_engine=2) as found:
        found.hostile.body = make(found.hostile)
        player = await found.proxy.play(TARGET)
        await found.proxy.engines[0].push(BROADCAST[: 2 * GOP], 1)

        assert await player.head() == 200
        await player.expect(BROADCAST[: 2 * GOP])


async def test_an_interim_answer_before_the_body_is_not_taken_for_it(
    make_proxy: MakeProxy,
) -> None:
    async with trouble(make_proxy) as found:
        interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n"
        whole = interim + MEDIA_HEAD + b"\r\n" + BROADCAST[: 20 * GOP]
        found.hostile.body = says(whole, stay=True)(found.hostile)
        player = await found.proxy.play(TARGET)

        assert await player.head() == 200
        await player.expect(BROADCAST[: 20 * GOP])


@pytest.mark.parametrize("how", MIDWAY)
async def test_a_stream_goes_on_when_its_engine_turns_hostile(
    make_proxy: MakeProxy, how: str
) -> None:
    async with trouble(make_proxy, max_streams_per_engine=2) as found:
        turn = MIDWAY[how](found.hostile)

        async def body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(MEDIA_HEAD + b"\r\n" + BROADCAST[: 20 * GOP])
            await turn(reader, writer)

        found.hostile.body = body
        player = await found.proxy.play(TARGET)
        assert await player.head() == 200
        await player.expect(BROADCAST[: 20 * GOP])
        await found.proxy.engines[0].push(BROADCAST[: 40 * GOP], 1)

        await player.expect(BROADCAST[20 * GOP : 40 * GOP])
        assert found.hostile.written < MOST_WRITTEN


@pytest.mark.parametrize("length", [20 * GOP - 50, 20 * GOP + 50])
async def test_a_stream_goes_on_when_its_length_was_a_lie(
    make_proxy: MakeProxy, length: int
) -> None:
    async with trouble(make_proxy, max_streams_per_engine=2) as found:
        head = MEDIA_HEAD + b"Content-Length: %d\r\n\r\n" % length
        found.hostile.body = says(head + BROADCAST[: 20 * GOP])(found.hostile)
        player = await found.proxy.play(TARGET)
        await found.proxy.engines[0].push(BROADCAST[: 40 * GOP], 1)

        assert await player.head() == 200
        await player.expect(BROADCAST[: 40 * GOP])


async def test_media_off_the_packet_border_is_put_on_it(make_proxy: MakeProxy) -> None:
    async with trouble(make_proxy) as found:
        data = MEDIA_HEAD + b"\r\n" + bytes(77) + BROADCAST[: 20 * GOP]
        found.hostile.body = says(data, stay=True)(found.hostile)
        player = await found.proxy.play(TARGET)

        assert await player.head() == 200
        await player.expect(BROADCAST[: 20 * GOP])


async def test_packets_cut_short_are_left_out_and_the_rest_plays(make_proxy: MakeProxy) -> None:
    cut = 5 * GOP + 100
    async with trouble(make_proxy) as found:
        data = MEDIA_HEAD + b"\r\n" + BROADCAST[:cut] + BROADCAST[6 * GOP : 20 * GOP]
        found.hostile.body = says(data, stay=True)(found.hostile)
        player = await found.proxy.play(TARGET)

        assert await player.head() == 200
        await player.expect(BROADCAST[: 5 * GOP])
        got = await player.media(14 * GOP)
        assert len(got) % PACKET == 0
        assert got[::PACKET] == b"\x47" * (len(got) // PACKET)
        assert BROADCAST[7 * GOP : 18 * GOP] in got


async def test_a_type_that_is_wrong_does_not_matter_when_packets_come(
    make_proxy: MakeProxy,
) -> None:
    async with trouble(make_proxy) as found:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: image/gif\r\n\r\n"
        found.hostile.body = says(head + BROADCAST[: 2 * GOP], stay=True)(found.hostile)
        player = await found.proxy.play(TARGET)

        assert await player.head() == 200
        await player.expect(BROADCAST[: 2 * GOP])
        assert player.headers["content-type"] == "video/mp2t"
