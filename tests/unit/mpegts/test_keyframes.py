"""Keyframes are seen by the indicator or by the first units, for each codec."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts.keyframes import MOST_UNDECIDED, UndecidedPicture, is_keyframe
from acedesk.mpegts.psi import AV1, AVS2, H264, HEVC, MPEG2_VIDEO, MPEG4_VIDEO, VC1, VVC
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


PES = b"\x00\x00\x01\xe0\x00\x00\x80\x80\x05\x21\x00\x01\x00\x01"
CODE = b"\x00\x00\x01"
SEI = CODE + b"\x06\x05\xff\x2d" + b"\x2a" * 300 + b"\x80"
HEVC_SEI = CODE + b"\x4e\x01\x05\xc0" + b"\x2a" * 192 + b"\x80"
CAPTIONS_THEN_RECOVERY = CODE + b"\x06\x04\x05abcde\x06\x01\xc4\x80"
ESCAPED_THEN_RECOVERY = CODE + b"\x06\x05\x04\x00\x00\x03\x01\x02\x06\x01\xc4\x80"
REST = b"\xaa" * 60

# What comes in front of the unit that tells, and pictures that a decoder can start with.
KEYFRAMES = {
    "IDR behind a long SEI": (H264, SEI + CODE + b"\x65\x88"),
    "SPS behind a long SEI": (H264, CODE + b"\x09\x10" + SEI + CODE + b"\x67\x42"),
    "a recovery point behind captions": (H264, CAPTIONS_THEN_RECOVERY + CODE + b"\x41\x9a"),
    "a recovery point behind an escape": (H264, ESCAPED_THEN_RECOVERY + CODE + b"\x41\x9a"),
    "IDR_N_LP behind a long SEI": (HEVC, HEVC_SEI + CODE + b"\x28\x01\xaf"),
    "CRA": (HEVC, CODE + b"\x46\x01\x10" + CODE + b"\x2a\x01\xaf"),
    "refresh with a recovery point": (
        HEVC,
        CODE + b"\x4e\x01\x06\x02\x30\x80" + CODE + b"\x02\x01\xd0",
    ),
    "VVC": (VVC, CODE + b"\x00\xa1" + CODE + b"\x00\x79" + CODE + b"\x00\x41"),
    "AV1": (AV1, CODE + b"\x10" + CODE + b"\x08\x00"),
    "MPEG-2 sequence": (MPEG2_VIDEO, CODE + b"\xb3\x2d\x02" + CODE + b"\x00\x00\x0f"),
    "MPEG-4 visual": (MPEG4_VIDEO, CODE + b"\xb0\x01" + CODE + b"\xb6\x10"),
    "AVS2": (AVS2, CODE + b"\xb0\x32"),
    "VC-1": (VC1, CODE + b"\x0f\xc0" + CODE + b"\x0d\x00"),
}
PLAIN = {
    "H.264": (H264, CODE + b"\x09\x30" + SEI + CODE + b"\x41\x9a"),
    "HEVC": (HEVC, CODE + b"\x46\x01\x50" + HEVC_SEI + CODE + b"\x02\x01\xd0"),
    "VVC": (VVC, CODE + b"\x00\xa1" + CODE + b"\x00\x01"),
    "AV1": (AV1, CODE + b"\x10" + CODE + b"\x30\x00"),
    "MPEG-2": (MPEG2_VIDEO, CODE + b"\x00\x00\x57\xff\xf8" + CODE + b"\xb5\x81"),
    "VC-1": (VC1, CODE + b"\x0d\x00"),
}


def verdict(stream_type: int, data: bytes, rooms: list[int]) -> bool | None:
    """Return what is found of a picture whose bytes are cut into packets of these sizes."""
    picture = None
    found: bool | None = None
    number = 0
    while data and found is None:
        room = rooms[number % len(rooms)]
        packet = transport.packet(0x100, number, data[:room], start=number == 0)
        data, number = data[room:], number + 1
        if picture is None:
            found = is_keyframe(packet, 0, stream_type)
            picture = UndecidedPicture(packet, stream_type, 0) if found is None else picture
        else:
            found = picture.push(packet)
    return found


@pytest.mark.parametrize("name", KEYFRAMES)
@given(rooms=st.lists(st.integers(1, 184), min_size=1, max_size=8), stuffing=st.integers(0, 245))
def test_a_keyframe_is_seen_wherever_its_units_lie(
    name: str, rooms: list[int], stuffing: int
) -> None:
    stream_type, units = KEYFRAMES[name]
    head = PES[:8] + bytes((PES[8] + stuffing,)) + PES[9:] + b"\xff" * stuffing

    assert verdict(stream_type, head + units + REST, rooms) is True


@pytest.mark.parametrize("name", PLAIN)
@given(rooms=st.lists(st.integers(1, 184), min_size=1, max_size=8))
def test_another_picture_is_none_wherever_its_units_lie(name: str, rooms: list[int]) -> None:
    stream_type, units = PLAIN[name]

    assert verdict(stream_type, PES + units + REST, rooms) is False


def test_a_picture_that_says_nothing_is_given_up() -> None:
    assert verdict(H264, PES + b"\x2a" * (MOST_UNDECIDED + 400), [184]) is False


def test_what_is_encrypted_is_no_keyframe() -> None:
    packet = bytearray(start_with(SEI[:150]))
    packet[3] |= 0x80

    assert is_keyframe(bytes(packet), 0, H264) is False
    picture = UndecidedPicture(start_with(SEI[:150]), H264, 0)
    assert picture.push(bytes(packet)) is False


@given(st.binary(max_size=500), st.sampled_from([H264, HEVC, VVC, AV1, MPEG2_VIDEO, VC1]))
def test_any_bytes_are_survived(data: bytes, stream_type: int) -> None:
    verdict(stream_type, PES + data, [100, 184, 7])
    verdict(stream_type, data, [184])
