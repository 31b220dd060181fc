"""The collector of cyclic garbage, and how often it stops everything.

What start-up made (modules, classes, windows: some 200,000 objects) lives as long as the program.
Walking through it again and again took a quarter of the processor time of a hundred streams, in
stops of 30 ms and more.

The collector runs in whichever thread allocates last. Windows that it finds would be destroyed
there, and Qt aborts when a window ends in another thread than its own. So the desktop collects on
its loop only.
"""

import asyncio
import gc
from typing import Final, Self

# The default of 700 new objects walks the young ones at every other answer of an engine.
YOUNG: Final = 2000

# How often it is looked whether enough new objects are there, in seconds.
COLLECT_EVERY: Final = 0.25


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

    def __enter__(self) -> Self:
        """Take the collector's work over."""
        gc.disable()
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
        generation = due_generation(gc.get_count(), gc.get_threshold())
        if generation is not None:
            gc.collect(generation)
        self._set_timer()


def due_generation(counts: tuple[int, int, int], thresholds: tuple[int, int, int]) -> int | None:
    """Return the oldest generation to collect now, as Python itself decides; None for none.

    Args:
        counts: As of `gc.get_count`.
        thresholds: As of `gc.get_threshold`; a first one of 0 means never.
    """
    if not thresholds[0] or counts[0] <= thresholds[0]:
        return None
    due = [at for at in (1, 2) if counts[at] > thresholds[at]]
    return max(due, default=0)
