"""How long a piece of work holds the event loop at a stretch."""

import asyncio
import gc
import time
from collections.abc import Awaitable

from acedesk import tasks

# What a free processor takes for the sum of so many numbers; limits are measured on it.
YARDSTICK, YARDSTICK_SECONDS = 1_000_000, 0.0135


class _Rounds:
    """Measures each round of the loop in processor time: what others use does not count."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._loop = asyncio.get_running_loop()
        self._at = time.thread_time()
        self._handle = self._loop.call_soon(self._next)

    def _next(self) -> None:
        now = time.thread_time()
        self.longest = max(self.longest, now - self._at)
        self._at = now
        self._handle = self._loop.call_soon(self._next)

    def stop(self) -> None:
        self._handle.cancel()


async def longest_hold(work: Awaitable[object]) -> float:
    """Return the seconds for which nothing else had its turn, as on a free processor.

    The collector is not counted: what it looks through here are all the tests.
    """
    await tasks.sleep(0)
    was_enabled = gc.isenabled()
    gc.disable()
    rounds = _Rounds()
    try:
        await work
        # So that the round in which it ended is measured, too.
        await tasks.sleep(0)
        await tasks.sleep(0)
    finally:
        rounds.stop()
        if was_enabled:
            gc.enable()
    started = time.thread_time()
    sum(range(YARDSTICK))
    took = time.thread_time() - started
    return rounds.longest / max(1.0, took / YARDSTICK_SECONDS)
