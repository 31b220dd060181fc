"""The program that is played is found in any legal shape of its tables."""

import dataclasses
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts.packets import PACKET, PAT_PID
from acedesk.mpegts.psi import Program, parse_pmt
from acedesk.mpegts.scan import Scanner
from tests import transport

VIDEO, AUDIO = 0x1B, 0x0F
PIDS = (0x20, 0x41, 0x1000, 0x1FFE)
LANGUAGE = b"\x0a\x04eng\x00"
Programs = tuple[tuple[int, int], ...]


def pat(programs: Programs, *, version: int = 0, part: int = 0, last: int = 0) -> bytes:
    section = transport.pat_section(programs, version=version, part=part, last=last)
    return transport.with_crc(section)


def pmt(
    number: int, first: int, *, audio: int = 1, descriptors: bytes = b"", version: int = 0
) -> bytes:
    """Return a PMT with a picture on PID `first` and sound on those after it."""
    streams = [(VIDEO, first, b"")]
    streams += [(AUDIO, first + 1 + track, descriptors) for track in range(audio)]
    return transport.with_crc(transport.pmt_section(number, first, tuple(streams), version=version))


def program(section: bytes) -> Program:
    found = parse_pmt(section)
    assert found is not None
    return found


def scan(packets: list[bytes]) -> Scanner:
    scanner = Scanner()
    block = b"".join(packets)
    scanner.scan(block, 0, len(block))
    return scanner


def on(pid: int, *sections: bytes, **keywords: object) -> list[bytes]:
    return transport.in_packets(pid, sections, **keywords)  # type: ignore[arg-type]


def test_a_table_longer_than_a_packet() -> None:
    long = pmt(1, 0x100, audio=7, descriptors=b"\x56\x14" + b"eng" * 6 + b"xx" + LANGUAGE)
    packets = on(PAT_PID, pat(((1, 0x1000),))) + on(0x1000, long)

    scanner = scan(packets)

    assert len(long) > PACKET
    assert scanner.program == program(long)
    assert scanner.tables == b"".join(packets)


def test_a_program_that_never_comes_is_passed_over() -> None:
    there = pmt(2, 0x200)

    scanner = scan(on(PAT_PID, pat(((1, 0x1000), (2, 0x1001)))) + on(0x1001, there))

    assert scanner.program == program(there)


def test_the_first_of_the_list_wins_whichever_comes_first() -> None:
    first, second = pmt(1, 0x100), pmt(2, 0x200)
    listed = on(PAT_PID, pat(((1, 0x1000), (2, 0x1001))))
    scanner = scan(listed + on(0x1001, second))
    later = b"".join(on(0x1000, first))

    scanner.scan(later, 0, PACKET)

    assert scanner.program == program(first)


def test_programs_that_share_a_pid_are_told_apart_by_their_numbers() -> None:
    first, second = pmt(5005, 0x100), pmt(5006, 0x200)
    listed = on(PAT_PID, pat(((5005, 0x1000), (5006, 0x1000))))

    for order in ((first, second), (second, first)):
        for together in ((False, False), (False, True)):
            scanner = scan(listed + on(0x1000, *order, together=together))
            assert scanner.program == program(first)


def test_a_program_without_picture_and_sound_is_not_played() -> None:
    data = transport.with_crc(transport.pmt_section(1, 0x1FFF, ((0x0B, 0x50, b""),)))
    watched = pmt(2, 0x200)

    scanner = scan(
        on(PAT_PID, pat(((1, 0x1000), (2, 0x1001)))) + on(0x1000, data) + on(0x1001, watched)
    )

    assert scanner.program == program(watched)


def test_a_list_of_several_sections() -> None:
    wanted = pmt(300, 0x300)
    parts = [pat(((n, 0x900 + n),), part=n, last=3) for n in range(3)]
    parts.append(pat(((300, 0x1AAA),), part=3, last=3))

    scanner = scan(on(PAT_PID, *parts) + on(0x1AAA, wanted))

    assert scanner.program == program(wanted)


def test_another_version_of_the_list_takes_the_place_of_the_former() -> None:
    first, second = pmt(1, 0x100), pmt(2, 0x200)
    scanner = scan(on(PAT_PID, pat(((1, 0x1000),))) + on(0x1000, first))

    later = b"".join(on(PAT_PID, pat(((2, 0x1001),), version=1)) + on(0x1001, second))
    scanner.scan(later, 0, len(later))

    assert scanner.program == program(second)


def test_a_new_version_of_a_program_counts_from_its_packet_on() -> None:
    old, new = pmt(1, 0x100), pmt(1, 0x100, audio=2, version=1)
    packets = on(PAT_PID, pat(((1, 0x1000),))) + on(0x1000, old, new)

    assert scan(packets).program == program(new)


def test_what_is_announced_for_later_does_not_count_yet() -> None:
    now = pmt(1, 0x100)
    later = transport.with_crc(transport.pmt_section(1, 0x1FFF, (), version=1, current=False))

    scanner = scan(on(PAT_PID, pat(((1, 0x1000),))) + on(0x1000, now, later))

    assert scanner.program == program(now)


def test_a_program_with_another_number_than_listed_is_played_where_it_is_the_only_one() -> None:
    wrong, right = pmt(7, 0x100), pmt(1, 0x200)
    scanner = scan(on(PAT_PID, pat(((1, 0x1000),))) + on(0x1000, wrong))
    assert scanner.program == program(wrong)

    more = b"".join(on(0x1000, right, wrong))
    scanner.scan(more, 0, len(more))

    assert scanner.program == program(right)


def test_another_program_is_chosen_when_nothing_of_the_first_comes() -> None:
    first, second = pmt(1, 0x100), pmt(2, 0x200)
    scanner = scan(
        on(PAT_PID, pat(((1, 0x1000), (2, 0x1001)))) + on(0x1000, first) + on(0x1001, second)
    )

    assert not scanner.choose_present({0x100, 0x200})
    assert scanner.choose_present({0x200, 0x1FFF})
    assert scanner.program == program(second)


def test_a_list_of_very_many_programs_is_not_all_followed() -> None:
    scanner = Scanner()
    for part in range(255):
        some: Programs = tuple((1 + part * 250 + n, 0x20 + n) for n in range(250))
        block = b"".join(on(PAT_PID, pat(some, part=part, last=255)))
        scanner.scan(block, 0, len(block))

    assert scanner.program is None


@dataclasses.dataclass
class Shape:
    """How one transport stream writes its tables."""

    programs: list[tuple[int, int, bool]]  # number, PID, whether it is there
    audio: int
    parts: int
    seed: int


shapes = st.builds(
    Shape,
    programs=st.lists(
        st.tuples(
            st.integers(1, 60000), st.sampled_from((0x20, 0x41, 0x1000, 0x1FFE)), st.booleans()
        ),
        min_size=1,
        max_size=6,
        unique_by=lambda program: program[0],
    ),
    audio=st.integers(0, 40),
    parts=st.integers(1, 3),
    seed=st.integers(0, 1 << 32),
)


def written(shape: Shape) -> tuple[list[bytes], Program | None]:
    """Return a stream's packets, and the program that is to be found in it."""
    dice = random.Random(shape.seed)
    listed = [(0, 0x10)] + [(number, pid) for number, pid, _ in shape.programs]
    step = -(-len(listed) // shape.parts)
    parts = [listed[at : at + step] for at in range(0, len(listed), step)]
    of_pid: dict[int, list[bytes]] = {
        PAT_PID: [pat(tuple(part), part=n, last=len(parts) - 1) for n, part in enumerate(parts)]
    }
    expected = None
    for number, pid, there in shape.programs:
        section = pmt(number, 0x400 + number % 0x800, audio=shape.audio, descriptors=LANGUAGE)
        if there:
            of_pid.setdefault(pid, []).append(section)
            expected = expected or program(section)
    rows: list[list[bytes]] = []
    for pid, sections in of_pid.items():
        broken = bytearray(dice.choice(sections))
        broken[-1] ^= 1
        extra = [bytes(broken), transport.with_crc(b"\xc0\xb0\x09\x00\x01\xc1\x00\x00")]
        sent = sections * 2 + dice.choices(extra, k=dice.randint(0, 2))
        dice.shuffle(sent)
        together = [dice.random() < 0.5 for _ in sent]
        rooms = [dice.choice((2, 5, 60, 183, 184, 184, 184)) for _ in range(50)]
        rows.append(transport.in_packets(pid, sent, together=together, rooms=rooms))
    rows.append([transport.filler(n, pid=0x100) for n in range(dice.randint(0, 20))])
    mixed: list[bytes] = []
    while any(rows):
        row = dice.choice([row for row in rows if row])
        mixed.append(row.pop(0))
        if dice.random() < 0.1:
            mixed.append(mixed[-1])  # sent twice
    return mixed, expected


@given(shapes, st.lists(st.integers(1, 400), max_size=10))
def test_any_legal_shape_gives_the_same_program(shape: Shape, cuts: list[int]) -> None:
    packets, expected = written(shape)
    whole = b"".join(packets) * 2  # the list may have come last
    borders = sorted({0, len(whole), *(cut * PACKET % len(whole) for cut in cuts)})
    scanner = Scanner()

    for begin, end in itertools.pairwise(borders):
        scanner.scan(whole, begin, end)

    assert scanner.program == expected
    if expected is not None:
        again = scan([scanner.tables])
        assert again.program == expected


@pytest.mark.parametrize("cut", range(1, 6))
def test_an_entry_has_the_whole_tables_in_front_wherever_blocks_are_cut(cut: int) -> None:
    long = pmt(1, 0x100, audio=30, descriptors=LANGUAGE)
    tables = on(PAT_PID, pat(((1, 0x1000),))) + on(0x1000, long)
    whole = b"".join(tables) + transport.picture(0, keyframe=True, ticks=0)
    scanner = Scanner()

    found = [
        entry
        for begin, end in ((0, cut * PACKET), (cut * PACKET, len(whole)))
        for entry in scanner.scan(whole, begin, end).entries
    ]

    assert [entry.tables for entry in found] == [b"".join(tables)]


OLD = pmt(1, 0x100, audio=30, descriptors=LANGUAGE)
NEW = pmt(1, 0x100, audio=25, descriptors=LANGUAGE + LANGUAGE, version=1)
SENT = on(0x1000, *[OLD] * 4, *[NEW] * 4)


@given(
    st.sets(st.integers(0, len(SENT) - 1), max_size=8),
    st.tuples(st.integers(0, len(SENT) - 1), st.integers(1, PACKET - 1), st.integers(1, 255)),
    st.integers(1, 9),
)
def test_lost_and_damaged_packets_never_make_a_table_out_of_two(
    lost: set[int], damage: tuple[int, int, int], step: int
) -> None:
    sent = [bytearray(packet) for packet in SENT]
    sent[damage[0]][damage[1]] ^= damage[2]
    kept = [bytes(packet) for number, packet in enumerate(sent) if number not in lost]
    scanner = scan(on(PAT_PID, pat(((1, 0x1000),))))
    last = kept[-1][3] & 15 if kept else 0

    seen: list[Program | None] = []
    for at in range(0, len(kept), step):
        block = b"".join(kept[at : at + step])
        scanner.scan(block, 0, len(block))
        seen.append(scanner.program)
    for block in on(0x1000, NEW, NEW, counter=last + 1):
        scanner.scan(block, 0, PACKET)

    assert set(seen) <= {None, program(OLD), program(NEW)}
    assert seen == sorted(seen, key=(None, program(OLD), program(NEW)).index)
    assert scanner.program == program(NEW)
