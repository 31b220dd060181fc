"""Segments: every byte of the broadcast once, tables and a keyframe first, lengths as promised."""

import itertools
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.demo.broadcast_clock import load_card
from acedesk.formats import m3u8
from acedesk.mpegts.packets import PACKET, pid_of
from acedesk.mpegts.scan import Scanner
from acedesk.proxy.buffer.chunk_framing import SlabWriter
from acedesk.proxy.buffer.ring import MemoryBudget, Ring
from acedesk.proxy.delivery.hls_segmenter import Segmenter
from tests import hls_rules, transport

PIECE = 1000 * PACKET
CARD = load_card("bars")
LOOP = CARD.packets


class Cut:
    """A stream being cut; what is pushed arrives at the rate of the test card."""

    def __init__(
        self, *, seconds: float = 600.0, limit: int = 1 << 28, target: float = 4.0
    ) -> None:
        self.ring = Ring(limit=limit, seconds=seconds, budget=MemoryBudget(1 << 30))
        self.writer = SlabWriter()
        self.scanner = Scanner()
        self.segmenter = Segmenter(
            self.ring, lambda: self.scanner.tables, target=target, first_number=100
        )
        self.now = 1000.0
        self.lists: list[str] = []

    def push(self, block: bytes, seconds: float | None = None) -> None:
        self.now += len(block) / CARD.byte_rate if seconds is None else seconds
        for at in range(0, len(block), PIECE):
            piece = block[at : at + PIECE]
            scan = self.scanner.scan(piece, 0, len(piece))
            put = self.writer.put(piece)
            self.ring.append(put, self.now, scan.entries, scan.pcr, scan.undecided)
        program = self.scanner.program
        video = program.video if program is not None else None
        self.segmenter.update(
            has_video=self.scanner.has_video, video_pid=video.pid if video is not None else None
        )

    def push_card(self, first: float, last: float, step: float = 0.02) -> None:
        begin, end = int(first * LOOP), int(last * LOOP)
        size = max(1, int(step * LOOP))
        for at in range(begin, end, size):
            self.push(CARD.read(at, min(at + size, end)))

    def told(self) -> hls_rules.Read:
        text = m3u8.build(self.segmenter.playlist(lambda number: f"{number}.ts"))
        problems = hls_rules.check_playlist(text, live=not self.segmenter.ended)
        if self.lists:
            problems += hls_rules.check_update(self.lists[-1], text)
        self.lists.append(text)
        assert problems == []
        return hls_rules.read(text)

    def bytes_of(self, number: int) -> bytes:
        segment = self.segmenter.segments.find(number)
        assert segment is not None
        data = b"".join(self.segmenter.segments.parts(segment))
        assert len(data) == segment.size
        return data

    def all(self) -> list[bytes]:
        return [self.bytes_of(segment.number) for segment in self.told().segments]


def without_tables(segment: bytes) -> bytes:
    return segment[2 * PACKET :]


@given(st.lists(st.integers(1, 900), min_size=4, max_size=40))
def test_segments_put_together_are_the_broadcast(sizes: list[int]) -> None:
    cut = Cut()
    at = 0
    while at < 8 * LOOP:
        for size in sizes:
            cut.push(CARD.read(at, at + size))
            at += size
    cut.segmenter.finish()
    found = []
    number = 100
    while (segment := cut.segmenter.segments.find(number)) is not None:
        found.append(without_tables(b"".join(cut.segmenter.segments.parts(segment))))
        number += 1

    joined = b"".join(found)

    assert CARD.read(0, at).endswith(joined)
    assert len(joined) >= (at - LOOP) * PACKET


def test_every_segment_begins_with_the_tables_and_a_keyframe() -> None:
    cut = Cut()
    cut.push_card(0, 8)

    for segment in cut.all():
        assert pid_of(segment, 0) == 0
        scan = Scanner().scan(segment, 0, len(segment))
        assert scan.entries[0].at == 2 * PACKET
    assert cut.told().independent


def test_durations_are_those_of_the_pictures() -> None:
    cut = Cut()
    cut.push_card(0.1, 9.1, step=0.13)

    durations = [segment.duration for segment in cut.told().segments]

    assert durations[3:] == [3.84] * len(durations[3:])


def test_counters_run_on_from_segment_to_segment() -> None:
    cut = Cut()
    cut.push_card(0, 8)
    last: dict[int, bytes] = {}

    for segment in cut.all():
        for at in range(0, len(segment), PACKET):
            packet = segment[at : at + PACKET]
            before = last.get(pid := pid_of(packet, 0), packet)
            follows = (before[3] + bool(packet[3] & 0x10)) & 15 == packet[3] & 15
            assert follows or packet == before  # the same packet twice is allowed
            last[pid] = packet


def test_lists_of_a_long_stream_keep_the_rules_of_the_rfc() -> None:
    cut = Cut(seconds=45.0)
    cut.push_card(0, 2)
    for loop in range(2, 40):
        cut.push_card(loop, loop + 1, step=0.25)
        listed = cut.told()
        assert all(cut.segmenter.segments.find(segment.number) for segment in listed.segments)
    assert len(cut.told().segments) == 6


def test_a_short_memory_shortens_the_list_and_keeps_what_is_listed() -> None:
    cut = Cut(limit=int(CARD.byte_rate * 24))
    cut.push_card(0, 20, step=0.1)

    listed = cut.told()

    assert 4 <= len(listed.segments) < 6
    assert all(cut.segmenter.segments.find(segment.number) for segment in listed.segments)
    assert cut.segmenter.segments.find(listed.sequence - 5) is None


def test_a_burst_is_cut_like_a_stream() -> None:
    cut = Cut()
    cut.push_card(0, 6, step=2.5)

    durations = [segment.duration for segment in cut.told().segments]

    assert durations == [1.92, 1.92, 3.84, 3.84, 3.84, 3.84]


def test_a_running_stream_is_cut_from_what_its_ring_has() -> None:
    cut = Cut(seconds=30.0)
    cut.push_card(0, 10, step=0.1)
    late = Segmenter(cut.ring, lambda: cut.scanner.tables, target=4.0, first_number=1)

    late.update(has_video=True)

    assert late.settled.is_set()
    assert sum(segment.duration for segment in late.playlist(str).segments) > 15


def test_another_feed_begins_with_a_discontinuity() -> None:
    cut = Cut()
    cut.push_card(0.2, 4.3)
    cut.ring.mark_splice()
    cut.push_card(40.2, 44.6)
    listed = cut.told()
    marked = [segment for segment in listed.segments if segment.discontinuity]

    assert len(marked) == 1
    data = cut.bytes_of(marked[0].number)
    assert Scanner().scan(data, 0, len(data)).entries[0].at == 2 * PACKET
    assert CARD.read(0, 50 * LOOP).find(without_tables(data)) > 40 * LOOP * PACKET
    for loop in range(45, 60):
        cut.push_card(loop, loop + 1, step=0.2)
        listed = cut.told()
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:1\n" in cut.lists[-1]
    assert not any(segment.discontinuity for segment in listed.segments)


def test_time_stamps_that_jump_are_a_discontinuity() -> None:
    cut = Cut()
    cut.push_card(50, 54)
    cut.push_card(10, 12)

    assert [segment.discontinuity for segment in cut.told().segments].count(True) == 1


def audio(seconds: float, *, tables: bool = True) -> list[bytes]:
    """Return sound in blocks of 40 ms: 16 packets, tables every 200 ms, a clock in each block."""
    blocks = []
    for number in range(int(seconds * 25)):
        block = []
        if tables and number % 5 == 0:
            kind = ((0x0F, transport.AUDIO_PID),)
            block = [
                transport.pat(number // 5),
                transport.pmt(number // 5, streams=kind, pcr_pid=transport.AUDIO_PID),
            ]
        clock = transport.pcr_field(number * 27_000_000 // 25)
        mark = struct.pack(">I", number)
        block.append(transport.packet(transport.AUDIO_PID, number * 14, mark, adaptation=clock))
        for part in range(1, 14):
            block.append(
                transport.filler(number * 14 + part, mark + bytes([part]), transport.AUDIO_PID)
            )
        blocks.append(b"".join(block))
    return blocks


def test_sound_alone_is_cut_at_its_tables() -> None:
    cut = Cut()
    for block in audio(40):
        cut.push(block, 0.04)

    listed = cut.told()

    assert {round(segment.duration, 1) for segment in listed.segments} <= {3.6, 3.8, 4.0, 4.2}
    for segment in cut.all():
        assert pid_of(segment, 0) == 0


def test_a_burst_of_sound_is_cut_at_its_tables_too() -> None:
    cut = Cut()
    blocks = audio(40)
    cut.push(b"".join(blocks[:5]), 0.2)
    cut.push(b"".join(blocks[5:]), 0.5)

    listed = cut.told()

    assert len(listed.segments) >= 3
    assert max(segment.duration for segment in listed.segments) <= 12


@pytest.mark.parametrize("tables", [True, False])
def test_what_has_no_keyframes_is_cut_by_time(tables: bool) -> None:
    cut = Cut()
    head = transport.pat() + transport.pmt() if tables else b""
    counter = 0
    for number in range(60 * 25):
        body = [transport.filler((counter + part) & 15) for part in range(60)]
        counter += 60
        cut.push((head if number % 5 == 0 else b"") + b"".join(body), 0.04)
        if cut.segmenter.segments.is_ready:
            cut.segmenter.playlist(str)

    listed = cut.told()

    assert len(listed.segments) >= 3
    assert not listed.independent


def test_the_end_of_the_stream_ends_the_list() -> None:
    cut = Cut()
    cut.push_card(0, 6.25)
    before = cut.told()

    cut.segmenter.finish()

    listed = cut.told()
    assert listed.ended
    assert len(listed.segments) > 0
    assert listed.segments[-1].number == before.segments[-1].number + 1
    assert CARD.read(0, int(6.25 * LOOP)).endswith(without_tables(cut.all()[-1]))


def test_a_stream_without_a_packet_ends_without_a_segment() -> None:
    cut = Cut()

    cut.segmenter.finish()

    assert cut.segmenter.settled.is_set()
    assert not cut.segmenter.segments


packets = st.one_of(
    st.binary(min_size=187, max_size=187).map(lambda rest: b"\x47" + rest),
    st.just(transport.pat()),
    st.just(transport.pmt()),
    st.just(transport.filler(0)),
    st.integers(0, 1 << 42).map(lambda ticks: transport.picture(0, keyframe=True, ticks=ticks)),
)
blocks = st.tuples(
    st.lists(packets, min_size=1, max_size=30).map(b"".join),
    st.floats(0, 20),
    st.sampled_from(["", "", "splice", "list", "list"]),
)


@given(st.lists(blocks, max_size=60), st.booleans())
def test_whatever_an_engine_sends_the_lists_are_valid(
    stream: list[tuple[bytes, float, str]], short: bool
) -> None:
    cut = Cut(limit=60 * PACKET if short else 1 << 28, seconds=60.0)
    before = ""
    for block, seconds, action in stream:
        if action == "splice":
            cut.ring.mark_splice()
        cut.push(block, seconds)
        if action == "list" and cut.segmenter.segments:
            text = m3u8.build(cut.segmenter.playlist(lambda number: f"{number}.ts"))
            problems = hls_rules.check_playlist(text)
            if before:
                problems += hls_rules.check_update(before, text)
            # What does not fit into the memory cannot be listed.
            assert [problem for problem in problems if "three target" not in problem] == []
            for segment in hls_rules.read(text).segments:
                cut.bytes_of(segment.number)
            before = text
    cut.segmenter.finish()


def test_what_players_may_still_ask_for_is_kept_however_short_the_memory_was() -> None:
    cut = Cut(seconds=8.0)
    cut.push_card(0, 2)
    cut.told()
    cut.push_card(2, 14)
    listed = cut.told().segments
    longest = max(segment.duration for segment in listed)
    length = sum(segment.duration for segment in listed)

    # As long as the list and itself after it left the list (RFC 8216, 6.2.2).
    loop = LOOP * PACKET / CARD.byte_rate
    cut.push_card(14, 14 + (length + longest) / loop)

    assert length >= 3 * longest
    assert all(cut.segmenter.segments.find(segment.number) is not None for segment in listed)


def paced(gop: float, seconds: float, *, first: float = 0.0, rate: int = 25) -> list[bytes]:
    """Return a broadcast in pieces of one picture; a keyframe every `gop` seconds."""
    every = round(gop * rate)
    data = transport.broadcast(round(seconds * rate), first=round(first * rate), gop=every)
    begins = [
        at
        for at in range(0, len(data), PACKET)
        if pid_of(data, at) == transport.VIDEO_PID and data[at + 1] & 0x40
    ]
    borders = [0, *begins[1:], len(data)]
    return [data[a:b] for a, b in itertools.pairwise(borders)]


@pytest.mark.parametrize("gop", [0.4, 0.52, 1.0, 2.0, 5.0, 9.6, 12.0])
def test_the_first_list_comes_a_second_after_the_first_keyframe(gop: float) -> None:
    cut = Cut(target=2.0)
    came = 0.0
    for block in paced(gop, 4.0):
        cut.push(block, 0.04)
        came += 0.04
        if cut.segmenter.settled.is_set():
            break

    assert came <= 1.2
    assert cut.told().segments


@pytest.mark.parametrize("gop", [0.4, 0.52, 1.0, 2.0, 5.0, 9.6, 12.0])
def test_it_lasts_at_any_distance_of_keyframes(gop: float) -> None:
    cut = Cut(target=2.0, seconds=20.0)
    for block in paced(gop, 60.0):
        cut.push(block, 0.04)
        if cut.segmenter.settled.is_set():
            named = cut.told().segments
            assert all(cut.segmenter.segments.find(segment.number) for segment in named)

    listed = cut.told()
    whole = sum(segment.duration for segment in listed.segments)
    assert listed.target <= 4
    assert whole >= 3 * listed.target
    if gop <= 2.0:
        assert listed.independent


def test_a_stream_that_begins_between_keyframes_loses_no_time_with_a_long_first_piece() -> None:
    cut = Cut(target=2.0)
    came = 0.0
    for block in paced(2.0, 4.0, first=1.0):
        cut.push(block, 0.04)
        came += 0.04
        if cut.segmenter.settled.is_set():
            break

    assert came <= 1.7


def test_a_cut_by_time_is_made_where_a_picture_begins() -> None:
    cut = Cut(target=2.0)
    for block in paced(10.0, 12.0):
        cut.push(block, 0.04)

    for segment in cut.all():
        first = segment[2 * PACKET : 3 * PACKET]
        assert (pid_of(first, 0), first[1] & 0x40) == (transport.VIDEO_PID, 0x40)


def test_keyframes_far_apart_in_a_running_stream_are_promised_for() -> None:
    cut = Cut(target=2.0)
    for block in paced(5.0, 16.0):
        cut.push(block, 0.04)
    late = Segmenter(cut.ring, lambda: cut.scanner.tables, target=2.0, first_number=1)

    late.update(has_video=True, video_pid=transport.VIDEO_PID)

    assert [segment.duration for segment in late.playlist(str).segments] == [5.0] * 3


def radio_with_a_slate(seconds: float, every: float = 15.0) -> list[bytes]:
    """Return sound in pieces of 40 ms and a picture every so many seconds."""
    blocks = []
    for number in range(int(seconds * 25)):
        ticks = number * 27_000_000 // 25
        block = [transport.pat(number), transport.pmt(number)] if number % 12 == 0 else []
        if number % round(every * 25) == 0:
            block.append(transport.picture(number, keyframe=True, ticks=ticks))
        sound = transport.timed_pes(0xC0, ticks // 300, struct.pack(">I", number))
        block.append(transport.packet(transport.AUDIO_PID, number, sound, start=True))
        blocks.append(b"".join(block))
    return blocks


def test_a_radio_with_a_slate_has_a_list_at_once() -> None:
    cut = Cut(target=2.0)
    for block in radio_with_a_slate(2.6):
        cut.push(block, 0.04)

    assert cut.segmenter.settled.is_set()


def test_a_radio_with_a_slate_has_a_list_that_lasts() -> None:
    cut = Cut(target=2.0, seconds=20.0)
    for number, block in enumerate(radio_with_a_slate(90.0)):
        cut.scanner.video_absent = cut.scanner.video_absent or number % 375 > 125
        cut.push(block, 0.04)
        if cut.segmenter.settled.is_set():
            named = cut.told().segments
            assert all(cut.segmenter.segments.find(segment.number) for segment in named)

    listed = cut.told()

    assert sum(segment.duration for segment in listed.segments) >= 3 * listed.target
    assert min(segment.duration for segment in listed.segments) > 1.0
