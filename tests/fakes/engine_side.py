"""What a stream is given, over real fake engines, without the HTTP side in front of it."""

import contextlib
import dataclasses
import select
import socket
from collections.abc import AsyncIterator

from acedesk.acestream_api.engine_client import EngineClient
from acedesk.engines.pool import EnginePool
from acedesk.formats.http_head import parse_head
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.proxy.buffer.ring import MemoryBudget
from acedesk.proxy.ingest.attempt import Attempt
from acedesk.proxy.ingest.engine_body import EngineBody
from acedesk.proxy.ingest.engine_sessions import EngineSessions
from acedesk.proxy.ingest.feed import Feed
from acedesk.proxy.ingest.read_ticker import ReadTicker
from acedesk.proxy.ingest.supply import SharedParts
from acedesk.settings import Settings
from tests.fakes.engine import FakeEngine

MEDIA_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t"


@dataclasses.dataclass
class EngineSide:
    """Engines that answer, and what streams share.

    Attributes:
        settings: Read anew by everything; may be replaced.
    """

    settings: Settings
    engines: list[FakeEngine] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        """Put the parts together."""
        self.client = EngineClient()
        self.pool = EnginePool(lambda: self.settings)
        self.sessions = EngineSessions(self.client, lambda: self.settings.starts_per_engine)
        self.shared = SharedParts(
            pool=self.pool,
            client=self.client,
            sessions=self.sessions,
            read_ticker=ReadTicker(),
            budget=MemoryBudget(1 << 28),
            settings=lambda: self.settings,
        )

    @property
    def loads(self) -> list[int]:
        """How many places are taken on each engine."""
        return [engine.streams for engine in self.pool.views()]

    async def add(self, kind: type[FakeEngine] = FakeEngine) -> FakeEngine:
        """Start one more engine."""
        engine = kind()
        await engine.start()
        name = f"engine-{len(self.engines)}"
        self.engines.append(engine)
        self.pool.add(spec_of(name, engine.port), health=EngineHealth.READY)
        return engine

    async def close(self) -> None:
        """Stop everything."""
        await self.sessions.drain(5.0)
        await self.client.close()
        for engine in self.engines:
            await engine.close()


def spec_of(name: str, port: int) -> EngineSpec:
    """Return an engine on this computer."""
    return EngineSpec(
        id=EngineId(name), name=name, backend=BackendKind.STATIC, host="127.0.0.1", port=port
    )


@contextlib.asynccontextmanager
async def engine_side(
    engines: int = 1, kind: type[FakeEngine] = FakeEngine, **values: object
) -> AsyncIterator[EngineSide]:
    """Give an engine side with so many engines; all is stopped afterwards."""
    defaults = {"grace": 0.0, "header_wait": 30.0, "standby_after": 0.0}
    side = EngineSide(Settings().changed({**defaults, **values}))
    try:
        for _ in range(engines):
            await side.add(kind)
        yield side
    finally:
        await side.close()


class BodySocket:
    """An open engine body, and the engine's end of its connection.

    Closes: both ends, by `close`.
    """

    def __init__(self, head: bytes = MEDIA_HEAD, first: bytes = b"") -> None:
        self._ours, self.engine = socket.socketpair()
        self._ours.setblocking(False)
        self.body = EngineBody(self._ours, parse_head(head), first)

    def send(self, data: bytes) -> None:
        """Let the engine write, and wait until it has arrived.

        A pair on Windows is one of TCP: what was sent is on its way for a moment.
        """
        self.engine.sendall(data)
        there = 0
        while there < len(data):
            assert select.select([self._ours], [], [], 10.0)[0], "nothing arrives"
            there = len(self._ours.recv(len(data), socket.MSG_PEEK))

    def end(self) -> None:
        """Let the engine close the connection in good order."""
        self.engine.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Let the connection break."""
        self.body._sock.close()
        self.engine.close()

    def close(self) -> None:
        """Close both ends."""
        self.body.close()
        self.engine.close()


def bare_attempt(number: int, feed: Feed | None, spec: EngineSpec | None = None) -> Attempt:
    """Return an attempt that is so far, without the task that got it there."""
    made = Attempt.__new__(Attempt)
    made.number = number
    made.engine = spec or spec_of(f"engine-{number}", number)
    made.feed = feed
    made.session = made.accepted_at = made.waited = None
    made.asked_at = 0.0
    return made
