"""What is counted of one stream over its life."""

from acedesk.proxy.counters.gaps import SupplyGaps
from acedesk.proxy.counters.rates import Levels, Meter
from acedesk.proxy.counters.totals import TotalCounters, TotalsShare


class StreamCounters:
    """The counters of one stream.

    Attributes:
        meter, buffers: How fast media came, and how much of it was held.
        gaps: When none came.
        keyframe_at: When the first came that a decoder can begin with, monotonic seconds; None
            before.
        totals_share: What the totals of the process have of it.
    """

    __slots__ = ("_sampled_at", "buffers", "gaps", "keyframe_at", "meter", "totals_share")

    def __init__(self, now: float, totals: TotalCounters) -> None:
        self.meter = Meter(now)
        self.buffers = Levels()
        self.gaps = SupplyGaps()
        self.keyframe_at: float | None = None
        self.totals_share = TotalsShare(totals)
        self._sampled_at = now

    def second(self, now: float, *, received: int, held: float) -> None:
        """Sample, about once a second.

        Args:
            received: Media bytes that came so far.
            held: Seconds of media in memory.
        """
        self.meter.sample(now, received)
        self.buffers.add(held, now - self._sampled_at)
        self._sampled_at = now
