"""Limits how many starts an engine is asked for at once; the others wait for a slot.

An engine looks for each content in the network; asked for fifty at once it finds none in time.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable

from acedesk.model.engine import EngineId


class StartSlots:
    """Hands out slots, first come first served, for each engine by itself.

    Args:
        limit: Returns how many slots each engine has; 0 is no limit.
    """

    def __init__(self, limit: Callable[[], int]) -> None:
        self._limit = limit
        self._taken: dict[EngineId, int] = {}
        self._waiting: dict[EngineId, deque[asyncio.Future[None]]] = {}

    def waiting(self, engine_id: EngineId) -> int:
        """Return how many wait for a slot on the engine."""
        return len(self._waiting.get(engine_id, ()))

    @contextlib.asynccontextmanager
    async def take(self, engine_id: EngineId) -> AsyncIterator[None]:
        """Wait for a slot and have it until the block is left.

        On cancel: the place in the queue, or the slot, goes to the next.
        """
        queue = self._waiting.setdefault(engine_id, deque())
        slot: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        queue.append(slot)
        self._hand_out(engine_id)
        try:
            await slot
            yield
        finally:
            if slot.done() and not slot.cancelled():
                self._taken[engine_id] -= 1
            else:
                queue.remove(slot)
            self._hand_out(engine_id)

    def _hand_out(self, engine_id: EngineId) -> None:
        """Give the free slots to those that have waited longest."""
        queue = self._waiting.get(engine_id, deque())
        taken, limit = self._taken.get(engine_id, 0), self._limit()
        waiting = [slot for slot in queue if not slot.cancelled()]
        for slot in waiting[: max(limit - taken, 0) if limit else None]:
            queue.remove(slot)
            slot.set_result(None)
            taken += 1
        self._taken[engine_id] = taken
        if not taken and not queue:
            self._taken.pop(engine_id, None)
            self._waiting.pop(engine_id, None)
