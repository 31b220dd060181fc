"""Remembers over restarts which engines were made because they were needed, or are drained.

An engine that is not remembered counts as one that a person added and wants: it is never removed
for being idle. So it does no harm when the last moments before a crash are lost.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Protocol

from acedesk import clock, tasks
from acedesk.engines.pool import EnginePool
from acedesk.errors import StorageError
from acedesk.model.engine import EngineId

logger = logging.getLogger(__name__)

# How long nothing is written after that could not be done, as on a full disk; in seconds.
PAUSE: Final = 30.0

# Those made on demand, and those drained.
_Ids = tuple[frozenset[EngineId], frozenset[EngineId]]


class OnDemandStore(Protocol):
    """Keeps the ids over restarts; `acedesk.store.instance.InstanceFile` is it."""

    @property
    def on_demand(self) -> frozenset[str]:
        """The ids as they were saved."""
        ...

    @property
    def drained(self) -> frozenset[str]:
        """The ids of engines that a person drained, as they were saved."""
        ...

    def set_on_demand(self, engines: frozenset[str]) -> None:
        """Save the ids; may block.

        Raises:
            StorageError: They could not be.
        """
        ...

    def set_drained(self, engines: frozenset[str]) -> None:
        """Save the ids of engines that a person drained; may block.

        Raises:
            StorageError: They could not be.
        """
        ...


class OnDemandMemory:
    """Saves the ids of these engines when they change.

    Args:
        store: Where they are kept, None for nowhere.

    Closes: nothing; `close` waits for the last save.
    """

    def __init__(
        self,
        pool: EnginePool,
        store: OnDemandStore | None,
        *,
        now: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._pool = pool
        self._store = store
        self._now = now
        self._again_at = 0.0
        self._told = ""
        self._saved: _Ids = (frozenset(), frozenset())
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Take what was saved, before engines are met."""
        if self._store is not None:
            intents, store = self._pool.intents, self._store
            intents.on_demand |= frozenset(map(EngineId, store.on_demand))
            intents.drained |= frozenset(map(EngineId, store.drained))
            self._saved = (intents.on_demand, intents.drained)

    def look(self, coming: frozenset[EngineId], *, all_known: bool) -> None:
        """Forget engines that are gone, and save what has changed.

        Args:
            coming: Engines that may not be in the pool at the moment.
            all_known: The pool has every engine there is: one that is not in it is gone.
        """
        intents = self._pool.intents
        if all_known:
            there = self._pool.healths().keys() | coming
            intents.on_demand &= there
            intents.drained &= there
        wanted = (intents.on_demand, intents.drained)
        if self._store is None or wanted == self._saved or self._task is not None:
            return
        if self._now() < self._again_at:
            return
        self._task = tasks.spawn(self._write(self._store, wanted), name="remember engines")
        self._task.add_done_callback(self._done)

    def _done(self, _task: asyncio.Task[None]) -> None:
        self._task = None

    async def _write(self, store: OnDemandStore, ids: _Ids) -> None:
        try:
            for save, engines in zip((store.set_on_demand, store.set_drained), ids, strict=True):
                await asyncio.to_thread(save, frozenset(map(str, engines)))
        except StorageError as exc:
            self._again_at = self._now() + PAUSE
            if str(exc) != self._told:
                logger.warning("engines made on demand or drained are not remembered: %s", exc)
            self._told = str(exc)
        else:
            self._saved, self._told = ids, ""

    async def save(self, coming: frozenset[EngineId], *, all_known: bool) -> None:
        """Look as `look` does, and wait until what has changed is on the disk."""
        await self.close()
        self._again_at = 0.0
        self.look(coming, all_known=all_known)
        await self.close()

    async def close(self) -> None:
        """Wait for the save under way."""
        if self._task is not None:
            await asyncio.wait({self._task})
