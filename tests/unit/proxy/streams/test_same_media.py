"""Two streams whose engines tell nothing are known by their media."""

import pytest

from acedesk.demo.broadcast_clock import load_card
from acedesk.mpegts.packets import NULL_PACKET, PACKET
from acedesk.proxy.buffer.ring import Ring
from acedesk.proxy.streams import same_media
from acedesk.proxy.streams.same_media import SEARCHED, RingMarks
from tests import transport
from tests.unit.proxy.buffer.test_ring_follower import Filled

CARD = load_card("bars")
RADIO = b"".join(
    transport.pat(n)
    + transport.pmt(n, streams=((0x0F, 0x101),))
    + b"".join(transport.filler(n * 9 + k, b"%d" % n, 0x101) for k in range(8))
    for n in range(40)
)


def ring_of(data: bytes) -> Filled:
    filled = Filled()
    filled.push(data)
    return filled


def have_same_media(one: Ring, other: Ring) -> bool:
    """Tell whether two rings have a mark in common."""
    return bool(RingMarks().look(one) & RingMarks().look(other))


def test_parts_of_one_broadcast_that_overlap_are_the_same() -> None:
    early, late = ring_of(CARD.read(0, 5000)), ring_of(CARD.read(2000, 9000))

    assert have_same_media(early.ring, late.ring)
    assert have_same_media(late.ring, early.ring)


def test_null_packets_that_an_engine_adds_make_no_difference() -> None:
    packets = CARD.read(0, 5000)
    padded = b"".join(
        packets[at : at + PACKET] + NULL_PACKET * (at // PACKET % 3 == 0)
        for at in range(0, len(packets), PACKET)
    )

    assert have_same_media(ring_of(packets).ring, ring_of(padded).ring)


def test_the_same_pictures_at_another_time_are_another_broadcast() -> None:
    first, again = CARD.read(0, CARD.packets), CARD.read(CARD.packets, 2 * CARD.packets)

    assert not have_same_media(ring_of(first).ring, ring_of(again).ring)


@pytest.mark.parametrize("other", [b"", RADIO, transport.broadcast(100, clock=900_000_000)])
def test_other_media_and_none_are_not_the_same(other: bytes) -> None:
    assert not have_same_media(ring_of(transport.broadcast(100)).ring, ring_of(other).ring)
    assert not have_same_media(ring_of(other).ring, ring_of(transport.broadcast(100)).ring)


def test_tables_without_a_time_tell_nothing() -> None:
    ring = ring_of(RADIO).ring
    assert ring.access_points(0)

    assert not have_same_media(ring, ring)


def test_each_place_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    make = same_media._mark_of

    def count(packets: list[bytes]) -> bytes:
        made.append(len(packets))
        return make(packets)

    monkeypatch.setattr(same_media, "_mark_of", count)
    filled, marks = ring_of(CARD.read(0, 5000)), RingMarks()
    first = marks.look(filled.ring)
    begun = len(made)

    assert marks.look(filled.ring) == first
    filled.push(CARD.read(5000, 9000))
    assert first < marks.look(filled.ring)

    assert len(made) == len(filled.ring.access_points(0)) > begun > 0
    assert set(made) == {SEARCHED}


def test_a_place_is_looked_at_again_when_more_came_behind_it() -> None:
    filled, marks = Filled(), RingMarks()
    filled.push(CARD.read(0, 50))
    assert filled.ring.access_points(0)
    assert marks.look(filled.ring) == set()

    filled.push(CARD.read(50, 1000))

    assert marks.look(filled.ring) == RingMarks().look(filled.ring) != set()


def test_what_the_ring_dropped_is_forgotten() -> None:
    filled, marks = ring_of(CARD.read(0, 9000)), RingMarks()
    before = marks.look(filled.ring)

    filled.ring.drop_oldest(100)

    assert marks.look(filled.ring) < before
    assert len(marks._known) == len(filled.ring.access_points(0))
