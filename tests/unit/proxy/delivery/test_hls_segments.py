"""The list of segments: what is kept, what the playlist says of it, which bytes a segment has."""

import pytest

from acedesk.mpegts.packets import PACKET
from acedesk.proxy.buffer.chunk_framing import SlabWriter
from acedesk.proxy.buffer.ring import MemoryBudget, Ring
from acedesk.proxy.delivery.hls_borders import Border
from acedesk.proxy.delivery.hls_segments import SHORTEST, SegmentList

TABLES = b"T" * PACKET


class Laboratory:
    """A ring of one chunk of ten packets for each second, and the segments in it."""

    def __init__(self, *, target: float = 2.0) -> None:
        self.ring = Ring(limit=1 << 24, seconds=3600.0, budget=MemoryBudget(1 << 30))
        self.writer = SlabWriter()
        self.segments = SegmentList(self.ring, target=target, first_number=7)

    def push(self, count: int = 1) -> None:
        for _ in range(count):
            number = self.ring.next
            block = bytes([65 + number % 26]) * (10 * PACKET)
            self.ring.append(self.writer.put(block), 100.0 + number, (), None)

    def border(self, number: int, packet: int = 0, *, jump: bool = False) -> Border:
        return Border(
            number=number,
            at=packet * PACKET,
            clock=float(number),
            tables=TABLES,
            keyframe=True,
            jump=jump,
        )

    def add(
        self,
        first: int,
        last: int,
        *,
        jump: bool = False,
        jumps: int = 0,
        seconds: float | None = None,
    ) -> None:
        begin, end = self.border(first, jump=jump), self.border(last)
        self.segments.add(
            begin,
            end,
            elapsed=float(last - first) if seconds is None else seconds,
            allowed=self.segments.longest_allowed(0),
            jumps=jumps,
        )


@pytest.fixture
def lab() -> Laboratory:
    return Laboratory()


def told(lab: Laboratory) -> list[str]:
    playlist = lab.segments.playlist(str, gap=0.0, jumps=0, ended=False)
    return [segment.uri for segment in playlist.segments]


def test_segments_are_numbered_from_the_first_number_on(lab: Laboratory) -> None:
    lab.push(4)
    lab.add(0, 2)
    lab.add(2, 4)

    assert told(lab) == ["7", "8"]
    assert (len(lab.segments), lab.segments.count) == (2, 2)


def test_a_segment_is_its_tables_and_its_part_of_the_ring(lab: Laboratory) -> None:
    lab.push(3)
    lab.segments.add(lab.border(0, 4), lab.border(2, 1), elapsed=2.0, allowed=9.0, jumps=0)
    segment = lab.segments.find(7)
    assert segment is not None

    data = b"".join(lab.segments.parts(segment))

    assert data == TABLES + b"A" * 6 * PACKET + b"B" * 10 * PACKET + b"C" * PACKET
    assert segment.size == len(data)


def test_the_rest_comes_behind_the_end(lab: Laboratory) -> None:
    lab.push(2)
    lab.segments.add(lab.border(0), lab.border(1), elapsed=1.0, allowed=9.0, jumps=0, rest=b"rest")
    segment = lab.segments.find(7)
    assert segment is not None

    data = b"".join(lab.segments.parts(segment))

    assert data == TABLES + b"A" * 10 * PACKET + b"rest"
    assert segment.size == len(data)


def test_a_segment_may_end_where_the_ring_ends(lab: Laboratory) -> None:
    lab.push(2)
    lab.add(0, 2)
    segment = lab.segments.find(7)
    assert segment is not None

    assert segment.size == PACKET * 21


def test_what_the_ring_dropped_is_not_found_any_more(lab: Laboratory) -> None:
    lab.push(8)
    lab.add(0, 2)
    lab.add(2, 4)
    lab.ring.drop_oldest()

    assert lab.segments.find(7) is None
    assert lab.segments.find(8) is not None
    assert (len(lab.segments), lab.segments.count) == (1, 2)


def test_a_number_that_is_still_to_come_is_not_found(lab: Laboratory) -> None:
    lab.push(2)
    lab.add(0, 2)

    assert lab.segments.find(8) is None


def test_a_first_playlist_needs_no_more_than_a_second(lab: Laboratory) -> None:
    lab.push(6)
    assert not lab.segments.is_ready

    lab.add(0, 1)

    assert lab.segments.is_ready


def test_the_first_playlist_fixes_the_target_duration(lab: Laboratory) -> None:
    lab.push(20)
    lab.add(0, 2)
    told(lab)
    promised = lab.segments.target_duration
    lab.add(2, 15)

    told(lab)

    assert promised is not None
    assert lab.segments.target_duration == promised
    assert lab.segments.longest_allowed(9.0) < promised + 0.5
    segment = lab.segments.find(8)
    assert segment is not None
    assert segment.duration == pytest.approx(lab.segments.longest_allowed(9.0))


def test_no_segment_lasts_nothing(lab: Laboratory) -> None:
    lab.push(2)
    lab.segments.add(lab.border(0), lab.border(1), elapsed=0.0, allowed=9.0, jumps=0)
    segment = lab.segments.find(7)

    assert segment is not None
    assert segment.duration == SHORTEST


def test_a_playlist_keeps_the_ring_long_enough_for_what_it_names(lab: Laboratory) -> None:
    lab.push(2)
    lab.add(0, 2)
    lab.ring.rewind = 1.0

    told(lab)

    assert lab.ring.rewind > 10.0


@pytest.mark.parametrize("rate", [1e5, 6e5, 2e6])
def test_a_segment_that_left_the_list_stays_as_long_as_the_list_whatever_the_rate(
    rate: float,
) -> None:
    lab = Laboratory()
    lab.ring.limit = 1 << 20  # what a stream without HLS may keep
    lab.segments = SegmentList(lab.ring, target=2.0, first_number=7)
    lab.ring.rewind = 10.0
    packets = int(rate / 8 / PACKET)
    listed: dict[str, float] = {}
    begins: list[int] = []
    whole = 0.0

    for number in range(60):
        for at in range(0, packets, 1000):
            block = bytes(min(1000, packets - at) * PACKET)
            lab.ring.append(lab.writer.put(block), 100.0 + number, (), None)
        begins.append(lab.ring.next)
        if number % 2 == 0 and number:
            lab.add(begins[number - 2], begins[number], seconds=2.0)
        if not lab.segments:
            continue
        for uri in told(lab):
            listed[uri] = number
        whole = 2.0 * len(told(lab))
        for uri, last in listed.items():
            if last + whole + 2.0 > number:  # RFC 8216, 6.2.2
                assert lab.segments.find(int(uri)) is not None, (uri, number)

    assert lab.segments.target_duration is not None
    assert whole >= 3 * lab.segments.target_duration


def test_what_left_the_playlist_does_not_come_back(lab: Laboratory) -> None:
    lab.push(40)
    lab.add(0, 2)
    told(lab)
    for first in range(2, 30, 2):
        lab.add(first, first + 2)
    named = told(lab)
    lab.add(30, 31)
    lab.add(31, 32)

    after = told(lab)

    assert named[0] != "7"
    assert int(after[0]) >= int(named[0])


def test_a_jump_is_told_before_its_segment_and_counted_when_it_has_gone(lab: Laboratory) -> None:
    lab.push(8)
    lab.add(0, 2)
    lab.add(2, 4, jump=True, jumps=1)
    first = lab.segments.playlist(str, gap=0.0, jumps=1, ended=False)
    lab.ring.drop_oldest(3)

    later = lab.segments.playlist(str, gap=0.0, jumps=1, ended=True)

    assert [segment.discontinuity for segment in first.segments] == [False, True]
    assert first.discontinuity_sequence == 0
    assert (later.segments, later.discontinuity_sequence, later.ended) == ((), 1, True)
    assert later.media_sequence == 9
