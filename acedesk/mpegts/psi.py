"""Program tables: which PIDs a stream has and what they carry (ISO/IEC 13818-1, 2.4.4)."""

from collections.abc import Iterator
from typing import Final

from acedesk.mpegts.sections import crc32
from acedesk.values import frozen_value

MPEG1_VIDEO: Final = 0x01
MPEG2_VIDEO: Final = 0x02
MPEG4_VIDEO: Final = 0x10
H264: Final = 0x1B
HEVC: Final = 0x24
VVC: Final = 0x33
AVS: Final = 0x42
AVS2: Final = 0xD2
AVS3: Final = 0xD4
VC1: Final = 0xEA
# Not a stream type of the standard: AV1 is sent as private data with a registration.
AV1: Final = 0x106
_PRIVATE: Final = 0x06

# stream_type -> name; for private data the descriptors decide (ETSI EN 300 468).
_VIDEO: Final = {
    MPEG1_VIDEO: "MPEG-1", MPEG2_VIDEO: "MPEG-2", MPEG4_VIDEO: "MPEG-4", H264: "H.264",
    HEVC: "HEVC", VVC: "VVC", AVS: "AVS", AVS2: "AVS2", AVS3: "AVS3", VC1: "VC-1", AV1: "AV1",
}  # fmt: skip
_AUDIO: Final = {
    0x03: "MP2", 0x04: "MP2", 0x0F: "AAC", 0x11: "AAC", 0x1C: "AAC", 0x81: "AC-3", 0x87: "E-AC-3",
}  # fmt: skip
# descriptor_tag -> name; 0x7F has an extension tag of its own.
_AUDIO_TAGS: Final = {0x6A: "AC-3", 0x7A: "E-AC-3", 0x7B: "DTS", 0x7C: "AAC"}
_AUDIO_EXTENSIONS: Final = {0x0E: "DTS-HD", 0x15: "AC-4", 0x21: "DTS-UHD", 0x80: "Opus"}
_REGISTRATION: Final = 0x05
_EXTENSION: Final = 0x7F
# format_identifier of a registration (SMPTE RA) -> stream_type, or the name of sound.
_VIDEO_FORMATS: Final = {
    b"HEVC": HEVC, b"VVC ": VVC, b"AV01": AV1, b"VC-1": VC1, b"H264": H264, b"AVSV": AVS,
    b"AVS2": AVS2, b"AVS3": AVS3,
}  # fmt: skip
_AUDIO_FORMATS: Final = {
    b"AC-3": "AC-3", b"EAC3": "E-AC-3", b"AC-4": "AC-4", b"DTS1": "DTS", b"DTS2": "DTS",
    b"DTS3": "DTS", b"Opus": "Opus", b"BSSD": "PCM",
}  # fmt: skip


@frozen_value(kw_only=False)
class Elementary:
    """One elementary stream of a program: `codec` is "" for what we cannot name.

    Attributes:
        stream_type: Of private data with a known video in it, that video's.
    """

    pid: int
    stream_type: int
    codec: str
    is_audio: bool

    @property
    def is_video(self) -> bool:
        """It carries pictures of a kind that we know."""
        return self.stream_type in _VIDEO


@frozen_value(kw_only=False)
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
        return next((es for es in self.streams if es.is_video), None)

    @property
    def audio(self) -> Elementary | None:
        """The first audio stream."""
        return next((es for es in self.streams if es.is_audio), None)

    @property
    def codecs(self) -> str:
        """Names for people, such as H.264 · AAC; empty when nothing is known."""
        names = [es.codec for es in (self.video, self.audio) if es is not None]
        return " · ".join(names)


def parse_pat(section: bytes) -> tuple[tuple[int, int], ...]:
    """Return number and PMT PID of each program that a valid section of a PAT lists."""
    found: list[tuple[int, int]] = []
    for at in range(8, len(section) - 7, 4):
        number = section[at] << 8 | section[at + 1]
        if number:  # program 0 is the network table
            found.append((number, (section[at + 2] & 0x1F) << 8 | section[at + 3]))
    return tuple(found)


def parse_pmt(section: bytes) -> Program | None:
    """Return what a valid PMT section says, None when it is too short to say anything."""
    if len(section) < 16:
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


def without_video(section: bytes) -> bytes:
    """Return a valid PMT section without its video streams."""
    at = 12 + ((section[10] & 0x0F) << 8 | section[11])
    kept = section[:at]
    while at + 5 <= len(section) - 4:
        end = at + 5 + ((section[at + 3] & 0x0F) << 8 | section[at + 4])
        if not _elementary(0, section[at], section[at + 5 : end]).is_video:
            kept += section[at:end]
        at = end
    length = len(kept) + 1  # behind the length, with the CRC
    kept = section[:1] + bytes((section[1] & 0xF0 | length >> 8, length & 0xFF)) + kept[3:]
    return kept + crc32(kept).to_bytes(4, "big")


def _elementary(pid: int, stream_type: int, descriptors: bytes) -> Elementary:
    if stream_type == _PRIVATE:
        for tag, body in _descriptors(descriptors):
            if tag == _REGISTRATION and body[:4] in _VIDEO_FORMATS:
                stream_type = _VIDEO_FORMATS[body[:4]]
                break
            if codec := _private_audio(tag, body):
                return Elementary(pid, stream_type, codec, is_audio=True)
    codec = _VIDEO.get(stream_type) or _AUDIO.get(stream_type, "")
    return Elementary(pid, stream_type, codec, is_audio=stream_type in _AUDIO)


def _private_audio(tag: int, body: bytes) -> str:
    if tag == _REGISTRATION:
        return _AUDIO_FORMATS.get(body[:4], "")
    if tag == _EXTENSION:
        return _AUDIO_EXTENSIONS.get(body[0], "") if body else ""
    return _AUDIO_TAGS.get(tag, "")


def _descriptors(block: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 2 <= len(block):
        yield block[at], block[at + 2 : at + 2 + block[at + 1]]
        at += 2 + block[at + 1]
