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

    __slots__ = ("_holds", "_over", "_timer")

    def __init__(self, over: Callable[[], None]) -> None:
        self._over = over
        self._holds: dict[object, float] = {}  # until when, by who holds it
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_held(self) -> bool:
        """A first viewer is still expected."""
        return clock.monotonic() < self._held_until

    @property
    def _held_until(self) -> float:
        return max(self._holds.values(), default=0.0)

    def hold(self, holder: object = None, seconds: float | None = None) -> None:
        """Expect a viewer for so many seconds, `PREPARED_HOLD` where none are given.

        Each holder has a time of its own; with 0 it expects nobody any more.
        """
        self._holds.pop(holder, None)
        if seconds != 0:
            limit = PREPARED_HOLD if seconds is None else seconds
            self._holds[holder] = clock.monotonic() + limit

    def begin(self, seconds: float) -> None:
        """Start the time anew: `seconds`, or longer while a first viewer is still expected."""
        self.cancel()
        delay = max(seconds, self._held_until - clock.monotonic(), 0.0)
        self._timer = asyncio.get_running_loop().call_later(delay, self._over)

    def cancel(self) -> None:
        """Stop the time: a viewer came, or the stream is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
