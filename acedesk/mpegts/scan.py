"""Find tables, keyframes and clock in a block of packets, at the cost of a few slices.

This runs over every byte of every stream, so nothing here looks at packets one by one: strided
slices pick one header byte of all packets, and `find` on them visits only the interesting ones.
"""

import dataclasses
import re
from typing import Final

from acedesk.mpegts.keyframes import is_keyframe
from acedesk.mpegts.packets import PACKET, pcr_of, pid_of
from acedesk.mpegts.psi import Program, parse_pat, parse_pmt

# Second header byte without the priority and error bits: payload start + upper PID bits.
_START_BITS: Final = bytes(value & 0x5F for value in range(256))
_ADAPTATION: Final = re.compile(rb"[\x20-\x3f\x60-\x7f\xa0-\xbf\xe0-\xff]")


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """A place where a decoder can start.

    Attributes:
        at: Offset of the packet in the scanned block, from the block's start.
        tables: PAT and PMT packets that belong in front of it.
    """

    at: int
    tables: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class Scan:
    """What a block holds.

    Attributes:
        entries: Keyframes in order; in a stream without video or of unknown content, the tables.
        pcr: The last program clock reference, in ticks of 27 MHz.
    """

    entries: tuple[Entry, ...]
    pcr: int | None


class Scanner:
    """Follows one transport stream block by block; holds its tables."""

    def __init__(self) -> None:
        self.program: Program | None = None
        self._pat = b""
        self._pmt = b""
        self._pmt_pid: int | None = None

    @property
    def tables(self) -> bytes:
        """The last PAT and PMT packets, b"" before both are known."""
        return self._pat + self._pmt if self._pat and self._pmt else b""

    @property
    def has_video(self) -> bool:
        """A video stream whose keyframes can be recognised is known."""
        return self.program is not None and self.program.video is not None

    def scan(self, block: bytes, start: int, end: int) -> Scan:
        """Look through `block[start:end]`, whole packets beginning with the sync byte."""
        starts = block[start + 1 : end : PACKET].translate(_START_BITS)
        lows = block[start + 2 : end : PACKET]
        found = self._tables_in(block, start, starts, lows)
        entries = self._keyframes_in(block, start, starts, lows, found)
        return Scan(entries, self._pcr_in(block, start, end))

    def _tables_in(self, block: bytes, start: int, starts: bytes, lows: bytes) -> list[int]:
        """Take over new tables; return the packet numbers of all PATs."""
        pats: list[int] = []
        number = starts.find(0x40)
        while number >= 0:
            if not lows[number]:
                pats.append(number)
                self._take_pat(block[start + number * PACKET : start + (number + 1) * PACKET])
            number = starts.find(0x40, number + 1)
        if self._pmt_pid is not None:
            high, low = 0x40 | self._pmt_pid >> 8, self._pmt_pid & 0xFF
            number = starts.rfind(high)
            while number >= 0 and lows[number] != low:
                number = starts.rfind(high, 0, number)
            if number >= 0:
                self._take_pmt(block[start + number * PACKET : start + (number + 1) * PACKET])
        return pats

    def _take_pat(self, packet: bytes) -> None:
        if packet[4:] != self._pat[4:]:
            pmt_pid = parse_pat(packet)
            if pmt_pid is None:
                return
            if pmt_pid != self._pmt_pid:
                self._pmt_pid, self._pmt, self.program = pmt_pid, b"", None
        self._pat = packet

    def _take_pmt(self, packet: bytes) -> None:
        if packet[4:] != self._pmt[4:]:
            program = parse_pmt(packet)
            if program is None:
                return
            self.program = program
        self._pmt = packet

    def _keyframes_in(
        self, block: bytes, start: int, starts: bytes, lows: bytes, pats: list[int]
    ) -> tuple[Entry, ...]:
        tables = self.tables
        if not tables:
            return ()
        assert self.program is not None
        video = self.program.video
        if video is None:  # sound only, or nothing we know: a decoder starts at the tables
            return tuple(Entry(number * PACKET, b"") for number in pats[-1:])
        high, low = 0x40 | video.pid >> 8, video.pid & 0xFF
        entries: list[Entry] = []
        number = starts.find(high)
        while number >= 0:
            if lows[number] == low:
                at = start + number * PACKET
                if is_keyframe(block, at, video.stream_type):
                    entries.append(Entry(number * PACKET, tables))
            number = starts.find(high, number + 1)
        return tuple(entries)

    def _pcr_in(self, block: bytes, start: int, end: int) -> int | None:
        if self.program is None or self.program.pcr_pid == 0x1FFF:
            return None
        controls = block[start + 3 : end : PACKET]
        numbers = [match.start() for match in _ADAPTATION.finditer(controls)]
        for number in reversed(numbers):
            at = start + number * PACKET
            if pid_of(block, at) == self.program.pcr_pid:
                pcr = pcr_of(block, at)
                if pcr is not None:
                    return pcr
        return None
