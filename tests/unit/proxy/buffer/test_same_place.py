"""A client that is moved to another ring goes on at the same packet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts.packets import NULL_PACKET, PACKET
from acedesk.proxy.buffer.same_place import find_same_place
from tests import transport
from tests.unit.proxy.buffer.test_ring_follower import PIECE, Filled, content

MEDIA = transport.broadcast(120)
PACKETS = len(MEDIA) // PACKET


def filled(media: bytes) -> Filled:
    ring = Filled()
    ring.push(media)
    return ring


def rest(new: Filled, place: tuple[int, bytes]) -> bytes:
    number, before = place
    return before + content(new.ring, number)


@given(first=st.integers(0, 100), has=st.integers(1, 11))
def test_not_a_packet_is_lost_or_doubled_wherever_the_chunks_are_cut(first: int, has: int) -> None:
    old, new = filled(MEDIA[: 12 * PIECE]), filled(MEDIA[first * PACKET :])

    place = find_same_place(old.ring, has, new.ring)

    if has * PIECE < (first + 8) * PACKET:
        assert place is None
    else:
        assert place is not None
        assert rest(new, place) == MEDIA[has * PIECE :]


def test_who_has_everything_waits_for_what_comes() -> None:
    old, new = filled(MEDIA[: 3 * PIECE]), filled(MEDIA[: 3 * PIECE])

    place = find_same_place(old.ring, old.ring.next, new.ring)

    assert place is not None
    assert rest(new, place) == b""
    assert place[0] <= new.ring.next


@pytest.mark.parametrize(
    "others",
    [b"", MEDIA[: 2 * PIECE], transport.broadcast(120, counters=3), NULL_PACKET * 500],
    ids=["nothing", "not yet", "other bytes", "nulls"],
)
def test_other_media_has_no_such_place(others: bytes) -> None:
    old, new = filled(MEDIA[: 6 * PIECE]), filled(others)

    assert find_same_place(old.ring, 6, new.ring) is None


def test_null_packets_tell_no_place() -> None:
    old, new = filled(NULL_PACKET * 100), filled(NULL_PACKET * 100)

    assert find_same_place(old.ring, old.ring.next, new.ring) is None


def test_a_ring_that_dropped_what_the_client_has_tells_no_place() -> None:
    old = filled(MEDIA[: 6 * PIECE])
    old.ring.clear()

    assert find_same_place(old.ring, 3, filled(MEDIA).ring) is None
