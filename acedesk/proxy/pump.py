"""The one timer behind all streams.

Every `TICK` seconds each feed reads what its engine has sent since and hands it to its clients;
once a second the streams do their housekeeping. One timer instead of one readiness event per
engine write keeps a hundred streams cheap on any loop, and bounds the latency it adds to one tick.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from acedesk import clock

logger = logging.getLogger(__name__)

# At 8 Mbit/s a tick gathers 55 kB, a good size for a write; latency stays below 60 ms.
TICK: Final = 0.055
HOUSEKEEPING: Final = 1.0


class Pump:
    """Calls `tick(now)` of every feed and `second(now)` of every watcher.

    The timer runs only while there is something to call.
    """

    def __init__(self) -> None:
        self._ticks: dict[object, Callable[[float], None]] = {}
        self._seconds: dict[object, Callable[[float], None]] = {}
        self._handle: asyncio.TimerHandle | None = None
        self._next_at = 0.0
        self._second_at = 0.0

    def add_tick(self, owner: object, tick: Callable[[float], None]) -> None:
        """Call `tick` every tick from now on."""
        if not self._ticks and self._handle is not None:  # armed for the next second only
            self._handle.cancel()
            self._handle = None
        self._ticks[owner] = tick
        self._start()

    def remove_tick(self, owner: object) -> None:
        """Stop calling the tick of `owner`; unknown owners are ignored."""
        self._ticks.pop(owner, None)

    def add_second(self, owner: object, second: Callable[[float], None]) -> None:
        """Call `second` about once a second from now on."""
        self._seconds[owner] = second
        self._start()

    def remove_second(self, owner: object) -> None:
        """Stop calling `second` of `owner`; unknown owners are ignored."""
        self._seconds.pop(owner, None)

    def _start(self) -> None:
        if self._handle is None:
            now = clock.monotonic()
            self._next_at = now + TICK
            self._second_at = now + HOUSEKEEPING
            self._arm(now)

    def _arm(self, now: float) -> None:
        self._next_at = max(self._next_at, now)
        delay = self._next_at - now
        if not self._ticks:
            delay = max(delay, self._second_at - now)
        self._handle = asyncio.get_running_loop().call_later(delay, self._run)

    def _run(self) -> None:
        now = clock.monotonic()
        # A late loop leaves ticks out instead of running them in a row.
        self._next_at = max(self._next_at + TICK, now)
        for tick in tuple(self._ticks.values()):
            self._call(tick, now)
        if now >= self._second_at:
            self._second_at = max(self._second_at + HOUSEKEEPING, now)
            for second in tuple(self._seconds.values()):
                self._call(second, now)
        self._handle = None
        if self._ticks or self._seconds:
            self._arm(clock.monotonic())

    @staticmethod
    def _call(function: Callable[[float], None], now: float) -> None:
        try:
            function(now)
        except Exception:
            # One stream's bug must not stop the others' picture.
            logger.exception("a stream's tick failed")
