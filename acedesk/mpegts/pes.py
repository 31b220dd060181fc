"""The time stamps in front of a picture or sound (ISO/IEC 13818-1, 2.4.3.6)."""

from typing import Final

from acedesk.mpegts.packets import PACKET, payload_start

PTS_HZ: Final = 90_000
PTS_WRAP: Final = 1 << 33

_START: Final = b"\x00\x00\x01"


def pts_of(packet: bytes) -> int | None:
    """Return the presentation time (90 kHz) of what begins in this packet, None without one."""
    start = payload_start(packet, 0)
    if not packet[1] & 0x40 or start + 14 > PACKET or packet[start : start + 3] != _START:
        return None
    # Video and audio streams have the optional header; its first two bits are 10.
    if packet[start + 6] & 0xC0 != 0x80 or not packet[start + 7] & 0x80:
        return None
    field = packet[start + 9 : start + 14]
    high, middle, low = field[0], field[1] << 8 | field[2], field[3] << 8 | field[4]
    return (high >> 1 & 7) << 30 | middle >> 1 << 15 | low >> 1


def pts_seconds(earlier: int, later: int) -> float:
    """Return the seconds from one PTS to another, negative for a step back, across the wrap."""
    ticks = (later - earlier) % PTS_WRAP
    return (ticks if ticks < PTS_WRAP // 2 else ticks - PTS_WRAP) / PTS_HZ
