"""The memory of all rings: slabs cut from a few large maps.

A ring of heap objects costs a page fault for every 4 KiB again and again, more than the kernel's
copy of the bytes themselves, and leaves the heap in pieces when streams end. The pages of a map are
used again while streams run, and go back to the system together.

Nobody gives a slab back by hand. It is free when the last view of it is gone: the ring's, and
those that wait in a transport or in an answer. So memory is never used again under a reader.
"""

import ctypes
import mmap
import sys
from typing import Final

SLAB: Final = 256 * 1024
# Few maps even for a hundred streams (300), and little that one slab in use keeps.
MAP: Final = 8 * SLAB
# Where slabs begin: the same few numbers for all of them.
_BASES: Final = tuple(range(0, MAP, SLAB))


class Slab(ctypes.Array[ctypes.c_char]):
    """`SLAB` bytes of a map.

    There is nothing else for each slab: rings hold thousands, and small things in large numbers
    keep the heap from shrinking.

    Attributes:
        map: The whole map: slices of it are bytes, at any stride.
        base: Where the slab begins in the map.
        area: What it goes back to.
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
        self.area.home.give(self)


class _Area:
    """A map, where it begins in memory, and where its free slabs begin in it."""

    def __init__(self, home: "Slabs") -> None:
        self.home = home
        self.map = _anonymous_map()
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.map))
        self.free = list(_BASES)

    @property
    def is_empty(self) -> bool:
        return len(self.free) == len(_BASES)


class Slabs:
    """Hands out slabs and takes maps back to the system when none of their slabs is in use."""

    def __init__(self) -> None:
        self._with_room: dict[_Area, None] = {}
        self._full: set[_Area] = set()

    @property
    def mapped(self) -> int:
        """Bytes of all maps."""
        return (len(self._with_room) + len(self._full)) * MAP

    def take(self) -> Slab:
        """Return a free slab; what is in it is left over from before.

        Raises:
            MemoryError: The system gives no more memory.
        """
        area = next(iter(self._with_room), None)
        if area is None:
            area = _Area(self)
            self._with_room[area] = None
        base = area.free.pop()
        if not area.free:
            del self._with_room[area]
            self._full.add(area)
        # By address, which costs a sixth of what `from_buffer` keeps; the map lives on in `map`.
        slab = Slab.from_address(area.address + base)
        slab.map, slab.base, slab.area = area.map, base, area
        return slab

    def give(self, slab: Slab) -> None:
        """Take back a slab that nobody can see any more; called by itself."""
        area = slab.area
        area.free.append(slab.base)
        self._full.discard(area)
        self._with_room[area] = None
        # One empty map is kept: streams that come and go should not map and unmap it.
        if area.is_empty and len(self._with_room) > 1:
            del self._with_room[area]

    def trim(self) -> None:
        """Give the empty map back, too: no stream is left."""
        for area in tuple(self._with_room):
            if area.is_empty:
                del self._with_room[area]


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
