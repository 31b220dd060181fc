"""Makes the packets of one stream out of the feeds of the engines that play it.

As long as one feed plays alone, its chunks go into the ring as they are. A feed that takes over is
spliced to what was sent; feeds that run side by side are merged; at a hedged start the first one
with a picture is chosen. Differences between feeds (clocks, continuity counters) are removed here,
so the ring and its readers see one stream.
"""

from collections.abc import Callable
from typing import Final

from acedesk.model.failover import SpliceMethod
from acedesk.mpegts.feed_clock import SLOW_LAG, FeedClocks
from acedesk.mpegts.merge import Merger
from acedesk.mpegts.packets import PACKET
from acedesk.mpegts.restamp import Restamper
from acedesk.mpegts.scan import Scanner
from acedesk.mpegts.splice import Splice, Splicer
from acedesk.proxy.buffer.chunk_framing import Block, SlabWriter
from acedesk.proxy.buffer.ring import Ring
from acedesk.proxy.ingest.feed import Feed
from acedesk.proxy.ingest.start_contest import StartContest
from acedesk.settings import MIB, Settings

# Packets that were held back go into the ring in pieces of this size, that of a usual write.
PIECE: Final = 348 * PACKET
# For so many seconds a new feed may bring what its engine had kept.
YOUNG: Final = 1.0


class FeedJoiner:
    """Takes packets of feeds and fills the ring.

    Attributes:
        scanner: Knows the tables of what was sent.
        lead: The feed that carries the stream, None while none does.
        doubt: The lead is silent: another feed may replace it. False again when it brings packets.
        slow: The lead falls behind; another feed that does not may take over at a keyframe.
        replaced: The feed whose place another one took because of one of these.
        contest: A hedged start is open: the first feed with a picture becomes the lead.
        splice: How the lead was joined to what came before: the method, and the packets lost.
    """

    __slots__ = (
        "_clocks",
        "_contest",
        "_late_at",
        "_merger",
        "_restamper",
        "_ring",
        "_sent_at",
        "_settings",
        "_splicers",
        "_writer",
        "contest",
        "doubt",
        "lead",
        "replaced",
        "scanner",
        "slow",
        "splice",
    )

    def __init__(self, ring: Ring, settings: Callable[[], Settings]) -> None:
        self.scanner = Scanner()
        self.lead: Feed | None = None
        self.doubt = False
        self.slow = False
        self.replaced: Feed | None = None
        self.contest = False
        self.splice: tuple[SpliceMethod, int | None] = (SpliceMethod.BYTE_EXACT, 0)
        self._ring = ring
        self._settings = settings
        self._writer = SlabWriter()  # for packets that are in no slab of their feed
        self._restamper: Restamper | None = None
        self._merger: Merger | None = None
        self._splicers: dict[Feed, Splicer] = {}
        self._contest = StartContest()
        self._late_at = 0.0
        self._sent_at = 0.0
        self._clocks = FeedClocks()

    def take(self, feed: Feed, block: Block, now: float) -> None:
        """Take packets of a feed; one not seen before starts the stream or waits to take over."""
        if feed is self.lead and self._merger is None:
            self.doubt = False
            self._send(block, now)
            return
        slab, _, start, end = block
        packets = slab.map[start:end]
        if feed is self.lead:
            self.doubt = False
        if self.lead is not None:
            self._merge(feed, self.lead, packets, now)
        elif self._ring.next:
            self._join(feed, packets, now)
        elif self.contest:
            if self._contest.take(feed, packets, now):
                self._win(feed, now)
        else:
            self.lead = feed
            self._send(block, now)

    def pass_time(self, feed: Feed, now: float, *, drained: bool = True) -> None:
        """Let a feed that does not lead take over if it can by now; called after each read.

        Args:
            drained: The engine has no more for now.
        """
        splicer = self._splicers.get(feed)
        if splicer is not None:
            self._join(feed, b"", now, drained=drained and splicer.is_caught_up(now))
        elif feed in self._contest and self._contest.take(feed, b"", now):
            self._win(feed, now)

    def leave(self, feed: Feed, now: float) -> None:
        """Forget a feed that ended; another one that runs beside it takes over."""
        self._splicers.pop(feed, None)
        self._contest.leave(feed)
        self._clocks.forget(feed)
        if feed is self.replaced:
            self.replaced = None
        if self._merger is not None:
            self._merger.drop(feed)
            if feed is self.lead:
                self._succeed(self._merger, now)
            self._simplify()
        elif feed is self.lead:
            self.lead = None

    def settle_lead(self) -> None:
        """Let the feed that is furthest ahead carry the stream: the others are about to end."""
        merger = self._merger
        if merger is not None and self.lead in merger and merger.behind(self.lead) != 0:
            ahead = merger.feeds[0]
            if isinstance(ahead, Feed) and merger.behind(ahead) == 0:
                self.lead = ahead

    def end_contest(self, now: float) -> None:
        """End a hedged start: the feed that is left, if there is one, becomes the lead."""
        self.contest = False
        winner = self._contest.last_one
        if winner is not None:
            self._win(winner, now)

    # ------------------------------------------------------------------ into the ring

    def _send(self, block: Block, now: float) -> None:
        slab, _, start, end = block
        if self._restamper is not None:
            block = self._writer.put(self._restamper.apply(slab.map[start:end]))
            slab, _, start, end = block
            if self._restamper.idle:
                self._restamper = None
        scan = self.scanner.scan(slab.map, start, end)
        self._ring.append(block, now, scan.entries, scan.pcr, scan.undecided)
        self._sent_at = now

    def _send_packets(self, packets: bytes, now: float) -> None:
        for at in range(0, len(packets), PIECE):
            self._send(self._writer.put(packets[at : at + PIECE]), now)

    def _tail(self) -> bytes:
        """Return the newest packets sent, as they were sent."""
        return _newest(self._ring, self._window)

    @property
    def _window(self) -> int:
        return self._settings().splice_window_mib * MIB // PACKET * PACKET

    # ------------------------------------------------------------------ a feed takes over

    def _join(self, feed: Feed, packets: bytes, now: float, *, drained: bool = False) -> None:
        splicer = self._splicers.get(feed)
        if splicer is None:
            splicer = self._splicers[feed] = self._splicer(now, self._settings().splice_wait)
        splice = splicer.push(packets, now, drained=drained)
        if splice is not None:
            self._adopt(feed, splice, now)

    def _splicer(self, now: float, wait: float) -> Splicer:
        return Splicer(
            self._tail(),
            restamper=self._restamper,
            now=now,
            wait=wait,
            limit=2 * self._window,
            silent_since=self._sent_at - (SLOW_LAG if self.slow else 0.0),
            sound_only=self.scanner.video_absent,
        )

    def _adopt(self, feed: Feed, splice: Splice, now: float) -> None:
        self.replaced, self.lead = self.lead, feed
        self.splice = splice.method, splice.lost
        self._splicers.clear()
        self._merger, self._late_at, self.doubt = None, 0.0, False
        if splice.method is SpliceMethod.KEYFRAME:
            self._ring.mark_splice()
        self._restamper = None  # the packets of the splice are restamped already
        self._send_packets(splice.packets, now)
        self._restamper = splice.restamper

    # ------------------------------------------------------------------ feeds side by side

    def _merge(self, feed: Feed, lead: Feed, packets: bytes, now: float) -> None:
        if self._merger is None:
            tail = self._tail()
            if self._restamper is not None:
                tail = self._restamper.change.inverse().apply(tail)
            self._merger = Merger(tail, lead, window=self._window)
        merger, sent = self._merger, self._ring.next
        self._send_packets(merger.push(feed, packets), now)
        silent = self.doubt and self._ring.next == sent
        if not silent:
            self._splicers.clear()  # they compare with what was sent before
        if silent and merger.behind(feed) is None:
            self._stand_in(feed, merger, packets, now)
            return
        if self.slow:
            self._clocks.take(feed, packets, now)
            if merger.behind(feed) is None and self._clocks.is_faster(feed, lead, now):
                self._stand_in(feed, merger, packets, now)
        if self.lead is lead:
            self._look_at_lead(feed, lead, merger, now)

    def _look_at_lead(self, feed: Feed, lead: Feed, merger: Merger, now: float) -> None:
        """Let another feed lead if this one jumped, or has been too far behind for too long."""
        if merger.behind(lead) is None:  # its bytes do not continue: it jumped or restarted
            self._succeed(merger, now)
        elif merger.behind(merger.feeds[0]) == 0:
            self._late_at = 0.0
        elif not self._late_at:
            self._late_at = now + self._settings().splice_wait
        elif now >= self._late_at and feed is lead:
            self._give_up_exactness(feed, now)
        self._simplify()

    def _stand_in(self, feed: Feed, merger: Merger, packets: bytes, now: float) -> None:
        """Splice a feed whose position is not known; it replaces the silent or slow lead."""
        if feed not in self._splicers:
            packets = merger.held(feed)
        # A new feed first sends what its engine had kept; `pass_time` tells when that is over.
        young = feed.first_at is not None and now - feed.first_at < YOUNG
        self._join(feed, packets, now, drained=not young)

    def _simplify(self) -> None:
        """Drop the merger when only the lead is left and it has caught up."""
        merger, lead = self._merger, self.lead
        if merger is not None and merger.feeds == (lead,) and merger.behind(lead) == 0:
            self._merger, self._late_at = None, 0.0

    def _succeed(self, merger: Merger, now: float) -> None:
        """Give the lead to the feed that is furthest ahead."""
        self.lead = None
        feeds = [feed for feed in merger.feeds if isinstance(feed, Feed)]
        if feeds and merger.behind(feeds[0]) is not None:
            self.lead = feeds[0]
            self.splice = SpliceMethod.BYTE_EXACT, 0
            return
        self._merger, self._late_at = None, 0.0
        for feed in feeds:
            if self.lead is None:
                # A feed with a splicer has given it already what the merger holds.
                held = b"" if feed in self._splicers else merger.held(feed)
                self._join(feed, held, now, drained=True)

    def _give_up_exactness(self, feed: Feed, now: float) -> None:
        """Let a lead that is too far behind go on at its next keyframe; a little is seen twice.

        A lead is behind when the feed that was ahead of it has ended.
        """
        self.lead, self._merger, self._late_at = None, None, 0.0
        self._splicers[feed] = self._splicer(now, 0.0)

    def _win(self, feed: Feed, now: float) -> None:
        """Let the winner of a hedged start lead."""
        self.contest = False
        self.lead = feed
        self._send_packets(self._contest.end(feed), now)


def _newest(ring: Ring, size: int) -> bytes:
    """Return the last `size` bytes of a ring, or what there is."""
    parts: list[memoryview] = []
    left, number = size, ring.next
    while left > 0 and number > ring.first:
        number -= 1
        parts.append(ring.payload(number))
        left -= len(parts[-1])
    return b"".join(reversed(parts))[-size:]
