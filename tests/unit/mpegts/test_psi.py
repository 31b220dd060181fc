"""Program tables: what they say, and that broken ones say nothing."""

from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts import psi
from tests import transport


def test_the_pat_names_the_pmt() -> None:
    assert psi.parse_pat(transport.pat(pmt_pid=0x123)) == 0x123


def test_the_pmt_names_video_and_audio() -> None:
    program = psi.parse_pmt(transport.pmt())

    assert program is not None
    assert program.pcr_pid == transport.VIDEO_PID
    assert program.codecs == "H.264 · AAC"


def test_a_table_with_one_wrong_bit_is_not_believed() -> None:
    broken = bytearray(transport.pmt())
    broken[20] ^= 1

    assert psi.parse_pmt(bytes(broken)) is None


def test_private_streams_have_no_codec() -> None:
    program = psi.parse_pmt(transport.pmt(streams=((0x06, 0x100),), pcr_pid=0x1FFF))

    assert program is not None
    assert program.video is None
    assert program.codecs == ""


@given(st.binary(min_size=183, max_size=183))
def test_any_packet_is_parsed_or_refused(body: bytes) -> None:
    packet = b"\x47\x40\x00\x10" + body + b"\x00"

    assert psi.parse_pat(packet) is None or isinstance(psi.parse_pat(packet), int)
    assert psi.parse_pmt(packet) is None or psi.parse_pmt(packet) is not None


def test_the_crc_is_that_of_the_standard() -> None:
    # The CRC of "123456789" in CRC-32/MPEG-2.
    assert psi.crc32(b"123456789") == 0x0376E6E7
