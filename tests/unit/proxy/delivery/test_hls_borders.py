"""Places in a ring: by entries, by its clock, where something begins."""

import pytest

from acedesk.mpegts.packets import PACKET
from acedesk.proxy.buffer.chunk_framing import SlabWriter
from acedesk.proxy.buffer.random_access_points import RandomAccessPoint
from acedesk.proxy.buffer.ring import MemoryBudget, Ring
from acedesk.proxy.delivery.hls_borders import Border, Borders, elapsed_between
from tests import transport

TABLES = b"T" * PACKET


@pytest.fixture
def ring() -> Ring:
    """Return a ring of ten chunks, one each second, of ten packets each."""
    ring = Ring(limit=1 << 20, seconds=60.0, budget=MemoryBudget(1 << 21))
    writer = SlabWriter()
    for number in range(10):
        packets = [transport.filler(number)] * 10
        packets[3] = transport.packet(transport.AUDIO_PID, 0, bytes(184), start=True)
        pes = transport.timed_pes(0xE0, 9000 * number, b"")
        packets[6] = transport.packet(transport.VIDEO_PID, 0, pes, start=True)
        ring.append(writer.put(b"".join(packets)), 100.0 + number, (), None)
    return ring


@pytest.fixture
def borders(ring: Ring) -> Borders:
    return Borders(ring, lambda: TABLES)


def test_a_time_is_a_packet_of_the_chunk(borders: Borders) -> None:
    assert borders.offset(5, 4.35) == 3 * PACKET
    assert borders.offset(5, 1.0) == 0
    assert borders.offset(5, 99.0) == 9 * PACKET


def test_a_packet_is_a_time(borders: Borders) -> None:
    border = borders.by_time(5, 5 * PACKET)

    assert (border.clock, border.tables, border.keyframe) == (4.5, TABLES, False)


def test_the_end_of_what_is_there_is_a_border(ring: Ring, borders: Borders) -> None:
    assert borders.at_end(ring.next).clock == 9.0
    assert borders.clock_before(0) == 0.0


def test_an_entry_has_its_time_stamp_and_its_tables(borders: Borders) -> None:
    entry = borders.at_entry(RandomAccessPoint(4, 6 * PACKET, b"own", 3.6))

    assert (entry.pts, entry.tables, entry.keyframe, entry.clock) == (36000, b"own", True, 3.6)


def test_what_begins_is_found_by_its_pid(borders: Borders) -> None:
    whole = 0, 10 * PACKET

    assert borders.find_start(5, whole, transport.VIDEO_PID) == 6 * PACKET
    assert borders.find_start(5, whole, None) == 3 * PACKET
    assert borders.find_start(5, (7 * PACKET, 10 * PACKET), None) is None


@pytest.mark.parametrize(
    ("pts", "expected"),
    [
        ((90_000, 270_000), (2.0, False)),
        ((90_000, 90_000), (2.1, True)),
        ((90_000, 45_000), (2.1, True)),
        ((None, 45_000), (2.1, False)),
        (((1 << 33) - 90_000, 90_000), (2.0, False)),
    ],
)
def test_between_borders_pass_the_seconds_of_their_pictures(
    pts: tuple[int | None, int | None], expected: tuple[float, bool]
) -> None:
    begin, end = (Border(number=n, at=0, clock=2.1 * n, pts=stamp) for n, stamp in enumerate(pts))

    assert elapsed_between(begin, end) == expected
