"""Memory that streams held goes back to the system when they end.

A stream's parts know each other, so they stay until the collector of cyclic garbage comes by, which
it seldom does in a program at rest. And the C library keeps freed pages for later use; glibc gives
them back when asked.
"""

import asyncio
import ctypes
import gc
import logging
from typing import Protocol

from acedesk import tasks
from acedesk.process import gc_tuning
from acedesk.process.address_caches import forget_addresses

logger = logging.getLogger(__name__)

# Streams often end together; one request serves them all.
DELAY = 1.0
# In a storm of zaps so many ended streams are not waited with: each holds some 50 KB.
STORM = 10
# A walk through all objects, which stops everything, is worth it for so many of the streams.
SHARE = 1 / 4
# M_ARENA_MAX of glibc's malloc.h.
_ARENA_MAX = -8


class StreamMemory(Protocol):
    """Where streams hold media; `acedesk.proxy.buffer.slabs.Slabs` is it."""

    def count_released(self) -> None:
        """Count as free what nobody sees any more."""

    def trim(self) -> None:
        """Give all that is free back to the system."""


class HeapTrim:
    """Collects what is free and has the C library give it back, a moment after streams ended.

    Args:
        stream_memory: Trimmed when no stream is left.
    """

    def __init__(self, stream_memory: StreamMemory) -> None:
        self._stream_memory = stream_memory
        self._task: asyncio.Task[None] | None = None
        self._library = _find_glibc()
        self._streams = 0
        self._failed = 0
        self._ended = 0  # since the last collection
        self._uncollected = 0  # that ended since all objects were looked through
        self._due = False
        self._young = gc_tuning.YoungWalks()

    def look(self, streams: int, failed: int = 0) -> None:
        """Give free memory back in a moment when there are fewer streams than at the last look.

        Args:
            failed: Streams that have failed and are still shown; all that they had is still there.
        """
        fewer = streams < self._streams or failed < self._failed
        self._failed = failed
        ended = max(0, self._streams - streams)
        self._ended += ended
        self._uncollected += ended
        self._streams = streams
        self._young.look(streams)
        if self._ended >= STORM:
            self._ended = 0
            gc.collect(1)  # they are young
        self._due = self._due or fewer
        if fewer and (self._task is None or self._task.done()):
            self._task = tasks.spawn(self._give_back(), name="give memory back")

    async def close(self) -> None:
        """Let go of a request that waits."""
        self._young.close()
        await tasks.cancel(self._task)

    async def _give_back(self) -> None:
        while self._due:  # streams that end during the walk are not forgotten
            await tasks.sleep(DELAY)
            self._due = False
            self._collect()
            self._stream_memory.count_released()
            if not self._streams:
                self._stream_memory.trim()
                forget_addresses()
            if self._library is None:
                continue
            # Walking a large heap takes tens of milliseconds; ctypes lets other threads run.
            await asyncio.to_thread(self._library.malloc_trim, 0)

    def _collect(self) -> None:
        """Collect what ended streams left; of hundreds, that of old ones when many have ended."""
        if not self._streams or self._uncollected >= max(STORM, SHARE * self._streams):
            self._uncollected = 0
            gc_tuning.walks.collect_all()
        else:
            gc.collect()


def share_one_heap() -> None:
    """Let all threads allocate from one heap; to be called before there are others.

    glibc gives each thread a heap of its own, so that they do not wait for each other. Python lets
    one run at a time anyway, and the few that ask Docker left 0.5 MB free in theirs.
    """
    library = _find_glibc()
    if library is not None:
        library.mallopt(_ARENA_MAX, 1)


def give_back_now() -> None:
    """Give back what is free after the start; a few milliseconds, so before anybody plays."""
    library = _find_glibc()
    if library is not None:
        library.malloc_trim(0)


def _find_glibc() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL("libc.so.6")  # found on Linux only
    except OSError:
        return None
    return library if hasattr(library, "malloc_trim") else None
