"""The size of pictures is found wherever the parameter sets lie in the packets."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts import psi
from acedesk.mpegts.video.picture_size import PictureSizeFinder
from tests.transport import VIDEO_PID, packet

START = b"\x00\x00\x01"
PES = START + b"\xe0\x00\x00\x80\x80\x05\x21\x00\x01\x00\x01"
H264 = START + bytes.fromhex("67640028acd940780227e5c044000003000400000300c83c60c658")
HEVC = START + bytes.fromhex(
    "420101016000000300900000030000030078a003c08010e596566924caf0168080000003008000000c84"
)
MPEG2 = START + bytes.fromhex("b32d024013")
SLICE = START + b"\x65" + b"\x11" * 500
ACCESS_UNIT_DELIMITER = START + b"\x09\xf0"


def packets(elementary: bytes, first: int = 150) -> list[bytes]:
    """Return the packets of one picture; the first holds less than the others."""
    payload = PES + elementary
    cuts = [0, first, *range(first + 184, len(payload) + 184, 184)]
    pieces = [payload[a:b] for a, b in itertools.pairwise(cuts) if payload[a:b]]
    return [
        packet(VIDEO_PID, number, piece, start=number == 0) for number, piece in enumerate(pieces)
    ]


@pytest.mark.parametrize(
    ("kind", "unit", "size"),
    [
        (psi.H264, H264, (1920, 1080)),
        (psi.HEVC, HEVC, (1920, 1080)),
        (psi.MPEG2_VIDEO, MPEG2, (720, 576)),
    ],
)
def test_each_kind_of_video(kind: int, unit: bytes, size: tuple[int, int]) -> None:
    finder = PictureSizeFinder(kind)

    for one in packets(unit + SLICE):
        finder.push(one)

    assert finder.size == size


@given(st.integers(0, 400), st.integers(20, 180))
def test_it_may_lie_across_packets_and_behind_other_units(before: int, first: int) -> None:
    finder = PictureSizeFinder(psi.H264)

    for one in packets(ACCESS_UNIT_DELIMITER + b"\x11" * before + H264 + SLICE, first):
        finder.push(one)

    assert finder.size == (1920, 1080)


def test_the_next_picture_ends_a_set_behind_which_nothing_comes() -> None:
    finder = PictureSizeFinder(psi.H264)
    for one in packets(H264):
        finder.push(one)
    assert finder.size is None

    finder.push(packets(SLICE)[0])

    assert finder.size == (1920, 1080)


def test_a_kind_of_video_that_is_not_read_and_encrypted_packets_have_no_size() -> None:
    other, encrypted = PictureSizeFinder(psi.AV1), PictureSizeFinder(psi.H264)

    for one in packets(H264 + SLICE):
        other.push(one)
        encrypted.push(one[:3] + bytes([one[3] | 0xC0]) + one[4:])

    assert (other.size, encrypted.size) == (None, None)


@given(st.lists(st.binary(min_size=184, max_size=184), max_size=30))
def test_garbage_breaks_nothing_and_is_not_hoarded(payloads: list[bytes]) -> None:
    finder = PictureSizeFinder(psi.HEVC)

    for number, payload in enumerate(payloads):
        finder.push(packet(VIDEO_PID, number, payload))

    assert len(finder._data) <= 2048
