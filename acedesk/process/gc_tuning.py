"""The collector of cyclic garbage, and how often it stops everything.

What start-up made (modules, classes, windows: some 200,000 objects) lives as long as the program.
Walking through it again and again took a quarter of the processor time of a hundred streams, in
stops of 30 ms and more.

With hundreds of streams the objects that live long are so many again: a full walk through those of
500 streams (170,000) stopped everything for 0.09 s (Python 3.11, 2026-11), and came with every
stream that ended. So what a long walk has found alive is left out of the next ones, too, and what
many new streams have made, before any walk has been through it.

The collector runs in whichever thread allocates last. Windows that it finds would be destroyed
there, and Qt aborts when a window ends in another thread than its own. So the desktop collects on
its loop only.
"""

import asyncio
import contextlib
import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Self

from acedesk import clock

# The default of 700 new objects walks the young ones at every other answer of an engine.
YOUNG: Final = 2000

OLDEST: Final = 2

# How often it is looked whether enough new objects are there, in seconds: while many come, and
# while few do. Each look costs the loop of a window as much as reading a stream.
COLLECT_EVERY: Final = 0.1
COLLECT_SELDOM: Final = 0.5
# Old objects are many, and looking through all of them stops everything for tens of milliseconds:
# no more often than so, in seconds. What streams leave behind is collected when they end.
FULL_EVERY: Final = 60.0

# So many streams replace so much that the young ones are looked through by the clock, in seconds,
# those in the middle at every fourth walk, and old ones at every hundredth. Of 500 streams those in
# the middle took 11 ms at every tenth one.
MANY: Final = 50
YOUNG_EVERY: Final = 0.2
MIDDLE_EACH: Final = 4
OLDEST_EACH: Final = 100

# A walk that took longer, in seconds, is not repeated through the same objects ...
LONG_WALK: Final = 0.01
# ... before memory has grown by a quarter, as Python itself has it for old objects.
GROWTH: Final = 1.25


class LongWalks:
    """Leaves what a long walk has found alive out of the next ones.

    Garbage among it is found by the next whole walk: when memory has grown, and by `collect_all`.

    Args:
        allocated: How much memory is in use, in any unit.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float] = clock.monotonic,
        allocated: Callable[[], int] = sys.getallocatedblocks,
    ) -> None:
        self._now = now
        self._allocated = allocated
        self._began_at = 0.0
        self._left_out = False  # more than what start-up made
        self._whole = True  # this walk
        self._held = 0  # in use behind the last whole walk

    def note(self, phase: str, info: Mapping[str, Any]) -> None:
        """Be told of the begin and the end of each collection; see `gc.callbacks`."""
        if info["generation"] != OLDEST:
            return
        if phase == "start":
            self._whole = not self._left_out or self._allocated() > GROWTH * self._held
            if self._whole:
                self._take_in()
            self._began_at = self._now()
        elif self._now() - self._began_at > LONG_WALK:
            gc.freeze()
            self._left_out = True
            if self._whole:
                self._held = self._allocated()

    def leave_out(self) -> None:
        """Leave what exists out of the next walks, garbage too, without a walk through it."""
        gc.freeze()
        self._left_out = True
        self._held = self._allocated()

    def collect_all(self) -> None:
        """Collect all garbage that there is; stops everything for as long as it takes."""
        self._take_in()
        gc.collect()

    def _take_in(self) -> None:
        """Let this walk go through what was left out, too."""
        if self._left_out:
            gc.unfreeze()
            self._left_out = False


class YoungWalks:
    """Looks through what is young often, while there are many streams.

    Python looks when there are `YOUNG` objects more than at the last time. With hundreds of
    streams, whose values replace each other, ten thousand are young until then, and 35,000 in the
    middle: walks of 10 and 20 ms (500 streams, 2026-11), where these take 1 ms.

    What streams make lives as long as they do. So when there are a quarter more of them, it is left
    out: the first walk through that of 500 streams stopped everything for 80 ms.

    Closes: its timer, by `close`.
    """

    def __init__(self) -> None:
        self._streams = 0
        self._streams_left_out = 0
        self._walks = 0
        self._timer: asyncio.TimerHandle | None = None

    def look(self, streams: int) -> None:
        """Note how many streams there are."""
        self._streams = streams
        if streams < MANY:
            self._streams_left_out = 0
            return
        if streams > GROWTH * self._streams_left_out:
            self._leave_out()
        if self._timer is None:
            self._set_timer()

    def close(self) -> None:
        """Leave it to Python."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(YOUNG_EVERY, self._walk)

    def _walk(self) -> None:
        self._timer = None
        if self._streams < MANY:
            return
        self._walks += 1
        generation = generation_at(self._walks)
        if generation == OLDEST and self._streams > self._streams_left_out:
            self._leave_out()
        else:
            gc.collect(generation)
        self._set_timer()

    def _leave_out(self) -> None:
        walks.leave_out()
        self._streams_left_out = self._streams


def generation_at(number: int) -> int:
    """Return the generation of a walk: the older it is, the less often it is looked through."""
    if number % OLDEST_EACH == 0:
        return OLDEST
    return 0 if number % MIDDLE_EACH else 1


# There is one collector in a process.
walks: Final = LongWalks()


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
    if walks.note not in gc.callbacks:
        gc.callbacks.append(walks.note)


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
        self._set_timer(COLLECT_EVERY)
        return self

    def __exit__(self, *_: object) -> None:
        """Give it back to Python."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        gc.enable()

    def _set_timer(self, delay: float) -> None:
        self._timer = self._loop.call_later(delay, self._collect)

    def _collect(self) -> None:
        now = self._loop.time()
        is_full_due = now - self._full_at >= FULL_EVERY
        generation = due_generation(gc.get_count(), gc.get_threshold(), full=is_full_due)
        if generation == OLDEST:
            self._full_at = now
        if generation is not None:
            gc.collect(generation)
        self._set_timer(COLLECT_SELDOM if generation is None else COLLECT_EVERY)


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
