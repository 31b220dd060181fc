"""The HTTP side of the proxy on a real port, over real fake engines."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import aiohttp

from acedesk.model.event import Event
from acedesk.observe.event_log import EventLog
from acedesk.proxy.http.listener import Listener
from acedesk.proxy.http.routes import ProxyRoutes
from acedesk.proxy.streams.registry import StreamRegistry
from acedesk.proxy.streams.stream import Stream
from tests.fakes.engine import FakeEngine
from tests.fakes.engine_side import EngineSide, engine_side

CONTENT = "a" * 40
PLAY = f"/ace/getstream?id={CONTENT}"


class HttpFront:
    """What players ask, and the streams behind it."""

    def __init__(self, side: EngineSide, http: aiohttp.ClientSession) -> None:
        self.side = side
        self.streams = StreamRegistry(side.shared)
        self.event_log = EventLog()
        self.routes = ProxyRoutes(self.streams, lambda: side.settings, self.event_log.note)
        self.listener = Listener(self.routes.routes())
        self._http = http

    @property
    def events(self) -> tuple[Event, ...]:
        """What the routes told of."""
        return self.event_log.since(0)

    def url(self, target: str) -> str:
        """Return the address of a path."""
        return f"http://127.0.0.1:{self.listener.port}{target}"

    def ask(
        self, target: str = PLAY, method: str = "GET", **headers: str
    ) -> aiohttp.client._RequestContextManager:
        """Ask; what comes is the caller's to read."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._http.request(method, self.url(target), headers=named, allow_redirects=False)

    async def raw(self, request: str) -> bytes:
        """Send a request by hand and return everything up to the connection's end."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.listener.port)
        writer.write(request.encode())
        await writer.drain()
        async with asyncio.timeout(10):
            answer = await reader.read()
        writer.close()
        return answer

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until `holds` after some change of the streams."""
        turn = asyncio.Event()
        disconnect = self.streams.changed.connect(turn.set)
        async with asyncio.timeout(10):
            while not holds():
                turn.clear()
                await turn.wait()
        disconnect()

    async def until_watched(self, count: int = 1) -> Stream:
        """Wait until the first stream has so many viewers, and return it."""
        await self.until(lambda: any(len(one.clients) == count for one in self.streams))
        return next(iter(self.streams))


@contextlib.asynccontextmanager
async def http_front(
    engines: int = 1, kind: type[FakeEngine] = FakeEngine, **values: object
) -> AsyncIterator[HttpFront]:
    """Give a front that listens; all is closed afterwards."""
    connector = aiohttp.TCPConnector(force_close=True)
    async with (
        engine_side(engines, kind, **values) as side,
        aiohttp.ClientSession(connector=connector) as http,
    ):
        front = HttpFront(side, http)
        await front.listener.open("127.0.0.1", 0)
        try:
            yield front
        finally:
            await front.streams.close()
            front.routes.close()
            await front.listener.close()
