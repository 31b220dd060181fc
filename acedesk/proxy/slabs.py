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
import weakref
from typing import Any, Final

SLAB: Final = 256 * 1024
# Few maps even for a hundred streams (300), and little that one slab in use keeps.
MAP: Final = 8 * SLAB

_Lease = ctypes.c_char * SLAB


class Slab:
    """`SLAB` bytes of a map.

    Attributes:
        map: The whole map: slices of it are bytes, at any stride.
        base: Where the slab begins in the map.
        view: The slab alone; views of it keep it from being used for anything else.
    """

    __slots__ = ("base", "map", "view")

    def __init__(self, area: mmap.mmap, base: int, view: memoryview) -> None:
        self.map = area
        self.base = base
        self.view = view


class _Area:
    """A map, and the numbers of its free slabs."""

    def __init__(self) -> None:
        self.map = _anonymous_map()
        self.free = list(range(MAP // SLAB))

    @property
    def is_empty(self) -> bool:
        return len(self.free) == MAP // SLAB


class _Watch(weakref.ref[Any]):
    """Tells when nobody holds a slab any more."""

    __slots__ = ("area", "number")

    area: _Area
    number: int


class Slabs:
    """Hands out slabs and takes maps back to the system when none of their slabs is in use."""

    def __init__(self) -> None:
        self._with_room: dict[_Area, None] = {}
        self._full: set[_Area] = set()
        self._watches: dict[int, _Watch] = {}  # by identity

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
            area = _Area()
            self._with_room[area] = None
        number = area.free.pop()
        if not area.free:
            del self._with_room[area]
            self._full.add(area)
        lease = _Lease.from_buffer(area.map, number * SLAB)
        watch = _Watch(lease, self._give)
        watch.area, watch.number = area, number
        self._watches[id(watch)] = watch
        return Slab(area.map, number * SLAB, memoryview(lease).cast("B"))

    def _give(self, watch: _Watch) -> None:
        self._watches.pop(id(watch), None)
        area = watch.area
        area.free.append(watch.number)
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
