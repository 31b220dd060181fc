"""How a stream went on when it lost its engine."""

import datetime
import enum

from acedesk.values import frozen_value


class SpliceMethod(enum.Enum):
    """How the feed of one engine was joined to that of another.

    BYTE_EXACT: Right behind the last packet sent, so that nothing is missing and nothing twice.
    KEYFRAME: At a picture a decoder can start with (or at the tables), on one line of time.
    """

    BYTE_EXACT = "byte-exact"
    KEYFRAME = "keyframe"


@frozen_value
class Failover:
    """One change of engine under a running stream.

    Attributes:
        time: When the engine was given up, UTC.
        cause: `AceDeskError.code` of what happened to it.
        detail: What happened in its own words; may be an engine's text, which is not trusted.
        duration: Seconds the viewers got no media.
        lost_packets: Packets missing; 0 for a byte-exact splice, an estimate by the stream's
            clock for others, None when that tells nothing.
        from_engine: Name of the engine that failed.
        to_engine: Name of the one that took over; the same when it was taken again.
    """

    time: datetime.datetime
    cause: str
    detail: str
    duration: float
    lost_packets: int | None
    from_engine: str
    to_engine: str
    method: SpliceMethod
