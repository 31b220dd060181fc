"""The scanner finds the same things however the stream is cut into blocks."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts.packets import PACKET
from acedesk.mpegts.scan import Scanner
from tests import transport

PROGRAMME = transport.programme(30, gop=10)


def entries_of(blocks: list[bytes]) -> list[int]:
    scanner, found, before = Scanner(), [], 0
    for block in blocks:
        found += [before + entry.at for entry in scanner.scan(block, 0, len(block)).entries]
        before += len(block)
    return found


def expected() -> list[int]:
    return [
        at
        for at in range(0, len(PROGRAMME), PACKET)
        if PROGRAMME[at + 1 : at + 3] == b"\x41\x00"
        and b"\x00\x00\x01\x65" in PROGRAMME[at : at + 188]
    ]


def test_every_keyframe_is_an_entry() -> None:
    assert entries_of([PROGRAMME]) == expected()
    assert len(expected()) == 3


@given(st.lists(st.integers(1, len(PROGRAMME) // PACKET - 1), max_size=12))
def test_cutting_into_blocks_changes_nothing(cuts: list[int]) -> None:
    borders = [0, *sorted(cut * PACKET for cut in set(cuts)), len(PROGRAMME)]
    blocks = [PROGRAMME[a:b] for a, b in itertools.pairwise(borders)]

    assert entries_of(blocks) == expected()


def test_an_entry_carries_the_tables() -> None:
    (entry, *_) = Scanner().scan(PROGRAMME, 0, len(PROGRAMME)).entries

    assert entry.tables[:PACKET][1:3] == b"\x40\x00"
    assert len(entry.tables) == 2 * PACKET


def test_the_last_clock_of_a_block_is_told() -> None:
    assert Scanner().scan(PROGRAMME, 0, len(PROGRAMME)).pcr == 29 * 27_000_000 // 25


def test_sound_alone_begins_at_its_tables() -> None:
    tables = transport.pat() + transport.pmt(streams=((0x0F, 0x101),), pcr_pid=0x101)
    sound = b"".join(transport.filler(n, pid=0x101) for n in range(5))

    (entry,) = Scanner().scan(sound + tables + sound, 0, 12 * PACKET).entries

    assert entry.at == len(sound)


def test_nothing_is_an_entry_before_the_tables_are_known() -> None:
    alone = transport.picture(0, keyframe=True, ticks=0)

    assert Scanner().scan(alone, 0, len(alone)).entries == ()


def test_new_tables_take_the_place_of_old_ones() -> None:
    scanner = Scanner()
    scanner.scan(PROGRAMME, 0, len(PROGRAMME))
    other = transport.pat(pmt_pid=0x200) + transport.pmt(
        streams=((0x24, 0x300),), pcr_pid=0x300, pmt_pid=0x200
    )

    scanner.scan(other, 0, len(other))

    assert scanner.program is not None
    assert scanner.program.codecs == "HEVC"


@given(st.binary(min_size=PACKET, max_size=PACKET * 6))
def test_any_packets_are_survived(noise: bytes) -> None:
    noise = noise[: len(noise) - len(noise) % PACKET]
    block = PROGRAMME[: 4 * PACKET] + noise

    Scanner().scan(block, 0, len(block))


def scrambled(block: bytes) -> bytes:
    """Return `block` with its video encrypted."""
    out = bytearray(block)
    for at in range(0, len(out), PACKET):
        if out[at + 1] & 0x1F == 1 and out[at + 2] == 0:
            out[at + 3] |= 0x80
    return bytes(out)


def unmarked(block: bytes) -> bytes:
    """Return `block` without random access indicators."""
    out = bytearray(block)
    for at in range(0, len(out), PACKET):
        if out[at + 1] == 0x41 and out[at + 3] & 0x20:
            out[at + 5] &= 0xBF
    return bytes(out)


def test_encrypted_video_begins_at_its_tables() -> None:
    plain = unmarked(PROGRAMME)
    scanner = Scanner()

    entries = scanner.scan(scrambled(plain), 0, len(plain)).entries

    assert [plain[entry.at + 1 : entry.at + 3] for entry in entries] == [b"\x40\x00"]
    assert not scanner.has_video


def test_encrypted_video_whose_keyframes_are_marked_begins_at_them() -> None:
    assert entries_of([scrambled(PROGRAMME)]) == expected()


def test_video_that_is_encrypted_no_more_begins_at_keyframes_again() -> None:
    plain = unmarked(PROGRAMME)
    scanner = Scanner()
    scanner.scan(scrambled(plain), 0, len(plain))

    assert scanner.scan(plain, 0, len(plain)).entries[0].at == 2 * PACKET
    assert scanner.has_video


def test_a_promised_video_that_does_not_come_leaves_the_tables_to_begin_at() -> None:
    tables = transport.pat() + transport.pmt()
    sound = b"".join(transport.filler(n, pid=transport.AUDIO_PID) for n in range(5))
    scanner = Scanner()
    before = scanner.scan(tables + sound, 0, 7 * PACKET).entries
    scanner.video_absent = True

    (entry,) = scanner.scan(sound + tables, 0, 7 * PACKET).entries

    assert before == ()
    assert entry.at == len(sound)
    assert not scanner.has_video


def test_video_that_comes_after_all_begins_at_keyframes() -> None:
    scanner = Scanner()
    scanner.video_absent = True

    entries = scanner.scan(PROGRAMME, 0, len(PROGRAMME)).entries

    assert [entry.at for entry in entries] == expected()
    assert scanner.has_video
    assert scanner.video_seen


def unmarked_programme(pictures: int = 12, gop: int = 4) -> tuple[bytes, list[int]]:
    """Return H.264 whose keyframes tell so in their third packet only, and where they begin."""
    out = [transport.pat(), transport.pmt()]
    begins: list[int] = []
    counter = 0
    for number in range(pictures):
        unit = b"\x00\x00\x01\x06\x05\xff\x9b" + b"\x2a" * 410 + b"\x80\x00\x00\x01"
        unit += (b"\x65\x88" if number % gop == 0 else b"\x41\x9a") + b"\xaa" * 200
        pes = b"\x00\x00\x01\xe0\x00\x00\x80\x00\x00" + unit
        if number % gop == 0:
            begins.append(len(out) * PACKET)
        for at in range(0, len(pes), 184):
            part = pes[at : at + 184].ljust(184, b"\xaa")
            out.append(transport.packet(transport.VIDEO_PID, counter, part, start=at == 0))
            out.append(transport.filler(counter, pid=transport.AUDIO_PID))
            counter += 1
    return b"".join(out), begins


UNMARKED, BEGINS = unmarked_programme()


@given(st.lists(st.integers(1, len(UNMARKED) // PACKET - 1), max_size=30))
def test_a_keyframe_that_later_packets_tell_of_is_an_entry_at_its_first(cuts: list[int]) -> None:
    borders = [0, *sorted({cut * PACKET for cut in cuts}), len(UNMARKED)]
    blocks = [UNMARKED[a:b] for a, b in itertools.pairwise(borders)]

    assert entries_of(blocks) == BEGINS


def test_a_picture_is_undecided_until_its_next_packets_come() -> None:
    scanner = Scanner()
    first, rest = UNMARKED[: 4 * PACKET], UNMARKED[4 * PACKET :]

    scan = scanner.scan(first, 0, len(first))
    assert (scan.entries, scan.undecided) == ((), 2 * PACKET)

    (entry, *_) = scanner.scan(rest, 0, len(rest)).entries
    assert (entry.at, entry.tables) == (-2 * PACKET, UNMARKED[: 2 * PACKET])
