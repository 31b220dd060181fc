"""How a stream usually comes: steadily, or in bursts with silences between them.

A broadcast that is made of HLS pieces, or a radio of 64 kbit/s, is silent for seconds although all
is well. Such silences come again and again; one that comes once is a fault. Times are seconds of
the monotonic clock.
"""

from typing import Final

from acedesk.values import frozen_value

# Shorter silences do not count: an engine sends piece by piece.
SHORT: Final = 0.3
# A silence belongs to a rhythm when others of at least this share of it come as well ...
ALIKE: Final = 0.6
# ... at least once in so many times its length, and so often.
SELDOM: Final = 4.0
LEAST: Final = 2
# How far back silences are looked at: so many lengths, but not less than this many seconds.
LENGTHS: Final = 8.0
SHORTEST_WINDOW: Final = 20.0
# More silences than this are never needed: eight lengths hold eight of them.
KEPT: Final = 48
# When the next engine is silent for this share of the former one's silence, both have one rhythm.
SAME: Final = 0.5


@frozen_value(kw_only=False)
class Silence:
    """Nothing came from `began_at` for `length` seconds."""

    began_at: float
    length: float


@frozen_value
class Rhythm:
    """The silences of one stream, whichever engine carries it.

    Attributes:
        since: When the stream began to play.
        silences: Those that ended by themselves, oldest first.
        replaced: One that another engine ended. It was a fault, unless the other falls silent too.
        usual: The longest silence that is usual, 0 for a stream that comes steadily.
    """

    since: float
    silences: tuple[Silence, ...] = ()
    replaced: Silence | None = None
    usual: float = 0.0

    def resumed(self, silence: Silence, *, sessions: int) -> "Rhythm":
        """Note that a silence ended.

        Args:
            sessions: How many sessions were silent in it. 0: another engine ended it, which was
                asked for it. 2: one that was asked for it had nothing new either; so it is the
                broadcast that comes in bursts.
        """
        if silence.length < SHORT:
            return self
        found, replaced = self.silences, self.replaced
        if replaced is not None and silence.length >= SAME * replaced.length:
            found, replaced = (*found, replaced), None
        if sessions:
            found = (*found, *(silence,) * min(sessions, LEAST))
        else:
            replaced = silence
        found = found[-KEPT:]
        usual = _usual(found, self.since, silence.began_at + silence.length)
        return Rhythm(since=self.since, silences=found, replaced=replaced, usual=usual)


def _usual(silences: tuple[Silence, ...], since: float, now: float) -> float:
    """Return the longest silence that came often enough recently."""
    for one in sorted({silence.length for silence in silences}, reverse=True):
        window = min(max(LENGTHS * one, SHORTEST_WINDOW), now - since)
        alike = sum(
            1
            for silence in silences
            if silence.length >= ALIKE * one and now - silence.began_at <= window + one
        )
        if alike >= max(LEAST, window / (SELDOM * one)):
            return one
    return 0.0
