"""A real proxy over engines whose bytes the test pushes, and a player that reads raw HTTP."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp
import pytest

from acedesk.acestream_api.engine_client import EngineClient
from acedesk.engines.pool import EnginePool
from acedesk.formats.http_head import ChunkedBody
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.mpegts.packets import NULL_PACKET, PACKET
from acedesk.proxy.buffer.ring import MemoryBudget
from acedesk.proxy.counters.totals import TotalCounters
from acedesk.proxy.http.listener import Listener
from acedesk.proxy.http.routes import ProxyRoutes
from acedesk.proxy.ingest.engine_sessions import EngineSessions
from acedesk.proxy.ingest.read_ticker import ReadTicker
from acedesk.proxy.ingest.supply import SharedParts
from acedesk.proxy.streams.registry import StreamRegistry
from acedesk.settings import Settings
from tests.fakes.engine import FakeEngine
from tests.fakes.file_engine import FileEngine
from tests.fakes.notes import Notes

CONTENT = "a" * 40
FILM = f"/ace/getstream?id={CONTENT}"


class RawPlayer:
    """Speaks HTTP by hand, so that a test sees exactly what is on the wire."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.status = 0
        self.headers: dict[str, str] = {}
        self._body = ChunkedBody()
        self._media = b""
        self._raw = b""

    async def ask(
        self, target: str, *, method: str = "GET", version: str = "1.1", headers: str = ""
    ) -> None:
        """Send a request."""
        self.writer.write(
            f"{method} {target} HTTP/{version}\r\nHost: desk\r\n{headers}\r\n".encode()
        )
        await self.writer.drain()

    async def head(self, begun: str = "") -> int:
        """Read the response head, of which `begun` has been read, and return the status."""
        raw = (begun + (await self.reader.readuntil(b"\r\n\r\n")).decode()).split("\r\n")
        self.status = int(raw[0].split()[1])
        self.headers = {
            name.lower(): value
            for name, _, value in (line.partition(": ") for line in raw[1:] if line)
        }
        return self.status

    async def media(self, size: int, *, nulls: bool = False) -> bytes:
        """Read exactly `size` media bytes, unframed where the head said so.

        Null packets, which only keep a connection alive, are left out unless asked for.
        """
        while len(self._media) < size:
            data = await self.reader.read(65536)
            if not data:
                break
            if "transfer-encoding" in self.headers:
                self._raw += b"".join(self._body.feed(memoryview(data)))
            else:
                self._raw += data
            whole = len(self._raw) - len(self._raw) % PACKET
            packets = (self._raw[at : at + PACKET] for at in range(0, whole, PACKET))
            self._media += b"".join(p for p in packets if nulls or p != NULL_PACKET)
            self._raw = self._raw[whole:]
        taken, self._media = self._media[:size], self._media[size:]
        return taken

    async def expect(self, media: bytes) -> None:
        """Read as many media bytes as `media` has, and compare them without a page of diff."""
        got = await self.media(len(media))
        if got != media:
            pairs = enumerate(zip(got, media, strict=False))
            wrong = next((at for at, (a, b) in pairs if a != b), len(got))
            pytest.fail(f"packet {wrong // PACKET} of {len(media) // PACKET} is not the expected")

    async def rest(self) -> bytes:
        """Read all media until the body ends."""
        return await self.media(1 << 40)

    def leave(self) -> None:
        """Close the connection."""
        self.writer.close()


@dataclasses.dataclass
class Proxy:
    """A proxy and what is behind it."""

    listener: Listener
    streams: StreamRegistry
    pool: EnginePool
    engines: list[FakeEngine]
    players: list[RawPlayer]
    notes: Notes = dataclasses.field(default_factory=Notes)

    async def connect(self) -> RawPlayer:
        """Open a connection to the proxy."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.listener.port)
        player = RawPlayer(reader, writer)
        self.players.append(player)
        return player

    async def play(self, target: str = f"/ace/getstream?id={CONTENT}", **request: str) -> RawPlayer:
        """Ask for a stream; the head is not read yet."""
        player = await self.connect()
        await player.ask(target, **request)
        return player

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until `holds` after some change of the streams."""
        turn = asyncio.Event()
        disconnect = self.streams.changed.connect(turn.set)
        try:
            async with asyncio.timeout(10):
                while not holds():
                    await turn.wait()
                    turn.clear()
        finally:
            disconnect()


MakeProxy = Callable[..., Awaitable[Proxy]]


@pytest.fixture
async def make_proxy() -> AsyncIterator[MakeProxy]:
    """Return a maker of proxies; everything made is closed afterwards."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(
            engines: int = 1, kind: type[FakeEngine] = FakeEngine, **values: object
        ) -> Proxy:
            settings = Settings().changed(
                {"grace": 0.0, "header_wait": 30.0, "standby_after": 0.0, **values}
            )
            pool = EnginePool(lambda: settings)
            fakes = [kind() for _ in range(engines)]
            for number, fake in enumerate(fakes):
                await fake.start()
                stack.push_async_callback(fake.close)
                spec = EngineSpec(
                    id=EngineId(f"engine-{number}"),
                    name=f"engine-{number}",
                    backend=BackendKind.STATIC,
                    host="127.0.0.1",
                    port=fake.port,
                )
                pool.add(spec, health=EngineHealth.READY)
            client, totals, notes = EngineClient(), TotalCounters(), Notes()
            stack.push_async_callback(client.close)
            streams = StreamRegistry(
                SharedParts(
                    pool=pool,
                    client=client,
                    sessions=EngineSessions(client, lambda: settings.starts_per_engine, totals),
                    read_ticker=ReadTicker(),
                    budget=MemoryBudget(1 << 28),
                    settings=lambda: settings,
                    totals=totals,
                    note=notes,
                )
            )
            pool.set_loss_listener(streams.engine_moves.engine_lost)
            listener = Listener(ProxyRoutes(streams, lambda: settings).routes())
            await listener.open("127.0.0.1", 0)
            stack.push_async_callback(listener.close)
            stack.push_async_callback(streams.close)
            proxy = Proxy(listener, streams, pool, fakes, [], notes)
            stack.push_async_callback(_hang_up, proxy)
            return proxy

        yield make


async def _hang_up(proxy: Proxy) -> None:
    for player in proxy.players:
        player.writer.close()
        with contextlib.suppress(OSError):
            await player.writer.wait_closed()


@dataclasses.dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclasses.dataclass
class Cinema:
    """A proxy over engines with files, and a player's requests."""

    proxy: Proxy
    http: aiohttp.ClientSession

    @property
    def engines(self) -> list[FileEngine]:
        """The engines, as what they are."""
        return [engine for engine in self.proxy.engines if isinstance(engine, FileEngine)]

    def url(self, path: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self.proxy.listener.port}{path}"

    async def ask(self, path: str = FILM, method: str = "GET", **headers: str) -> Answer:
        """Ask and read all of the answer."""
        async with self.open(path, method, **headers) as response:
            found = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, found, await response.read())

    def open(
        self, path: str = FILM, method: str = "GET", **headers: str
    ) -> aiohttp.client._RequestContextManager:
        """Ask; the body is the caller's to read."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.request(
            method,
            self.url(path),
            headers={"User-Agent": "player/1", **named},
            allow_redirects=False,
        )


OpenCinema = Callable[..., Awaitable[Cinema]]


@pytest.fixture
async def open_cinema(make_proxy: MakeProxy) -> AsyncIterator[OpenCinema]:
    """Return a maker of cinemas."""
    # A player with several connections: none of them is used twice.
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as http:

        async def make(**values: object) -> Cinema:
            values = {"kind": FileEngine, "file_grace": 30.0, **values}
            return Cinema(await make_proxy(**values), http)

        yield make
