"""The memory of all rings: slabs cut from a few large maps.

A ring of heap objects costs a page fault for every 4 KiB again and again, more than the kernel's
copy of the bytes themselves, and leaves the heap fragmented when streams end. The pages of a map
are used again while streams run, and go back to the system together.

A slab is free when the ring has released it and no view of it exists any more; views may wait in a
transport or in an answer. So memory is never used again while somebody can read it.

The last view may be deleted in any thread and at any moment, because the garbage collector runs
whenever it is due. So a finaliser only notes the slab in a deque, and whoever takes a slab next
counts it as free. All the rest runs in the thread of the event loop.

Giving a map back takes the system a millisecond, and a hundred streams that end together have 150:
each goes in a round of the loop of its own.
"""

import asyncio
import collections
import ctypes
import mmap
import sys
from array import array
from typing import Final

SLAB: Final = 256 * 1024
# So large that a hundred streams need few maps (150), and so small that a slab in use does not keep
# much memory from going back.
MAP: Final = 16 * SLAB
# Where slabs begin: the same few numbers for all of them.
_BASES: Final = tuple(range(0, MAP, SLAB))


class Slab(ctypes.Array[ctypes.c_char]):
    """`SLAB` bytes of a map, held as long as this or a view of it lives.

    Attributes:
        map: The whole map: slices of it are bytes, at any stride.
        base: Where the slab begins in the map.
        area: The map and its counts.
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
    """A map, where it begins in memory, and how many holders each of its slabs has."""

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
        """Return the slab that begins at `base`; the object returned is one of its holders."""
        # By address: `from_buffer` keeps six times as much. `slab.map` keeps the map alive.
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

    Rings hold thousands of slabs, and many small objects keep the heap from shrinking. So only the
    newest slab exists as an object; the others are made when they are asked for.
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
        """Release the first `count`; the others move up."""
        gone = tuple(zip(self._areas[:count], self._indices[:count], strict=True))
        del self._areas[:count], self._indices[:count]
        for area, index in gone:
            area.let_go(_BASES[index])

    def clear(self) -> None:
        """Release all."""
        self.newest = None
        self.drop(len(self._areas))

    def __del__(self) -> None:
        for area, index in zip(self._areas, self._indices, strict=True):
            area.home.released.append((area, _BASES[index]))


class Slabs:
    """Hands out slabs, and gives a map back to the system when none of its slabs is in use.

    Attributes:
        released: The slabs, by map and offset in it, that finalisers released and that are not
            counted as free yet. Any thread may append.
    """

    def __init__(self) -> None:
        self.released: collections.deque[tuple[_Area, int]] = collections.deque()
        self._not_full: dict[_Area, None] = {}
        self._full: set[_Area] = set()
        self._unused: collections.deque[_Area] = collections.deque()  # to be given back
        self._loop: asyncio.AbstractEventLoop | None = None  # that gives them back

    @property
    def mapped(self) -> int:
        """Bytes of all maps."""
        self.count_released()
        return (len(self._not_full) + len(self._full) + len(self._unused)) * MAP

    def take(self) -> Slab:
        """Return a free slab; what is in it is left over from before.

        Raises:
            MemoryError: The system gives no more memory.
        """
        self.count_released()
        area = next(iter(self._not_full), None)
        if area is None:
            area = self._unused.pop() if self._unused else _Area(self)
            self._not_full[area] = None
        slab = area.slab(_BASES[area.holders.index(0)])
        if area.is_full:
            del self._not_full[area]
            self._full.add(area)
        return slab

    def give(self, area: _Area) -> None:
        """Note that a slab of `area` is free; called by the area itself."""
        self._full.discard(area)
        self._not_full[area] = None
        # One empty map is kept: streams that come and go should not map and unmap it.
        if area.is_empty and len(self._not_full) > 1:
            self._give_back(area)

    def _give_back(self, area: _Area) -> None:
        """Let the system have a map: one in each round of the loop, where one runs."""
        del self._not_full[area]
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if not self._unused or self._loop is not loop:
            self._loop = loop
            loop.call_soon(self._unmap)
        self._unused.append(area)

    def _unmap(self) -> None:
        if self._unused:
            self._unused.popleft()
        if self._unused and self._loop is not None:
            self._loop.call_soon(self._unmap)

    def count_released(self) -> None:
        """Count as free what finalisers noted; only in the thread of the loop."""
        released = self.released
        while released:
            area, base = released.popleft()
            area.let_go(base)

    def trim(self) -> None:
        """Give the empty map back, too: no stream is left."""
        self.count_released()
        for area in tuple(self._not_full):
            if area.is_empty:
                self._give_back(area)


def _anonymous_map() -> mmap.mmap:
    try:
        return _map()
    except OSError as exc:
        raise MemoryError(f"no {MAP} bytes for streams") from exc


if sys.platform == "win32":

    def _map() -> mmap.mmap:
        return mmap.mmap(-1, MAP)

else:

    def _map() -> mmap.mmap:
        return mmap.mmap(-1, MAP, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


# As with the heap, there is one memory for the whole process.
slabs: Final = Slabs()
