"""The time stamps in front of a picture or sound (ISO/IEC 13818-1, 2.4.3.6)."""

from typing import Final

from acedesk.mpegts.packets import PACKET, payload_start

PTS_HZ: Final = 90_000
PTS_WRAP: Final = 1 << 33

_START: Final = b"\x00\x00\x01"


def pts_of(packet: bytes) -> int | None:
    """Return the presentation time (90 kHz) of what begins in this packet, None without one."""
    field = _stamps_at(packet, 0)
    return None if field is None else _ticks(packet[field : field + 5])


def decoding_time(block: bytes, at: int) -> tuple[int, int] | None:
    """Return the stream id and the decoding time (90 kHz) of what begins in the packet at `at`."""
    field = _stamps_at(block, at)
    if field is None:
        return None
    flags = block[field - 2]
    if flags & 0x40 and field + 10 <= at + PACKET:
        field += 5  # behind the presentation time; without it both are the same
    return block[payload_start(block, at) + 3], _ticks(block[field : field + 5])


def _stamps_at(block: bytes, at: int) -> int | None:
    start = payload_start(block, at)
    if not block[at + 1] & 0x40 or start + 14 > at + PACKET or block[start : start + 3] != _START:
        return None
    # Video and audio streams have the optional header; its first two bits are 10.
    if block[start + 6] & 0xC0 != 0x80 or not block[start + 7] & 0x80:
        return None
    return start + 9


def _ticks(field: bytes) -> int:
    high, middle, low = field[0], field[1] << 8 | field[2], field[3] << 8 | field[4]
    return (high >> 1 & 7) << 30 | middle >> 1 << 15 | low >> 1


def pts_seconds(earlier: int, later: int) -> float:
    """Return the seconds from one PTS to another, negative for a step back, across the wrap."""
    ticks = (later - earlier) % PTS_WRAP
    return (ticks if ticks < PTS_WRAP // 2 else ticks - PTS_WRAP) / PTS_HZ
