"""When to try again, and for how long; times are seconds."""

import math
from typing import Final

# "download not found" while prebuffering ends within a second or two on a healthy content
# (research on engine 3.2.3), so the first tries come quickly.
WARM_UP_FIRST: Final = 0.25
WARM_UP_LONGEST: Final = 1.0


def warm_up_delay(tries: int) -> float:
    """Return how long to wait before asking a prebuffering engine again after `tries` refusals."""
    return min(WARM_UP_FIRST * (1.5 ** min(tries, 16)), WARM_UP_LONGEST)


def backoff(tries: int, draw: float, *, first: float, longest: float) -> float:
    """Return how long to wait after so many failures in a row.

    It doubles with each failure up to `longest`. Of that, a random part between a half and the
    whole is waited, so that programs that failed together do not come back together.

    Args:
        tries: Failures so far, at least 1.
        draw: Drawn by the caller, 0 to 1.
    """
    doubled = first * math.pow(2.0, min(max(tries, 1) - 1, 32))
    return min(doubled, longest) * (0.5 + 0.5 * draw)
