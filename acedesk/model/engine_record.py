"""What an engine did so far, as far as later judgements of it need it.

Health scores are made from these values: how long starts take, how often the picture stops, and
which kinds of error come. Times are readings of the monotonic clock; durations are seconds.
"""

import enum
from typing import Final

from acedesk.model.content import StreamKey
from acedesk.values import frozen_value

# Older entries are dropped. At four streams on an engine and a zap every 10 s this is at least
# two minutes of starts; a memory of some 10 KB for each engine.
ENTRIES_KEPT: Final = 64


@frozen_value
class AttemptRecord:
    """One try of the engine to play a content, from the request to the first byte or the failure.

    Attributes:
        asked_at: When the engine was asked.
        accepted: Seconds until it accepted the content, None when it did not.
        first_byte: Seconds until the first media byte, None when none came.
        error_code: `AceDeskError.code` of what ended the attempt before its first byte, "" when
            nothing failed: the media came, or nobody wanted it any more.
        content: What was to be played, None where that is not known.
        plays_elsewhere: Another engine played the same content at about the same time.
    """

    asked_at: float
    accepted: float | None = None
    first_byte: float | None = None
    error_code: str = ""
    content: StreamKey | None = None
    plays_elsewhere: bool = False


@frozen_value
class StallRecord:
    """A running session brought nothing for longer than its stream can bear.

    Attributes:
        at: When the last byte before it came.
        duration: Seconds without a byte; until the session was replaced, where it did not go on.
        content: What played, None where that is not known.
        fails_elsewhere: Other engines that had the same content at about the same time did no
            better.
    """

    at: float
    duration: float
    content: StreamKey | None = None
    fails_elsewhere: bool = False


@frozen_value
class FailoverRecord:
    """A stream that had played on the engine had to go on with another one.

    Attributes:
        at: When the engine failed.
        error_code: `AceDeskError.code` of what it failed with.
    """

    at: float
    error_code: str


@frozen_value
class EngineRecord:
    """The last attempts, stalls and failovers of one engine, oldest first.

    Attributes:
        attempts: At most `ENTRIES_KEPT`, as are the others.
    """

    attempts: tuple[AttemptRecord, ...] = ()
    stalls: tuple[StallRecord, ...] = ()
    failovers: tuple[FailoverRecord, ...] = ()


class ScoreFactor(enum.Enum):
    """What takes points off an engine's score.

    FAILED_STARTS: streams got no media from it.  SLOW_STARTS: their first byte came late.
    STALLS: running streams got nothing for a while.  FAILOVERS: streams had to leave it.
    """

    FAILED_STARTS = "failed_starts"
    SLOW_STARTS = "slow_starts"
    STALLS = "stalls"
    FAILOVERS = "failovers"


@frozen_value
class ScoreReason:
    """One thing that took points off.

    Attributes:
        points: How many, 1 to 100.
        count: How often it happened of late.
        of: Of how many starts, 0 where it is not counted in starts.
        seconds: Of SLOW_STARTS: when the first byte usually came.
    """

    factor: ScoreFactor
    points: int
    count: int
    of: int = 0
    seconds: float = 0.0


@frozen_value
class EngineScore:
    """How well an engine played of late.

    Attributes:
        value: 0 (plays nothing) to 100 (nothing speaks against it).
        starts: How many starts it is judged by; 0 when it is not known yet.
        reasons: What took points off, most first.
    """

    value: int = 100
    starts: int = 0
    reasons: tuple[ScoreReason, ...] = ()
