"""Looks at one header byte of all packets at once: finds PIDs, clocks and starts of PES packets.

A column is the strided slice of one header byte. Translating, finding and masking whole columns
costs a few microseconds for a block of hundreds of packets; a loop over packets costs a hundred
times that.
"""

import functools
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from acedesk.mpegts.packets import NULL_PID, PACKET, pcr_of, pid_of

# The fourth header byte of packets with an adaptation field.
_ADAPTATION: Final = re.compile(rb"[\x20-\x3f\x60-\x7f\xa0-\xbf\xe0-\xff]")
# The second header byte of packets in which a PES packet or a section starts.
_STARTS: Final = re.compile(rb"[\x40-\x7f\xc0-\xff]")
_PID_BITS: Final = bytes(value & 0x1F for value in range(256))


class Columns(NamedTuple):
    """The second, third and fourth header byte of packets in a row."""

    highs: bytes
    lows: bytes
    controls: bytes


def columns_of(block: bytes, start: int, end: int) -> Columns:
    """Return the columns of `block[start:end]`, whole packets."""
    return Columns(
        block[start + 1 : end : PACKET].translate(_PID_BITS),
        block[start + 2 : end : PACKET],
        block[start + 3 : end : PACKET],
    )


def adaptations(block: bytes, start: int, end: int) -> Iterator[int]:
    """Give the offset of each packet with an adaptation field that has flags."""
    for match in _ADAPTATION.finditer(block[start + 3 : end : PACKET]):
        at = start + match.start() * PACKET
        if block[at + 4]:
            yield at


def starts(block: bytes, start: int, end: int) -> Iterator[int]:
    """Give the offset of each packet in which a PES packet or section starts."""
    for match in _STARTS.finditer(block[start + 1 : end : PACKET]):
        yield start + match.start() * PACKET


def clocks(
    block: bytes, start: int, end: int, pid: int | None = None
) -> Iterator[tuple[int, int, int]]:
    """Give offset, PID and value of each program clock reference, of one PID or of all."""
    for at in adaptations(block, start, end):
        found = pid_of(block, at)
        if pid is None or found == pid:
            pcr = pcr_of(block, at)
            if pcr is not None:
                yield at, found, pcr


@functools.lru_cache(maxsize=512)
def _only(value: int) -> bytes:
    return bytes(0xFF if byte == value else 0 for byte in range(256))


def pid_mask(columns: Columns, pid: int) -> int:
    """Return a number with a byte for each packet: 0xFF where it is one of `pid`."""
    highs = int.from_bytes(columns.highs.translate(_only(pid >> 8)), "big")
    return highs & int.from_bytes(columns.lows.translate(_only(pid & 0xFF)), "big")


def counters(columns: Columns) -> dict[int, int]:
    """Return the fourth header byte of the last packet of each PID but the null packets'."""
    last = dict(zip(zip(columns.highs, columns.lows, strict=True), columns.controls, strict=True))
    return {
        high << 8 | low: byte for (high, low), byte in last.items() if high << 8 | low != NULL_PID
    }


def first_counters(columns: Columns) -> dict[int, int]:
    """Return the fourth header byte of the first packet of each PID but the null packets'."""
    return counters(Columns(*(column[::-1] for column in columns)))


def nulls(columns: Columns) -> list[int]:
    """Return the numbers of the null packets."""
    found: list[int] = []
    number = columns.highs.find(NULL_PID >> 8)
    while number >= 0:
        if columns.lows[number] == NULL_PID & 0xFF:
            found.append(number)
        number = columns.highs.find(NULL_PID >> 8, number + 1)
    return found
