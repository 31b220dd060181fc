"""The last seconds of one stream, shared by all its clients.

Whole packets are framed once, as an HTTP chunk, and stay where they are: in the slab that their
engine was read into. A client only has a position in the ring, so no client can hold it up.
"""

import dataclasses
import struct
from typing import Final

from acedesk.mpegts.scan import Entry
from acedesk.proxy.buffer.chunk_framing import MOST_UNUSED, TAIL, Block
from acedesk.proxy.buffer.media_clock import MediaClock
from acedesk.proxy.buffer.random_access_points import RandomAccessPoint, RandomAccessPoints
from acedesk.proxy.buffer.slabs import SLAB, HeldSlabs, Slab


@dataclasses.dataclass(slots=True)
class Chunk:
    """Whole packets.

    Attributes:
        start: Payload bytes of the stream before this chunk.
        size: Payload bytes of this chunk.
        at: When they came, monotonic seconds.
        clock: Seconds of media since the stream began, from its PCR, else from the time of arrival.
    """

    start: int
    size: int
    at: float
    clock: float


# What is kept of a chunk: framed bytes and payload bytes before it; the number of its slab, and
# where in it the framing begins, the packets begin, and end; time of arrival, clock: see `Chunk`.
# In one block of memory: eight objects for each chunk cost more than all else that is done with it,
# because those of an old chunk are in no cache of the processor any more.
_ROW: Final = struct.Struct("qqiiiidd")
_Row = tuple[int, int, int, int, int, int, float, float]
# Rows at first; doubled when they are used up.
_FEW: Final = 64
# Old chunks are dropped `_STEP` at a time, and looked for every `_LOOK` seconds at least.
_STEP: Final = 4
_LOOK: Final = 1.0


class MemoryBudget:
    """Bytes that all rings together may hold; when it is used up, the largest ring gives way."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self._holders: dict[Ring, None] = {}

    def admit(self, ring: "Ring") -> None:
        """Add a ring from which memory can be taken back."""
        self._holders[ring] = None

    def dismiss(self, ring: "Ring") -> None:
        """Forget a ring that holds nothing any more."""
        self._holders.pop(ring, None)

    def reclaim(self) -> None:
        """Let the largest rings drop their oldest chunks until all fit.

        A little more is dropped than needed, so that the largest is not searched at every chunk.
        """
        enough = self.limit - self.limit // 64
        while self.used > enough:
            able = [ring for ring in self._holders if ring.next - ring.first > ring.FLOOR]
            if not able:
                return
            max(able, key=lambda ring: ring.size).drop_oldest()


class Ring:
    """Chunks numbered from 0; the oldest fall out by bytes, by age, and by the common budget.

    At least `FLOOR` chunks stay whatever the limits say, so that a stream always goes on.

    Attributes:
        limit: Bytes it may hold.
        seconds: How old a chunk may become when a client still needs it.
        rewind: How old a chunk becomes when no client needs it. Longer costs not only memory:
            filling memory takes as much time as sending from it.
        wanted: Number of the oldest chunk a client needs.
        budget: What it has in common with all others.
    """

    __slots__ = (
        "_access_points",
        "_capacity",
        "_first_slab",
        "_framed",
        "_media_clock",
        "_oldest_clock",
        "_rows",
        "_slab",
        "_slab_end",
        "_slabs",
        "_trim_at",
        "budget",
        "first",
        "kept",
        "limit",
        "next",
        "rewind",
        "seconds",
        "settled",
        "size",
        "splices",
        "total",
        "wanted",
    )

    FLOOR: Final = 4

    def __init__(
        self, *, limit: int, seconds: float, budget: MemoryBudget, rewind: float | None = None
    ) -> None:
        self.limit = limit
        self.seconds = seconds
        self.rewind = seconds if rewind is None else rewind
        self.wanted = 0
        self.first = 0  # number of the oldest chunk
        self.next = 0  # number the next chunk gets
        self.settled = 0  # number of the first chunk in which an entry may still be found
        self.size = 0
        self.total = 0  # payload bytes ever appended
        self.kept = False  # a reader needs it after the stream's end, and clears it then
        self.splices: list[int] = []  # chunks not continuous with the one before
        self.budget = budget
        self._rows = bytearray(_ROW.size * _FEW)  # chunk n is in row n modulo the capacity
        self._capacity = _FEW
        self._oldest_clock = 0.0
        self._trim_at = 0.0
        self._framed = 0  # framed bytes ever appended, and unused ends of slabs
        self._first_slab = 1
        self._slabs = HeldSlabs()
        self._slab = 0  # number of the newest
        self._slab_end = 0  # where in its map its last chunk ends
        self._access_points = RandomAccessPoints()
        self._media_clock = MediaClock()

    def append(
        self,
        block: Block,
        now: float,
        entries: tuple[Entry, ...],
        pcr: int | None,
        undecided: int | None = None,
    ) -> None:
        """Take over one framed chunk that arrived at `now`; the rest is as in `Scan`."""
        slab, at, start, end = block
        media_clock = self._media_clock
        before = media_clock.seconds
        clock = media_clock.advance(pcr, now)
        number, total, base, payload = self.next, self.total, slab.base, end - start
        if number == self.first:
            self.budget.admit(self)
            self._oldest_clock = clock
        elif number - self.first == self._capacity:
            self._rows = _grown(self._rows, self.first, number)
            self._capacity *= 2
        if slab is not self._slabs.newest:
            self._next_slab(slab)
        row_offset = number % self._capacity * _ROW.size
        begins = self._framed, total, self._slab, at - base, start - base, end - base
        _ROW.pack_into(self._rows, row_offset, *begins, now, clock)
        if entries:
            _note(self, self._access_points, entries, (before, (clock - before) / payload))
        if undecided is None:
            self.settled = number + 1
        elif undecided >= 0:
            self.settled = number
        size, budget = end + TAIL - at, self.budget
        self._slab_end = end + TAIL
        self.next = number + 1
        self.size += size
        self.total = total + payload
        self._framed += size
        budget.used += size
        if now >= self._trim_at or self.size > self.limit:
            self._trim(now)
        if budget.used > budget.limit:
            budget.reclaim()

    def _next_slab(self, slab: Slab) -> None:
        """Go on in another slab; the unused end of the former one counts as held."""
        before = self._slabs.newest
        self._slab += 1
        self._slabs.add(slab)
        if before is None:
            return
        unused = before.base + SLAB - self._slab_end
        if unused <= MOST_UNUSED:  # where more is unused, the feed has changed
            self._framed += unused
            self.size += unused
            self.budget.used += unused

    def _row(self, number: int) -> _Row:
        if not self.first <= number < self.next:
            raise KeyError(number)
        row: _Row = _ROW.unpack_from(self._rows, number % self._capacity * _ROW.size)
        return row

    def __getitem__(self, number: int) -> Chunk:
        _, total, _, _, start, end, now, clock = self._row(number)
        return Chunk(total, end - start, now, clock)

    def framed(self, number: int) -> memoryview:
        """Return a chunk as it goes on the wire (HTTP/1.1)."""
        _, _, slab, at, _, end, _, _ = self._row(number)
        return self._slabs[slab - self._first_slab].view(at, end + TAIL)

    def payload(self, number: int) -> memoryview:
        """Return the packets of a chunk."""
        _, _, slab, _, start, end, _, _ = self._row(number)
        return self._slabs[slab - self._first_slab].view(start, end)

    def block(self, number: int) -> Block:
        """Return a chunk as it was appended."""
        _, _, slab, at, start, end, _, _ = self._row(number)
        held = self._slabs[slab - self._first_slab]
        return held, held.base + at, held.base + start, held.base + end

    @property
    def duration(self) -> float:
        """Seconds of media held."""
        if self.next == self.first:
            return 0.0
        return self._media_clock.seconds - self._oldest_clock

    def behind(self, number: int) -> float:
        """Return the seconds of media between chunk `number` and the newest one."""
        if self.next == self.first or number >= self.next:
            return 0.0
        return self._media_clock.seconds - self._row(max(number, self.first))[-1]

    def bytes_behind(self, number: int) -> int:
        """Return the payload bytes from chunk `number` to the live edge."""
        if number >= self.next:
            return 0
        return self.total - self._row(max(number, self.first))[1]

    @property
    def clock(self) -> float:
        """Seconds of media since the stream began."""
        return self._media_clock.seconds

    @property
    def pcr(self) -> int | None:
        """The stream's own clock as it came last, ticks of 27 MHz; None before one came."""
        return self._media_clock.pcr

    @property
    def media_rate(self) -> float | None:
        """What the picture needs, bit/s by the stream's own clock; None before it is known."""
        if self._media_clock.pcr is None or self.duration < 1.0:
            return None
        length = self._row(self.next - 1)[1] - self._row(self.first)[1]
        return length * 8 / self.duration

    def entry(self, back: float) -> tuple[int, Entry] | None:
        """Return the newest entry at least `back` seconds old, else the oldest, else None."""
        chosen = self._access_points.back(self._media_clock.seconds - back)
        return (chosen.number, chosen.entry) if chosen is not None else None

    def newest_entry(self) -> tuple[int, Entry] | None:
        """Return the newest entry, None when there is none."""
        newest = self._access_points.newest
        return (newest.number, newest.entry) if newest is not None else None

    def access_points(self, first: int) -> list[RandomAccessPoint]:
        """Return the entries in chunk `first` and later, oldest first."""
        return self._access_points.since(first)

    def mark_splice(self) -> None:
        """Note that the next chunk comes from another feed and does not continue the last one."""
        if self.next and (not self.splices or self.splices[-1] != self.next):
            self.splices.append(self.next)

    def clear(self) -> None:
        """Drop everything."""
        self.budget.used -= self.size
        self.budget.dismiss(self)
        self._rows, self._capacity = bytearray(_ROW.size * _FEW), _FEW
        self._slabs.clear()
        self._first_slab = self._slab + 1
        self._access_points.clear()
        self.first = self.next
        self.size = 0

    def drop_oldest(self, count: int = 1) -> None:
        """Drop the oldest chunks; a client that was there goes on at the newest keyframe."""
        first = self.first + count
        framed, _, slab, _, _, _, _, self._oldest_clock = self._row(first)
        self.first = first
        size = self._framed - framed
        self.budget.used -= self.size - size
        self.size = size
        if self._first_slab < slab:
            self._slabs.drop(slab - self._first_slab)
            self._first_slab = slab
        self._access_points.drop_before(first)
        while self.splices and self.splices[0] < first:
            del self.splices[0]

    def _trim(self, now: float) -> None:
        """Drop what is too much, and what is too old, the latter a few chunks at a time."""
        while self.size > self.limit and self.next - self.first > self.FLOOR:
            self.drop_oldest()
        while self.next - self.first >= self.FLOOR + _STEP:
            last = self.first + _STEP - 1
            arrived = self._row(last)[-2]
            if not _is_old(self, last, now - arrived):
                self._trim_at = min(max(arrived + self.rewind, now), now + _LOOK)
                return
            self.drop_oldest(_STEP)
        self._trim_at = now + min(self.rewind, _LOOK)


def _is_old(ring: Ring, number: int, age: float) -> bool:
    """Tell whether a chunk's time is over."""
    if age <= ring.rewind:
        return False
    if age > ring.seconds:
        return True
    # The newest entry stays, too: without it nobody could join.
    newest = ring.newest_entry()
    return number < min(ring.wanted, newest[0] if newest is not None else ring.next)


def _grown(rows: bytearray, first: int, end: int) -> bytearray:
    """Return room for twice as many chunks, with the rows of chunks `first` to `end`."""
    size = _ROW.size
    capacity = len(rows) // size
    grown = bytearray(2 * len(rows))
    for number in range(first, end):
        old, new = number % capacity * size, number % (2 * capacity) * size
        grown[new : new + size] = rows[old : old + size]
    return grown


def _note(
    ring: Ring,
    access_points: RandomAccessPoints,
    entries: tuple[Entry, ...],
    times: tuple[float, float],
) -> None:
    """Note the entries of the newest chunk, which is not counted yet.

    Args:
        times: Seconds of media at its beginning, and in each byte.
    """
    spliced_at = ring.splices[-1] if ring.splices else 0
    for entry in entries:
        if entry.at >= 0:
            clock = times[0] + entry.at * times[1]
            access_points.note(ring.next, entry, clock, spliced_at)
        elif (earlier := _earlier(ring, entry)) is not None:
            newest = access_points.newest
            if newest is None or newest.number <= earlier.number:
                access_points.add(earlier)


def _earlier(ring: Ring, entry: Entry) -> RandomAccessPoint | None:
    """Return where an entry before the newest chunk lies, None when that chunk is gone."""
    number, at = ring.next, entry.at
    while at < 0 and number > ring.first:
        number -= 1
        at += ring[number].size
    if at < 0:
        return None
    chunk = ring[number]
    before = ring[number - 1].clock if number > ring.first else chunk.clock
    clock = before + (chunk.clock - before) * at / chunk.size
    return RandomAccessPoint(number, at, entry.tables, clock)
