"""Builds small transport streams for tests: tables, pictures, clocks."""

import itertools
import struct
from collections.abc import Sequence

from acedesk.mpegts.packets import PACKET
from acedesk.mpegts.sections import crc32

VIDEO_PID = 0x100
AUDIO_PID = 0x101
PMT_PID = 0x1000


def packet(
    pid: int, counter: int, payload: bytes, *, start: bool = False, adaptation: bytes = b""
) -> bytes:
    """Return one packet; what the payload leaves free is filled by the adaptation field."""
    room = PACKET - 4 - len(payload)
    control = 0x10
    field = b""
    if adaptation or room:
        control = 0x30
        if room == 1:
            field = b"\x00"
        else:
            body = adaptation or b"\x00"
            field = bytes([room - 1]) + body + b"\xff" * (room - 1 - len(body))
    head = struct.pack(">BHB", 0x47, (0x4000 if start else 0) | pid, control | counter & 15)
    made = head + field + payload
    assert len(made) == PACKET, len(made)
    return made


def table(pid: int, counter: int, section: bytes) -> bytes:
    """Return a packet with one section, its CRC added."""
    section += struct.pack(">I", crc32(section))
    payload = b"\x00" + section
    head = struct.pack(">BHB", 0x47, 0x4000 | pid, 0x10 | counter & 15)
    return head + payload + b"\xff" * (PACKET - 4 - len(payload))


def pat_section(
    programs: tuple[tuple[int, int], ...],
    *,
    version: int = 0,
    part: int = 0,
    last: int = 0,
    current: bool = True,
) -> bytes:
    """Return a section of a PAT without its CRC: (program number, PID) pairs."""
    body = b"".join(struct.pack(">HH", number, 0xE000 | pid) for number, pid in programs)
    return _section(0, 1, body, version, current, part, last)


def pmt_section(
    number: int,
    pcr_pid: int,
    streams: tuple[tuple[int, int, bytes], ...],
    *,
    version: int = 0,
    info: bytes = b"",
    current: bool = True,
) -> bytes:
    """Return a PMT without its CRC: (stream_type, PID, descriptors) of each stream."""
    body = struct.pack(">HH", 0xE000 | pcr_pid, 0xF000 | len(info)) + info
    for kind, pid, descriptors in streams:
        body += struct.pack(">BHH", kind, 0xE000 | pid, 0xF000 | len(descriptors)) + descriptors
    return _section(2, number, body, version, current, 0, 0)


def _section(
    table_id: int, number: int, body: bytes, version: int, current: bool, part: int, last: int
) -> bytes:
    head = struct.pack(">BHH", table_id, 0xB000 | len(body) + 9, number)
    return head + bytes((0xC0 | (version & 31) << 1 | current, part, last)) + body


def in_packets(
    pid: int,
    sections: Sequence[bytes],
    *,
    together: Sequence[bool] = (),
    rooms: Sequence[int] = (),
    counter: int = 0,
) -> list[bytes]:
    """Return packets of one PID with these sections, their CRCs included.

    Args:
        together: For each section, whether it begins right behind the one before it.
        rooms: Bytes of payload of the packets, 2 to 184; the rest is an adaptation field.
    """
    groups: list[list[bytes]] = []
    for number, section in enumerate(sections):
        if number and number < len(together) and together[number]:
            groups[-1].append(section)
        else:
            groups.append([section])
    wide = itertools.chain(rooms, itertools.repeat(184))
    out: list[bytes] = []
    for group in groups:
        begins = [0, *itertools.accumulate(len(section) for section in group[:-1])]
        data, at = b"".join(group), 0
        while at < len(data):
            room = next(wide)
            first = next((begin for begin in begins if at <= begin < at + room - 1), None)
            if first is None:
                room -= at + room - 1 in begins  # one that begins there needs a pointer
                payload = data[at : at + room]
            else:
                payload = bytes((first - at,)) + data[at : at + room - 1]
            at += len(payload) - (first is not None)
            if at >= len(data):
                payload = payload.ljust(room, b"\xff")
            out.append(packet(pid, counter + len(out), payload, start=first is not None))
    return out


def with_crc(section: bytes) -> bytes:
    """Return a section with its CRC."""
    return section + struct.pack(">I", crc32(section))


def pat(counter: int = 0, pmt_pid: int = PMT_PID) -> bytes:
    """Return a PAT that names one program."""
    return table(
        0, counter, bytes.fromhex("00b00d0001c100000001") + struct.pack(">H", 0xE000 | pmt_pid)
    )


def pmt(
    counter: int = 0,
    streams: tuple[tuple[int, int], ...] = ((0x1B, VIDEO_PID), (0x0F, AUDIO_PID)),
    pcr_pid: int = VIDEO_PID,
    pmt_pid: int = PMT_PID,
) -> bytes:
    """Return a PMT with (stream_type, pid) pairs."""
    body = b"".join(struct.pack(">BHH", kind, 0xE000 | pid, 0xF000) for kind, pid in streams)
    length = 9 + len(body) + 4
    head = struct.pack(">BH", 0x02, 0xB000 | length) + bytes.fromhex("0001c10000")
    return table(pmt_pid, counter, head + struct.pack(">HH", 0xE000 | pcr_pid, 0xF000) + body)


def pcr_field(ticks: int, *, random_access: bool = False, discontinuity: bool = False) -> bytes:
    """Return adaptation field flags and a PCR of `ticks` at 27 MHz."""
    base, extension = divmod(ticks, 300)
    flags = 0x10 | (0x40 if random_access else 0) | (0x80 if discontinuity else 0)
    value = (base & (1 << 33) - 1) << 15 | 0x3F << 9 | extension
    return bytes([flags]) + value.to_bytes(6, "big")


def picture(
    counter: int,
    *,
    keyframe: bool,
    ticks: int | None = None,
    mark: bytes = b"",
    pid: int = VIDEO_PID,
) -> bytes:
    """Return the first packet of a video PES packet; `mark` makes its bytes its own."""
    unit = b"\x00\x00\x01\x65" if keyframe else b"\x00\x00\x01\x41"
    pes = b"\x00\x00\x01\xe0\x00\x00\x80\x00\x00" + unit + mark
    pes += bytes(150 - len(pes))
    field = pcr_field(ticks, random_access=keyframe) if ticks is not None else b""
    return packet(pid, counter, pes, start=True, adaptation=field)


def filler(counter: int, mark: bytes = b"", pid: int = VIDEO_PID) -> bytes:
    """Return a packet inside a PES packet."""
    return packet(pid, counter, mark + bytes(184 - len(mark)))


def programme(pictures: int, *, gop: int = 10, per_picture: int = 4, rate: int = 25) -> bytes:
    """Return a little broadcast: tables before each keyframe, a PCR on each picture."""
    out: list[bytes] = []
    video = tables = 0
    for number in range(pictures):
        if number % gop == 0:
            out += [pat(tables), pmt(tables)]
            tables += 1
        mark = struct.pack(">I", number)
        ticks = number * 27_000_000 // rate
        out.append(picture(video, keyframe=number % gop == 0, ticks=ticks, mark=mark))
        video += 1
        for part in range(per_picture - 1):
            out.append(filler(video, mark + bytes([part])))
            video += 1
    return b"".join(out)


def stamp(ticks: int) -> bytes:
    """Return a PTS field of `ticks` at 90 kHz."""
    ticks %= 1 << 33
    return bytes(
        (
            0x21 | ticks >> 29 & 0x0E,
            ticks >> 22 & 0xFF,
            ticks >> 14 & 0xFE | 1,
            ticks >> 7 & 0xFF,
            ticks << 1 & 0xFE | 1,
        )
    )


def timed_pes(stream_id: int, ticks: int, body: bytes) -> bytes:
    """Return the beginning of a PES packet with a PTS, 150 bytes."""
    head = b"\x00\x00\x01" + bytes((stream_id,)) + b"\x00\x00\x80\x80\x05" + stamp(ticks)
    return (head + body).ljust(150, b"\x00")


def broadcast(
    pictures: int,
    *,
    first: int = 0,
    gop: int = 10,
    per_picture: int = 4,
    rate: int = 25,
    clock: int = 0,
    nulls: int = 0,
    counters: int = 0,
) -> bytes:
    """Return pictures `first` to `first + pictures` of an endless broadcast with sound.

    Args:
        clock: Added to its clock, ticks of 27 MHz.
        nulls: Null packets behind each picture.
        counters: Added to all continuity counters; another multiplexer of the same pictures.
    """
    out: list[bytes] = []
    for number in range(first, first + pictures):
        mark = struct.pack(">I", number)
        ticks = clock + number * 27_000_000 // rate
        if number % gop == 0:
            out += [pat(number // gop + counters), pmt(number // gop + counters)]
        video = number * per_picture + counters
        unit = b"\x00\x00\x01\x65" if number % gop == 0 else b"\x00\x00\x01\x41"
        field = pcr_field(ticks, random_access=number % gop == 0)
        pes = timed_pes(0xE0, ticks // 300 + 9000, unit + mark)
        out.append(packet(VIDEO_PID, video, pes, start=True, adaptation=field))
        for part in range(1, per_picture):
            out.append(filler(video + part, mark + bytes([part])))
        sound = timed_pes(0xC0, ticks // 300 + 9000, b"sound" + mark)
        out.append(packet(AUDIO_PID, number + counters, sound, start=True))
        out += [packet(0x1FFF, 0, bytes(184))] * nulls
    return b"".join(out)


def counter_errors(data: bytes) -> int:
    """Return how many packets do not follow the one before of their PID."""
    last: dict[int, int] = {}
    errors = 0
    for at in range(0, len(data), PACKET):
        pid = (data[at + 1] & 0x1F) << 8 | data[at + 2]
        counter, payload = data[at + 3] & 15, data[at + 3] & 0x10
        if pid in last:
            errors += counter != (last[pid] + bool(payload)) & 15
        last[pid] = counter
    return errors
