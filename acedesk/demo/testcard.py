"""The test card as an endless transport stream: pure, from one recorded loop.

Loop number `n` is the recorded loop with every clock moved on by `n` periods (PCR, PTS and DTS,
wrapping at 33 bits like real ones) and with the continuity counters of every PID running on.
The places of all these fields are found once; a loop then costs one copy and some 300 writes.
"""

import collections
from typing import Final

from acedesk.mpegts.packets import PACKET, PCR_WRAP

# The loop of packaging/make-testcard: 96 pictures at 25 fps, 180 AAC frames at 48 kHz.
LOOP_TICKS: Final = 345_600
TICKS_PER_SECOND: Final = 90_000
PTS_WRAP: Final = 1 << 33

# Readers are within some seconds of each other, so they share the loops they are in.
_KEPT_LOOPS: Final = 3
_COUNTERS: Final = 16

# Stream ids whose PES packets have no optional header (ISO/IEC 13818-1, 2.4.3.6).
_PLAIN_STREAMS: Final = frozenset({0xBC, 0xBE, 0xBF, 0xF0, 0xF1, 0xF2, 0xF8, 0xFF})


class TestCard:
    """Gives any part of the endless stream, addressed by packet number.

    Args:
        data: One loop, whole packets.
        ticks: How long it lasts on the 90 kHz clock.
    """

    __test__ = False  # no test case, whatever pytest thinks of the name

    def __init__(self, data: bytes, ticks: int = LOOP_TICKS) -> None:
        if not data or len(data) % PACKET:
            raise ValueError("a test card is a whole number of packets")
        self._data = data
        self._ticks = ticks
        self._pcrs = tuple(find_pcrs(data))
        self._stamps = tuple(find_stamps(data))
        self._counts = count_payloads(data)
        self._columns: dict[int, bytes] = {}
        self._loops: collections.OrderedDict[int, bytes] = collections.OrderedDict()

    @property
    def packets(self) -> int:
        """Packets in one loop."""
        return len(self._data) // PACKET

    @property
    def seconds(self) -> float:
        """How long one loop lasts."""
        return self._ticks / TICKS_PER_SECOND

    @property
    def byte_rate(self) -> float:
        """Bytes per second."""
        return len(self._data) / self.seconds

    def position(self, time: float) -> int:
        """Return the number of the packet that is on the air at `time`, seconds since 1970."""
        return int(time / self.seconds * self.packets)

    def read(self, first: int, last: int) -> bytes:
        """Return the packets from number `first` up to, not including, `last`."""
        parts: list[bytes] = []
        while first < last:
            number, start = divmod(first, self.packets)
            end = min(self.packets, start + last - first)
            parts.append(self.loop(number)[start * PACKET : end * PACKET])
            first += end - start
        return b"".join(parts)

    def loop(self, number: int) -> bytes:
        """Return loop `number`, counted from 0 at the beginning of 1970."""
        if number in self._loops:
            self._loops.move_to_end(number)
        else:
            self._loops[number] = self._stamped(number)
            while len(self._loops) > _KEPT_LOOPS:
                self._loops.popitem(last=False)
        return self._loops[number]

    def _stamped(self, number: int) -> bytes:
        block = bytearray(self._data)
        block[3::PACKET] = self._counter_column(number % _COUNTERS)
        later = number * self._ticks
        for at, ticks in self._stamps:
            block[at : at + 5] = _stamp(block[at] & 0xF1, (ticks + later) % PTS_WRAP)
        for at, pcr in self._pcrs:
            block[at : at + 6] = _pcr((pcr + later * 300) % PCR_WRAP)
        return bytes(block)

    def _counter_column(self, number: int) -> bytes:
        """Return the fourth header byte of all packets; after 16 loops all counters are back."""
        if number not in self._columns:
            column = bytearray(self._data[3::PACKET])
            for slot, value in enumerate(column):
                shift = self._counts[_pid(self._data, slot * PACKET)] * number
                column[slot] = value & 0xF0 | (value + shift) & 0x0F
            self._columns[number] = bytes(column)
        return self._columns[number]


def find_pcrs(data: bytes) -> list[tuple[int, int]]:
    """Return the offset and value (27 MHz) of every program clock reference."""
    found: list[tuple[int, int]] = []
    for at in range(0, len(data), PACKET):
        if data[at + 3] & 0x20 and data[at + 4] >= 7 and data[at + 5] & 0x10:
            field = int.from_bytes(data[at + 6 : at + 12], "big")
            found.append((at + 6, (field >> 15) * 300 + (field & 0x1FF)))
    return found


def find_stamps(data: bytes) -> list[tuple[int, int]]:
    """Return the offset and value (90 kHz) of every PTS and DTS."""
    found: list[tuple[int, int]] = []
    for at in range(0, len(data), PACKET):
        start = _pes_start(data, at)
        if start is None:
            continue
        fields = data[start + 7] >> 6  # 2: a PTS, 3: a PTS and a DTS
        for number in range(max(0, fields - 1)):
            field = start + 9 + 5 * number
            found.append((field, read_stamp(data, field)))
    return found


def count_payloads(data: bytes) -> collections.Counter[int]:
    """Return per PID how many packets carry payload, which is what counters count."""
    return collections.Counter(
        _pid(data, at) for at in range(0, len(data), PACKET) if data[at + 3] & 0x10
    )


def read_stamp(data: bytes, at: int) -> int:
    """Return the 33-bit time at offset `at`."""
    high, middle, low = data[at], data[at + 1] << 8 | data[at + 2], data[at + 3] << 8 | data[at + 4]
    return (high >> 1 & 7) << 30 | middle >> 1 << 15 | low >> 1


def _pid(data: bytes, at: int) -> int:
    return (data[at + 1] & 0x1F) << 8 | data[at + 2]


def _pes_start(data: bytes, at: int) -> int | None:
    """Return where the PES packet that begins in this packet is, None when none does."""
    control = data[at + 3]
    if not data[at + 1] & 0x40 or not control & 0x10:
        return None
    start = at + 4 + (data[at + 4] + 1 if control & 0x20 else 0)
    if start + 9 > at + PACKET or data[start : start + 3] != b"\x00\x00\x01":
        return None
    return None if data[start + 3] in _PLAIN_STREAMS else start


def _stamp(prefix: int, ticks: int) -> bytes:
    return bytes(
        (
            prefix | ticks >> 29 & 0x0E,
            ticks >> 22 & 0xFF,
            ticks >> 14 & 0xFE | 1,
            ticks >> 7 & 0xFF,
            ticks << 1 & 0xFE | 1,
        )
    )


def _pcr(value: int) -> bytes:
    base, extension = divmod(value, 300)
    return (base << 15 | 0x7E00 | extension).to_bytes(6, "big")
