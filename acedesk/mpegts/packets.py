"""188-byte packets: constants, single fields, and cutting a byte flow at packet borders.

Field layout: ISO/IEC 13818-1, 2.4.3. All functions are pure; positions are byte offsets.
"""

import re
from typing import Final, Protocol, SupportsIndex, overload

PACKET: Final = 188
SYNC: Final = 0x47
NULL_PID: Final = 0x1FFF
PAT_PID: Final = 0
PCR_HZ: Final = 27_000_000
PCR_WRAP: Final = (1 << 33) * 300

# Packets that must show the sync byte in a row before a position counts as a packet border;
# 0x47 is frequent in payload, three in a row at 188 bytes' distance by chance is 1 in 16 million.
SYNC_RUN: Final = 3

# A regular expression is fast enough even for data that consists of false sync bytes only.
_BORDER: Final = re.compile(rb"\x47(?=(?:.{187}\x47){2})", re.DOTALL)

NULL_PACKET: Final = bytes((SYNC, 0x1F, 0xFF, 0x10)) + b"\xff" * (PACKET - 4)


class Octets(Protocol):
    """Bytes that can be looked at where they lie: `bytes`, or a map of memory."""

    @overload
    def __getitem__(self, at: SupportsIndex, /) -> int: ...
    @overload
    def __getitem__(self, part: slice, /) -> bytes: ...
    def find(self, sub: bytes, start: int, end: int, /) -> int:
        """Return the first position of `sub` in `[start:end]`, -1 when it is not there."""


def is_aligned(block: Octets, start: int, end: int) -> bool:
    """Tell whether every packet of `block[start:end]` (whole packets) begins with the sync byte."""
    return block[start:end:PACKET].count(SYNC) == (end - start) // PACKET


def find_border(data: bytes, start: int = 0) -> int | None:
    """Return the first position from `start` where packets begin, None when there is none.

    A position counts when `SYNC_RUN` packets follow each other there.
    """
    match = _BORDER.search(data, start)
    return None if match is None else match.start()


def realign(data: bytes) -> tuple[bytes, bytes, int]:
    """Cut `data` into whole packets and a rest that may become one.

    Garbage before, between and inside is dropped, never passed on.

    Returns:
        The packets, the rest (less than `SYNC_RUN` packets), and how many bytes were dropped.
    """
    packets: list[bytes] = []
    dropped = 0
    position = 0
    while True:
        border = find_border(data, position)
        if border is None:
            keep = max(position, len(data) - SYNC_RUN * PACKET + 1)
            keep = data.find(SYNC, keep)
            rest = data[keep:] if keep >= 0 else b""
            return b"".join(packets), rest, dropped + len(data) - position - len(rest)
        dropped += border - position
        end = border
        while end + PACKET <= len(data) and data[end] == SYNC:
            end += PACKET
        packets.append(data[border:end])
        position = end
        if end + PACKET > len(data) and (end == len(data) or data[end] == SYNC):
            return b"".join(packets), data[end:], dropped


def pid_of(block: Octets, at: int) -> int:
    """Return the PID of the packet at `at`."""
    return (block[at + 1] & 0x1F) << 8 | block[at + 2]


def payload_start(block: Octets, at: int) -> int:
    """Return where the payload of the packet at `at` begins; `at + 188` when it has none."""
    control = block[at + 3]
    if not control & 0x10:
        return at + PACKET
    if control & 0x20:
        return min(at + 5 + block[at + 4], at + PACKET)
    return at + 4


def is_scrambled(block: Octets, at: int) -> bool:
    """Tell whether the payload of the packet at `at` is encrypted; its header never is."""
    return bool(block[at + 3] & 0xC0)


def pcr_of(block: Octets, at: int) -> int | None:
    """Return the packet's program clock reference in ticks of 27 MHz, None when it has none."""
    if not (block[at + 3] & 0x20 and block[at + 4] >= 7 and block[at + 5] & 0x10):
        return None
    base = int.from_bytes(block[at + 6 : at + 10], "big") << 1 | block[at + 10] >> 7
    extension = (block[at + 10] & 1) << 8 | block[at + 11]
    return base * 300 + extension
