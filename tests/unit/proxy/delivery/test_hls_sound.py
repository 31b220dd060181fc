"""A radio whose declared video does not come has segments with sound only."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts.packets import PACKET, pcr_of, pid_of
from acedesk.mpegts.psi import parse_pmt
from acedesk.mpegts.scan import Scanner
from acedesk.mpegts.sections import crc32
from acedesk.proxy.delivery.hls_sound import Pictures, VideoWatch, without_video
from tests import transport
from tests.unit.proxy.delivery.test_hls_segmenter import Cut, radio_with_a_slate

VIDEO, AUDIO, PMT = transport.VIDEO_PID, transport.AUDIO_PID, transport.PMT_PID
TABLES = transport.pat() + transport.pmt()


def sound(number: int) -> bytes:
    pes = transport.timed_pes(0xC0, number * 3600, struct.pack(">I", number))
    return transport.packet(AUDIO, number, pes, start=True)


def pids(data: bytes) -> list[int]:
    return [pid_of(data, at) for at in range(0, len(data), PACKET)]


def test_no_packet_of_the_video_is_left_and_no_table_names_it() -> None:
    data = transport.picture(0, keyframe=True, ticks=0) + transport.filler(1) + sound(0)

    out = without_video(TABLES, data + transport.pmt(3) + sound(1))

    scanner = Scanner()
    scanner.scan(out, 0, len(out))
    assert scanner.program is not None
    assert [es.pid for es in scanner.program.streams] == [AUDIO]
    assert pids(out)[:2] == [0, PMT]
    assert out.endswith(sound(0) + sound(1))


def test_the_clock_that_comes_with_the_video_stays() -> None:
    data = transport.picture(5, keyframe=True, ticks=90 * 300)

    out = without_video(TABLES, sound(0) + data)

    clock = out[-PACKET:]
    assert (pid_of(clock, 0), pcr_of(clock, 0)) == (VIDEO, 90 * 300)
    assert clock[3] & 0x30 == 0x20
    assert clock[4] == PACKET - 5


@given(st.lists(st.tuples(st.sampled_from([0x1B, 0x0F, 0x24, 0x06]), st.binary(max_size=60))))
def test_other_streams_keep_their_descriptors(streams: list[tuple[int, bytes]]) -> None:
    listed = tuple(
        (kind, 0x100 + n, b"\x52\x01\x00" * (len(d) % 9)) for n, (kind, d) in enumerate(streams)
    )
    section = transport.with_crc(transport.pmt_section(1, 0x100, listed))
    packets = b"".join(transport.in_packets(PMT, [section]))

    out = without_video(transport.pat() + packets, b"")

    scanner = Scanner()
    scanner.scan(out + sound(0), 0, len(out) + PACKET)
    before = parse_pmt(section)
    assert before is not None
    kept = tuple(es for es in before.streams if not es.is_video)
    assert (scanner.program.streams if scanner.program else ()) == kept
    assert crc32(section) == 0


def test_one_picture_and_then_nothing_is_a_slate() -> None:
    slate = transport.picture(0, keyframe=True) + b"".join(sound(n) for n in range(24))

    assert Pictures(slate, VIDEO).has_ended(1.0)
    assert Pictures(sound(0) * 20, VIDEO).has_ended(1.0)
    assert not Pictures(slate, VIDEO).has_ended(0.4)
    assert not Pictures(slate + transport.picture(1, keyframe=False), VIDEO).has_ended(1.0)
    assert not Pictures(slate + transport.filler(1), VIDEO).has_ended(1.0)


def test_a_packet_with_a_clock_only_is_no_picture() -> None:
    field = transport.pcr_field(0)
    clock = transport.packet(VIDEO, 0, b"", adaptation=field)[:3]
    clock += bytes((0x20, 183)) + field[1:7] + bytes(177)

    assert Pictures((sound(0) + clock[:PACKET]) * 9, VIDEO).has_ended(1.0)


def test_a_video_that_comes_after_all_is_shown_from_a_keyframe_on() -> None:
    watch = VideoWatch()
    moving = Pictures(b"".join(transport.picture(n, keyframe=n == 0) for n in range(25)), VIDEO)

    seen: list[bool] = []
    for pictures, at_keyframe in [
        (Pictures(sound(0) * 20, VIDEO), False),
        *[(moving, False)] * 3,
        (moving, True),
    ]:
        watch.look(pictures, 1.0, at_keyframe=at_keyframe)
        seen.append(watch.shown)

    assert seen == [False] * 4 + [True]
    assert not watch.is_curious


def test_a_slate_now_and_then_changes_nothing() -> None:
    watch = VideoWatch()
    silence = Pictures(sound(0) * 20, VIDEO)
    slate = Pictures(transport.picture(0, keyframe=True) + sound(0) * 20, VIDEO)

    for number in range(30):
        watch.look(slate if number % 5 == 0 else silence, 2.0, at_keyframe=number % 5 == 4)

    assert not watch.shown


def test_a_broadcast_is_looked_at_once() -> None:
    watch = VideoWatch()

    watch.look(
        Pictures(b"".join(transport.picture(n, keyframe=n == 0) for n in range(25)), VIDEO),
        1.0,
        at_keyframe=True,
    )

    assert not watch.is_curious
    assert watch.shown


# ---------------------------------------------------------------------- as it is cut


@pytest.mark.parametrize("every", [5.0, 15.0, 1000.0])
def test_a_radio_with_a_slate_is_sound_only_from_the_first_segment_on(every: float) -> None:
    cut = Cut(target=2.0)
    for block in radio_with_a_slate(30.0, every):
        cut.push(block, 0.04)

    for segment in cut.all():
        pids = {
            pid_of(segment, at) for at in range(0, len(segment), PACKET) if segment[at + 3] & 16
        }
        assert transport.VIDEO_PID not in pids
        assert transport.AUDIO_PID in pids
    assert not cut.lists[-1].count("DISCONTINUITY\n")


def test_a_radio_that_becomes_a_broadcast_shows_it_behind_a_jump() -> None:
    cut = Cut(target=2.0)
    for block in radio_with_a_slate(6.0, 1000.0):
        cut.push(block, 0.04)
    cut.told()
    for number in range(150, 550):
        ticks = number * 27_000_000 // 25
        block = transport.picture(number, keyframe=number % 50 == 0, ticks=ticks)
        if number % 12 == 0:
            block = transport.pat(number) + transport.pmt(number) + block
        cut.push(block, 0.04)

    segments = cut.told().segments
    with_video = [
        transport.VIDEO_PID
        in {pid_of(data, at) for at in range(0, len(data), PACKET) if data[at + 3] & 16}
        for data in cut.all()
    ]

    assert with_video == sorted(with_video)
    assert with_video[0] is False
    assert with_video[-1] is True
    assert "#EXT-X-DISCONTINUITY\n" in cut.lists[-1]
    assert segments


def test_a_first_picture_that_takes_long_is_waited_for() -> None:
    cut = Cut(target=2.0)
    for number in range(150):
        ticks = number * 27_000_000 // 25
        block = [transport.pat(number), transport.pmt(number)] if number % 12 == 0 else []
        if number % 50 == 0:
            block.append(transport.picture(number, keyframe=True, ticks=ticks))
        elif number % 50 < 40:
            block.append(transport.filler(number))
        else:
            block.append(transport.picture(number, keyframe=False, ticks=ticks))
        cut.push(b"".join(block), 0.04)

    first = cut.all()[0]

    assert transport.VIDEO_PID in {pid_of(first, at) for at in range(0, len(first), PACKET)}
