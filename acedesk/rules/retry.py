"""When to try again, and for how long; times are seconds."""

from typing import Final

# "download not found" while prebuffering ends within a second or two on a healthy content
# (research on engine 3.2.3), so the first tries come quickly.
WARM_UP_FIRST: Final = 0.25
WARM_UP_LONGEST: Final = 1.0


def warm_up_delay(tries: int) -> float:
    """Return how long to wait before asking a prebuffering engine again after `tries` refusals."""
    return min(WARM_UP_FIRST * (1.5 ** min(tries, 16)), WARM_UP_LONGEST)
