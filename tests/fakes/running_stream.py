"""One stream on real engines with viewers on real connections, without HTTP in front of it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable

from acedesk import clock
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.join_point import KEYFRAME, JoinPoint
from acedesk.proxy.delivery.client import Client
from acedesk.proxy.streams.stream import Stream
from tests.fakes.engine import FakeEngine
from tests.fakes.engine_side import EngineSide, engine_side

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
PLAY = PlayRequest(key=KEY, title="News")


class RunningStream:
    """A stream, its engines and its viewers.

    Attributes:
        changes: How often something of it changed.
        players: The other ends of the viewers' connections.
    """

    def __init__(self, side: EngineSide, request: PlayRequest = PLAY) -> None:
        self.side = side
        self.changes = 0
        self.players: dict[str, socket.socket] = {}
        self._transports: list[asyncio.Transport] = []
        self._news = asyncio.Event()
        self.stream = Stream(request, side.shared, self._changed)
        self.stream.grown.connect(self._news.set)

    def _changed(self, _: Stream) -> None:
        self.changes += 1
        self._news.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until `holds` after some change."""
        async with asyncio.timeout(10):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def play(self, media: bytes, engine: int = 0) -> None:
        """Let an engine's first session send, and wait until all is in the ring."""
        wanted = self.stream.ring.total + len(media)
        await self.side.engines[engine].push(media)
        await self.until(lambda: self.stream.ring.total >= wanted)

    def viewer(self, join_point: JoinPoint = KEYFRAME, agent: str = "VLC/3.0.21") -> Client:
        """Return a viewer that was added and has no head yet."""
        client = Client(
            address="192.168.1.30",
            user_agent=agent,
            now=clock.monotonic(),
            time=clock.utc_now(),
            join_point=join_point,
        )
        self.stream.add(client)
        return client

    async def watch(self, client: Client | None = None, *, narrow: bool = False) -> Client:
        """Attach a viewer by a connection of its own, with small buffers if it is narrow."""
        client = client or self.viewer()
        ours, player = socket.socketpair()
        for sock in (ours, player):
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096 if narrow else 1 << 20)
        transport, _ = await asyncio.get_running_loop().create_connection(
            asyncio.Protocol, sock=ours
        )
        self.players[client.id] = player
        self._transports.append(transport)
        self.stream.attach(client, transport, chunked=False)
        return client

    def take(self, client: Client, size: int = 1 << 24) -> bytes:
        """Return what has come to a viewer's player so far, at most about `size` bytes."""
        found = b""
        with contextlib.suppress(BlockingIOError):
            while len(found) < size and (data := self.players[client.id].recv(1 << 16)):
                found += data
        return found

    async def close(self) -> None:
        """End everything."""
        await self.stream.stop()
        for transport in self._transports:
            transport.abort()
        for player in self.players.values():
            player.close()


@contextlib.asynccontextmanager
async def running_stream(
    engines: int = 1, *, start: bool = True, **values: object
) -> AsyncIterator[RunningStream]:
    """Give a stream that has been started; all is ended afterwards."""
    async with engine_side(engines, FakeEngine, **values) as side:
        made = RunningStream(side)
        if start:
            made.stream.start()
        try:
            yield made
        finally:
            await made.close()
