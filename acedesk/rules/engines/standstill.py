"""Times in which AceDesk itself stood still, and what a probe that failed then is worth.

It stands still when it is stopped (SIGSTOP, a debugger), when the computer sleeps, and when its
loop is late. When it goes on, deadlines have passed although the answers are there. So a probe that
failed counts against the engine only if it was asked and failed while we were awake.
"""

from collections.abc import Collection, Iterable
from typing import Final

from acedesk.values import frozen_value

# Seconds between two looks at the clock; a look that comes so much later than it should is a
# standstill. A probe has 5 s: to be late by less than one takes no engine its answer.
BEAT: Final = 0.5
LATE: Final = 1.0
# After a long standstill the network and engines on other computers need a moment, too: as long as
# the standstill was, at most so many seconds. A laptop has its wireless network again within 10 s.
SETTLING: Final = 10.0
# Seconds awake. Where we stand still again and again each probe has an excuse; an engine that has
# answered none of them for so long has none.
LONGEST_DOUBT: Final = 30.0


@frozen_value(kw_only=False)
class Standstill:
    """One time in which nothing of ours ran.

    Attributes:
        begun_at, ended_at: Seconds of a clock that goes on while the computer sleeps.
    """

    begun_at: float
    ended_at: float

    @property
    def length(self) -> float:
        """Seconds."""
        return self.ended_at - self.begun_at


def find(last_at: float, now: float) -> Standstill | None:
    """Return the standstill between two looks at the clock, None when they came in time."""
    return Standstill(last_at, now) if now - last_at >= BEAT + LATE else None


def counts(
    asked_at: float,
    failed_at: float,
    standstills: Collection[Standstill],
    *,
    doubted_at: float | None = None,
) -> bool:
    """Tell whether a failed probe says something about the engine.

    Not if we stood still at any time between question and failure, or if we asked before the
    network had settled after a standstill.

    Args:
        doubted_at: When the first of the probes was asked that all failed and did not count.
    """
    if doubted_at is not None:
        awake = failed_at - doubted_at - stood(doubted_at, standstills)
        if awake >= LONGEST_DOUBT:
            return True
    return not any(
        one.begun_at <= failed_at and asked_at <= one.ended_at + min(one.length, SETTLING)
        for one in standstills
    )


def stood(since_at: float, standstills: Iterable[Standstill]) -> float:
    """Return for how many seconds we have stood still since then."""
    return sum(max(0.0, one.ended_at - max(since_at, one.begun_at)) for one in standstills)
