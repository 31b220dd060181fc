"""Keyframes are seen by the indicator or by the first units, for each codec."""

import pytest

from acedesk.mpegts.keyframes import is_keyframe
from acedesk.mpegts.psi import H264, HEVC, MPEG2_VIDEO
from tests import transport


def start_with(unit: bytes) -> bytes:
    pes = b"\x00\x00\x01\xe0\x00\x00\x80\x80\x05\x21\x00\x01\x00\x01" + unit
    return transport.packet(0x100, 0, pes + b"\xaa" * (184 - len(pes)), start=True)


@pytest.mark.parametrize(
    ("stream_type", "unit"),
    [
        (H264, b"\x00\x00\x00\x01\x09\xf0\x00\x00\x00\x01\x67\x64"),  # access unit, SPS
        (H264, b"\x00\x00\x01\x65\x88"),  # IDR slice
        (H264, b"\x00\x00\x01\x06\x06\x01\xc4"),  # recovery point
        (HEVC, b"\x00\x00\x00\x01\x40\x01"),  # VPS
        (HEVC, b"\x00\x00\x01\x26\x01"),  # IDR_W_RADL
        (MPEG2_VIDEO, b"\x00\x00\x01\xb3\x2d"),  # sequence header
    ],
)
def test_a_picture_one_can_start_with_is_seen(stream_type: int, unit: bytes) -> None:
    assert is_keyframe(start_with(unit), 0, stream_type)


@pytest.mark.parametrize(
    ("stream_type", "unit"),
    [
        (H264, b"\x00\x00\x00\x01\x09\xf0\x00\x00\x00\x01\x41\x9a"),
        (HEVC, b"\x00\x00\x01\x02\x01"),
        (MPEG2_VIDEO, b"\x00\x00\x01\x00\x00\x10"),
    ],
)
def test_any_other_picture_is_not(stream_type: int, unit: bytes) -> None:
    assert not is_keyframe(start_with(unit), 0, stream_type)


def test_the_random_access_indicator_is_enough() -> None:
    packet = transport.packet(
        0x100, 0, b"\x00" * 100, start=True, adaptation=transport.pcr_field(0, random_access=True)
    )

    assert is_keyframe(packet, 0, H264)
