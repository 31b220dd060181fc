"""A promised picture that does not come is noticed; usual pauses and silences are none."""

import pytest

from acedesk.mpegts.scan import Scanner
from acedesk.proxy.buffer.chunk_framing import SlabWriter
from acedesk.proxy.buffer.ring import MemoryBudget, Ring
from acedesk.proxy.counters.picture_watch import MISSING, PictureWatch
from tests import transport

SOUND_ONLY = ((0x0F, transport.AUDIO_PID),)


class Watched:
    """A stream that is looked at each second."""

    def __init__(self, tables: bytes = transport.pat() + transport.pmt()) -> None:
        self.now = 100.0
        self.scanner = Scanner()
        self.ring = Ring(limit=1 << 24, seconds=30.0, budget=MemoryBudget(1 << 26))
        self.watch = PictureWatch(self.ring, self.now)
        self._tables = tables
        self._writer = SlabWriter()

    def second(self, *, sound: bool = True, picture: bool = False, nulls: bool = False) -> bool:
        """Let a second pass in which this comes, then look."""
        self.now += 1.0
        packets = self._tables if sound or picture else b""
        packets += transport.picture(0, keyframe=True) if picture else b""
        packets += transport.filler(0, pid=transport.AUDIO_PID) if sound else b""
        packets += transport.filler(0, pid=0x1FFF) if nulls else b""
        if packets:
            scan = self.scanner.scan(packets, 0, len(packets))
            self.ring.append(self._writer.put(packets), self.now, scan.entries, scan.pcr)
        return self.watch.look(self.scanner, self.now)

    def seconds(self, count: int, **what: bool) -> bool:
        """Let seconds pass; return what was seen at the last."""
        return [self.second(**what) for _ in range(count)][-1]


def test_sound_without_the_promised_picture_is_noticed() -> None:
    watched = Watched()

    assert not watched.seconds(int(MISSING) - 1)
    assert watched.second()
    assert not watched.watch.came


def test_who_joins_then_waits_for_no_keyframe() -> None:
    watched = Watched()
    watched.seconds(int(MISSING) + 2)

    assert not watched.scanner.has_video
    assert watched.ring.newest_entry() is not None


def test_a_picture_that_comes_after_all_is_one() -> None:
    watched = Watched()
    watched.seconds(10)

    assert not watched.second(picture=True)
    assert watched.scanner.has_video
    assert watched.watch.came
    assert watched.watch.missing_for == 0.0


def test_a_picture_that_stops_is_noticed() -> None:
    watched = Watched()
    watched.seconds(3, picture=True)

    assert watched.seconds(6)
    assert watched.watch.came


@pytest.mark.parametrize("nulls", [False, True])
def test_a_stream_that_stalls_lacks_no_picture(*, nulls: bool) -> None:
    watched = Watched()
    watched.seconds(3, picture=True)

    assert not watched.seconds(30, sound=False, nulls=nulls)


def test_sound_alone_lacks_no_picture() -> None:
    tables = transport.pat() + transport.pmt(streams=SOUND_ONLY, pcr_pid=transport.AUDIO_PID)

    assert not Watched(tables).seconds(30)


def test_slides_that_come_again_and_again_are_usual() -> None:
    watched = Watched()
    for _ in range(3):
        watched.second(picture=True)
        watched.seconds(9)

    watched.second(picture=True)

    assert not watched.seconds(9)
    assert watched.seconds(6)


def test_a_jump_of_the_clock_is_no_time_without_a_picture() -> None:
    watched = Watched()
    watched.seconds(3, picture=True)
    watched.ring._media_clock.seconds += 50.0

    assert not watched.second()


def test_of_two_programs_the_one_that_comes_is_played() -> None:
    first = transport.pmt_section(1, 0x1FFF, ((0x1B, 0x200, b""), (0x0F, 0x201, b"")))
    second = transport.pmt_section(
        2, transport.VIDEO_PID, ((0x1B, transport.VIDEO_PID, b""), (0x0F, transport.AUDIO_PID, b""))
    )
    listed = transport.pat_section(((1, 0x1000), (2, 0x1001)))
    tables = transport.in_packets(0, [transport.with_crc(listed)])
    tables += transport.in_packets(0x1000, [transport.with_crc(first)])
    tables += transport.in_packets(0x1001, [transport.with_crc(second)])
    watched = Watched(b"".join(tables))

    watched.seconds(3, picture=True)

    assert watched.scanner.program is not None
    assert watched.scanner.program.pcr_pid == transport.VIDEO_PID
    assert watched.ring.newest_entry() is not None
    assert watched.watch.came
