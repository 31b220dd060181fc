"""How long a stream that nobody watches is kept."""

import asyncio
from collections.abc import Callable
from typing import Final

from acedesk import clock

# How long a stream prepared from the window waits for its first viewer, in seconds; our choice.
PREPARED_HOLD: Final = 60.0


class GracePeriod:
    """The time from the last client to the end of the stream.

    Args:
        over: Called when the time is over.
    """

    __slots__ = ("_hold_until", "_over", "_timer")

    def __init__(self, over: Callable[[], None]) -> None:
        self._over = over
        self._hold_until = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_held(self) -> bool:
        """A first viewer is still expected."""
        return clock.monotonic() < self._hold_until

    def hold(self) -> None:
        """Expect a first viewer for `PREPARED_HOLD` seconds."""
        self._hold_until = clock.monotonic() + PREPARED_HOLD

    def begin(self, seconds: float) -> None:
        """Start the time anew: `seconds`, or longer while a first viewer is still expected."""
        self.cancel()
        delay = max(seconds, self._hold_until - clock.monotonic(), 0.0)
        self._timer = asyncio.get_running_loop().call_later(delay, self._over)

    def cancel(self) -> None:
        """Stop the time: a viewer came, or the stream is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
