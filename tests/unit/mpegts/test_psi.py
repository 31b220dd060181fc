"""Program tables: what their sections say, and that broken ones say nothing."""

from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts import psi
from tests import transport


def section_in(packet: bytes) -> bytes:
    return packet[5 : 8 + int.from_bytes(packet[6:8], "big") % 4096]


def program_of(packet: bytes) -> psi.Program:
    program = psi.parse_pmt(section_in(packet))
    assert program is not None
    return program


def with_descriptors(stream_type: int, descriptors: bytes) -> psi.Elementary:
    """Return the only stream of a program whose stream has these descriptors."""
    (stream,) = program_of(
        transport.table(
            transport.PMT_PID,
            0,
            transport.pmt_section(1, 0x1FFF, ((stream_type, 0x100, descriptors),)),
        )
    ).streams
    return stream


def test_the_pat_names_number_and_pmt_of_each_program() -> None:
    section = transport.pat_section(((0, 0x10), (1, 0x123), (7, 0x1FFE)))

    assert psi.parse_pat(section + bytes(4)) == ((1, 0x123), (7, 0x1FFE))


def test_the_pmt_names_video_and_audio() -> None:
    program = program_of(transport.pmt())

    assert program.pcr_pid == transport.VIDEO_PID
    assert program.codecs == "H.264 · AAC"


def test_private_streams_have_no_codec() -> None:
    program = program_of(transport.pmt(streams=((0x06, 0x100),), pcr_pid=0x1FFF))

    assert program.video is None
    assert program.codecs == ""


def test_private_data_with_a_registered_video_is_that_video() -> None:
    for name, kind in ((b"HEVC", psi.HEVC), (b"AV01", psi.AV1), (b"VVC ", psi.VVC)):
        stream = with_descriptors(0x06, b"\x0a\x04eng\x00\x05\x04" + name)

        assert (stream.stream_type, stream.is_video, stream.is_audio) == (kind, True, False)


def test_private_data_with_sound_in_it_is_named() -> None:
    named = {
        b"\x6a\x01\x00": "AC-3", b"\x7a\x01\x00": "E-AC-3", b"\x7f\x02\x15\x00": "AC-4",
        b"\x05\x04Opus": "Opus", b"\x05\x04DTS2": "DTS",
    }  # fmt: skip
    for descriptors, codec in named.items():
        stream = with_descriptors(0x06, descriptors)
        assert (stream.codec, stream.is_audio) == (codec, True)


def test_teletext_and_subtitles_are_neither() -> None:
    for descriptors in (b"\x56\x05eng\x09\x00", b"\x59\x08eng" + bytes(5), b"\x7f\x02\x06\x00"):
        stream = with_descriptors(0x06, descriptors)
        assert (stream.is_audio, stream.is_video) == (False, False)


@given(st.binary(max_size=60))
def test_any_section_says_something_or_nothing(body: bytes) -> None:
    for section in (b"\x00" + body, b"\x02" + body):
        if len(section) >= 12:
            assert all(0 < number < 1 << 16 for number, _ in psi.parse_pat(section))
            program = psi.parse_pmt(section)
            assert program is None or all(es.pid < 1 << 13 for es in program.streams)
