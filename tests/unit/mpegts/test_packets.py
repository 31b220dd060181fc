"""Packet borders are found in any bytes, and fields are read as the standard has them."""

from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts import packets
from acedesk.mpegts.packets import PACKET
from tests import transport

PROGRAMME = transport.programme(6)


def test_a_whole_programme_is_aligned() -> None:
    assert packets.is_aligned(PROGRAMME, 0, len(PROGRAMME))


def test_a_shifted_programme_is_not() -> None:
    assert not packets.is_aligned(PROGRAMME[7:], 0, len(PROGRAMME) - PACKET)


def test_the_pcr_of_a_picture_is_read_back() -> None:
    packet = transport.picture(0, keyframe=True, ticks=1_234_567_890)

    assert packets.pcr_of(packet, 0) == 1_234_567_890


def test_the_null_packet_is_one_packet_of_the_null_pid() -> None:
    assert len(packets.NULL_PACKET) == PACKET
    assert packets.pid_of(packets.NULL_PACKET, 0) == packets.NULL_PID


@given(st.binary(max_size=PACKET - 1).filter(lambda garbage: 0x47 not in garbage))
def test_garbage_in_front_is_dropped(garbage: bytes) -> None:
    found, rest, dropped = packets.realign(garbage + PROGRAMME)

    assert found + rest == PROGRAMME
    assert dropped == len(garbage)


def test_garbage_in_the_middle_costs_nothing_else() -> None:
    half = 20 * PACKET

    found, rest, dropped = packets.realign(PROGRAMME[:half] + b"\x00" * 77 + PROGRAMME[half:])

    assert found + rest == PROGRAMME
    assert dropped == 77


@given(st.binary(max_size=4 * PACKET))
def test_any_bytes_give_whole_packets_and_a_short_rest(data: bytes) -> None:
    found, rest, dropped = packets.realign(data)

    assert len(found) % PACKET == 0
    assert all(found[at] == packets.SYNC for at in range(0, len(found), PACKET))
    assert len(rest) < packets.SYNC_RUN * PACKET
    assert len(found) + len(rest) + dropped == len(data)


@given(st.integers(0, len(PROGRAMME)))
def test_what_was_cut_off_comes_with_the_next_bytes(cut: int) -> None:
    first, rest, _ = packets.realign(PROGRAMME[:cut])
    second, rest, dropped = packets.realign(rest + PROGRAMME[cut:])

    assert first + second + rest == PROGRAMME
    assert dropped == 0
