"""Where decoders can start in one stream's ring.

A stream has twenty of them and more, and there may be a hundred streams. Those of one stream are
kept in one block of memory, because many small objects keep the heap from shrinking when streams
end.
"""

import itertools
import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from acedesk.mpegts.scan import Entry

# Number of the chunk, offset in it, seconds of media, length of the tables; the tables and once
# more their length follow, so that the list can be read in both directions.
_HEAD: Final = struct.Struct("=qidI")
_TAIL: Final = struct.Struct("=I")
_BESIDE: Final = _HEAD.size + _TAIL.size
# Tables without a keyframe come ten times a second; they are kept this far apart, in seconds of
# media.
_TABLES_APART: Final = 0.5


class RandomAccessPoint(NamedTuple):
    """Where an entry is: at `at` in chunk `number`, at `clock` seconds of media."""

    number: int
    at: int
    tables: bytes
    clock: float

    @property
    def entry(self) -> Entry:
        """The entry in its chunk."""
        return Entry(self.at, self.tables)


class RandomAccessPoints:
    """The random access points of a ring, oldest first."""

    __slots__ = ("_packed",)

    def __init__(self) -> None:
        self._packed = bytearray()

    def add(self, access_point: RandomAccessPoint) -> None:
        """Add the newest."""
        number, at, tables, clock = access_point
        self._packed += _HEAD.pack(number, at, clock, len(tables)) + tables
        self._packed += _TAIL.pack(len(tables))

    def note(self, number: int, entry: Entry, clock: float, spliced_at: int) -> None:
        """Keep a keyframe; keep tables only if no entry of the same feed is near.

        Args:
            clock: Seconds of media at the entry.
            spliced_at: Number of the last chunk that began another feed, 0 when none did.
        """
        packed = self._packed
        if packed and not entry.tables:  # each block of a stream without video comes here
            length = _TAIL.unpack_from(packed, len(packed) - _TAIL.size)[0]
            last, _, at, _ = _HEAD.unpack_from(packed, len(packed) - _BESIDE - length)
            if spliced_at <= last and clock - at < _TABLES_APART:
                return
        self.add(RandomAccessPoint(number, entry.at, entry.tables, clock))

    def drop_before(self, number: int) -> None:
        """Forget those in chunks before this one."""
        packed, end = self._packed, 0
        while end < len(packed):
            chunk, _, _, length = _HEAD.unpack_from(packed, end)
            if chunk >= number:
                break
            end += _BESIDE + length
        if end:
            del packed[:end]

    def clear(self) -> None:
        """Forget all."""
        self._packed = bytearray()

    @property
    def newest(self) -> RandomAccessPoint | None:
        """The newest, None when there is none."""
        return next(self._newest_first(), None) if self._packed else None

    def back(self, clock: float) -> RandomAccessPoint | None:
        """Return the newest that is not after `clock`, else the oldest, else None."""
        access_point = None
        for access_point in self._newest_first():
            if access_point.clock <= clock:
                break
        return access_point

    def since(self, number: int) -> list[RandomAccessPoint]:
        """Return those in chunk `number` and later, oldest first."""
        late = itertools.takewhile(
            lambda access_point: access_point.number >= number, self._newest_first()
        )
        return list(late)[::-1]

    def _newest_first(self) -> Iterator[RandomAccessPoint]:
        packed = self._packed
        end = len(packed)
        while end:
            start = end - _BESIDE - _TAIL.unpack_from(packed, end - _TAIL.size)[0]
            number, at, clock, length = _HEAD.unpack_from(packed, start)
            tables = start + _HEAD.size
            yield RandomAccessPoint(number, at, bytes(packed[tables : tables + length]), clock)
            end = start
