"""Remembers over restarts which engines were made because they were needed.

An engine that is not remembered counts as one that a person added: it is never removed for being
idle. So it does no harm when the last moments before a crash are lost.
"""

import asyncio
import logging
from typing import Protocol

from acedesk import tasks
from acedesk.engines.pool import EnginePool
from acedesk.errors import StorageError
from acedesk.model.engine import EngineId

logger = logging.getLogger(__name__)


class OnDemandStore(Protocol):
    """Keeps the ids over restarts; `acedesk.store.instance.InstanceFile` is it."""

    @property
    def on_demand(self) -> frozenset[str]:
        """The ids as they were saved."""
        ...

    def set_on_demand(self, engines: frozenset[str]) -> None:
        """Save the ids; may block.

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

    def __init__(self, pool: EnginePool, store: OnDemandStore | None) -> None:
        self._pool = pool
        self._store = store
        self._saved: frozenset[EngineId] = frozenset()
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Take what was saved, before engines are met."""
        if self._store is not None:
            self._saved = frozenset(map(EngineId, self._store.on_demand))
            self._pool.intents.on_demand |= self._saved

    def look(self, coming: frozenset[EngineId], *, all_known: bool) -> None:
        """Forget engines that are gone, and save what has changed.

        Args:
            coming: Engines that may not be in the pool at the moment.
            all_known: The pool has every engine there is: one that is not in it is gone.
        """
        intents = self._pool.intents
        if all_known:
            there = {view.id for view in self._pool.views()} | coming
            intents.on_demand &= there
        if self._store is None or intents.on_demand == self._saved or self._task is not None:
            return
        self._saved = intents.on_demand
        saving = self._write(self._store, self._saved)
        self._task = tasks.spawn(saving, name="remember engines on demand")
        self._task.add_done_callback(self._done)

    def _done(self, _task: asyncio.Task[None]) -> None:
        self._task = None

    async def _write(self, store: OnDemandStore, engines: frozenset[EngineId]) -> None:
        try:
            await asyncio.to_thread(store.set_on_demand, frozenset(map(str, engines)))
        except StorageError as exc:
            logger.warning("which engines were made on demand is not remembered: %s", exc)

    async def close(self) -> None:
        """Wait for the save under way."""
        if self._task is not None:
            await asyncio.wait({self._task})
