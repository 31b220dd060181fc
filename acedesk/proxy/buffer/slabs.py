"""The memory of all rings: slabs cut from a few large maps.

A ring of heap objects costs a page fault for every 4 KiB again and again, more than the kernel's
copy of the bytes themselves, and leaves the heap in pieces when streams end. The pages of a map are
used again while streams run, and go back to the system together.

A slab is free when the ring has let go of it and the last view of it is gone: those that wait in a
transport or in an answer. So memory is never used again under a reader.

The last view may go in any thread, and in the middle of anything: the collector of cyclic garbage
runs where it is due. So what ends is only noted there, and counted by whoever takes a slab next.
All but that noting belongs to the thread of the loop.
"""

import collections
import ctypes
import mmap
import sys
from array import array
from typing import Final

SLAB: Final = 256 * 1024
# Few maps even for a hundred streams (150), and little that one slab in use keeps.
MAP: Final = 16 * SLAB
# Where slabs begin: the same few numbers for all of them.
_BASES: Final = tuple(range(0, MAP, SLAB))


class Slab(ctypes.Array[ctypes.c_char]):
    """`SLAB` bytes of a map, held as long as this or a view of it lives.

    Attributes:
        map: The whole map: slices of it are bytes, at any stride.
        base: Where the slab begins in the map.
        area: Where it comes from.
    """

    _type_ = ctypes.c_char
    _length_ = SLAB
    __slots__ = ("area", "base", "map")

    map: mmap.mmap
    base: int
    area: "_Area"

    def view(self, start: int, end: int) -> memoryview:
        """Return a part; it keeps the slab from being used for anything else."""
        return memoryview(self).cast("B")[start:end]

    def __del__(self) -> None:
        self.area.home.released.append((self.area, self.base))


class _Area:
    """A map, where it begins in memory, and how many hold each of its slabs."""

    __slots__ = ("address", "holders", "home", "map")

    def __init__(self, home: "Slabs") -> None:
        self.home = home
        self.map = _anonymous_map()
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.map))
        self.holders = array("I", [0]) * (MAP // SLAB)

    @property
    def is_empty(self) -> bool:
        return not any(self.holders)

    @property
    def is_full(self) -> bool:
        return all(self.holders)

    def hold(self, base: int) -> None:
        self.holders[base // SLAB] += 1

    def slab(self, base: int) -> Slab:
        """Return the slab that begins at `base`; it holds it, too."""
        # By address, which costs a sixth of what `from_buffer` keeps; the map lives on in `map`.
        slab = Slab.from_address(self.address + base)
        slab.map, slab.base, slab.area = self.map, base, self
        self.hold(base)
        return slab

    def let_go(self, base: int) -> None:
        self.holders[base // SLAB] -= 1
        if not self.holders[base // SLAB]:
            self.home.give(self)


class HeldSlabs:
    """The slabs of a ring, numbered from 0.

    Rings hold thousands, and small things in large numbers keep the heap from shrinking: only the
    newest is there as an object, the others are made when they are asked for.
    """

    __slots__ = ("_areas", "_indices", "newest")

    def __init__(self) -> None:
        self.newest: Slab | None = None
        self._areas: list[_Area] = []
        self._indices = bytearray()  # which of its map's slabs each of them is

    def add(self, slab: Slab) -> None:
        """Hold one more."""
        slab.area.hold(slab.base)
        self._areas.append(slab.area)
        self._indices.append(slab.base // SLAB)
        self.newest = slab

    def __getitem__(self, number: int) -> Slab:
        if number == len(self._areas) - 1 and self.newest is not None:
            return self.newest
        area = self._areas[number]
        area.home.count_released()  # so that not more than a few ever wait
        return area.slab(_BASES[self._indices[number]])

    def drop(self, count: int) -> None:
        """Let go of the first `count`; the others move up."""
        gone = tuple(zip(self._areas[:count], self._indices[:count], strict=True))
        del self._areas[:count], self._indices[:count]
        for area, index in gone:
            area.let_go(_BASES[index])

    def clear(self) -> None:
        """Let go of all."""
        self.newest = None
        self.drop(len(self._areas))

    def __del__(self) -> None:
        for area, index in zip(self._areas, self._indices, strict=True):
            area.home.released.append((area, _BASES[index]))


class Slabs:
    """Hands out slabs and takes maps back to the system when none of their slabs is in use.

    Attributes:
        released: The slabs, by map and place in it, that finalisers let go of and that are not
            counted as free yet. Appended to by any thread.
    """

    def __init__(self) -> None:
        self.released: collections.deque[tuple[_Area, int]] = collections.deque()
        self._not_full: dict[_Area, None] = {}
        self._full: set[_Area] = set()

    @property
    def mapped(self) -> int:
        """Bytes of all maps."""
        self.count_released()
        return (len(self._not_full) + len(self._full)) * MAP

    def take(self) -> Slab:
        """Return a free slab; what is in it is left over from before.

        Raises:
            MemoryError: The system gives no more memory.
        """
        self.count_released()
        area = next(iter(self._not_full), None)
        if area is None:
            area = _Area(self)
            self._not_full[area] = None
        slab = area.slab(_BASES[area.holders.index(0)])
        if area.is_full:
            del self._not_full[area]
            self._full.add(area)
        return slab

    def give(self, area: _Area) -> None:
        """Take back a slab of `area` that nobody can see any more; called by itself."""
        self._full.discard(area)
        self._not_full[area] = None
        # One empty map is kept: streams that come and go should not map and unmap it.
        if area.is_empty and len(self._not_full) > 1:
            del self._not_full[area]

    def count_released(self) -> None:
        """Let go of what finalisers noted; only in the thread of the loop."""
        released = self.released
        while released:
            area, base = released.popleft()
            area.let_go(base)

    def trim(self) -> None:
        """Give the empty map back, too: no stream is left."""
        self.count_released()
        for area in tuple(self._not_full):
            if area.is_empty:
                del self._not_full[area]


def _anonymous_map() -> mmap.mmap:
    try:
        if sys.platform == "win32":
            return mmap.mmap(-1, MAP)
        area = mmap.mmap(-1, MAP, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except OSError as exc:
        raise MemoryError(f"no {MAP} bytes for streams") from exc
    return area


# As with the heap, there is one memory for the whole process.
slabs: Final = Slabs()
