"""What to do when an engine fails a stream: another engine, the same again, or give up.

At the start at most `START_TRIES` engines are asked, because a dead content is dead on all of them;
a content that an engine refuses is tried on one other. Once the picture ran, every engine is tried
until the time budget is used up: viewers are waiting and something did work a moment ago.
"""

import dataclasses
from collections.abc import Iterable
from typing import Final

from acedesk.errors import EngineError, EngineRefused, EngineTooSlow, NotLive

START_TRIES: Final = 3
REFUSED_TRIES: Final = 2
# How much of the time that is left one engine may take of it at most, and at least: engines that
# know a content answer within a second or two, and one that hangs must not use it all up.
TRY_SHARE: Final = 0.5
SHORTEST_TRY: Final = 5.0
# How long a stream that could do with a second engine waits before it looks for one again.
SPARE_DELAY: Final = 5.0
LONGEST_SPARE_DELAY: Final = 60.0
# A silence twice as long as the longest of late is none of the usual ones.
USUAL_FACTOR: Final = 2.0
# An engine that fell silent and went on is watched so long before the second is let go.
SUSPECT_HOLD: Final = 10.0
# The longest silence is forgotten by half in about this time, in seconds.
USUAL_HALF_LIFE: Final = 40.0


# From when until when, monotonic seconds.
Span = tuple[float, float]


@dataclasses.dataclass(frozen=True, slots=True)
class Retry:
    """Try again after `delay` seconds; on another engine where there is one."""

    delay: float


@dataclasses.dataclass(frozen=True, slots=True)
class GiveUp:
    """The stream ends."""


def after_start_failure(error: EngineError, *, tries: int, left: float) -> Retry | GiveUp:
    """Decide after a start failed on the `tries`-th engine with `left` seconds of start time."""
    if isinstance(error, NotLive):  # a file on every engine
        return GiveUp()
    if left <= 0 or tries >= START_TRIES or isinstance(error, EngineTooSlow):
        return GiveUp()
    if isinstance(error, EngineRefused) and tries >= REFUSED_TRIES:
        return GiveUp()
    return Retry(0.0)


def covered(spans: Iterable[Span]) -> float:
    """Return how many seconds lie in at least one of the spans."""
    total, until = 0.0, float("-inf")
    for begin, end in sorted(spans):
        total += max(0.0, end - max(begin, until))
        until = max(until, end)
    return total


def try_limit(left: float) -> float:
    """Return how long one engine may take to go on with a stream that has `left` seconds."""
    return max(left * TRY_SHARE, min(left, SHORTEST_TRY))


def spare_delay(tries: int) -> float:
    """Return how long to wait before a second engine is sought again: none at first."""
    return 0.0 if tries <= 0 else min(SPARE_DELAY * 2.0 ** min(tries - 1, 8), LONGEST_SPARE_DELAY)


def wanted_engines(*, playing: bool, protected: bool, hedged: bool, suspect: bool) -> int:
    """Return how many engines should play a stream at once."""
    return 2 if protected or suspect or (hedged and not playing) else 1


def is_suspect(*, silent_for: float, usual: float, standby_after: float) -> bool:
    """Tell whether an engine is silent for so long that another should be made ready.

    Args:
        usual: The longest silence of late; a thin stream comes piece by piece.
        standby_after: 0 means never.
    """
    return 0 < standby_after < silent_for and silent_for > USUAL_FACTOR * usual
