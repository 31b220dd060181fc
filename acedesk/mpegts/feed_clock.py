"""Compares the clocks of feeds: which of two falls behind."""

from collections.abc import Hashable
from typing import Final

from acedesk.mpegts.columns import clocks
from acedesk.mpegts.matching import SAME_TIMELINE
from acedesk.mpegts.packets import PCR_HZ, PCR_WRAP

# About how far behind a feed is when it is called slow, in seconds.
SLOW_LAG: Final = 1.0
# A feed that is so far ahead of the slow one is worth a change, in ticks of 27 MHz.
WORTH_IT: Final = 4 * PCR_HZ // 10
# On another timeline: a feed that brings this share of its own rate does not fall behind.
IN_TIME: Final = 0.9
# A rate is measured over so many seconds at least.
LOOK: Final = 1.0


class FeedClock:
    """Follows the clock references of one feed while it is compared.

    Attributes:
        newest: The last one, None before the first.
    """

    __slots__ = ("_first", "_first_at", "newest")

    def __init__(self) -> None:
        self.newest: int | None = None
        self._first: int | None = None
        self._first_at = 0.0

    def take(self, packets: bytes, now: float) -> None:
        """Take the feed's next packets, which came at `now`, monotonic seconds."""
        before = self.newest
        for _, _, pcr in clocks(packets, 0, len(packets)):
            self.newest = pcr
        if before is not None and self.newest is not None and _is_set_back(before, self.newest):
            self._first = None  # the clock was set anew: what came before is no part of the rate
        if self._first is None and self.newest is not None:
            self._first, self._first_at = self.newest, now

    def is_faster_than(self, slow: "FeedClock", now: float) -> bool:
        """Tell whether this feed keeps up and the slow one is behind it."""
        if self.newest is None or slow.newest is None:
            return False
        ahead = (self.newest - slow.newest) % PCR_WRAP
        if min(ahead, PCR_WRAP - ahead) <= SAME_TIMELINE:
            return WORTH_IT <= ahead <= SAME_TIMELINE
        own, other = self.rate(now), slow.rate(now)
        return own is not None and other is not None and own >= IN_TIME > other

    def rate(self, now: float) -> float | None:
        """Return how many seconds of media came in each second, None while it is too early."""
        if self._first is None or self.newest is None or now - self._first_at < LOOK:
            return None
        return (self.newest - self._first) % PCR_WRAP / PCR_HZ / (now - self._first_at)


def _is_set_back(before: int, newest: int) -> bool:
    return (newest - before) % PCR_WRAP > PCR_WRAP // 2


class FeedClocks:
    """The clocks of several feeds by name, as long as they are compared."""

    __slots__ = ("_clocks",)

    def __init__(self) -> None:
        self._clocks: dict[Hashable, FeedClock] = {}

    def take(self, name: Hashable, packets: bytes, now: float) -> None:
        """Take the next packets of a feed, which came at `now`, monotonic seconds."""
        self._clocks.setdefault(name, FeedClock()).take(packets, now)

    def is_faster(self, name: Hashable, slow: Hashable, now: float) -> bool:
        """Tell whether the feed `name` keeps up and the slow one is behind it."""
        clock, other = self._clocks.get(name), self._clocks.get(slow)
        return clock is not None and other is not None and clock.is_faster_than(other, now)

    def forget(self, name: Hashable) -> None:
        """Forget a feed that is over."""
        self._clocks.pop(name, None)
