"""Where decoders can start in one stream's ring.

A stream has twenty such places and more, a program a hundred streams: each is one small piece of
memory instead of five, which is what decides how much of the heap goes back when streams end.
"""

import itertools
import struct
from collections import deque
from typing import Final, NamedTuple

from acedesk.mpegts.scan import Entry

# Number of the chunk, offset in it, seconds of media; the tables follow.
_PLACE: Final = struct.Struct("qid")


class Place(NamedTuple):
    """Where an entry is: at `at` in chunk `number`, at `clock` seconds of media."""

    number: int
    at: int
    tables: bytes
    clock: float

    @property
    def entry(self) -> Entry:
        """The entry in its chunk."""
        return Entry(self.at, self.tables)


class Places:
    """The places of a ring, oldest first."""

    __slots__ = ("_packed",)

    def __init__(self) -> None:
        self._packed: deque[bytes] = deque()

    def add(self, place: Place) -> None:
        """Take in the newest."""
        self._packed.append(_PLACE.pack(place.number, place.at, place.clock) + place.tables)

    def drop_before(self, number: int) -> None:
        """Forget those in chunks before this one."""
        while self._packed and _PLACE.unpack_from(self._packed[0])[0] < number:
            self._packed.popleft()

    def clear(self) -> None:
        """Forget all."""
        self._packed.clear()

    @property
    def newest(self) -> Place | None:
        """The newest, None when there is none."""
        return _place_of(self._packed[-1]) if self._packed else None

    def back(self, clock: float) -> Place | None:
        """Return the newest that is not after `clock`, else the oldest, else None."""
        place = None
        for place in map(_place_of, reversed(self._packed)):
            if place.clock <= clock:
                break
        return place

    def since(self, number: int) -> list[Place]:
        """Return those in chunk `number` and later, oldest first."""
        newest_first = map(_place_of, reversed(self._packed))
        return list(itertools.takewhile(lambda place: place.number >= number, newest_first))[::-1]


def _place_of(packed: bytes) -> Place:
    number, at, clock = _PLACE.unpack_from(packed)
    return Place(number, at, packed[_PLACE.size :], clock)
