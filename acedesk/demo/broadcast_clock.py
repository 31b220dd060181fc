"""What is on the air now: the test cards on the wall clock, the same for every engine.

The broadcast is a function of the time alone, so two engines that play the same channel send the
same bytes for the same moment, in whatever process, container or computer they run.
"""

import functools
from collections.abc import Callable

from acedesk import clock
from acedesk.demo.testcard import TestCard
from acedesk.store.paths import resources_dir


@functools.cache
def load_card(picture: str) -> TestCard:
    """Return the test card of that name; all engines of a process share it."""
    return TestCard((resources_dir() / "testcard" / f"{picture}.ts").read_bytes())


class BroadcastClock:
    """The wall clock, read once and then carried on by the clock that never jumps.

    Args:
        speed: How many seconds of broadcast pass in a second; tests are in a hurry.
    """

    def __init__(
        self, speed: float = 1.0, *, monotonic: Callable[[], float] = clock.monotonic
    ) -> None:
        self._monotonic = monotonic
        self._speed = speed
        self._began_at = monotonic()
        self._began_time = clock.utc_now().timestamp()

    def now(self) -> float:
        """Return the time of the broadcast, in seconds since 1970."""
        return self._began_time + (self._monotonic() - self._began_at) * self._speed
