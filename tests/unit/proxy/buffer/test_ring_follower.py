"""A ring that goes on with what another ring gets, without a copy of the bytes."""

import pytest

from acedesk.mpegts.scan import Scanner
from acedesk.proxy.buffer.chunk_framing import Framer
from acedesk.proxy.buffer.ring import MemoryBudget, Ring
from acedesk.proxy.buffer.ring_follower import RingFollower
from acedesk.proxy.buffer.slabs import SLAB
from tests import transport

MEDIA = transport.broadcast(400)
PIECE = 50 * 188


class Filled:
    """A ring that an engine fills."""

    def __init__(self, seconds: float = 1000.0) -> None:
        self.budget = MemoryBudget(1 << 30)
        self.ring = Ring(limit=1 << 28, seconds=seconds, budget=self.budget)
        self._scanner = Scanner()
        self._framer = Framer(PIECE)
        self.now = 0.0

    def push(self, data: bytes) -> None:
        """Append media as it comes from an engine."""
        for at in range(0, len(data), PIECE):
            piece = data[at : at + PIECE]
            while piece:
                room = self._framer.space()
                count = min(len(room), len(piece))
                room[:count] = piece[:count]
                piece = piece[count:]
                block = self._framer.push(count)
                if block is not None:
                    slab, _, start, end = block
                    scan = self._scanner.scan(slab.map, start, end)
                    self.now += 0.01
                    self.ring.append(block, self.now, scan.entries, scan.pcr, scan.undecided)


def content(ring: Ring, first: int = 0) -> bytes:
    """Return the packets of a ring from a chunk on."""
    return b"".join(bytes(ring.payload(n)) for n in range(max(first, ring.first), ring.next))


@pytest.fixture
def source() -> Filled:
    return Filled()


@pytest.fixture
def former() -> Filled:
    """Return a ring whose engine is gone."""
    filled = Filled()
    filled.push(MEDIA[: 20 * PIECE])
    return filled


def test_it_goes_on_from_the_newest_entry_with_all_that_comes(
    former: Filled, source: Filled
) -> None:
    source.push(MEDIA[: 30 * PIECE])
    before = former.ring.next
    newest = source.ring.newest_entry()
    assert newest is not None

    follower = RingFollower(former.ring, source.ring)
    follower.follow()
    for at in range(30 * PIECE, len(MEDIA), PIECE):
        source.push(MEDIA[at : at + PIECE])
        follower.follow()

    taken = content(former.ring, before)
    held = content(source.ring, newest[0])
    assert taken == held[: len(taken)]
    assert former.ring.next - before == source.ring.settled - newest[0]
    assert former.ring.splices == [before]


def test_entries_and_the_length_of_the_media_are_those_of_the_source(
    former: Filled, source: Filled
) -> None:
    before = former.ring.next
    follower = RingFollower(former.ring, source.ring)
    source.push(MEDIA)
    follower.follow()

    taken = former.ring.access_points(before)
    known = source.ring.access_points(0)
    shift = before - 0
    pairs = [(point.number - shift, point.at) for point in taken]
    assert pairs == [(p.number, p.at) for p in known if p.number < source.ring.settled]
    length = former.ring[former.ring.next - 1].clock - former.ring[before].clock
    expected = source.ring[source.ring.settled - 1].clock - source.ring[0].clock
    assert length == pytest.approx(expected, abs=0.01)


def test_a_slab_is_held_once_by_each_ring(former: Filled, source: Filled) -> None:
    follower = RingFollower(former.ring, source.ring)
    source.push(MEDIA * 3)
    before = former.ring.size

    follower.follow()

    assert len(MEDIA) * 3 > 2 * SLAB
    # As much as the source holds, and at most the unused ends of slabs more.
    assert former.ring.size - before <= source.ring.size + SLAB
    source.ring.clear()
    assert content(former.ring)[-PIECE:]  # its bytes stay


def test_what_the_source_dropped_before_it_was_taken_is_a_splice(former: Filled) -> None:
    source = Filled(seconds=0.1)
    source.push(MEDIA[: 20 * PIECE])
    follower = RingFollower(former.ring, source.ring)
    follower.follow()
    taken = former.ring.next
    source.push(MEDIA[20 * PIECE :])

    follower.follow()

    assert former.ring.splices[-1] == taken
    assert content(source.ring).startswith(content(former.ring, taken)[:PIECE])
