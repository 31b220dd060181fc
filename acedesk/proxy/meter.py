"""Rates of one stream: a value a second, five minutes of them."""

import itertools
from collections import deque
from typing import Final

HISTORY: Final = 300
# A rate is taken over so many seconds, so that the engine's bursts do not make it dance.
WINDOW: Final = 3


class Meter:
    """Turns a growing byte count, sampled once a second, into rates in bit/s."""

    def __init__(self, now: float) -> None:
        self._samples: deque[tuple[float, int]] = deque([(now, 0)], maxlen=WINDOW + 1)
        self._history: deque[float] = deque(maxlen=HISTORY)

    @property
    def rate(self) -> float:
        """Bit/s over the last seconds."""
        (earlier, before), (later, after) = self._samples[0], self._samples[-1]
        return (after - before) * 8 / (later - earlier) if later > earlier else 0.0

    @property
    def history(self) -> tuple[float, ...]:
        """One rate a second, oldest first, at most five minutes."""
        return tuple(self._history)

    def sample(self, now: float, total: int) -> None:
        """Note that `total` bytes had passed at `now`."""
        before_at, before = self._samples[-1]
        if now > before_at:
            self._history.append((total - before) * 8 / (now - before_at))
            self._samples.append((now, total))

    def recent(self, seconds: int) -> float:
        """Return the mean of the last `seconds` values of the history, bit/s."""
        values = list(itertools.islice(reversed(self._history), seconds))
        return sum(values) / len(values) if values else 0.0
