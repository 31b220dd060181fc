"""Engines that are being removed; one that could not be is left alone for a while."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from acedesk import tasks
from acedesk.engines.pool import EnginePool
from acedesk.errors import AceDeskError, NotFound
from acedesk.model.engine import EngineId
from acedesk.model.snapshot import EngineView

logger = logging.getLogger(__name__)

# Seconds until an engine that could not be removed is tried again.
AGAIN: Final = 30.0


class Removals:
    """Removes engines, each in a task of its own.

    Args:
        remove: Removes an engine for good; raises `AceDeskError`s.
        changed: Called when a removal has ended.

    Closes: nothing; `close` waits for those under way.
    """

    def __init__(
        self,
        pool: EnginePool,
        remove: Callable[[EngineId], Awaitable[None]],
        changed: Callable[[], None],
        *,
        now: Callable[[], float],
    ) -> None:
        self._pool = pool
        self._remove = remove
        self._changed = changed
        self._now = now
        self._tasks: dict[EngineId, asyncio.Task[None]] = {}
        self._failed: dict[EngineId, float] = {}

    def ids(self) -> frozenset[EngineId]:
        """Return the engines that are being removed, and those that could not be just now."""
        now = self._now()
        self._failed = {
            engine_id: at
            for engine_id, at in self._failed.items()
            if now - at < AGAIN and self._pool.find(engine_id) is not None
        }
        return frozenset(self._tasks) | frozenset(self._failed)

    def begin(self, view: EngineView) -> None:
        """Begin to remove an engine."""
        if view.id in self._tasks:
            return
        task = tasks.spawn(self._take_away(view), name=f"remove {view.name}")
        self._tasks[view.id] = task

        def ended(_: asyncio.Task[None]) -> None:
            del self._tasks[view.id]
            self._changed()

        task.add_done_callback(ended)

    async def _take_away(self, view: EngineView) -> None:
        try:
            await self._remove(view.id)
        except NotFound:
            pass  # a person was faster
        except AceDeskError as exc:
            logger.warning("%s could not be removed: %s", view.name, exc.detail or exc.code)
            self._failed[view.id] = self._now()

    async def close(self) -> None:
        """Wait for the removals under way; whoever calls has a deadline."""
        if self._tasks:
            await asyncio.wait(self._tasks.values())
