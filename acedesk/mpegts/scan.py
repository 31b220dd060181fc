"""Find tables, keyframes and clock in a block of packets, at the cost of a few slices.

This runs over every byte of every stream, so nothing here looks at packets one by one: strided
slices pick one header byte of all packets, and `find` on them visits only the interesting ones.
"""

import dataclasses
from typing import Final, NamedTuple

from acedesk.mpegts.keyframes import is_keyframe
from acedesk.mpegts.packets import PACKET, PAT_PID, Octets, is_scrambled, pcr_of, pid_of
from acedesk.mpegts.psi import Elementary, Program, parse_pat, parse_pmt

# Second header byte without the priority and error bits: payload start + upper PID bits.
_START_BITS: Final = bytes(value & 0x5F for value in range(256))

# Number of a packet in its block, and the packet.
_Found = tuple[int, bytes]

# Fourth header byte: whether there is an adaptation field, in which clocks are.
_ADAPTATION: Final = bytes(value >> 5 & 1 for value in range(256))


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """A position where a decoder can start.

    Attributes:
        at: Offset of the packet in the scanned block, from the block's start.
        tables: PAT and PMT packets that belong in front of it.
    """

    at: int
    tables: bytes


class Scan(NamedTuple):
    """What a block holds.

    Attributes:
        entries: Keyframes in order; in a stream without video or of unknown or encrypted content,
            the tables.
        pcr: The last program clock reference, in ticks of 27 MHz.
    """

    entries: tuple[Entry, ...]
    pcr: int | None


class Scanner:
    """Follows one transport stream block by block; holds its tables.

    Attributes:
        video_seen: Video has come; `PictureWatch` sets this to False at each look.
        video_absent: The video that the tables declare does not come; set by `PictureWatch`, False
            again with the first packet of video. While it is set, decoders start at the tables.
    """

    __slots__ = (
        "_marked",
        "_opaque",
        "_pat",
        "_pmt",
        "_pmt_pid",
        "_program",
        "_video",
        "video_absent",
        "video_seen",
    )

    def __init__(self) -> None:
        self._program: Program | None = None
        self._video: Elementary | None = None
        self._pat = b""
        self._pmt = b""
        self._pmt_pid: int | None = None
        # The video is encrypted, and no random access indicator marks its keyframes.
        self._opaque = False
        self._marked = False
        self.video_seen = False
        self.video_absent = False

    @property
    def program(self) -> Program | None:
        """What the stream consists of, None before it is known."""
        return self._program

    @property
    def tables(self) -> bytes:
        """The last PAT and PMT packets, b"" before both are known."""
        return self._pat + self._pmt if self._pat and self._pmt else b""

    @property
    def has_video(self) -> bool:
        """A video stream is known that comes and whose keyframes can be recognised."""
        return self._video is not None and not self._opaque and not self.video_absent

    def scan(self, block: Octets, start: int, end: int) -> Scan:
        """Look through `block[start:end]`, whole packets beginning with the sync byte."""
        starts = block[start + 1 : end : PACKET].translate(_START_BITS)
        lows = block[start + 2 : end : PACKET]
        before = self._pat, self._pmt
        pats = self._find(block, start, starts, lows, PAT_PID)
        for _, packet in pats:
            self._take_pat(packet)
        pmts: list[_Found] = []
        if self._pmt_pid is not None:
            pmts = self._find(block, start, starts, lows, self._pmt_pid)
            for _, packet in pmts:
                self._take_pmt(packet)
        entries: tuple[Entry, ...] = ()
        if self._program is not None and self._pat and self._pmt:
            video = self._video
            numbers: list[int] = []
            if video is not None:
                numbers = self._keyframes(block, start, starts, lows, video)
            if numbers and not self._opaque:
                entries = tuple(
                    Entry(n * PACKET, _last(pats, n, before[0]) + _last(pmts, n, before[1]))
                    for n in numbers
                )
            elif pats and not self.has_video:
                # Sound only, or unknown content: a decoder starts at the tables.
                entries = (Entry(pats[-1][0] * PACKET, b""),)
        return Scan(entries, self._pcr_in(block, start, end))

    @staticmethod
    def _find(block: Octets, start: int, starts: bytes, lows: bytes, pid: int) -> list[_Found]:
        """Return number and bytes of the packets that start something on `pid`."""
        high, low = 0x40 | pid >> 8, pid & 0xFF
        found: list[_Found] = []
        number = starts.find(high)
        while number >= 0:
            if lows[number] == low:
                at = start + number * PACKET
                found.append((number, block[at : at + PACKET]))
            number = starts.find(high, number + 1)
        return found

    def _keyframes(
        self, block: Octets, start: int, starts: bytes, lows: bytes, video: Elementary
    ) -> list[int]:
        high, low = 0x40 | video.pid >> 8, video.pid & 0xFF
        numbers: list[int] = []
        number = starts.find(high)
        while number >= 0:
            at = start + number * PACKET
            if lows[number] == low:
                self.video_seen, self.video_absent = True, False
                if is_keyframe(block, at, video.stream_type):
                    numbers.append(number)
                    self._marked = True
                self._opaque = not self._marked and is_scrambled(block, at)
            number = starts.find(high, number + 1)
        return numbers

    def _take_pat(self, packet: bytes) -> None:
        if packet[4:] != self._pat[4:]:
            pmt_pid = parse_pat(packet)
            if pmt_pid is None:
                return
            if pmt_pid != self._pmt_pid:
                self._pmt_pid, self._pmt, self._program, self._video = pmt_pid, b"", None, None
                self._opaque = self._marked = False
        self._pat = packet

    def _take_pmt(self, packet: bytes) -> None:
        if packet[4:] != self._pmt[4:]:
            program = parse_pmt(packet)
            if program is None:
                return
            self._program, self._video = program, program.video
        self._pmt = packet

    def _pcr_in(self, block: Octets, start: int, end: int) -> int | None:
        if self._program is None or self._program.pcr_pid == 0x1FFF:
            return None
        flags = block[start + 3 : end : PACKET].translate(_ADAPTATION)
        pcr_pid, number = self._program.pcr_pid, flags.rfind(1)
        while number >= 0:
            at = start + number * PACKET
            if pid_of(block, at) == pcr_pid:
                pcr = pcr_of(block, at)
                if pcr is not None:
                    return pcr
            number = flags.rfind(1, 0, number)
        return None


def _last(found: list[_Found], number: int, before: bytes) -> bytes:
    """Return the table that is valid at packet `number`: its counter fits the packets after it."""
    packet = before
    for at, candidate in found:
        if at > number and packet:
            break
        packet = candidate
    return packet
