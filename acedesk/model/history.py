"""What is counted of streams and viewers: silences, courses over time, and who left.

Rates are bit/s, durations seconds, `_time` fields timezone-aware UTC.
"""

import dataclasses
import datetime
import enum
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Times over a second in which nothing came, one that still lasts included.

    Attributes:
        longest: The longest of them.
        total: All of them together.
    """

    count: int = 0
    longest: float = 0.0
    total: float = 0.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a stream went, in even steps up to now.

    Attributes:
        interval: Seconds between two values; the newest is the last.
        rate: Means of what the engine delivered in each step.
        buffer: Means of the seconds of media that were held.
    """

    interval: float
    rate: Sequence[float] = ()
    buffer: Sequence[float] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StreamHistory:
    """The course of a stream, near and far, 300 values each at most.

    Attributes:
        recent: The last five minutes, second by second.
        hour: The last hour in steps of 12 s.
    """

    recent: Course = Course(interval=1.0)
    hour: Course = Course(interval=12.0)


class LeftReason(enum.Enum):
    """Why a viewer is gone.

    LEFT: The player hung up, or its connection was lost.  STREAM_ENDED: the stream did.
    CLOSED: the user disconnected it.  STUCK: it was paused for too long.
    UNREACHABLE: its device did not answer.  GAVE_WAY: it was paused, and its place was needed.
    ERROR: a fault of AceDesk ended it.
    """

    LEFT = "left"
    STREAM_ENDED = "stream_ended"
    CLOSED = "closed"
    STUCK = "stuck"
    UNREACHABLE = "unreachable"
    GAVE_WAY = "gave_way"
    ERROR = "error"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class LeftView:
    """A viewer that is gone.

    Attributes:
        id, player, user_agent, address, sent_bytes, skips, gaps: As `ClientView` had them.
        duration: Seconds it was connected.
        first_byte: Seconds from its request to its first media byte, None when it got none.
    """

    id: str
    player: str
    user_agent: str
    address: str
    connected_time: datetime.datetime
    left_time: datetime.datetime
    duration: float
    reason: LeftReason
    sent_bytes: int = 0
    skips: int = 0
    gaps: Gaps = Gaps()
    first_byte: float | None = None
