"""How fast a stream's engines are read: without a limit, unless they are ahead of every client."""

import asyncio
from collections.abc import Callable
from typing import Final

from acedesk.proxy.ingest.engine_body import BLOCK

# A feed faster than any broadcast (100 Mbit/s) is an engine emptying its cache; it is read only
# as fast as the fastest client takes it, but never slower than this, so that no client can
# delay a live stream.
HELD_RATE: Final = 100e6 / 8
# How many bytes the fastest client may be behind before the engine is held back.
HELD_LAG_BYTES: Final = 4 * 1024 * 1024


class ReadThrottle:
    """Holds back an engine that empties its cache, and has it read on when a client needs more.

    Args:
        least_behind: Returns how many bytes the fastest client is behind, None without clients.
        read_on: Called by the event loop soon after a read that left bytes on the engine.

    Attributes:
        held_at: When the engine was held back last, 0 before.
    """

    __slots__ = (
        "_fast_bytes",
        "_fast_since",
        "_held_until",
        "_least_behind",
        "_read_on",
        "held_at",
    )

    def __init__(self, least_behind: Callable[[], int | None], read_on: Callable[[], None]) -> None:
        self._least_behind = least_behind
        self._read_on = read_on
        self.held_at = 0.0
        self._held_until = 0.0
        self._fast_since: float | None = None
        self._fast_bytes = 0

    @property
    def is_fast(self) -> bool:
        """The engine had more than was read."""
        return self._fast_since is not None

    def is_held(self, now: float) -> bool:
        """Tell whether the engine is not to be read now."""
        held = now < self._held_until and self._outruns()
        if held:
            self.held_at = now
        return held

    def note(self, count: int, now: float) -> None:
        """Note how many bytes the last read brought."""
        if count < BLOCK:
            self._fast_since = None
            return
        if self._fast_since is None:
            self._fast_since, self._fast_bytes = now, 0
        self._fast_bytes += count
        self._held_until = now + hold_time(self._fast_bytes, now - self._fast_since)
        if not self._outruns():
            asyncio.get_running_loop().call_soon(self._read_on)

    def _outruns(self) -> bool:
        behind = self._least_behind()
        return behind is None or behind > HELD_LAG_BYTES


def hold_time(read_bytes: int, elapsed: float) -> float:
    """Return for how many seconds an engine may not be read after `read_bytes` in `elapsed`."""
    return max(0.0, read_bytes / HELD_RATE - elapsed)
