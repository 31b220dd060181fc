"""Values of one stream over time: each second for five minutes, means of 12 s for an hour."""

from array import array
from collections.abc import Sequence
from typing import Final

HISTORY: Final = 300
# One value of the hour; 300 of them are an hour.
STEP: Final = 12.0
# Looks come about once a second: a step is full when less than half a one is missing.
FULL: Final = STEP - 0.5
# A rate is taken over so many seconds, so that it does not jump with each burst of the engine.
WINDOW: Final = 3


class Levels:
    """A value that is sampled once a second, kept for five minutes and, as means, for an hour."""

    __slots__ = ("_hour", "_recent", "_span", "_sum")

    def __init__(self) -> None:
        self._recent = array("d")
        self._hour = array("d")
        self._sum = 0.0
        self._span = 0.0

    @property
    def recent(self) -> Sequence[float]:
        """One value a second, oldest first, at most five minutes."""
        return self._recent[:]

    @property
    def hour(self) -> Sequence[float]:
        """One mean of 12 s after the other, oldest first, at most an hour."""
        return self._hour[:]

    def add(self, value: float, seconds: float) -> None:
        """Add a value that held for so many seconds."""
        _keep(self._recent, value)
        self._sum += value * seconds
        self._span += seconds
        if self._span >= FULL:
            _keep(self._hour, self._sum / self._span)
            self._sum = self._span = 0.0

    def mean(self, count: int) -> float:
        """Return the mean of the last `count` values, at least one; 0 when there are none."""
        values = self._recent[-count:]
        return sum(values) / len(values) if values else 0.0


def _keep(values: "array[float]", value: float) -> None:
    values.append(value)
    if len(values) > HISTORY:
        del values[0]


class Meter:
    """Turns a growing byte count, sampled once a second, into rates in bit/s.

    Args:
        remember: Keep the rates; without it there is only the rate of now.
    """

    __slots__ = ("_levels", "_samples")

    def __init__(self, now: float, *, remember: bool = True) -> None:
        self._samples = array("d", (now, 0.0))  # times and byte counts in turn, oldest first
        self._levels = Levels() if remember else None

    @property
    def rate(self) -> float:
        """Bit/s over the last seconds."""
        (earlier, before), (later, after) = self._samples[:2], self._samples[-2:]
        return (after - before) * 8 / (later - earlier) if later > earlier else 0.0

    @property
    def history(self) -> Sequence[float]:
        """One rate a second, oldest first, at most five minutes."""
        return self._levels.recent if self._levels is not None else ()

    @property
    def hour(self) -> Sequence[float]:
        """One mean rate of 12 s after the other, oldest first, at most an hour."""
        return self._levels.hour if self._levels is not None else ()

    def sample(self, now: float, total: int) -> None:
        """Note that `total` bytes had passed at `now`."""
        before_at, before = self._samples[-2:]
        if now > before_at:
            if self._levels is not None:
                elapsed = now - before_at
                self._levels.add((total - before) * 8 / elapsed, elapsed)
            self._samples.extend((now, total))
            del self._samples[: -2 * (WINDOW + 1)]

    def recent(self, seconds: int) -> float:
        """Return the mean of the last `seconds` values of the history, bit/s."""
        return self._levels.mean(seconds) if self._levels is not None else 0.0
