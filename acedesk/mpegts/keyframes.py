"""Finds the packets with a picture that a decoder can start with.

Two tests, because some encoders never set the random access indicator and others start a picture
with it only: the indicator, or the first units of the payload (H.264: IDR slice, SPS or recovery
point; HEVC: IRAP or parameter sets; MPEG-1/2: sequence header).
"""

from collections.abc import Callable
from typing import Final

from acedesk.mpegts.packets import PACKET, Octets, has_random_access, is_scrambled, payload_start
from acedesk.mpegts.psi import H264, HEVC, MPEG1_VIDEO, MPEG2_VIDEO

_START_CODE: Final = b"\x00\x00\x01"


def is_keyframe(block: Octets, at: int, stream_type: int) -> bool:
    """Tell whether the packet at `at`, which starts a video PES packet, starts a keyframe."""
    if has_random_access(block, at):
        return True
    begins = _BEGINS.get(stream_type)
    if begins is None or is_scrambled(block, at):
        return False
    end = at + PACKET
    position = _elementary_start(block, payload_start(block, at), end)
    while (position := block.find(_START_CODE, position, end)) >= 0:
        position += 3
        if position < end and begins(block, position, end):
            return True
    return False


def _elementary_start(block: Octets, start: int, end: int) -> int:
    """Skip the PES header: a start code of its own, whose stream id could look like a unit."""
    if start + 9 < end and block[start : start + 3] == _START_CODE:
        return min(start + 9 + block[start + 8], end)
    return start


def _h264(block: Octets, position: int, end: int) -> bool:
    kind = block[position] & 0x1F
    if kind == 6:  # SEI; payload type 6 is the recovery point
        return position + 1 < end and block[position + 1] == 6
    return kind in (5, 7)


def _hevc(block: Octets, position: int, _end: int) -> bool:
    kind = block[position] >> 1 & 0x3F
    return 16 <= kind <= 21 or 32 <= kind <= 34


def _mpeg2(block: Octets, position: int, _end: int) -> bool:
    return block[position] == 0xB3


_BEGINS: Final[dict[int, Callable[[Octets, int, int], bool]]] = {
    H264: _h264,
    HEVC: _hevc,
    MPEG1_VIDEO: _mpeg2,
    MPEG2_VIDEO: _mpeg2,
}
