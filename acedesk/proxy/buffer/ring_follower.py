"""A ring that goes on with what another ring gets.

The bytes are not copied: both rings hold the same slabs, so only the rows of numbers are made
twice. The other ring's clock stands in for the clock references, which are not kept.
"""

from acedesk.mpegts.packets import PCR_HZ, PCR_WRAP
from acedesk.proxy.buffer.ring import Ring
from acedesk.proxy.buffer.slabs import Slab


class RingFollower:
    """Appends to `ring`, which no engine fills any more, what `source` gets.

    It begins where a decoder can start, as close to the live edge as there is one. What is missing
    in between is noted in `ring` as a splice.
    """

    def __init__(self, ring: Ring, source: Ring) -> None:
        newest = source.newest_entry()
        self._ring = ring
        self._source = source
        self._next = newest[0] if newest is not None else source.settled
        self._slab: Slab | None = None
        ring.settled = ring.next  # whatever is undecided in the last chunk is decided by nobody
        ring.mark_splice()

    def follow(self) -> None:
        """Append what came since the last time, as far as its entries are known."""
        source, ring = self._source, self._ring
        if self._next < source.first:
            self._next = source.first
            ring.mark_splice()
        access_points = source.access_points(self._next)
        for number in range(self._next, source.settled):
            chunk = source[number]
            slab, at, start, end = source.block(number)
            entries = tuple(point.entry for point in access_points if point.number == number)
            pcr = int(chunk.clock * PCR_HZ) % PCR_WRAP
            ring.append((self._same(slab), at, start, end), chunk.at, entries, pcr)
        self._next = max(self._next, source.settled)

    def _same(self, slab: Slab) -> Slab:
        """Return the object that stood for this slab before: a ring tells slabs apart by it."""
        known = self._slab
        if known is not None and known.area is slab.area and known.base == slab.base:
            return known
        self._slab = slab
        return slab
