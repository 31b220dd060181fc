"""Finds the packets with a picture that a decoder can start with.

Two tests, because some encoders never set the random access indicator and others start a picture
with it only: the indicator, or the first units of the picture (an IDR or other random access
picture, a sequence header or parameter sets, a recovery point). These units may come after others
of any length, so a picture may be undecided for some packets.
"""

import re
from collections.abc import Collection
from typing import Final

from acedesk.mpegts import psi
from acedesk.mpegts.packets import PACKET, Octets, is_scrambled, payload_start

_START_CODE: Final = b"\x00\x00\x01"
# Header of a PES packet up to the length of its optional fields.
_PES_HEAD: Final = 9
# A picture whose first bytes tell nothing is none to begin with; HDR data and captions are a few
# kilobytes.
MOST_UNDECIDED: Final = 64 * 1024

# What a unit says: nothing, a keyframe, none, or that its messages have to be read.
_NOTHING, _KEY, _PLAIN, _MESSAGES = range(4)
_RECOVERY_POINT: Final = 6


class _Units:
    """How the units of one kind of video begin.

    Args:
        verdicts: What each value of the byte with a unit's type says.
        offset: Of that byte, behind the start code.
        head: Bytes before a unit's content.

    Attributes:
        telling: Finds the first unit that says anything, up to that byte.
    """

    __slots__ = ("head", "offset", "telling", "verdicts")

    def __init__(self, verdicts: bytes, *, offset: int = 0, head: int = 1) -> None:
        self.verdicts = verdicts
        self.offset = offset
        self.head = head
        kinds = bytes(value for value in range(256) if verdicts[value] != _NOTHING)
        self.telling = re.compile(
            _START_CODE + b"." * offset + b"[" + re.escape(kinds) + b"]", re.DOTALL
        )


def _verdicts(
    mask: int, shift: int, *, key: Collection[int], plain: Collection[int], sei: int = -1
) -> bytes:
    """Return the verdict of each byte in whose bits `mask` after `shift` the type stands."""

    def verdict(kind: int) -> int:
        if kind == sei:
            return _MESSAGES
        if kind in key:
            return _KEY
        return _PLAIN if kind in plain else _NOTHING

    return bytes(verdict(value >> shift & mask) for value in range(256))


_WHOLE: Final = 0xFF
_MPEG2: Final = _Units(_verdicts(_WHOLE, 0, key=(0xB3,), plain=(0x00,)))
_AVS: Final = _Units(_verdicts(_WHOLE, 0, key=(0xB0,), plain=(0xB6,)))
_UNITS: Final[dict[int, _Units]] = {
    psi.MPEG1_VIDEO: _MPEG2,
    psi.MPEG2_VIDEO: _MPEG2,
    # A visual object or its layer.
    psi.MPEG4_VIDEO: _Units(
        _verdicts(_WHOLE, 0, key=(0xB0, *range(0x20, 0x30)), plain=(0xB6,)),
    ),
    # IDR slice, SPS; the recovery point is in an SEI.
    psi.H264: _Units(_verdicts(0x1F, 0, key=(5, 7), plain=range(1, 5), sei=6)),
    # IRAP, VPS and SPS.
    psi.HEVC: _Units(
        _verdicts(0x3F, 1, key=(*range(16, 22), 32, 33), plain=range(16), sei=39), head=2
    ),
    # IRAP and gradual decoding refresh, VPS and SPS.
    psi.VVC: _Units(
        _verdicts(0x1F, 3, key=(*range(7, 11), 14, 15), plain=range(4)), offset=1, head=2
    ),
    psi.AVS: _AVS,
    psi.AVS2: _AVS,
    psi.AVS3: _AVS,
    # Sequence header, entry point.
    psi.VC1: _Units(_verdicts(_WHOLE, 0, key=(0x0E, 0x0F), plain=(0x0C, 0x0D))),
    # Sequence header; a frame, its header or its tiles.
    psi.AV1: _Units(_verdicts(0x0F, 3, key=(1,), plain=(3, 4, 6))),
}


def is_keyframe(block: Octets, at: int, stream_type: int) -> bool | None:
    """Tell whether the packet at `at`, which starts a video PES packet, starts a keyframe.

    None when the picture's next packets tell; see `UndecidedPicture`.
    """
    packet = block[at : at + PACKET]
    control = packet[3]
    if control & 0x20 and packet[4] and packet[5] & 0x40:  # the random access indicator
        return True
    units = _UNITS.get(stream_type)
    if units is None or control & 0xC0:
        return False
    start = _elementary_start(packet, payload_start(packet, 0))
    if start is None:
        return None
    telling = units.telling.search(packet, start)
    if telling is None:
        return None
    verdict = units.verdicts[packet[telling.end() - 1]]
    if verdict == _MESSAGES:
        return _judge(packet, telling.start(), units)[0]
    return verdict == _KEY


class UndecidedPicture:
    """A picture whose first packet does not tell whether it is a keyframe.

    Args:
        packet: Its first packet.
        at: Offset of that packet; kept for its user.
    """

    __slots__ = ("_data", "_looked", "_units", "at")

    def __init__(self, packet: bytes, stream_type: int, at: int) -> None:
        self.at = at
        self._units = _UNITS[stream_type]
        self._data = packet[payload_start(packet, 0) :]
        self._looked: int | None = None

    def push(self, packet: bytes) -> bool | None:
        """Take the picture's next packet; return whether it is a keyframe, None as before."""
        if is_scrambled(packet, 0):
            return False
        self._data += packet[payload_start(packet, 0) :]
        start = self._looked
        if start is None:
            start = _elementary_start(self._data, 0)
            if start is None:
                return None
        verdict, self._looked = _judge(self._data, start, self._units)
        if verdict is None and len(self._data) > MOST_UNDECIDED:
            return False
        return verdict


def _elementary_start(data: bytes, start: int) -> int | None:
    """Skip the PES header: a start code of its own, whose stream id could look like a unit.

    None when the header goes on in the next packet.
    """
    begin = data[start : start + 3]
    if begin == _START_CODE:
        return _behind_header(data, start)
    return None if len(begin) < 3 and _START_CODE.startswith(begin) else start


def _behind_header(data: bytes, start: int) -> int | None:
    if start + _PES_HEAD > len(data):
        return None
    end = start + _PES_HEAD + data[start + 8]
    return end if end < len(data) else None


def _judge(data: bytes, start: int, units: _Units) -> tuple[bool | None, int]:
    """Return what the units from `start` on say, and where to look on when they say nothing."""
    position = data.find(_START_CODE, start)
    while position >= 0:
        at = position + 3 + units.offset
        if at >= len(data):
            return None, position
        verdict = units.verdicts[data[at]]
        if verdict == _KEY:
            return True, position
        if verdict == _PLAIN:
            return False, position
        following = data.find(_START_CODE, at)
        if verdict == _MESSAGES:
            end = following if following >= 0 else len(data)
            if _has_recovery_point(data[position + 3 + units.head : end]):
                return True, position
            if following < 0:
                return None, position
        position = following
    return None, max(start, len(data) - 2)


def _has_recovery_point(messages: bytes) -> bool:
    """Look through the messages of an SEI unit, or through what has come of them."""
    if b"\x00\x00\x03" in messages:  # an emulation prevention byte
        messages = messages.replace(b"\x00\x00\x03", b"\x00\x00")
    at = 0
    while at + 1 < len(messages):
        kind, at = _number(messages, at)
        if kind == _RECOVERY_POINT:
            return True
        size, at = _number(messages, at)
        at += size
    return False


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Read a number written as bytes of 255 and a last one; return where it ends."""
    value = 0
    while at < len(data):
        byte = data[at]
        value, at = value + byte, at + 1
        if byte != 255:
            break
    return value, at
