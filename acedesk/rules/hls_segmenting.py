"""Where an HLS segment ends, how long segments may be, and which of them are listed.

Durations are seconds of media. Players are given a target duration once: it never changes, and no
segment, rounded, is longer (RFC 8216, 4.3.3.1 and 6.2.2).
"""

import math
from collections.abc import Sequence
from typing import Final

# Segments listed; Apple's authoring specification asks for six at the start of a live stream.
LISTED: Final = 6
# A broadcast has a keyframe at least every 10 s; a longer segment helps nobody.
LONGEST: Final = 12.0
# The first segments are half as long: the first picture comes earlier.
SHORT_SEGMENTS: Final = 3
# A keyframe a little before the wished end is as good as one behind it.
EARLY: Final = 0.9
# Keyframes come irregularly: a segment may be so much longer than usual.
SLACK: Final = 1
# The first playlist holds so many usual segments: a player must not reach its end before the next
# segment is complete and listed (hls.js 1.7 stalled once with 1, not with 1.25).
READY: Final = 1.25


def wished_length(number: int, target: float) -> float:
    """Return how long segment `number` (from 0 at the stream's begin) should be."""
    return target / 2 if number < SHORT_SEGMENTS else target


def longest_allowed(target_duration: int | None) -> float:
    """Return how long a segment may be; the target duration counts once players know it."""
    if target_duration is None:
        return LONGEST
    # Just below the half: it must not be rounded up.
    return target_duration + 0.49


def ends_here(elapsed: float, *, wished: float, gap: float, allowed: float) -> bool:
    """Tell whether a segment that began `elapsed` seconds ago ends at this keyframe.

    It does when it is long enough, or when it would be too long at the next one.

    Args:
        gap: The longest distance of keyframes seen so far, 0 when none is known.
    """
    return elapsed >= EARLY * wished or (elapsed > 0 and elapsed + gap > allowed)


def choose_target_duration(target: float, *, gap: float, longest: float) -> int:
    """Return the target duration that players are given.

    Long enough for the segments that are there (`longest`) and for as many keyframe distances as
    a usual segment will hold, with some slack; never more than `LONGEST`.
    """
    usual = target if gap <= 0 else gap * max(1, math.ceil(EARLY * target / gap - 1e-6))
    return min(math.ceil(max(usual, target, longest)) + SLACK, math.ceil(LONGEST))


def is_ready(duration: float, target: float) -> bool:
    """Tell whether segments of `duration` seconds in all make a first playlist."""
    return duration >= READY * target


def listed(durations: Sequence[float], target_duration: int, *, trimmed: bool) -> int:
    """Return how many of the newest segments are listed.

    `LISTED`, and as many more as make three target durations: a live list is not shortened
    below them (RFC 8216, 6.2.2).

    Args:
        durations: Of the segments still in memory, oldest first.
        trimmed: The oldest may be gone at any moment; it is left out if enough remain.
    """
    least = 3 * target_duration
    count, whole = 0, 0.0
    for duration in reversed(durations):
        if count >= LISTED and whole >= least:
            break
        count, whole = count + 1, whole + duration
    if trimmed and count == len(durations) > 1 and whole - durations[0] >= least:
        return count - 1
    return count


def memory_seconds(target_duration: int) -> float:
    """Return how much of the stream must be kept for its segments.

    The list and the segment being cut; and a segment that left the list stays available for its
    own duration and that of the list (RFC 8216, 6.2.2).
    """
    return (2 * LISTED + 2) * target_duration


def idle_limit(setting: float, target_duration: int | None) -> float:
    """Return after how many seconds without a request a session ends.

    A player that polls as slowly as it may can ask three times before that.
    """
    return max(setting, 3.0 * (target_duration or 0))
