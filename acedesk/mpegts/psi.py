"""Program tables: which PIDs a stream has and what they carry (ISO/IEC 13818-1, 2.4.4)."""

import dataclasses
from typing import Final

from acedesk.mpegts.packets import PACKET, payload_start

MPEG1_VIDEO: Final = 0x01
MPEG2_VIDEO: Final = 0x02
H264: Final = 0x1B
HEVC: Final = 0x24
VIDEO_TYPES: Final = frozenset((MPEG1_VIDEO, MPEG2_VIDEO, H264, HEVC))

# stream_type -> name; for 0x06 (private data) the descriptors decide (ETSI EN 300 468).
_NAMES: Final = {
    MPEG1_VIDEO: "MPEG-1", MPEG2_VIDEO: "MPEG-2", H264: "H.264", HEVC: "HEVC",
    0x03: "MP2", 0x04: "MP2", 0x0F: "AAC", 0x11: "AAC", 0x81: "AC-3", 0x87: "E-AC-3",
}  # fmt: skip
_AUDIO_TYPES: Final = frozenset((0x03, 0x04, 0x0F, 0x11, 0x81, 0x87))
_PRIVATE_AUDIO: Final = {0x6A: "AC-3", 0x7A: "E-AC-3", 0x7B: "DTS", 0x7F: "AC-4"}


@dataclasses.dataclass(frozen=True, slots=True)
class Elementary:
    """One elementary stream of a program: `codec` is "" for what we cannot name."""

    pid: int
    stream_type: int
    codec: str
    is_audio: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Program:
    """What a PMT says.

    Attributes:
        pcr_pid: 0x1FFF when the program has no clock.
    """

    pcr_pid: int
    streams: tuple[Elementary, ...]

    @property
    def video(self) -> Elementary | None:
        """The first video stream."""
        return next((es for es in self.streams if es.stream_type in VIDEO_TYPES), None)

    @property
    def audio(self) -> Elementary | None:
        """The first audio stream."""
        return next((es for es in self.streams if es.is_audio), None)

    @property
    def codecs(self) -> str:
        """Names for people, such as H.264 · AAC; empty when nothing is known."""
        names = [es.codec for es in (self.video, self.audio) if es is not None]
        return " · ".join(names)


def crc32(data: bytes) -> int:
    """Return the MPEG-2 CRC of `data`; 0 over a section that carries its own CRC."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc << 8 & 0xFFFFFFFF) ^ _CRC_TABLE[crc >> 24 ^ byte]
    return crc


def _crc_entry(value: int) -> int:
    value <<= 24
    for _ in range(8):
        value = value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)
    return value & 0xFFFFFFFF


_CRC_TABLE: Final = tuple(_crc_entry(value) for value in range(256))


def section_of(packet: bytes) -> bytes | None:
    """Return the section that begins in this packet, None when it does not fit in one.

    Tables longer than one packet (very many programs or descriptors) are not put together:
    such a stream is treated as one whose payload is unknown.
    """
    start = payload_start(packet, 0)
    if start >= PACKET:
        return None
    start += 1 + packet[start]
    if start + 3 > PACKET:
        return None
    end = start + 3 + ((packet[start + 1] & 0x0F) << 8 | packet[start + 2])
    if end > PACKET or end - start < 12:
        return None
    section = packet[start:end]
    return section if crc32(section) == 0 else None


def parse_pat(packet: bytes) -> int | None:
    """Return the PID of the first program's PMT, None when the packet is no valid PAT."""
    section = section_of(packet)
    if section is None or section[0] != 0:
        return None
    for at in range(8, len(section) - 7, 4):
        if section[at] or section[at + 1]:  # program 0 is the network table
            return (section[at + 2] & 0x1F) << 8 | section[at + 3]
    return None


def parse_pmt(packet: bytes) -> Program | None:
    """Return the program, None when the packet is no valid PMT."""
    section = section_of(packet)
    if section is None or section[0] != 2:
        return None
    pcr_pid = (section[8] & 0x1F) << 8 | section[9]
    at = 12 + ((section[10] & 0x0F) << 8 | section[11])
    streams: list[Elementary] = []
    while at + 5 <= len(section) - 4:
        stream_type = section[at]
        pid = (section[at + 1] & 0x1F) << 8 | section[at + 2]
        length = (section[at + 3] & 0x0F) << 8 | section[at + 4]
        descriptors = section[at + 5 : at + 5 + length]
        streams.append(_elementary(pid, stream_type, descriptors))
        at += 5 + length
    return Program(pcr_pid, tuple(streams))


def _elementary(pid: int, stream_type: int, descriptors: bytes) -> Elementary:
    if stream_type == 0x06:
        at = 0
        while at + 2 <= len(descriptors):
            if codec := _PRIVATE_AUDIO.get(descriptors[at]):
                return Elementary(pid, stream_type, codec, is_audio=True)
            at += 2 + descriptors[at + 1]
    codec = _NAMES.get(stream_type, "")
    return Elementary(pid, stream_type, codec, is_audio=stream_type in _AUDIO_TYPES)
