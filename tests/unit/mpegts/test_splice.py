"""A splice loses nothing where both feeds are the same, and joins them well where they are not."""

import dataclasses
import itertools

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from acedesk.demo.broadcast_clock import load_card
from acedesk.model.failover import SpliceMethod
from acedesk.mpegts.columns import clocks
from acedesk.mpegts.packets import PACKET, PCR_WRAP
from acedesk.mpegts.pes import PTS_WRAP, decoding_time
from acedesk.mpegts.restamp import Restamp, Restamper
from acedesk.mpegts.splice import ENTRY_WAIT, Splice, Splicer
from tests import transport
from tests.unit.mpegts.test_restamp import broken_counters

PROGRAMME = transport.broadcast(120, per_picture=4)
PACKETS = len(PROGRAMME) // PACKET
GOP = len(transport.broadcast(10))
PCR_STEP = 27_000_000 // 25
WAIT = 3.0

cuts = st.lists(st.integers(1, PACKETS - 1), max_size=8)


def pieces(feed: bytes, places: list[int]) -> list[bytes]:
    borders = [0, *sorted({place * PACKET for place in places if place * PACKET < len(feed)})]
    return [feed[a:b] for a, b in itertools.pairwise([*borders, len(feed)])]


@dataclasses.dataclass
class Joined:
    splice: Splice | None
    sent: bytes


def join(
    tail: bytes,
    blocks: list[bytes],
    *,
    restamper: Restamper | None = None,
    seconds: float = 0.01,
    limit: int = 1 << 24,
) -> Joined:
    """Splice `blocks`, one each `seconds`, to `tail` and return all that is sent."""
    splicer = Splicer(tail, restamper=restamper, now=0.0, wait=WAIT, limit=limit)
    splice, sent = None, tail
    for number, block in enumerate(blocks):
        if splice is None:
            splice = splicer.push(block, number * seconds)
            sent += splice.packets if splice is not None else b""
        else:
            sent += splice.restamper.apply(block) if splice.restamper is not None else block
    return Joined(splice, sent)


def check_keyframe_splice(joined: Joined, tail: bytes) -> None:
    """Everything the output of a keyframe splice promises."""
    assert joined.splice is not None
    assert joined.splice.method is SpliceMethod.KEYFRAME
    assert len(joined.sent) % PACKET == 0
    assert joined.sent[::PACKET].count(0x47) == len(joined.sent) // PACKET
    assert broken_counters(joined.sent) == []
    packets = joined.splice.packets
    assert packets[1:3] == b"\x40\x00"  # PAT
    assert packets[PACKET + 1 : PACKET + 3] == b"\x50\x00"  # PMT
    assert b"\x00\x00\x01\x65" in packets[2 * PACKET : 3 * PACKET]
    assert packets[2 * PACKET + 5] & 0x80
    steps = clock_steps(joined.sent)
    assert all(0 < step <= 10 * 27_000_000 for step in steps)


def clock_steps(block: bytes) -> list[int]:
    values = [pcr for _, _, pcr in clocks(block, 0, len(block), transport.VIDEO_PID)]
    return [
        (b - a + PCR_WRAP // 2) % PCR_WRAP - PCR_WRAP // 2 for a, b in itertools.pairwise(values)
    ]


# ---------------------------------------------------------------------- the same bytes


@given(st.integers(20, PACKETS - 20), st.integers(0, PACKETS), cuts)
def test_the_same_broadcast_goes_on_with_no_packet_lost_and_none_twice(
    cut: int, overlap: int, places: list[int]
) -> None:
    start = max(0, cut - overlap)
    blocks = pieces(PROGRAMME[start * PACKET :], places)

    joined = join(PROGRAMME[: cut * PACKET], blocks)

    assert joined.splice is not None
    assert joined.splice.method is SpliceMethod.BYTE_EXACT
    assert joined.splice.lost == 0
    assert joined.sent == PROGRAMME


@given(st.integers(60, PACKETS - 20), st.integers(10, 50), st.integers(0, 40), cuts)
def test_a_feed_that_begins_before_the_remembered_tail_is_found(
    cut: int, remembered: int, before: int, places: list[int]
) -> None:
    start = max(0, cut - remembered - before)
    tail = PROGRAMME[(cut - remembered) * PACKET : cut * PACKET]

    joined = join(tail, pieces(PROGRAMME[start * PACKET :], places))

    assert joined.sent == PROGRAMME[(cut - remembered) * PACKET :]


@given(st.integers(20, PACKETS - 20), st.integers(0, PACKETS), cuts, st.integers(0, 3))
def test_null_packets_of_the_engines_are_no_hindrance(
    cut: int, overlap: int, places: list[int], nulls: int
) -> None:
    stuffed = transport.broadcast(120, nulls=nulls)
    start = max(0, cut - overlap)
    other = pieces(stuffed, [])[0]
    feed = other[other.find(PROGRAMME[start * PACKET : (start + 1) * PACKET]) :]

    joined = join(PROGRAMME[: cut * PACKET], pieces(feed, places))

    assert joined.splice is not None
    assert joined.splice.method is SpliceMethod.BYTE_EXACT
    assert without_nulls(joined.sent) == PROGRAMME


@given(st.integers(60, 800), st.integers(10, 60), cuts, st.integers(1, 5))
def test_null_packets_that_are_the_same_are_sent_once(
    cut: int, overlap: int, places: list[int], nulls: int
) -> None:
    stuffed = transport.broadcast(120, nulls=nulls)
    feed = stuffed[(cut - overlap) * PACKET :]
    assume(without_nulls(stuffed[(cut - overlap) * PACKET : cut * PACKET]))

    assert join(stuffed[: cut * PACKET], pieces(feed, places)).sent == stuffed


@given(st.integers(20, 200), st.integers(9, 60), st.integers(9, 60), cuts)
def test_packets_that_repeat_themselves_do_not_mislead(
    cut: int, still: int, overlap: int, places: list[int]
) -> None:
    """A still picture: the same packet again and again, on both sides of the cut."""
    same = transport.filler(5, b"still") * still
    stream = PROGRAMME[: cut * PACKET] + same + PROGRAMME[cut * PACKET :]
    for end in (cut + still, cut + still - 1, cut + 9):
        start = max(0, min(end, cut) - overlap)

        joined = join(stream[: end * PACKET], pieces(stream[start * PACKET :], places))

        assert joined.sent == stream


@given(cuts, st.integers(1, 100))
def test_the_longest_match_wins_in_a_loop_when_the_time_is_over(
    places: list[int], cut: int
) -> None:
    loop = PROGRAMME[: 100 * PACKET]
    tail = loop * 3 + loop[: cut * PACKET]

    blocks = [*pieces(loop * 2, places), loop]
    joined = join(tail, blocks, seconds=WAIT / (len(blocks) - 1))

    assert joined.splice is not None
    assert joined.splice.method is SpliceMethod.BYTE_EXACT
    assert joined.sent in loop * 12


def test_a_match_is_known_as_soon_as_the_place_has_come() -> None:
    tail, feed = PROGRAMME[: 300 * PACKET], PROGRAMME[280 * PACKET : 300 * PACKET]
    splicer = Splicer(tail, restamper=None, now=0.0, wait=WAIT, limit=1 << 24)

    assert splicer.push(feed[: 19 * PACKET], 0.0) is None
    splice = splicer.push(feed[19 * PACKET :], 0.1)

    assert splice == Splice(SpliceMethod.BYTE_EXACT, b"", None, 0)


@given(st.integers(20, PACKETS - 20), st.integers(0, 300), cuts)
def test_a_restamped_stream_goes_on_byte_exact_too(
    cut: int, overlap: int, places: list[int]
) -> None:
    restamper = Restamper(123_456_789, {0x100: 7, 0x101: 3, 0: 1})
    sent = restamper.apply(PROGRAMME)
    start = max(0, cut - overlap)

    joined = join(
        sent[: cut * PACKET], pieces(PROGRAMME[start * PACKET :], places), restamper=restamper
    )

    assert joined.splice is not None
    assert joined.splice.method is SpliceMethod.BYTE_EXACT
    assert Restamp(0).apply(joined.sent)[20 * PACKET :] == sent[20 * PACKET :]


# ---------------------------------------------------------------------- other bytes


@given(st.integers(30, 60), st.integers(2, 40), cuts)
def test_behind_a_gap_the_next_keyframe_follows_at_once(
    last: int, missing: int, places: list[int]
) -> None:
    tail = transport.broadcast(last)
    feed = transport.broadcast(60, first=last + missing)

    joined = join(tail, pieces(feed, places))

    check_keyframe_splice(joined, tail)
    assert joined.splice is not None
    begun = -(-(last + missing) // 10) * 10  # the next keyframe
    lost = len(transport.broadcast(begun - last, first=last)) // PACKET
    assert joined.splice.lost is not None
    assert abs(joined.splice.lost - lost) <= 8


@given(
    st.integers(30, 60),
    st.integers(0, PCR_WRAP - 1),
    st.integers(0, 15),
    st.integers(0, 40),
    cuts,
)
def test_another_multiplexers_feed_is_put_on_the_same_line_of_time(
    last: int, clock: int, counters: int, first: int, places: list[int]
) -> None:
    tail = transport.broadcast(last)
    feed = transport.broadcast(80, first=first, clock=clock, counters=counters + 1, per_picture=3)

    joined = join(tail, pieces(feed, places), seconds=WAIT / 2)

    if joined.splice is None:
        return
    if joined.splice.method is SpliceMethod.BYTE_EXACT:  # by chance all that is known goes on
        assert broken_counters(joined.sent) == []
        assert min(clock_steps(joined.sent)) >= PCR_STEP // 2
    else:
        check_keyframe_splice(joined, tail)


# The clock has hardly moved; only the picture's counter goes on.
@pytest.mark.parametrize(("last", "first", "clock"), [(30, 29, 1), (33, 33, 0)])
def test_a_feed_that_goes_on_in_one_thing_only_is_another(
    last: int, first: int, clock: int
) -> None:
    tail = transport.broadcast(last)
    feed = transport.broadcast(80, first=first, clock=clock, counters=1, per_picture=3)

    joined = join(tail, [feed], seconds=WAIT / 2)

    assert joined.splice is None or joined.splice.method is SpliceMethod.KEYFRAME


@given(st.integers(PCR_WRAP - 40 * 27_000_000, PCR_WRAP), st.integers(0, 40))
def test_a_clock_that_wraps_goes_on(clock: int, missing: int) -> None:
    tail = transport.broadcast(40, clock=clock)
    feed = transport.broadcast(40, first=40 + missing, clock=clock)

    joined = join(tail, [feed])

    assert joined.splice is not None
    assert all(step > 0 for step in clock_steps(joined.sent))
    assert broken_counters(joined.sent) == []


def test_a_second_splice_follows_the_first() -> None:
    tail = transport.broadcast(40)
    first = join(tail, [transport.broadcast(40, first=500, clock=10**11, counters=3)])
    assert first.splice is not None

    second = join(
        first.sent,
        [transport.broadcast(40, first=900, clock=10**12, counters=9)],
        restamper=first.splice.restamper,
    )

    check_keyframe_splice(second, tail)


def test_a_feed_that_stays_behind_is_joined_when_the_time_is_over() -> None:
    tail = transport.broadcast(200, first=1000)
    feed = transport.broadcast(300, first=300)

    joined = join(tail, pieces(feed, list(range(5, 1500, 5))), seconds=0.04)

    check_keyframe_splice(joined, tail)


def test_sound_alone_is_joined_at_its_tables() -> None:
    tables = transport.pat(3) + transport.pmt(3, streams=((0x0F, 0x101),), pcr_pid=0x1FFF)
    sound = b"".join(transport.filler(n, bytes([n]), pid=0x101) for n in range(20))
    other = b"".join(transport.filler(n, bytes([n, 1]), pid=0x101) for n in range(20))

    joined = join(tables + sound, [other, tables + other], seconds=WAIT)

    assert joined.splice is not None
    assert joined.splice.packets[1:3] == b"\x40\x00"
    assert broken_counters(joined.sent) == []


def test_a_feed_without_tables_is_taken_as_it_is_in_the_end() -> None:
    tail = transport.broadcast(40)
    blocks = [transport.filler(n, bytes([n]), pid=0x77) for n in range(int(WAIT + ENTRY_WAIT) + 2)]

    joined = join(tail, blocks, seconds=1.0)

    assert joined.splice is not None
    assert joined.sent.endswith(blocks[-1])


def test_the_search_ends_after_so_many_bytes() -> None:
    tail = transport.broadcast(100, first=5000)
    feed = transport.broadcast(100, first=4800)

    joined = join(tail, pieces(feed, list(range(0, 600, 20))), seconds=0.0, limit=300 * PACKET)

    check_keyframe_splice(joined, tail)


@given(
    st.lists(st.binary(min_size=187, max_size=187), max_size=30),
    st.lists(st.binary(min_size=187, max_size=187), max_size=30),
    st.booleans(),
)
def test_garbage_is_survived(before: list[bytes], after: list[bytes], mixed: bool) -> None:
    tail = b"".join(b"\x47" + rest for rest in before)
    noise = [b"\x47" + rest for rest in after]
    if mixed:
        noise = [*noise, transport.broadcast(11), *noise]

    joined = join(tail, noise, seconds=1.0)

    assert len(joined.sent) % PACKET == 0


def test_all_the_same_packet_costs_no_time_to_speak_of() -> None:
    same = (b"\x47" * PACKET) * 20_000
    splicer = Splicer(same, restamper=None, now=0.0, wait=WAIT, limit=1 << 22)

    for number in range(20):
        splicer.push(same[: 348 * PACKET], number * 0.04)

    assert splicer.push(same[:PACKET], WAIT) is not None


def without_nulls(block: bytes) -> bytes:
    packets = (block[at : at + PACKET] for at in range(0, len(block), PACKET))
    return b"".join(packet for packet in packets if packet[1:3] != b"\x1f\xff")


BARS, SECOND = load_card("bars"), load_card("second")


# On the same line of time some seconds ahead, or on another, which may by chance be behind.
@example(4303, 74410)
@given(st.integers(BARS.packets, 2 * BARS.packets), st.integers(2, 3) | st.integers(1000, 10**6))
def test_no_picture_is_decoded_before_those_of_the_other_feed(cut: int, loop: int) -> None:
    tail = BARS.read(0, cut)
    first = loop * SECOND.packets
    feed = SECOND.read(first, first + SECOND.packets)

    joined = join(tail, [feed, b""], seconds=WAIT + ENTRY_WAIT)

    assert joined.splice is not None
    last, begin = decoded(tail), decoded(joined.splice.packets)
    for stream in (0xE0, 0xC0):
        ahead = (begin[stream][0] - last[stream][-1]) % PTS_WRAP
        assert 0 < ahead < 10 * 90_000
    assert all(0 < step < 10 * 27_000_000 for step in clock_steps(joined.sent))


def decoded(block: bytes) -> dict[int, list[int]]:
    """Return the times of decoding by stream id."""
    times: dict[int, list[int]] = {}
    for at in range(0, len(block), PACKET):
        if (found := decoding_time(block, at)) is not None:
            times.setdefault(found[0], []).append(found[1])
    return times


GROUP = len(PROGRAMME) // 12  # ten pictures, 0.4 s, from a keyframe on


def other_bytes(first: int, clock: int) -> bytes:
    """Return the same programme as another engine made it: other bytes from the start on."""
    return transport.broadcast(120, per_picture=5, first=first, clock=clock, counters=3)


@pytest.mark.parametrize("seconds_of_silence", [0.0, 0.5, 1.7])
def test_on_another_clock_it_goes_on_as_far_back_as_nothing_was_shown(
    seconds_of_silence: float,
) -> None:
    feed = other_bytes(first=9000, clock=10**11)
    group = len(feed) // 12
    splicer = Splicer(
        PROGRAMME[: 6 * GROUP],
        restamper=None,
        now=10.0,
        wait=WAIT,
        limit=1 << 24,
        silent_since=10.0 - seconds_of_silence,
    )

    splice = splicer.push(feed, 10.0)

    assert splice is not None
    assert splice.method is SpliceMethod.KEYFRAME
    shown_again = len(splice.packets) / group * 0.4 - seconds_of_silence
    assert 0.0 <= shown_again <= 0.9, "the newest keyframe that loses nothing"


def test_on_another_clock_nothing_is_decided_before_the_engine_has_sent_what_it_kept() -> None:
    feed = other_bytes(first=9000, clock=10**11)
    splicer = Splicer(PROGRAMME[: 6 * GROUP], restamper=None, now=0.0, wait=WAIT, limit=1 << 24)

    assert splicer.push(feed[: len(feed) // 2], 0.0, drained=False) is None
    splice = splicer.push(feed[len(feed) // 2 :], 0.05, drained=True)

    assert splice is not None
    assert len(splice.packets) < len(feed) // 6


def test_other_bytes_on_the_same_clock_go_on_at_the_keyframe_before_the_end() -> None:
    end = 6 * GROUP + GROUP // 2
    feed = transport.broadcast(120, per_picture=5, counters=3)

    splice = Splicer(PROGRAMME[:end], restamper=None, now=0.0, wait=WAIT, limit=1 << 24).push(
        feed, 0.0
    )

    assert splice is not None
    assert splice.method is SpliceMethod.KEYFRAME
    assert splice.lost == 0
    group = len(feed) // 12
    assert 5.5 * group <= len(splice.packets) <= 6.1 * group


def test_what_is_shown_twice_is_never_longer_than_two_seconds() -> None:
    sparse = transport.broadcast(250, per_picture=4, gop=120)
    feed = transport.broadcast(250, per_picture=5, counters=3, gop=120)
    per_picture = len(sparse) // 250

    splice = Splicer(
        sparse[: 230 * per_picture], restamper=None, now=0.0, wait=WAIT, limit=1 << 24
    ).push(feed[: 239 * (len(feed) // 250)], 0.0)

    assert splice is None, "the keyframe before is 4.4 s back: the next one is waited for"


def test_a_feed_is_caught_up_when_it_comes_no_faster_than_the_broadcast() -> None:
    splicer = Splicer(PROGRAMME[:GROUP], restamper=None, now=0.0, wait=WAIT, limit=1 << 24)
    assert not splicer.is_caught_up(0.0)

    for piece in range(3):  # what the engine had kept
        splicer.push(PROGRAMME[piece * GROUP : (piece + 1) * GROUP], 0.1 * piece, drained=False)
        assert not splicer.is_caught_up(0.1 * piece)

    assert splicer.is_caught_up(0.4)
