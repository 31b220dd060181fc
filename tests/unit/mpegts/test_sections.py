"""Sections come out as they went in, however they lie in packets."""

from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts.packets import PACKET
from acedesk.mpegts.sections import SectionReader, crc32, packetize
from tests import transport

PID = 0x321


def pmt_of(number: int, size: int, **keywords: object) -> bytes:
    """Return a PMT of at least `size` bytes."""
    info = b""
    while len(info) < size:
        info += b"\x80" + bytes((min(size, 200),)) + bytes(min(size, 200))
    info = info[:900]
    current = bool(keywords.get("current", True))
    section = transport.pmt_section(number, 0x1FFF, (), info=info, current=current)
    return transport.with_crc(section)


def read(packets: list[bytes]) -> list[bytes]:
    reader = SectionReader()
    return [section.data for packet in packets for section in reader.push(packet)]


sections = st.lists(
    st.tuples(st.integers(1, 50), st.integers(0, 900)).map(lambda of: pmt_of(*of)),
    min_size=1,
    max_size=8,
)


@given(sections, st.lists(st.booleans(), max_size=8), st.lists(st.integers(2, 184), max_size=60))
def test_any_cut_into_packets_gives_the_sections(
    wanted: list[bytes], together: list[bool], rooms: list[int]
) -> None:
    packets = transport.in_packets(PID, wanted, together=together, rooms=rooms)

    assert read(packets) == wanted


@given(sections, st.lists(st.integers(2, 184), max_size=60), st.data())
def test_packets_that_say_nothing_between_them_change_nothing(
    wanted: list[bytes], rooms: list[int], data: st.DataObject
) -> None:
    packets = transport.in_packets(PID, wanted, rooms=rooms)
    for _ in range(4):
        at = data.draw(st.integers(1, len(packets)))
        before = packets[at - 1]
        twice = before
        empty = bytes((0x47, before[1] & 0x1F, before[2], 0x20 | before[3] & 15, 183, 0))
        scrambled = bytearray(before)
        scrambled[3] |= 0x80
        other = data.draw(st.sampled_from([twice, empty + b"\xff" * 182, bytes(scrambled)]))
        packets.insert(at, other)

    found = read(packets)

    assert [section for at, section in enumerate(found) if section not in found[:at]] == [
        section for at, section in enumerate(wanted) if section not in wanted[:at]
    ]


def test_a_section_with_a_lost_packet_is_not_there_and_the_next_one_is() -> None:
    long, next_one = pmt_of(1, 600), pmt_of(2, 10)
    packets = transport.in_packets(PID, [long, next_one])
    del packets[1]

    assert read(packets) == [next_one]


def test_a_wrong_crc_that_is_always_the_same_is_believed_in_the_end() -> None:
    wrong = bytearray(pmt_of(1, 30))
    wrong[-1] ^= 1
    packets = transport.in_packets(PID, [bytes(wrong)] * 6)

    assert read(packets[:3]) == []
    assert read(packets) == [bytes(wrong)] * 3
    assert read([*transport.in_packets(PID, [pmt_of(1, 30)]), *packets]) == [pmt_of(1, 30)]


def test_a_wrong_bit_a_later_version_and_other_tables_say_nothing() -> None:
    broken = bytearray(pmt_of(1, 30))
    broken[15] ^= 1
    private = transport.with_crc(b"\xc0\xb0\x09\x00\x01\xc1\x00\x00")
    short = b"\x72\x70\x01\x00"

    packets = transport.in_packets(
        PID,
        [bytes(broken), pmt_of(1, 30, current=False), private, short, pmt_of(3, 5)],
        together=[False, True, True, True, True],
    )

    assert read(packets) == [pmt_of(3, 5)]


@given(st.integers(0, 900), st.integers(0, 15))
def test_a_section_put_into_packets_again_ends_with_the_counter(size: int, counter: int) -> None:
    section = pmt_of(7, size)

    packets = packetize(PID, section, counter)

    assert packets[-PACKET + 3] & 15 == counter
    assert transport.counter_errors(packets) == 0
    assert read([packets[at : at + PACKET] for at in range(0, len(packets), PACKET)]) == [section]


@given(st.lists(st.binary(min_size=185, max_size=185), max_size=12))
def test_any_packets_are_survived(bodies: list[bytes]) -> None:
    reader = SectionReader()
    for body in bodies:
        for section in reader.push(b"\x47" + body[:2] + body[2:] + b"\x00" * 2):
            assert len(section.data) >= 12


def test_the_crc_is_that_of_the_standard() -> None:
    # The CRC of "123456789" in CRC-32/MPEG-2.
    assert crc32(b"123456789") == 0x0376E6E7
