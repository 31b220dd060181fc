import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.demo.broadcast_clock import load_card
from acedesk.demo.testcard import (
    LOOP_TICKS,
    PTS_WRAP,
    TestCard,
    count_payloads,
    find_pcrs,
    find_stamps,
    read_stamp,
)
from acedesk.mpegts.packets import PACKET, PCR_WRAP
from acedesk.mpegts.scan import Scanner
from tests.transport import counter_errors, packet

PICTURES = ("bars", "second")
VIDEO_PID, AUDIO_PID = 0x100, 0x101
WRAP_LOOP = PTS_WRAP // LOOP_TICKS


def small_card() -> TestCard:
    """Three packets of two PIDs, one with a PCR, one with PTS and DTS."""
    pcr = bytes([0x10]) + (5 << 15 | 0x7E00 | 7).to_bytes(6, "big")
    pes = (
        bytes.fromhex("000001e0000080c00a")
        + bytes.fromhex("3100010001")
        + bytes.fromhex("1100010001")
    )
    return TestCard(
        packet(VIDEO_PID, 0, pes, start=True)
        + packet(VIDEO_PID, 1, b"x" * 100, adaptation=pcr)
        + packet(AUDIO_PID, 0, b"y" * 184),
        ticks=90,
    )


@given(loop=st.integers(0, 3 * WRAP_LOOP))
def test_clocks_run_on_over_any_edge_and_wrap_at_33_bits(loop: int) -> None:
    card = small_card()

    block = card.loop(loop)

    assert find_pcrs(block)[0][1] == (5 * 300 + 7 + loop * 90 * 300) % PCR_WRAP
    assert [value for _, value in find_stamps(block)] == [loop * 90 % PTS_WRAP] * 2


@given(first=st.integers(0, 100_000), sizes=st.lists(st.integers(0, 20), max_size=8))
def test_any_cut_of_the_stream_gives_the_same_bytes(first: int, sizes: list[int]) -> None:
    card = small_card()
    parts, position = [], first
    for size in sizes:
        parts.append(card.read(position, position + size))
        position += size

    assert b"".join(parts) == card.read(first, position)
    assert counter_errors(card.read(first, position)) == 0


@given(ticks=st.integers(0, PTS_WRAP - 1))
def test_a_stamp_is_read_as_it_was_written(ticks: int) -> None:
    card = TestCard(small_card().loop(0), ticks=ticks)

    block = card.loop(1)

    assert read_stamp(block, find_stamps(block)[0][0]) == ticks
    assert block[find_stamps(block)[0][0]] & 0xF1 == 0x31


def test_a_part_of_a_packet_is_no_card() -> None:
    with pytest.raises(ValueError, match="whole number"):
        TestCard(b"\x47" * 100)


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("loop", [0, 15, 465_000_000, WRAP_LOOP - 1])
def test_the_recorded_loop_has_no_seam(picture: str, loop: int) -> None:
    card = load_card(picture)

    flow = card.read(loop * card.packets, (loop + 3) * card.packets)

    clocks = [value for _, value in find_pcrs(flow)]
    steps = [(b - a) % PCR_WRAP for a, b in itertools.pairwise(clocks)]
    assert counter_errors(flow) == 0
    assert sum(steps) < 3 * LOOP_TICKS * 300
    assert max(steps) <= 0.04 * 27_000_000  # DVB: a clock reference every 40 ms
    pictures = [value for at, value in find_stamps(flow) if flow[at - 6] == 0xE0]
    assert {(b - a) % PTS_WRAP for a, b in itertools.pairwise(pictures)} == {3600}
    sounds = [value for at, value in find_stamps(flow) if flow[at - 6] == 0xC0]
    assert {(b - a) % PTS_WRAP for a, b in itertools.pairwise(sounds)} == {3 * 1920}


@pytest.mark.parametrize("picture", PICTURES)
def test_players_find_tables_and_keyframes_in_time(picture: str) -> None:
    card = load_card(picture)
    flow = card.loop(7) + card.loop(8)
    starts = [at for at in range(0, len(flow), PACKET) if flow[at + 1 : at + 3] == b"\x40\x00"]
    scanner = Scanner()

    keys = scanner.scan(flow, 0, len(flow)).entries

    longest = max(b - a for a, b in itertools.pairwise(starts))
    assert starts[0] == 0
    assert longest / card.byte_rate <= 0.1
    assert scanner.program is not None
    # A loop begins with the tables, a little sound, and a keyframe.
    assert keys[0].at <= 10 * PACKET
    assert len(keys) == 4


@pytest.mark.parametrize("picture", PICTURES)
def test_every_byte_is_there_before_it_is_shown(picture: str) -> None:
    block = load_card(picture).loop(0)
    pcrs = find_pcrs(block)

    for at, shown in find_stamps(block):
        arrives = max((pcr for place, pcr in pcrs if place <= at), default=0)
        assert 0 < shown - arrives / 300 <= 90_000


def test_the_cards_are_small() -> None:
    cards = [load_card(picture) for picture in PICTURES]

    assert sum(card.packets * PACKET for card in cards) <= 2_000_000
    assert all(1.4e6 < card.byte_rate * 8 < 2.6e6 for card in cards)
    assert all(set(count_payloads(card.loop(0))) == {0, 0x11, 0x1000, 256, 257} for card in cards)
