"""Asks the orchestrator for one more engine when a stream finds no place on those there are."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from acedesk import clock, tasks
from acedesk.engines.remote.directory import Directory
from acedesk.errors import Busy, BusyReason, OrchestratorUnavailable
from acedesk.words.errors import explain

logger = logging.getLogger(__name__)

# Seconds after which a player should ask again: an engine needs some two.
RETRY: Final = 2.0
# After an engine was made so many seconds pass before one more is asked for: it joins first.
PAUSE: Final = 3.0
# The reasons of a refusal for which one more engine would help.
_HELPS: Final = frozenset({BusyReason.NO_ENGINE, BusyReason.MAX_CAPACITY})


class Demand:
    """One request at a time, whoever needs it.

    Closes: the request under way, by `close`.
    """

    def __init__(
        self,
        directory: Directory,
        *,
        now: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._directory = directory
        self._now = now
        self._task: asyncio.Task[None] | None = None
        self._refused: Busy | None = None
        self._made = False
        self._quiet_until = float("-inf")

    def ask(self, refusal: Busy) -> Busy:
        """Return what is told of a stream that finds no place, after one more engine is asked for.

        Nothing is waited for here: the stream is told that an engine is starting, and looks again.
        """
        if refusal.reason not in _HELPS or not self._directory.usable:
            return refusal
        if self._task is None or self._task.done():
            if self._now() < self._quiet_until:
                return self._refused or (_coming() if self._made else refusal)
            self._task = tasks.spawn(self._run(), name="ask for an engine")
        return _coming()

    async def close(self) -> None:
        """Give the request up."""
        await tasks.cancel(self._task)

    async def _run(self) -> None:
        self._refused, self._made = None, False
        try:
            made = await self._directory.provision()
        except Busy as busy:
            self._refuse(busy)
        except OrchestratorUnavailable as exc:
            logger.info("%s", explain(exc).reason)
            self._quiet_until = self._now() + PAUSE
        else:
            logger.info("the orchestrator makes the engine %s", made[:12])
            self._made, self._quiet_until = True, self._now() + PAUSE

    def _refuse(self, busy: Busy) -> None:
        """Remember a refusal for as long as it said."""
        self._refused = busy.bare()
        self._quiet_until = self._now() + (busy.retry_after or PAUSE)
        logger.info("the orchestrator makes no engine: %s", busy.detail or busy.code)


def _coming() -> Busy:
    detail = "The orchestrator is asked for one more engine."
    return Busy(BusyReason.STARTING, detail, retry_after=RETRY)
