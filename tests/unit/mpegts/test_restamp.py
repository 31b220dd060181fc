"""Restamping moves clocks and counters, nothing else, and can be undone."""

from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts.columns import clocks, columns_of, counters
from acedesk.mpegts.packets import PACKET, PCR_WRAP
from acedesk.mpegts.restamp import CLOCK_WRAP, MARK_BYTES, Restamp, Restamper
from tests import transport

PROGRAMME = transport.broadcast(30)
SENT = counters(columns_of(PROGRAMME, 0, len(PROGRAMME)))

changes = st.builds(
    Restamp,
    st.integers(0, CLOCK_WRAP - 1),
    st.dictionaries(st.sampled_from((0, 0x100, 0x101, 0x1000, 0x333)), st.integers(1, 15)),
)
packets = st.lists(
    st.binary(min_size=PACKET - 1, max_size=PACKET - 1).map(lambda rest: b"\x47" + rest),
    max_size=6,
).map(b"".join)


@given(changes, packets)
def test_it_can_be_undone(change: Restamp, noise: bytes) -> None:
    block = PROGRAMME + noise

    assert change.inverse().apply(change.apply(block)) == block


@given(changes)
def test_it_is_the_programme_of_another_time(change: Restamp) -> None:
    moved = transport.broadcast(30, clock=change.offset * 300)

    assert Restamp(change.offset).apply(PROGRAMME) == moved


def test_a_clock_passes_its_wrap() -> None:
    late = transport.broadcast(30, clock=PCR_WRAP - 10 * 27_000_000)

    assert Restamp(20 * 90_000).apply(late) == transport.broadcast(30, clock=10 * 27_000_000)


def test_only_the_part_asked_for_is_changed() -> None:
    block = b"head" + PROGRAMME + b"tail"

    changed = Restamp(90_000, {0x100: 3}).apply(block, 4, 4 + len(PROGRAMME))

    assert changed == b"head" + Restamp(90_000, {0x100: 3}).apply(PROGRAMME) + b"tail"


def test_what_changes_nothing_costs_nothing() -> None:
    assert Restamp().apply(PROGRAMME) is PROGRAMME


def test_scrambled_packets_keep_their_times() -> None:
    scrambled = bytearray(PROGRAMME)
    for at in range(0, len(scrambled), PACKET):
        scrambled[at + 3] |= 0x80
        scrambled[at + 3] &= 0xDF  # no adaptation field
    block = bytes(scrambled)

    assert Restamp(90_000).apply(block) == block


@given(st.integers(0, 15), st.integers(1, 400))
def test_counters_run_on_however_the_feed_is_cut(shift: int, size: int) -> None:
    feed = transport.broadcast(40, first=100, counters=shift)
    restamper = Restamper(0, SENT)
    blocks = [feed[at : at + size * PACKET] for at in range(0, len(feed), size * PACKET)]

    sent = PROGRAMME + b"".join(restamper.apply(block) for block in blocks)

    assert broken_counters(sent) == []


@given(st.integers(1, 400))
def test_the_break_is_marked_once_for_each_pid(size: int) -> None:
    feed = transport.broadcast(40, first=100)
    restamper = Restamper(0, {})
    blocks = [feed[at : at + size * PACKET] for at in range(0, len(feed), size * PACKET)]

    sent = b"".join(restamper.apply(block) for block in blocks)

    marked = [at for at, _, _ in clocks(sent, 0, len(sent)) if sent[at + 5] & 0x80]
    assert marked == [at for at, _, _ in clocks(feed, 0, len(feed))][:1]


def test_a_packet_without_payload_keeps_its_counter() -> None:
    alone = transport.packet(0x100, SENT[0x100] + 5, b"", adaptation=transport.pcr_field(1))
    alone = alone[:3] + bytes([alone[3] & 0xEF]) + alone[4:]

    sent = Restamper(0, SENT).apply(alone)

    assert sent[3] & 15 == SENT[0x100] & 15


def test_a_feed_that_fits_is_left_alone_after_its_first_second() -> None:
    fitting = transport.broadcast(30, first=30)
    restamper = Restamper(0, SENT)
    restamper.apply(fitting)
    assert not restamper.idle

    for _ in range(MARK_BYTES // len(fitting) + 1):
        restamper.apply(fitting)

    assert restamper.idle


def broken_counters(block: bytes) -> list[int]:
    """Return the offsets of packets whose counter does not follow."""
    last: dict[int, int] = {}
    broken = []
    for at in range(0, len(block), PACKET):
        pid = (block[at + 1] & 0x1F) << 8 | block[at + 2]
        counter, payload = block[at + 3] & 15, block[at + 3] >> 4 & 1
        if pid != 0x1FFF and pid in last and counter != last[pid] + payload & 15:
            broken.append(at)
        last[pid] = counter
    return broken
