"""However feeds come, lag and die, the ring gets one stream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.model.failover import SpliceMethod
from acedesk.mpegts.packets import PACKET
from acedesk.proxy.buffer.chunk_framing import SlabWriter
from acedesk.proxy.buffer.ring import MemoryBudget, Ring
from acedesk.proxy.ingest.engine_body import EngineBody
from acedesk.proxy.ingest.feed import Feed
from acedesk.proxy.ingest.feed_joiner import FeedJoiner
from acedesk.proxy.ingest.start_contest import CONTEST_TIME
from acedesk.settings import Settings
from tests import transport
from tests.unit.mpegts.test_restamp import broken_counters

BROADCAST = transport.broadcast(200)
PIECE = 1000 * PACKET
PACKETS = len(BROADCAST) // PACKET
GOP = len(transport.broadcast(10)) // PACKET


class Studio:
    """A line, and feeds of the same broadcast that bring packets when told to."""

    def __init__(self, **values: object) -> None:
        settings = Settings().changed(values)
        self.ring = Ring(limit=1 << 28, seconds=1e9, budget=MemoryBudget(1 << 30))
        self.line = FeedJoiner(self.ring, lambda: settings)
        self.now = 0.0
        self.at: dict[Feed, int] = {}

    def feed(self, at: int = 0) -> Feed:
        """Return a new feed whose next packet is number `at`."""
        made = Feed(EngineBody.__new__(EngineBody), now=self.now)
        self.at[made] = at
        return made

    def bring(self, feed: Feed, count: int, media: bytes = BROADCAST) -> None:
        """Let a feed bring `count` packets."""
        at = self.at[feed]
        self.at[feed] = min(len(media) // PACKET, at + count)
        packets = media[at * PACKET : self.at[feed] * PACKET]
        self.now += 0.01
        for first in range(0, len(packets), PIECE):
            self.line.take(feed, SlabWriter().put(packets[first : first + PIECE]), self.now)

    def wait(self, feed: Feed, seconds: float) -> None:
        """Let time pass without a packet."""
        self.now += seconds
        self.line.pass_time(feed, self.now)

    def leave(self, feed: Feed) -> None:
        """Let a feed end."""
        self.line.leave(feed, self.now)

    @property
    def sent(self) -> bytes:
        """All that is in the ring."""
        return b"".join(self.ring.payload(n) for n in range(self.ring.first, self.ring.next))


def test_one_feed_goes_through_as_it_is() -> None:
    studio = Studio()
    feed = studio.feed()

    studio.bring(feed, 50)
    studio.bring(feed, 50)

    assert studio.sent == BROADCAST[: 100 * PACKET]
    assert studio.line.lead is feed


@given(
    st.lists(
        st.tuples(st.integers(30, 120), st.integers(0, 100), st.integers(1, 60)),
        min_size=1,
        max_size=6,
    )
)
def test_feeds_in_a_row_give_the_broadcast(feeds: list[tuple[int, int, int]]) -> None:
    studio = Studio()
    done = 0
    for count, overlap, step in feeds:
        feed = studio.feed(max(0, done - overlap))
        while studio.at[feed] < min(PACKETS, done + count):
            studio.bring(feed, step)
        assert studio.line.lead is feed
        assert studio.line.splice == (SpliceMethod.BYTE_EXACT, 0)
        done = studio.at[feed]
        studio.leave(feed)

    assert studio.sent == BROADCAST[: done * PACKET]
    assert list(studio.ring.splices) == []


events = st.lists(
    st.tuples(st.integers(0, 2), st.integers(1, 40), st.booleans()), min_size=1, max_size=40
)


@given(st.integers(0, 150), st.integers(0, 150), events)
def test_feeds_side_by_side_give_the_broadcast_whoever_dies(
    second: int, third: int, turns: list[tuple[int, int, bool]]
) -> None:
    """A death with nobody in place behind it is a splice, which is another test's."""
    studio = Studio()
    feeds = [studio.feed(0), studio.feed(second), studio.feed(third)]
    studio.bring(feeds[0], 160)
    for number, count, dies in turns:
        feed = feeds[number]
        others = [other for other in feeds if other is not feed]
        merger = studio.line._merger
        placed = merger is not None and any(
            other in merger and merger.behind(other) is not None for other in others
        )
        if dies and placed:
            studio.leave(feed)
            feeds[number] = studio.feed(max(0, studio.at[feed] - 30))
        else:
            studio.bring(feed, count)

        assert studio.sent == BROADCAST[: studio.ring.total]
        assert studio.line.lead is not None

    assert list(studio.ring.splices) == []


def test_a_survivor_goes_on_alone_at_no_cost() -> None:
    studio = Studio()
    first, second = studio.feed(), studio.feed(50)
    studio.bring(first, 200)
    studio.bring(second, 100)
    studio.leave(first)
    assert studio.line.lead is second

    studio.bring(second, 100)

    assert studio.line._merger is None
    assert studio.sent == BROADCAST[: 250 * PACKET]


def test_a_survivor_far_behind_is_joined_at_a_keyframe_when_the_wait_is_over() -> None:
    studio = Studio(splice_wait=3.0)
    first, second = studio.feed(), studio.feed(50)
    studio.bring(first, 15 * GOP)
    studio.bring(second, 2 * GOP)
    studio.leave(first)

    studio.bring(second, 10)
    assert studio.sent == BROADCAST[: 15 * GOP * PACKET]
    studio.now += 5.0
    for _ in range(5):
        studio.bring(second, GOP)

    assert studio.line.splice[0] is SpliceMethod.KEYFRAME
    assert len(studio.sent) > 15 * GOP * PACKET
    assert broken_counters(studio.sent) == []


@pytest.mark.parametrize(
    ("window", "method"), [(1, SpliceMethod.KEYFRAME), (8, SpliceMethod.BYTE_EXACT)]
)
def test_a_feed_further_behind_than_the_memory_is_joined_at_a_keyframe(
    window: int, method: SpliceMethod
) -> None:
    media = transport.broadcast(450, per_picture=50)
    packets = len(media) // PACKET
    studio = Studio(splice_window_mib=window)
    first = studio.feed()
    studio.bring(first, packets - 100, media)
    studio.leave(first)
    second = studio.feed(packets - 3 * (1 << 20) // PACKET)  # 3 MiB

    while studio.at[second] < packets:
        studio.bring(second, 500, media)

    assert studio.line.splice[0] is method


@pytest.mark.parametrize("wait", [0.5, 8.0])
def test_the_exact_place_is_looked_for_as_long_as_wished(wait: float) -> None:
    studio = Studio(splice_wait=wait)
    first = studio.feed()
    studio.bring(first, 10 * GOP)
    studio.leave(first)
    second = studio.feed(5 * GOP)
    studio.bring(second, 3 * GOP)  # not as far as the first one was

    studio.wait(second, wait - 0.1)
    assert studio.line.lead is None
    studio.wait(second, 0.2)

    assert studio.line.splice[0] is SpliceMethod.KEYFRAME
    assert studio.line.lead is second


def test_a_lead_that_jumps_gives_way_to_the_feed_beside_it() -> None:
    studio = Studio()
    first, second = studio.feed(), studio.feed()
    studio.bring(first, 100)
    studio.bring(second, 120)
    studio.at[first] = 300

    studio.bring(first, 10)
    studio.bring(second, 100)

    assert studio.line.lead is second
    assert studio.sent == BROADCAST[: 220 * PACKET]


def test_a_keyframe_splice_is_marked_in_the_ring_and_restamped_on() -> None:
    studio = Studio()
    first, second = studio.feed(), studio.feed()
    studio.bring(first, 100)
    studio.leave(first)
    other = transport.broadcast(200, first=900, clock=10**10, counters=7)

    for _ in range(20):
        studio.bring(second, 40, other)

    assert studio.line.splice[0] is SpliceMethod.KEYFRAME
    assert len(studio.ring.splices) == 1
    assert broken_counters(studio.sent) == []
    assert 0 < studio.ring.clock < 60


def test_in_doubt_a_feed_that_is_further_takes_the_leads_place() -> None:
    studio = Studio()
    first, second = studio.feed(), studio.feed(15 * GOP)
    studio.bring(first, 10 * GOP + 7)
    studio.bring(second, 2 * GOP)
    assert studio.line.lead is first

    studio.line.doubt = True
    studio.bring(second, 2 * GOP)

    assert studio.line.lead is second
    assert studio.line.splice[0] is SpliceMethod.KEYFRAME
    assert broken_counters(studio.sent) == []


def test_a_lead_that_goes_on_is_in_doubt_no_more() -> None:
    studio = Studio()
    first, second = studio.feed(), studio.feed(15 * GOP)
    studio.bring(first, 10 * GOP + 7)
    studio.line.doubt = True
    studio.bring(second, 3)
    studio.bring(first, 10)

    studio.bring(second, 2 * GOP)

    assert studio.line.lead is first
    assert studio.sent == BROADCAST[: (10 * GOP + 17) * PACKET]


@pytest.mark.parametrize("second_first", [True, False])
def test_the_first_with_a_picture_wins_a_contest(second_first: bool) -> None:
    studio = Studio()
    studio.line.contest = True
    first, second = studio.feed(3), studio.feed(3)
    for feed in (second, first) if second_first else (first, second):
        studio.bring(feed, 20)
    assert studio.sent == b""

    studio.bring(second, GOP)

    assert studio.line.lead is second
    assert studio.sent == BROADCAST[3 * PACKET : (23 + GOP) * PACKET]


def test_a_contest_without_a_picture_ends_by_time() -> None:
    studio = Studio()
    studio.line.contest = True
    feed = studio.feed(3)
    studio.bring(feed, 20)
    studio.wait(feed, CONTEST_TIME / 2)
    assert studio.line.lead is None

    studio.wait(feed, CONTEST_TIME)

    assert studio.line.lead is feed


def test_a_contest_of_one_is_none() -> None:
    studio = Studio()
    studio.line.contest = True
    first, second = studio.feed(3), studio.feed(3)
    studio.bring(first, 20)
    studio.bring(second, 20)
    studio.leave(first)

    studio.line.end_contest(studio.now)

    assert studio.line.lead is second
    assert studio.sent == BROADCAST[3 * PACKET : 23 * PACKET]


def clockless(mark: bytes, groups: int) -> bytes:
    """Return a broadcast without a program clock; `mark` makes its packets its own."""
    packets = []
    for group in range(groups):
        packets += [transport.pat(group % 16), transport.pmt(counter=group % 16, pcr_pid=0x1FFF)]
        own = mark + group.to_bytes(2, "big")
        packets.append(transport.picture(group * 8 % 16, keyframe=True, mark=own))
        packets += [transport.filler((group * 8 + n) % 16, own + bytes([n])) for n in range(1, 8)]
    return b"".join(packets)


def test_what_a_stand_in_brought_is_sent_once_when_the_silent_lead_ends() -> None:
    studio = Studio(splice_wait=3.0)
    lead, other = studio.feed(), studio.feed(100)
    silent, media = clockless(b"lead", 20), clockless(b"other", 60)
    studio.bring(lead, 200, silent)
    studio.line.doubt = True
    for _ in range(6):
        studio.bring(other, 50, media)
    assert studio.line.lead is lead
    assert other in studio.line._splicers

    studio.leave(lead)
    studio.wait(other, 4.0)
    studio.bring(other, 50, media)

    assert studio.line.lead is other
    own = [part for part in packets_of(studio.sent) if b"other" in part]
    assert len(own) == len(set(own)) > 200


def packets_of(media: bytes) -> list[bytes]:
    """Return the packets, without their counters."""
    whole = [media[at : at + PACKET] for at in range(0, len(media), PACKET)]
    return [bytes((p[0], p[1], p[2], p[3] & 0xF0)) + p[4:] for p in whole]


def test_in_doubt_a_new_feed_on_another_clock_first_brings_what_its_engine_had_kept() -> None:
    studio = Studio()
    first, second = studio.feed(), studio.feed()
    other = transport.broadcast(120, first=9000, clock=10**11, counters=3)  # 4.8 s
    packets = len(other) // PACKET
    studio.bring(first, 10 * GOP)
    before = len(studio.sent)

    studio.line.doubt = True
    second.first_at = studio.now
    for _ in range(2):
        studio.bring(second, packets // 2, other)
        assert studio.line.lead is first
    for _ in range(3):
        studio.wait(second, 0.05)

    assert studio.line.lead is second
    assert studio.line.replaced is first
    shown_again = (len(studio.sent) - before) / len(other) * 4.8
    assert shown_again < 1.0
