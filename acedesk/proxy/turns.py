"""So many starts at once on each engine; the others wait their turn.

An engine looks for each content in the network; asked for fifty at once it finds none in time.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable

from acedesk.model.engine import EngineId


class Turns:
    """Hands out turns, first come first served, for each engine by itself.

    Args:
        limit: Asked for the turns there are at once on each engine; 0 is no limit.
    """

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        self._taken: dict[EngineId, int] = {}
        self._waiting: dict[EngineId, deque[asyncio.Future[None]]] = {}

    def waiting(self, engine_id: EngineId) -> int:
        """Return how many wait for a turn on the engine."""
        return len(self._waiting.get(engine_id, ()))

    @contextlib.asynccontextmanager
    async def take(self, engine_id: EngineId) -> AsyncIterator[None]:
        """Wait for a turn and have it until the block is left.

        On cancel: the place in the line, or the turn, goes to the next.
        """
        line = self._waiting.setdefault(engine_id, deque())
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.append(mine)
        self._call(engine_id)
        try:
            await mine
            yield
        finally:
            if mine.done() and not mine.cancelled():
                self._taken[engine_id] -= 1
            else:
                line.remove(mine)
            self._call(engine_id)

    def _call(self, engine_id: EngineId) -> None:
        """Give a turn to those in front, as many as there are."""
        line = self._waiting.get(engine_id, deque())
        taken, limit = self._taken.get(engine_id, 0), self._limit()
        waits = [mine for mine in line if not mine.cancelled()]
        for mine in waits[: max(limit - taken, 0) if limit else None]:
            line.remove(mine)
            mine.set_result(None)
            taken += 1
        self._taken[engine_id] = taken
        if not taken and not line:
            self._taken.pop(engine_id, None)
            self._waiting.pop(engine_id, None)
