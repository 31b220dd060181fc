"""A supply that runs on real engines, and a record of what it reports to its stream."""

import asyncio
from collections.abc import Callable

from acedesk import tasks
from acedesk.errors import AceDeskError
from acedesk.formats.getstream import PlayRequest
from acedesk.proxy.buffer.ring import Ring
from acedesk.proxy.ingest.supply import Supply, SupplyCallbacks
from tests import transport
from tests.fakes.engine_side import EngineSide

BROADCAST = transport.broadcast(200)
GOP = len(transport.broadcast(10))


class RecordedSupply:
    """A supply that runs, and a record of what it reported."""

    def __init__(self, side: EngineSide, request: PlayRequest) -> None:
        self.side = side
        self.ring = Ring(limit=1 << 28, seconds=1e9, budget=side.shared.budget)
        self.changes = 0
        self.delivered: list[float] = []
        self._news = asyncio.Event()
        self.supply = Supply(
            request,
            side.shared,
            self.ring,
            SupplyCallbacks(
                changed=self._changed, delivered=self._delivered, least_behind=lambda: 0
            ),
        )
        self.task = tasks.spawn(self._run(), name="supply")
        self.error: AceDeskError | None = None

    async def _run(self) -> None:
        try:
            await self.supply.run()
        except AceDeskError as exc:
            self.error = exc
        finally:
            self._news.set()

    def _changed(self) -> None:
        self.changes += 1
        self._news.set()

    def _delivered(self, now: float) -> None:
        self.delivered.append(now)
        self._news.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until `holds` after something was told."""
        async with asyncio.timeout(10):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def until_asked(self, count: int) -> None:
        """Wait until so many engines are asked or play."""
        await self.until(lambda: len(self.supply.engines) == count)

    async def until_total(self, size: int) -> None:
        """Wait until the ring has got so many bytes."""
        await self.until(lambda: self.ring.total >= size)

    async def receive(self, media: bytes) -> None:
        """Wait until exactly this is in the ring."""
        await self.until_total(len(media))
        assert self.packets == media

    async def play(self, size: int = 2 * GOP, engine: int = 0) -> None:
        """Let the first engine's session bring the beginning of the broadcast."""
        await self.side.engines[engine].push(BROADCAST[:size])
        await self.receive(BROADCAST[:size])

    async def end(self) -> AceDeskError | None:
        """Return what it ended with by itself."""
        async with asyncio.timeout(10):
            await asyncio.wait([self.task])
        return self.error

    @property
    def packets(self) -> bytes:
        """All that is in the ring."""
        return b"".join(self.ring.payload(n) for n in range(self.ring.first, self.ring.next))

    @property
    def names(self) -> list[str]:
        """Who is asked or plays."""
        return [engine.name for engine in self.supply.engines]
