"""Where a segment may end: places in a stream's ring, by its entries and by its clock."""

import dataclasses
from collections.abc import Callable
from typing import Final

from acedesk.mpegts import unfinished
from acedesk.mpegts.packets import PACKET
from acedesk.mpegts.pes import pts_of, pts_seconds
from acedesk.proxy.buffer.media_clock import CLOCK_JUMP
from acedesk.proxy.buffer.random_access_points import RandomAccessPoint
from acedesk.proxy.buffer.ring import Ring
from acedesk.values import frozen_value

# Where a feed broke off, its last picture begins within so many bytes.
UNFINISHED_REACH: Final = 8192 * PACKET


@frozen_value
class Border:
    """Where one segment ends and the next begins.

    Attributes:
        number: Chunk of the ring.
        at: Offset in its payload.
        clock: The ring's clock there, seconds.
        pts: Presentation time of the keyframe there, None without one.
        tables: PAT and PMT for what begins here.
        keyframe: A decoder can start here.
        jump: What begins here does not continue what was before.
    """

    number: int
    at: int
    clock: float
    pts: int | None = None
    tables: bytes = b""
    keyframe: bool = False
    jump: bool = False


class Borders:
    """Finds them.

    Args:
        tables: The newest tables of the stream.
    """

    def __init__(self, ring: Ring, tables: Callable[[], bytes]) -> None:
        self._ring = ring
        self._tables = tables

    def find_start(self, number: int, within: tuple[int, int], pid: int | None) -> int | None:
        """Return the first packet in which something begins, on one PID or on any."""
        payload = self._ring.payload(number)
        for at in range(*within, PACKET):
            if payload[at + 1] & 0x40 and (
                pid is None or (payload[at + 1] & 0x1F) << 8 | payload[at + 2] == pid
            ):
                return at
        return None

    def offset(self, number: int, clock: float) -> int:
        """Return the offset of the packet in the chunk at which the ring's clock shows `clock`."""
        chunk = self._ring[number]
        before = self.clock_before(number)
        length = chunk.clock - before
        share = (clock - before) / length if length > 0 else 0.0
        packets = chunk.size // PACKET
        return max(0, min(packets - 1, int(packets * share))) * PACKET

    def at_entry(self, access_point: RandomAccessPoint) -> Border:
        """Return the border where a decoder can begin."""
        packet = bytes(
            self._ring.payload(access_point.number)[access_point.at : access_point.at + PACKET]
        )
        return Border(
            number=access_point.number,
            at=access_point.at,
            clock=access_point.clock,
            pts=pts_of(packet),
            tables=access_point.tables or self._tables(),
            keyframe=True,
        )

    def by_time(self, number: int, at: int) -> Border:
        """Return the border at byte `at` of chunk `number`."""
        before = self.clock_before(number)
        chunk = self._ring[number]
        clock = before + (chunk.clock - before) * at / chunk.size
        return Border(number=number, at=at, clock=clock, tables=self._tables())

    def at_end(self, number: int) -> Border:
        """Return the border before chunk `number`, with which nothing begins."""
        return Border(number=number, at=0, clock=self.clock_before(number))

    def whole_end(self, begin: Border, number: int) -> tuple[Border, bytes]:
        """Return where to end before a splice, and the rest without unfinished picture or sound.

        Args:
            number: The first chunk behind the splice.
        """
        end = self.at_end(number)
        tail, start = b"", 0
        while number > begin.number and len(tail) < UNFINISHED_REACH:
            number -= 1
            start = begin.at if number == begin.number else 0
            tail = bytes(self._ring.payload(number)[start:]) + tail
        kept, rest = unfinished.split(tail)
        at = start + kept
        while number < end.number and at >= self._ring[number].size:
            at -= self._ring[number].size
            number += 1
        return dataclasses.replace(end, number=number, at=at), rest

    def clock_before(self, number: int) -> float:
        """Return the seconds of media before chunk `number`."""
        ring = self._ring
        if number > ring.first:
            return ring[number - 1].clock
        return ring[number].clock if number < ring.next else 0.0


def elapsed_between(begin: Border, end: Border) -> tuple[float, bool]:
    """Return the seconds between two borders, and whether the time stamps jumped there."""
    elapsed = max(0.0, end.clock - begin.clock)
    if begin.pts is None or end.pts is None:
        return elapsed, False
    shown = pts_seconds(begin.pts, end.pts)
    if 0 < shown <= elapsed + CLOCK_JUMP:
        return shown, False
    return elapsed, True
