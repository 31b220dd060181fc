"""What is counted of streams, viewers and engines: silences, courses over time, and who left.

Rates are bit/s, durations seconds, `_time` fields timezone-aware UTC.
"""

import datetime
import enum
from collections.abc import Mapping, Sequence
from typing import Final

from acedesk.errors import AceDeskError
from acedesk.values import frozen_value


@frozen_value
class Gaps:
    """Times over a second in which nothing came, one that still lasts included.

    Attributes:
        longest: The longest of them.
        total: All of them together.
    """

    count: int = 0
    longest: float = 0.0
    total: float = 0.0


@frozen_value
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


@frozen_value
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


@frozen_value
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


class HistoryTrouble(enum.Enum):
    """What is wrong with the file in which the history is kept.

    DAMAGED, LOCKED (by another program), NEWER (written by a newer AceDesk): it was moved aside and
    made anew.  FULL: the disk is.  UNWRITABLE: it cannot be written for another reason.
    """

    DAMAGED = "damaged"
    LOCKED = "locked"
    NEWER = "newer"
    FULL = "full"
    UNWRITABLE = "unwritable"


class Series(enum.Enum):
    """What is measured minute by minute, of engines and of streams.

    Engines: `cpu` is the share of one core, `memory` bytes, `network_*` bit/s, `disk_*` bytes/s of
    its container; `streams` how many were on it, `speed_*` what it tells of the swarm, bit/s.
    Streams: `rate` is what was delivered, bit/s; `buffer` seconds; `viewers` and `peers` counts.
    """

    ENGINE = "engine"
    STREAM = "stream"

    @property
    def names(self) -> tuple[str, ...]:
        """The values of a row, in this order."""
        return _NAMES[self]


_NAMES: Final = {
    Series.ENGINE: (
        "cpu", "memory", "network_in", "network_out", "disk_read", "disk_write", "streams",
        "speed_down", "speed_up",
    ),
    Series.STREAM: ("rate", "buffer", "viewers", "peers", "speed_down", "speed_up"),
}  # fmt: skip

# Seconds between two values of the course of a day: as many as a graph has room for.
DAY_STEP: Final = 300


@frozen_value
class HistoryRow:
    """How one engine or stream did for a minute.

    Attributes:
        start: When the minute began, Unix time.
        samples: Of how many looks the values are the means.
        values: In the order of `Series.names`; None for what is not known.
    """

    series: Series
    subject: str
    start: int
    samples: int
    values: tuple[float | None, ...]


@frozen_value
class DayCourse:
    """How one engine or stream did in the last 24 hours.

    Attributes:
        end_time: The end of the last step.
        interval: Seconds between two values.
        values: By name, oldest first, all of one length; None where nothing is known.
    """

    end_time: datetime.datetime
    interval: int
    values: Mapping[str, tuple[float | None, ...]]

    @property
    def is_empty(self) -> bool:
        """Nothing is known of the whole day."""
        return all(one is None for course in self.values.values() for one in course)


@frozen_value
class ContainerUsage:
    """What a container uses, over the last seconds.

    Attributes:
        cpu: Share of one core: 1.5 is one and a half.
        memory: Bytes, without what the system may take back at any time.
        network_in, network_out: Bit/s, None where it has no network of its own.
        disk_read, disk_write: Bytes/s, None where Docker does not count them.
    """

    cpu: float | None = None
    memory: float | None = None
    network_in: float | None = None
    network_out: float | None = None
    disk_read: float | None = None
    disk_write: float | None = None


@frozen_value
class LinkTestResult:
    """What came of trying a content on an engine that nobody used.

    Attributes:
        stream_id: `StreamKey.stream_id` of the content.
        time: When it began.
        seconds: How long it was tried.
        accepted: Seconds until the engine accepted it, None when it did not.
        first_byte: Seconds until the first media byte, None when none came.
        peers: The last the engine told, None when it told nothing.
        speed_down: What the engine downloaded last, bit/s.
        bit_rate: What the stream needs, by its own clock, bit/s.
        codecs: "H.264 · AAC", "" when they are not known.
        width, height: Of the picture, None when it is not known.
        measured: Seconds of media that were looked at.
        is_live: None while the engine did not know.
        error: Why it did not play, or ended early.
    """

    stream_id: str
    title: str
    time: datetime.datetime
    engine_name: str
    seconds: float = 0.0
    accepted: float | None = None
    first_byte: float | None = None
    peers: int | None = None
    speed_down: float | None = None
    bit_rate: float | None = None
    codecs: str = ""
    width: int | None = None
    height: int | None = None
    measured: float = 0.0
    is_live: bool | None = None
    error: AceDeskError | None = None

    @property
    def plays(self) -> bool:
        """Media came."""
        return self.first_byte is not None and (self.error is None or self.measured > 0)
