"""The place where one feed goes on with another is found exactly, or not at all."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts.matching import CLOCK_STEP, RUN, SAME_TIMELINE, STEPS_KNOWN, Ending, Matcher
from acedesk.mpegts.packets import NULL_PACKET, PACKET, PCR_HZ, PCR_WRAP
from tests import transport

BROADCAST = transport.broadcast(120)
PACKETS = len(BROADCAST) // PACKET
STEP = PCR_HZ // 25


def packets(first: int, last: int, media: bytes = BROADCAST) -> bytes:
    """Return the packets from `first` to before `last`."""
    return media[first * PACKET : last * PACKET]


def cut(media: bytes, places: list[int]) -> list[bytes]:
    """Return the media in pieces that end at these packets."""
    ends = sorted({place * PACKET for place in places if 0 < place * PACKET < len(media)})
    return [media[a:b] for a, b in itertools.pairwise([0, *ends, len(media)])]


def with_nulls(media: bytes, numbers: set[int]) -> bytes:
    """Return the media with a null packet before each of these packets."""
    parts = [media[at : at + PACKET] for at in range(0, len(media), PACKET)]
    return b"".join((NULL_PACKET if n in numbers else b"") + part for n, part in enumerate(parts))


def matched(tail: bytes, media: bytes, places: list[int] | None = None) -> Matcher:
    """Return what has compared `media` with `tail`."""
    matcher = Matcher(tail)
    for piece in cut(media, places or []):
        matcher.push(piece)
    return matcher


# ---------------------------------------------------------------------- the end of a feed


def test_the_end_of_a_feed_is_read() -> None:
    ending = Ending(transport.broadcast(20))

    assert ending.pcr_pid == transport.VIDEO_PID
    assert ending.pcr == 19 * STEP
    assert ending.behind == 5  # the picture with the clock, three more packets, the sound
    assert (ending.shortest_step, ending.longest_step) == (STEP // 2, STEP)
    assert ending.rate is not None
    assert ending.rate * STEP == pytest.approx(5.1, abs=0.2)


def test_few_steps_tell_nothing_of_what_is_usual() -> None:
    ending = Ending(transport.broadcast(STEPS_KNOWN))

    assert (ending.shortest_step, ending.longest_step) == (1, CLOCK_STEP)


@pytest.mark.parametrize("tail", [b"", transport.filler(0), transport.pat() + transport.pmt()])
def test_without_a_clock_there_is_none(tail: bytes) -> None:
    ending = Ending(tail)

    assert (ending.pcr, ending.pcr_pid, ending.rate, ending.behind) == (None, None, None, 0)
    assert ending.step_to(0) is None


def test_a_clock_that_jumps_has_no_rate() -> None:
    one, two = transport.broadcast(12), transport.broadcast(12, clock=10**11)

    assert Ending(one + two).rate is None


@pytest.mark.parametrize(
    ("ahead", "step"),
    [
        (0, 0),
        (7, 7),
        (-7, -7),
        (SAME_TIMELINE, SAME_TIMELINE),
        (-SAME_TIMELINE, -SAME_TIMELINE),
        (SAME_TIMELINE + 1, None),
        (-SAME_TIMELINE - 1, None),
    ],
)
@pytest.mark.parametrize("clock", [0, PCR_WRAP - 20 * STEP, 10**11])
def test_a_step_has_a_direction_and_a_limit(ahead: int, step: int | None, clock: int) -> None:
    ending = Ending(transport.broadcast(20, clock=clock))
    assert ending.pcr is not None

    assert ending.step_to((ending.pcr + ahead) % PCR_WRAP) == step


# ---------------------------------------------------------------------- a match


@given(
    st.integers(RUN, PACKETS - 1),
    st.integers(RUN, PACKETS),
    st.lists(st.integers(1, PACKETS - 1), max_size=6),
)
def test_the_place_is_found_however_the_feed_is_cut(
    end: int, overlap: int, places: list[int]
) -> None:
    first = max(0, end - overlap)

    matcher = matched(packets(0, end), packets(first, PACKETS), places)

    assert matcher.find_offset(final=True) == (end - first) * PACKET


@given(
    st.integers(4 * RUN, PACKETS - 1),
    st.integers(2 * RUN, 100),
    st.sets(st.integers(0, PACKETS), max_size=20),
    st.sets(st.integers(0, PACKETS), max_size=20),
)
def test_null_packets_that_differ_change_nothing(
    end: int, overlap: int, ours: set[int], theirs: set[int]
) -> None:
    first = max(0, end - overlap)
    feed = with_nulls(packets(first, PACKETS), theirs)

    matcher = matched(with_nulls(packets(0, end), ours), feed)
    offset = matcher.find_offset(final=True)

    assert offset is not None
    rest = feed[offset:]
    assert rest.replace(NULL_PACKET, b"") == packets(end, PACKETS)


def test_null_packets_sent_already_are_not_sent_again() -> None:
    tail = packets(0, 100) + 2 * NULL_PACKET
    feed = packets(50, 100) + 3 * NULL_PACKET + packets(100, 110)

    assert matched(tail, feed).find_offset(final=True) == 52 * PACKET


def test_a_match_at_the_newest_packet_waits_for_the_null_packets_behind() -> None:
    matcher = matched(packets(0, 100) + NULL_PACKET, packets(50, 100))

    assert matcher.find_offset(final=False) is None
    assert matcher.find_offset(final=True) == 50 * PACKET
    matcher.push(NULL_PACKET + packets(100, 101))
    assert matcher.find_offset(final=False) == 51 * PACKET


def test_nothing_is_found_before_the_feed_has_come_so_far() -> None:
    matcher = matched(packets(0, 100), packets(20, 99))
    assert matcher.find_offset(final=True) is None

    matcher.push(packets(99, 100))

    assert matcher.find_offset(final=True) == 80 * PACKET


def test_another_broadcast_is_never_taken_for_this_one() -> None:
    other = transport.broadcast(120, first=5000, counters=3)

    assert matched(packets(0, 300), other).find_offset(final=True) is None


def test_a_run_that_lies_across_packets_is_no_match() -> None:
    tail = bytes(4 * RUN * PACKET)
    feed = transport.filler(1) + bytes(RUN * PACKET - 1) + transport.filler(2)[:1]

    assert matched(tail, feed).find_offset(final=True) is None


def test_a_picture_that_stands_still_is_decided_only_in_the_end() -> None:
    still = [transport.filler(0, b"still")] * 200
    tail, feed = b"".join(still), b"".join(still[:50])

    matcher = matched(tail, feed)

    assert matcher.find_offset(final=False) is None
    assert matcher.find_offset(final=True) == 50 * PACKET


def test_of_two_places_that_look_alike_the_longer_one_is_taken() -> None:
    loop = packets(0, 40)
    old, new = loop + packets(40, 80) + loop, packets(80, 120)
    feed = packets(40, 80) + loop + new

    assert matched(old, feed).find_offset(final=True) == 80 * PACKET


@given(st.integers(1, 20), st.integers(1, 300))
def test_a_repeating_stream_costs_little_and_never_fails(period: int, length: int) -> None:
    loop = packets(0, period)
    tail = (loop * 40)[: 300 * PACKET]

    matcher = matched(tail, (loop * 300)[: length * PACKET])
    offset = matcher.find_offset(final=True)

    assert offset is None or 0 <= offset <= length * PACKET
    assert offset is None or offset % PACKET == 0


@given(st.lists(st.integers(0, 30), max_size=60), st.lists(st.integers(0, 30), max_size=60))
def test_a_place_is_told_only_behind_what_both_have(old: list[int], new: list[int]) -> None:
    tail = b"".join(packets(n, n + 1) for n in old)
    feed = b"".join(packets(n, n + 1) for n in new)

    offset = matched(tail, feed).find_offset(final=True) if feed else None

    if offset is not None:
        run = min(RUN, len(old)) * PACKET
        assert feed[:offset].endswith(tail[-run:])


# ---------------------------------------------------------------------- no match can come


def test_without_an_old_feed_nothing_is_to_be_found() -> None:
    assert matched(b"", packets(0, 50)).is_hopeless()
    assert matched(NULL_PACKET * 3, packets(0, 50)).is_hopeless()


def test_a_feed_that_is_still_before_the_place_may_reach_it() -> None:
    matcher = matched(packets(0, 200), packets(50, 120))

    assert not matcher.is_hopeless()
    matcher.push(packets(120, 200))
    assert not matcher.is_hopeless()
    assert matcher.find_offset(final=True) == 150 * PACKET


def test_a_feed_that_has_left_out_the_place_will_not_find_it() -> None:
    matcher = matched(packets(0, 200), packets(50, 120))

    matcher.push(packets(230, 330))

    assert matcher.is_hopeless()


def test_a_feed_that_began_behind_the_place_will_not_find_it() -> None:
    assert matched(packets(0, 200), packets(260, 330)).is_hopeless()


def test_a_feed_on_another_line_of_time_will_not_find_it() -> None:
    other = transport.broadcast(60, first=5000, clock=10**11)

    assert matched(packets(0, 200), other).is_hopeless()


def test_a_feed_from_longer_ago_than_is_remembered_may_reach_the_place() -> None:
    assert not matched(packets(300, 400), packets(0, 100)).is_hopeless()


@pytest.mark.parametrize("count", [0, 1, RUN - 1])
def test_too_few_packets_are_no_reason_to_give_up(count: int) -> None:
    matcher = Matcher(packets(0, 200))
    if count:
        matcher.push(packets(300, 300 + count))

    assert not matcher.is_hopeless()


# ---------------------------------------------------------------------- a seam


@given(st.integers(100, PACKETS - 60), st.integers(0, RUN - 1))
def test_a_feed_that_begins_about_where_the_other_ended_goes_on(end: int, overlap: int) -> None:
    matcher = matched(packets(0, end), packets(end - overlap, PACKETS))

    assert matcher.find_offset(final=True) is None
    assert matcher.seam() == overlap * PACKET


@pytest.mark.parametrize("gap", [1, 2, 5, 16, 51])
def test_a_gap_is_no_seam(gap: int) -> None:
    assert matched(packets(0, 200), packets(200 + gap, PACKETS)).seam() is None


def test_counters_that_do_not_go_on_are_no_seam() -> None:
    other = transport.broadcast(60, first=40, counters=1)
    tail = transport.broadcast(40)

    assert matched(tail, transport.broadcast(60, first=40)).seam() == 0
    assert matched(tail, other).seam() is None


@pytest.mark.parametrize("late", [PCR_HZ, -PCR_HZ, 10**11])
def test_a_clock_that_does_not_go_on_is_no_seam(late: int) -> None:
    tail, other = transport.broadcast(40), transport.broadcast(60, first=40, clock=late)

    assert matched(tail, other).seam() is None


def test_a_clock_that_begins_anew_goes_on() -> None:
    clock = PCR_WRAP - 40 * STEP
    tail = transport.broadcast(40, clock=clock)

    assert matched(tail, transport.broadcast(60, first=40, clock=clock)).seam() == 0


def test_a_seam_is_not_seen_before_the_new_clock_came() -> None:
    matcher = Matcher(packets(0, 200))
    matcher.push(transport.filler(0, b"no clock"))

    assert matcher.seam() is None


def test_without_any_clock_only_common_packets_are_a_seam() -> None:
    media = b"".join(transport.filler(n, n.to_bytes(2, "big")) for n in range(64))

    assert matched(packets(0, 40, media), packets(40, 64, media)).seam() is None
    assert matched(packets(0, 40, media), packets(37, 64, media)).seam() == 3 * PACKET


@given(st.binary(min_size=PACKET, max_size=6 * PACKET), st.binary(max_size=6 * PACKET))
def test_no_bytes_are_a_fault(new: bytes, old: bytes) -> None:
    matcher = Matcher(old[: len(old) // PACKET * PACKET])
    matcher.push(new[: len(new) // PACKET * PACKET])

    for offset in (matcher.find_offset(final=True), matcher.seam()):
        assert offset is None or 0 <= offset <= len(new)
    assert matcher.is_hopeless() in (True, False)
