"""Where an HLS segment ends, how long segments may be, and which of them are listed.

Durations are seconds of media. Players are given a target duration once: it never changes, and no
segment, rounded, is longer (RFC 8216, 4.3.3.1 and 6.2.2).
"""

import math
from collections.abc import Sequence
from typing import Final

# Segments listed; Apple's authoring specification asks for six at the start of a live stream.
LISTED: Final = 6
# Seconds listed where the usual memory of a stream is enough: who paused goes on where it was.
LISTED_SECONDS: Final = 24.0
# A broadcast has a keyframe at least every 10 s; a longer segment helps nobody.
LONGEST: Final = 12.0
# A keyframe a little before the wished end is as good as one behind it; for the first segments even
# one that comes much earlier.
EARLY: Final = 0.9
EARLY_SHORT: Final = 0.6
# Keyframes come irregularly: a segment may be longer than usual by this factor, or by so many
# seconds where their distance is not known.
SLACK: Final = 1.2
UNKNOWN: Final = 1.0
# A segment may be so much longer than the target duration; just below the half: it must not be
# rounded up.
ROUNDED: Final = 0.49
# A segment that gets too long ends at a picture within so many seconds, else anywhere.
PICTURE_WAIT: Final = 0.5
# The first segment lasts so many seconds at least, and makes the first playlist.
SHORTEST_FIRST: Final = 0.5
READY: Final = EARLY_SHORT * SHORTEST_FIRST


def is_short(before: float, target: float) -> bool:
    """Tell whether a segment is one of the first, which are half as long.

    The first picture comes earlier.

    Args:
        before: Seconds of the segments before it.
    """
    return before < EARLY * target


def wished_length(before: float, target: float, *, waited: float = 0.0) -> float:
    """Return how long a segment should be that follows others of `before` seconds.

    Args:
        waited: Seconds of media for which the first keyframe was waited for: the first segment is
            shorter by them.
    """
    if not is_short(before, target):
        return target
    return max(target / 2 - waited, SHORTEST_FIRST)


def longest_allowed(target_duration: int) -> float:
    """Return how long a segment may be under this target duration."""
    return target_duration + ROUNDED


def ends_here(
    elapsed: float, *, wished: float, gap: float, allowed: float, short: bool = False
) -> bool:
    """Tell whether a segment that began `elapsed` seconds ago ends at this keyframe.

    It does when it is long enough, or when it would be too long at the next one.

    Args:
        gap: The longest distance of keyframes seen so far, 0 when none is known.
        short: It is one of the first.
    """
    early = EARLY_SHORT if short else EARLY
    return elapsed >= early * wished or (elapsed > 0 and elapsed + gap > allowed)


def time_limit(*, wished: float, allowed: float, short: bool) -> float:
    """Return after how many seconds a segment ends at a picture that is no keyframe.

    The first ones do not wait for a keyframe that is far.
    """
    return wished if short else max(wished, allowed - PICTURE_WAIT)


def choose_target_duration(target: float, *, gap: float, longest: float) -> int:
    """Return the target duration that players are given.

    Long enough for the segments that are there (`longest`) and for as many keyframe distances as
    a usual segment will hold, with some slack; never more than `LONGEST`. It is short where that
    is possible: three of them are to be listed, and a player that finds nothing new waits half of
    one.
    """
    if gap > 0:
        usual = SLACK * gap * max(1, math.ceil(EARLY * target / gap - 1e-6))
    else:
        usual = target + UNKNOWN
    promise = max(math.ceil(usual - ROUNDED), math.ceil(max(target, longest)))
    return min(promise, math.ceil(LONGEST))


def is_ready(duration: float) -> bool:
    """Tell whether segments of `duration` seconds in all make a first playlist."""
    return duration >= READY


def listed(durations: Sequence[float], target_duration: int, *, kept: float) -> int:
    """Return how many of the newest segments are listed.

    As many as make three target durations: a live list is not shortened below them (RFC 8216,
    6.2.2). Beyond them, up to `LISTED_SECONDS`, as long as a segment that leaves the list stays in
    memory for the length of the list (6.2.2).

    Args:
        durations: Of the segments still in memory, oldest first.
        kept: Seconds of media that the memory holds when it is full.
    """
    least = 3 * target_duration
    most = min((kept - 3 * target_duration) / 2, LISTED_SECONDS)
    count, whole = 0, 0.0
    for duration in reversed(durations):
        if whole >= least and whole + duration > most:
            break
        count, whole = count + 1, whole + duration
    return count


def memory_seconds(target_duration: int, length: float) -> float:
    """Return how much of the stream must be kept for lists of at least `length` seconds.

    The list and the segment being cut; and a segment that left the list stays available for its
    own duration and that of the list (RFC 8216, 6.2.2).
    """
    return 2 * (max(length, 3.0 * target_duration) + target_duration) + 2 * target_duration


def memory_bytes(seconds: float, rate: float, *, usual: int, most: int) -> int:
    """Return how many bytes a stream may keep for its segments.

    Args:
        rate: Bytes of each second.
        usual: What it may keep without HLS; never less.
        most: What is there for it.
    """
    return max(usual, min(int(1.25 * seconds * rate), most))


def idle_limit(setting: float, target_duration: int | None) -> float:
    """Return after how many seconds without a request a session ends.

    A player that polls as slowly as it may can ask three times before that.
    """
    return max(setting, 3.0 * (target_duration or 0))
