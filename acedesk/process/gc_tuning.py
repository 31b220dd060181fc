"""The collector of cyclic garbage, and how often it stops everything.

What start-up made (modules, classes, windows: some 200,000 objects) lives as long as the program.
Walking through it again and again took a quarter of the processor time of a hundred streams, in
stops of 30 ms and more.

The collector runs in whichever thread allocates last. Windows that it finds would be destroyed
there, and Qt aborts when a window ends in another thread than its own. So the desktop collects on
its loop only.
"""

import asyncio
import contextlib
import gc
from collections.abc import Iterator
from typing import Final, Self

# The default of 700 new objects walks the young ones at every other answer of an engine.
YOUNG: Final = 2000

OLDEST: Final = 2

# How often it is looked whether enough new objects are there, in seconds.
COLLECT_EVERY: Final = 0.1
# Old objects are many, and looking through all of them stops everything for tens of milliseconds:
# no more often than so, in seconds. What streams leave behind is collected when they end.
FULL_EVERY: Final = 60.0


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """Look for no garbage meanwhile, for a window that is to be there soon; a `LoopCollector` does.

    A hundred walks through what is imported took 25 ms, and found next to nothing. `acedesk serve`
    is in less of a hurry, and would hold 0.6 MB more.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def settle() -> None:
    """Leave what exists now out of all later collections; to be called when all is built."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, *gc.get_threshold()[1:])


class LoopCollector:
    """Collects cyclic garbage on the thread of `loop` and nowhere else, while it is entered."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._timer: asyncio.TimerHandle | None = None
        self._full_at = 0.0

    def __enter__(self) -> Self:
        """Take the collector's work over."""
        gc.disable()
        self._full_at = self._loop.time()
        self._set_timer()
        return self

    def __exit__(self, *_: object) -> None:
        """Give it back to Python."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        gc.enable()

    def _set_timer(self) -> None:
        self._timer = self._loop.call_later(COLLECT_EVERY, self._collect)

    def _collect(self) -> None:
        now = self._loop.time()
        is_full_due = now - self._full_at >= FULL_EVERY
        generation = due_generation(gc.get_count(), gc.get_threshold(), full=is_full_due)
        if generation == OLDEST:
            self._full_at = now
        if generation is not None:
            gc.collect(generation)
        self._set_timer()


def due_generation(
    counts: tuple[int, int, int], thresholds: tuple[int, int, int], *, full: bool
) -> int | None:
    """Return the oldest generation to collect now, as Python itself decides; None for none.

    Args:
        counts: As of `gc.get_count`.
        thresholds: As of `gc.get_threshold`; a first one of 0 means never.
        full: The oldest may be collected.
    """
    if not thresholds[0] or counts[0] <= thresholds[0]:
        return None
    due = [at for at in (1, OLDEST) if counts[at] > thresholds[at] and (full or at < OLDEST)]
    return max(due, default=0)
