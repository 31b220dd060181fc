import struct

from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts.pes import PTS_WRAP, decoding_time, pts_of, pts_seconds
from tests import transport

ticks = st.integers(0, PTS_WRAP - 1)


def pes(pts: int, *, flags: int = 0x80) -> bytes:
    field = struct.pack(
        ">BHH",
        0x21 | pts >> 29 & 0x0E,
        (pts >> 14 & 0xFFFE) | 1,
        (pts << 1 & 0xFFFE) | 1,
    )
    return b"\x00\x00\x01\xe0\x00\x00\x80" + bytes((flags, 5)) + field + bytes(20)


@given(ticks)
def test_the_time_of_a_picture_is_read(pts: int) -> None:
    assert pts_of(transport.packet(0x100, 0, pes(pts), start=True)) == pts


def test_a_picture_without_a_time_has_none() -> None:
    assert pts_of(transport.packet(0x100, 0, pes(5, flags=0), start=True)) is None
    assert pts_of(transport.packet(0x100, 0, pes(5), start=False)) is None
    assert pts_of(transport.pat()) is None


@given(st.binary(min_size=187, max_size=187))
def test_nothing_in_a_packet_raises(rest: bytes) -> None:
    pts_of(b"\x47" + rest)


@given(ticks, st.integers(-(2**31), 2**31))
def test_differences_hold_across_the_wrap(start: int, step: int) -> None:
    assert pts_seconds(start, (start + step) % PTS_WRAP) == step / 90_000


@given(ticks, ticks)
def test_the_time_of_decoding_is_read(pts: int, dts: int) -> None:
    both = bytearray(pes(pts, flags=0xC0))
    both[8] = 10
    both[14:19] = pes(dts)[9:14]
    packet = transport.packet(0x100, 0, bytes(both), start=True)

    assert decoding_time(transport.pat() + packet, len(packet)) == (0xE0, dts)


@given(ticks)
def test_without_a_time_of_decoding_it_is_that_of_the_picture(pts: int) -> None:
    assert decoding_time(transport.packet(0x100, 0, pes(pts), start=True), 0) == (0xE0, pts)


@given(st.binary(min_size=187, max_size=187))
def test_nothing_in_a_packet_makes_the_time_of_decoding_raise(rest: bytes) -> None:
    decoding_time(b"\x47" + rest, 0)
