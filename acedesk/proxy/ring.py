"""The last seconds of one stream, shared by all its clients.

Bytes come in as whole packets, framed once as an HTTP chunk; every client writes the very same
bytes object. A client is a number into this ring, so nothing a client does can hold it up.
"""

import dataclasses
import itertools
from collections import deque
from typing import Final, NamedTuple

from acedesk.mpegts.packets import PCR_HZ, PCR_WRAP
from acedesk.mpegts.scan import Entry

# A step of the stream's clock larger than this between two chunks is a jump, not media time;
# same bound as the PCR discontinuity limits of common segmenters (60 s), our choice.
CLOCK_JUMP: Final = 60.0


@dataclasses.dataclass(slots=True)
class Chunk:
    """Whole packets as they go on the wire.

    Attributes:
        start: Payload bytes of the stream before this chunk.
        framed: The packets as one HTTP/1.1 chunk.
        payload: The packets alone, a view into `framed`.
        at: When they came, monotonic seconds.
        clock: Seconds of media since the stream began, from its PCR, else from the time of arrival.
    """

    start: int
    framed: bytes
    payload: memoryview
    at: float
    clock: float


# start, framed, length of the chunk's head, at, clock: see `Chunk`.
_Row = tuple[int, bytes, int, float, float]


class Place(NamedTuple):
    """Where an entry is: in chunk `number`, at `clock` seconds of media."""

    number: int
    entry: Entry
    clock: float


class MemoryBudget:
    """Bytes that all rings together may hold; when it is used up, the largest ring gives way."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0
        self._holders: dict[Ring, None] = {}

    @property
    def exceeded(self) -> bool:
        """More is held than allowed."""
        return self.used > self.limit

    def admit(self, ring: "Ring") -> None:
        """Count on this ring when memory is to be given back."""
        self._holders[ring] = None

    def dismiss(self, ring: "Ring") -> None:
        """Forget a ring that holds nothing any more."""
        self._holders.pop(ring, None)

    def reclaim(self) -> None:
        """Let the largest rings drop their oldest chunks until all fit."""
        while self.exceeded:
            able = [ring for ring in self._holders if ring.next - ring.first > ring.FLOOR]
            if not able:
                return
            max(able, key=lambda ring: ring.size).drop_oldest()


class Ring:
    """Chunks numbered from 0; the oldest fall out by bytes, by age, and by the common budget.

    At least `FLOOR` chunks stay whatever the limits say, so that a stream always goes on.
    """

    FLOOR: Final = 4

    def __init__(self, *, limit: int, seconds: float, budget: MemoryBudget) -> None:
        self.limit = limit
        self.seconds = seconds
        self.first = 0  # number of the oldest chunk
        self.next = 0  # number the next chunk gets
        self.size = 0
        self.total = 0  # payload bytes ever appended
        self.kept = False  # who reads it goes on after the stream's end, and clears it then
        self.splices: deque[int] = deque()  # chunks not continuous with the one before
        self._budget = budget
        # Plain tuples of plain values: the garbage collector lets go of them at once, while
        # tens of thousands of tracked objects would make it stop all streams for 50 ms.
        self._chunks: dict[int, _Row] = {}
        self._entries: deque[Place] = deque()  # oldest first
        self._pcr: int | None = None
        self._clock = 0.0
        self._arrived = 0.0

    def append(
        self,
        framed: bytes,
        payload: memoryview,
        now: float,
        entries: tuple[Entry, ...],
        pcr: int | None,
    ) -> None:
        """Take over one framed chunk that arrived at `now`."""
        before = self._clock
        clock = self._advance(pcr, now)
        number = self.next
        if not self.size:
            self._budget.admit(self)
        head = len(framed) - len(payload) - 2
        self._chunks[number] = (self.total, framed, head, now, clock)
        for entry in entries:
            share = entry.at / len(payload)
            self._entries.append(Place(number, entry, before + (clock - before) * share))
        self.next = number + 1
        self.size += len(framed)
        self.total += len(payload)
        self._budget.used += len(framed)
        self._trim(now)

    def __getitem__(self, number: int) -> Chunk:
        start, framed, head, at, clock = self._chunks[number]
        return Chunk(start, framed, memoryview(framed)[head:-2], at, clock)

    def wire(self, number: int) -> tuple[bytes, int]:
        """Return the framed bytes of a chunk and how long its framing is in front."""
        row = self._chunks[number]
        return row[1], row[2]

    @property
    def duration(self) -> float:
        """Seconds of media held."""
        if self.next == self.first:
            return 0.0
        return self._chunks[self.next - 1][4] - self._chunks[self.first][4]

    def behind(self, number: int) -> float:
        """Return the seconds of media between chunk `number` and the newest one."""
        if self.next == self.first or number >= self.next:
            return 0.0
        return self._clock - self._chunks[max(number, self.first)][4]

    def bytes_behind(self, number: int) -> int:
        """Return the payload bytes from chunk `number` to the live edge."""
        if number >= self.next:
            return 0
        return self.total - self._chunks[max(number, self.first)][0]

    @property
    def clock(self) -> float:
        """Seconds of media since the stream began."""
        return self._clock

    @property
    def pcr(self) -> int | None:
        """The stream's own clock as it came last, ticks of 27 MHz; None before one came."""
        return self._pcr

    @property
    def media_rate(self) -> float | None:
        """What the picture needs, bit/s by the stream's own clock; None before it is known."""
        if self._pcr is None or self.duration < 1.0:
            return None
        newest = self._chunks[self.next - 1]
        return (newest[0] - self._chunks[self.first][0]) * 8 / self.duration

    def entry(self, back: float) -> tuple[int, Entry] | None:
        """Return the newest entry at least `back` seconds old, else the oldest, else None."""
        chosen = None
        for place in reversed(self._entries):
            chosen = place.number, place.entry
            if self._clock - place.clock >= back:
                break
        return chosen

    def newest_entry(self) -> tuple[int, Entry] | None:
        """Return the newest entry, None when there is none."""
        return self._entries[-1][:2] if self._entries else None

    def places(self, first: int) -> list[Place]:
        """Return the entries in chunk `first` and later, oldest first."""
        newest = itertools.takewhile(lambda place: place.number >= first, reversed(self._entries))
        return list(newest)[::-1]

    def mark_splice(self) -> None:
        """Note that what comes next does not continue what is here: it is another feed."""
        if self.next and (not self.splices or self.splices[-1] != self.next):
            self.splices.append(self.next)

    def clear(self) -> None:
        """Let go of everything."""
        self._budget.used -= self.size
        self._budget.dismiss(self)
        self._chunks.clear()
        self._entries.clear()
        self.first = self.next
        self.size = 0

    def _advance(self, pcr: int | None, now: float) -> float:
        elapsed = now - self._arrived if self.next else 0.0
        self._arrived = now
        if pcr is None:
            if self._pcr is None:
                self._clock += elapsed
            return self._clock
        if self._pcr is not None:
            step = ((pcr - self._pcr) % PCR_WRAP) / PCR_HZ
            self._clock += step if step < CLOCK_JUMP else elapsed
        self._pcr = pcr
        return self._clock

    def drop_oldest(self) -> None:
        """Let go of the oldest chunk; a client that was there goes on at the newest keyframe."""
        gone = self._chunks.pop(self.first)
        self.first += 1
        self.size -= len(gone[1])
        self._budget.used -= len(gone[1])
        while self._entries and self._entries[0][0] < self.first:
            self._entries.popleft()
        while self.splices and self.splices[0] < self.first:
            self.splices.popleft()

    def _trim(self, now: float) -> None:
        while self.next - self.first > self.FLOOR and (
            self.size > self.limit or now - self._chunks[self.first][3] > self.seconds
        ):
            self.drop_oldest()
        if self._budget.exceeded:
            self._budget.reclaim()
