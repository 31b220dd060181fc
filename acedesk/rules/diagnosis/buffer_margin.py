"""Does enough media come? Pure.

Engines send in pieces of a second or two, so a rate alone says little: what counts is whether a
player with a small buffer would have run dry. The margin is the level of such a buffer.
"""

from typing import Final

# A modest player buffer: VLC's network cache is 1.5 s, mpv and Kodi keep more; engines send
# pieces of up to 2 s, and two of them must not count as an underrun.
CUSHION: Final = 4.0
# Below this share of real time nothing is caught up; above the second, a shortage is over.
SHORT_PACE: Final = 0.97
ENOUGH_PACE: Final = 0.995
# A player notices silence of this length: two pieces.
SILENCE: Final = 3.0


def next_margin(
    margin: float, *, media: float, elapsed: float, usual_silence: float = 0.0
) -> float:
    """Return the level after `media` seconds of media came in `elapsed` seconds.

    An empty player waits and goes on later, so the level never falls below zero.

    Args:
        usual_silence: Seconds between the pieces of a stream that comes in bursts: a player that
            plays it at all holds one.
    """
    return max(0.0, min(CUSHION + usual_silence, margin + media - elapsed))


def refilled(margin: float) -> float:
    """Return the level when a shortage is over: a player that ran dry waits until it has some."""
    return max(margin, CUSHION / 2)


def is_short(
    *, margin: float, pace: float | None, silent_for: float, was_short: bool = False
) -> bool:
    """Tell whether less comes than the picture needs.

    Args:
        pace: Seconds of media for each of the last ten seconds, None while unknown.
        was_short: It was so a moment ago; the way back needs a full pace.
    """
    if silent_for >= SILENCE:
        return True
    if pace is None:
        return False
    if was_short:
        return pace < ENOUGH_PACE and margin < CUSHION / 2
    return margin <= 0 and pace < SHORT_PACE
