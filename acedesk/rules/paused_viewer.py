"""What a viewer that takes nothing is: paused, out of reach, or paused for too long. Pure.

A player that pauses stops reading; its system then takes no more bytes, but goes on to answer
ours. One whose device is off, asleep or out of reach answers nothing. The first costs a socket and
is kept, the second is cut as soon as it is sure.
"""

import enum
from typing import Final

# A kernel whose buffer was full takes bytes again when a sixteenth of it is free (Linux, 6 MB):
# for a player that reads at 1 Mbit/s that is every 3 s, at 0.3 Mbit/s every 10 s.
PAUSED_AFTER: Final = 10.0


class Standing(enum.Enum):
    """How a viewer's connection stands."""

    READS = "it takes bytes, or there are none for it"
    PAUSED = "it takes nothing, its device answers"
    UNREACHABLE = "its device answers nothing"
    OVERDUE = "it was paused for too long"


def judge(
    *, still_for: float, unanswered_for: float, answer_limit: float, pause_limit: float
) -> Standing:
    """Return how a connection stands.

    Args:
        still_for: Seconds since it took a byte, 0 while nothing waits for it.
        unanswered_for: Seconds since its device was asked first without an answer.
        answer_limit: The setting `slow_client_timeout`.
        pause_limit: The setting `paused_viewer_timeout`.
    """
    if unanswered_for > answer_limit:
        return Standing.UNREACHABLE
    if still_for > pause_limit:
        return Standing.OVERDUE
    return Standing.PAUSED if still_for >= PAUSED_AFTER else Standing.READS
