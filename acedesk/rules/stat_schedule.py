"""When a stream's engine is asked for its stat: streams that began together ask at other moments.

An answer costs the event loop half a millisecond: a hundred at once would delay every stream.
"""

from typing import Final

# Between two questions for peers and speed, in seconds.
INTERVAL: Final = 4.0
# The golden ratio: its multiples, modulo 1, are spread evenly, however many there are.
_GOLDEN: Final = 0.6180339887498949
# Looks come about once a second; what is due before the next one is asked in between.
LOOK: Final = 1.0


class StatSchedule:
    """The times of one stream's questions.

    Args:
        number: Of the stream, among all of this process.
    """

    __slots__ = ("_asked", "_next_at", "_share")

    def __init__(self, number: int) -> None:
        self._share = number * _GOLDEN % 1.0
        self._asked = False
        self._next_at = 0.0

    def look(self, now: float) -> float | None:
        """Return in how many seconds a question is to go out; None for not before the next look.

        The first goes out at once, because people look at a stream that they have just started.
        From the second on the stream keeps its own moments.
        """
        if not self._asked:
            self._asked = True
            self._next_at = now + LOOK + INTERVAL * self._share
            return 0.0
        if self._next_at >= now + LOOK:
            return None
        delay = self._next_at - now
        self._next_at += INTERVAL * (1 + max(-delay, 0.0) // INTERVAL)
        return max(delay, 0.0)
