"""Move the clocks and continuity counters of a feed, so that it continues where another ended.

A `Restamp` says by how much; its inverse gives the engine's own bytes back. A `Restamper` finds the
amounts for one feed while its PIDs appear, and marks the discontinuity. Only packets that carry a
time are changed one by one; counters are moved for all packets at once.
"""

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from typing import Final

from acedesk.mpegts.columns import Columns, adaptations, columns_of, pid_mask, starts
from acedesk.mpegts.packets import PACKET, payload_start, pid_of
from acedesk.values import frozen_value

# PCR base, PTS and DTS count at 90 kHz in 33 bits.
CLOCK_WRAP: Final = 1 << 33
# Stream ids whose PES packets have no optional header (ISO/IEC 13818-1, 2.4.3.6).
_PLAIN_STREAMS: Final = frozenset({0xBC, 0xBE, 0xBF, 0xF0, 0xF1, 0xF2, 0xF8, 0xFF})
# The discontinuity is marked in the first adaptation field of each PID. A PID without one in so
# many bytes (a second at 8 Mbit/s) is left unmarked.
MARK_BYTES: Final = 1024 * 1024
# PIDs whose counters are continued; a transport stream of one channel has about ten.
MOST_PIDS: Final = 64


@frozen_value(kw_only=False)
class Restamp:
    """By how much a feed differs from what is sent.

    Attributes:
        offset: Added to PCR, PTS and DTS, ticks of 90 kHz.
        counters: Added to the continuity counters, 1 to 15 by PID.
    """

    offset: int = 0
    counters: Mapping[int, int] = dataclasses.field(default_factory=dict)

    @property
    def is_nothing(self) -> bool:
        """Packets stay as they are."""
        return not self.offset and not self.counters

    def inverse(self) -> "Restamp":
        """Return what undoes this."""
        back = {pid: -shift & 15 for pid, shift in self.counters.items()}
        return Restamp(-self.offset % CLOCK_WRAP, back)

    def apply(self, block: bytes, start: int = 0, end: int | None = None) -> bytes:
        """Return `block` with the whole packets in `block[start:end]` restamped."""
        if self.is_nothing:
            return block
        end = len(block) if end is None else end
        changed = bytearray(block)
        if self.counters:
            columns = columns_of(block, start, end)
            changed[start + 3 : end : PACKET] = _shifted(columns, self.counters)
        if self.offset:
            for at in adaptations(block, start, end):
                _move_pcr(changed, block, at, self.offset)
            for at in _stamps(block, start, end):
                _move_stamp(changed, block, at, self.offset)
        return bytes(changed)


class Restamper:
    """Restamps one feed that follows another.

    Args:
        offset: What is added to its clocks.
        counters: Fourth header byte of the last packet sent of each PID.

    Attributes:
        change: As far as it is known; counters of PIDs that have not shown up are missing.
    """

    def __init__(self, offset: int, counters: Mapping[int, int]) -> None:
        self.change = Restamp(offset % CLOCK_WRAP)
        self._awaited = dict(tuple(counters.items())[-MOST_PIDS:])
        self._marked: set[int] = set()
        self._unmarked = MARK_BYTES

    @property
    def idle(self) -> bool:
        """Nothing is changed any more, and nothing will be."""
        return self.change.is_nothing and not self._awaited and self._unmarked <= 0

    def apply(self, block: bytes, start: int = 0, end: int | None = None) -> bytes:
        """Return `block` with the packets in `block[start:end]`, the feed's next, restamped."""
        end = len(block) if end is None else end
        if self._awaited:
            self._settle(columns_of(block, start, end))
        block = self.change.apply(block, start, end)
        if self._unmarked > 0:
            block = self._mark(block, start, end)
            self._unmarked -= end - start
        return block

    def _settle(self, columns: Columns) -> None:
        """Find the shift of each PID that shows up for the first time."""
        found: dict[int, int] = {}
        size = len(columns.controls)
        for pid, last in tuple(self._awaited.items()):
            mask = pid_mask(columns, pid)
            if mask:
                first = columns.controls[size - (mask.bit_length() + 7) // 8]
                found[pid] = (last + (first >> 4 & 1) - first) & 15  # only payload is counted
                del self._awaited[pid]
        shifts = {pid: shift for pid, shift in found.items() if shift}
        if shifts:
            self.change = Restamp(self.change.offset, {**self.change.counters, **shifts})

    def _mark(self, block: bytes, start: int, end: int) -> bytes:
        marked: bytearray | None = None
        for at in adaptations(block, start, end):
            pid = pid_of(block, at)
            if pid not in self._marked:
                self._marked.add(pid)
                marked = marked or bytearray(block)
                marked[at + 5] |= 0x80
        return block if marked is None else bytes(marked)


@functools.lru_cache(maxsize=16)
def _counter_table(shift: int) -> bytes:
    return bytes(value & 0xF0 | value + shift & 0x0F for value in range(256))


def _shifted(columns: Columns, counters: Mapping[int, int]) -> bytes:
    controls = int.from_bytes(columns.controls, "big")
    result = controls
    for pid, shift in counters.items():
        mask = pid_mask(columns, pid)
        if mask:
            moved = int.from_bytes(columns.controls.translate(_counter_table(shift)), "big")
            result ^= (controls ^ moved) & mask
    return result.to_bytes(len(columns.controls), "big")


def _move_pcr(changed: bytearray, block: bytes, at: int, offset: int) -> None:
    if block[at + 4] >= 7 and block[at + 5] & 0x10:
        field = int.from_bytes(block[at + 6 : at + 12], "big")
        base = ((field >> 15) + offset) % CLOCK_WRAP
        changed[at + 6 : at + 12] = (base << 15 | field & 0x7FFF).to_bytes(6, "big")


def _stamps(block: bytes, start: int, end: int) -> Iterator[int]:
    """Give the offset of each PTS and DTS field."""
    for packet in starts(block, start, end):
        if block[packet + 3] & 0xC0:  # scrambled
            continue
        at = payload_start(block, packet)
        limit = packet + PACKET
        if at + 9 > limit or block[at : at + 3] != b"\x00\x00\x01":
            continue
        if block[at + 3] in _PLAIN_STREAMS or block[at + 6] & 0xC0 != 0x80:
            continue
        fields = max(0, (block[at + 7] >> 6) - 1)  # 2: a PTS, 3: a PTS and a DTS
        for field in range(at + 9, at + 9 + 5 * fields, 5):
            if field + 5 <= limit:
                yield field


def _move_stamp(changed: bytearray, block: bytes, at: int, offset: int) -> None:
    a, b, c, d, e = block[at : at + 5]
    ticks = (a >> 1 & 7) << 30 | b << 22 | c >> 1 << 15 | d << 7 | e >> 1
    ticks = (ticks + offset) % CLOCK_WRAP
    changed[at : at + 5] = (
        a & 0xF1 | ticks >> 29 & 0x0E,
        ticks >> 22 & 0xFF,
        c & 1 | ticks >> 14 & 0xFE,
        ticks >> 7 & 0xFF,
        e & 1 | ticks << 1 & 0xFE,
    )
