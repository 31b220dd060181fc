"""Memory that rings held goes back to the system when streams end.

The C library keeps freed pages for later use; after a hundred streams that is more than a gigabyte
of resident memory that nobody uses. glibc gives it back when asked; elsewhere nothing happens.
"""

import asyncio
import ctypes
import logging
import sys

from acedesk import tasks

logger = logging.getLogger(__name__)

# Streams often end together; one request serves them all.
DELAY = 1.0


class Memory:
    """Asks the C library to give back what is free, a moment after streams ended."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        self._library = _find_glibc()
        self._streams = 0
        self._due = False

    def look(self, streams: int) -> None:
        """Give free memory back in a moment when there are fewer streams than at the last look."""
        fewer, self._streams = streams < self._streams, streams
        self._due = self._due or fewer
        if fewer and self._library is not None and (self._task is None or self._task.done()):
            self._task = tasks.spawn(self._give_back(), name="give memory back")

    async def close(self) -> None:
        """Let go of a request that waits."""
        await tasks.cancel(self._task)

    async def _give_back(self) -> None:
        assert self._library is not None
        while self._due:  # streams that end during the walk are not forgotten
            await tasks.sleep(DELAY)
            self._due = False
            # Walking a large heap takes tens of milliseconds; ctypes lets other threads run.
            await asyncio.to_thread(self._library.malloc_trim, 0)


def _find_glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        library = ctypes.CDLL("libc.so.6")
    except OSError:
        return None
    return library if hasattr(library, "malloc_trim") else None
