"""Which program of a stream is played, and the packets of its tables.

A list of programs (PAT) may name some that never come, and two programs may share a PID. The first
one in the list that is there and has a picture or sound is chosen, whichever comes first.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

from acedesk.mpegts import psi
from acedesk.mpegts.packets import PACKET, PAT_PID, Octets
from acedesk.mpegts.psi import Program
from acedesk.mpegts.sections import PAT, PMT, Section, SectionReader, packetize

# Programs that are followed; a transponder has about thirty.
_MOST_LISTED: Final = 512


class _View(NamedTuple):
    """A block of packets and two of its columns.

    Attributes:
        starts: The second header bytes without the priority and error bits.
        lows: The third header bytes.
    """

    block: Octets
    start: int
    starts: bytes
    lows: bytes

    def packet(self, number: int) -> bytes:
        """Return packet `number` of the block."""
        at = self.start + number * PACKET
        return self.block[at : at + PACKET]


# The packets of one table, and the number of the packet in the block behind which they would stand.
# Nearly every block has one of each table, and a plain tuple is made in a third of the time.
TablePackets = tuple[int, bytes]


def _last(found: Sequence[TablePackets], number: int, before: bytes) -> bytes:
    """Return the table that is valid at packet `number`: its counter fits the packets after it."""
    packets = before
    for at, candidate in found:
        if at > number and packets:
            break
        packets = candidate
    return packets


class _Table:
    """One section that is put in front of what players get.

    Attributes:
        newest: Its packets, b"" before it is known.
        usual: What its only packet holds behind the header, b"" when there are several.
    """

    __slots__ = ("_data", "newest", "usual")

    def __init__(self) -> None:
        self.newest = self.usual = b""
        self._data = b""

    def packets(self, pid: int, key: tuple[int, int], read: "_Read") -> bytes:
        """Return its packets after one more packet of its PID, b"" while it is not known."""
        whole = False
        for section in read.sections:
            if section.key == key:
                whole = section.alone
                if self._data != section.data:
                    self._data, self.usual = section.data, b""
        if whole:
            self.newest, self.usual = read.packet, read.packet[4:]
        elif self._data:
            self.newest = packetize(pid, self._data, read.packet[3] & 15)
        return self.newest

    def begin(self, pid: int, data: bytes, counter: int | None) -> None:
        """Go on with another section.

        Args:
            counter: Of the last packet of its PID before the block; None when none came.
        """
        self._data, self.usual = data, b""
        self.newest = packetize(pid, data, counter) if counter is not None and data else b""


class _Usual(NamedTuple):
    """What is compared of a table while it says the same: the way of nearly every block."""

    high: int
    low: int
    table: _Table
    reader: SectionReader


class _Read(NamedTuple):
    """A packet with sections of a table, and those that end in it."""

    number: int
    pid: int
    packet: bytes
    sections: tuple[Section, ...]


class _Listed(NamedTuple):
    """A program as the PAT names it."""

    number: int
    pid: int
    part: int


class ProgramTables:
    """Follows the tables of one stream block by block.

    Attributes:
        program: The chosen one, None before any is known.
        changes: How often another program, or another content of it, was chosen.
        known: Both tables are known.
        pats, pmts: Where its tables stand in the last block.
    """

    __slots__ = (
        "_chosen",
        "_highs",
        "_listed",
        "_missing",
        "_parts",
        "_pat",
        "_pat_head",
        "_pat_reader",
        "_pmt",
        "_pmt_high",
        "_programs",
        "_readers",
        "_sections",
        "_usual",
        "before",
        "changes",
        "known",
        "pats",
        "pmts",
        "program",
    )

    def __init__(self) -> None:
        self.program: Program | None = None
        self.changes = 0
        self.known = False
        self.pats: Sequence[TablePackets] = ()
        self.pmts: Sequence[TablePackets] = ()
        self.before = b"", b""  # both tables as they were before a block that has some
        self._usual: tuple[_Usual, _Usual] | None = None
        self._pmt_high = 0  # of the usual PMT
        self._pat_reader = {PAT_PID: SectionReader()}
        self._readers: dict[int, SectionReader] = {}
        self._highs: tuple[int, ...] = ()
        self._pat_head = b""
        self._parts: dict[int, bytes] = {}  # sections of the PAT by number
        self._listed: tuple[_Listed, ...] = ()
        self._sections: dict[tuple[int, int], bytes] = {}  # PMTs by PID and number
        self._programs: dict[tuple[int, int], Program] = {}
        self._missing: set[int] = set()  # programs whose content does not come
        self._chosen: _Listed | None = None
        self._pat, self._pmt = _Table(), _Table()

    @property
    def packets(self) -> bytes:
        """The packets of the last PAT and PMT, b"" before both are known."""
        return self._pat.newest + self._pmt.newest if self.known else b""

    def packets_at(self, number: int) -> bytes:
        """Return the tables that are valid at packet `number` of the last block."""
        pat, pmt = self._pat.newest, self._pmt.newest
        if self.pats:
            pat = _last(self.pats, number, self.before[0]) or pat
        if self.pmts:
            pmt = _last(self.pmts, number, self.before[1]) or pmt
        return pat + pmt

    @property
    def has_choice(self) -> bool:
        """Several programs are there."""
        return len(self._programs) > 1

    def look(self, block: Octets, start: int, starts: bytes, lows: bytes) -> None:
        """Take the tables of a block of packets.

        Args:
            starts: Their second header bytes without the priority and error bits.
            lows: Their third header bytes.
        """
        usual = self._usual
        if usual is not None:
            # Every other block has no tables; little memory is fetched for it.
            pat_at, pmt_at = starts.find(0x40), starts.find(self._pmt_high)
            if pat_at < 0 and pmt_at < 0:
                self.pats = self.pmts = ()
                return
            self.before = self._pat.newest, self._pmt.newest
            view = block, start, starts, lows
            pats = _repeated(usual[0], *view, pat_at)
            pmts = _repeated(usual[1], *view, pmt_at) if pats is not None else None
            if pats is not None and pmts is not None:
                self.pats, self.pmts = pats, pmts
                return
            self._pat.newest, self._pmt.newest = self.before
            _catch_up(usual)
        self._read(_View(block, start, starts, lows))
        self.known = bool(self._pat.newest and self._pmt.newest)

    def _read(self, view: _View) -> None:
        """Take a block whose tables say something new, or are in several packets."""
        for reader in (*self._pat_reader.values(), *self._readers.values()):
            reader.before = reader.counter
        pats = list(self._walk(view, self._pat_reader, (0x40,)))
        for section in [section for read in pats for section in read.sections]:
            if section.data[0] == PAT:
                self._take_pat(section)
        pmts = list(self._walk(view, self._readers, self._highs))
        for pid, section in [(read.pid, section) for read in pmts for section in read.sections]:
            if section.data[0] == PMT:
                self._take_pmt(pid, section)
        chosen = self._chosen
        self.before = self._pat.newest, self._pmt.newest
        self.pats, self.pmts, self._usual = (), (), None
        if chosen is None:
            return
        self.pats = _stand(self._pat, (PAT, chosen.part), PAT_PID, pats)
        self.pmts = _stand(self._pmt, (PMT, chosen.number), chosen.pid, pmts)
        pat, pmt = self._pat_reader[PAT_PID], self._readers[chosen.pid]
        if len(self._listed) == 1 and not pat.unfinished and not pmt.unfinished:
            self._pmt_high = 0x40 | chosen.pid >> 8
            self._usual = (
                _Usual(0x40, PAT_PID, self._pat, pat),
                _Usual(0x40 | chosen.pid >> 8, chosen.pid & 0xFF, self._pmt, pmt),
            )

    def choose_present(self, present: Collection[int]) -> bool:
        """Choose another program when nothing of this one comes; tell whether one was found.

        Args:
            present: The PIDs that came of late.
        """
        chosen = self._chosen
        if chosen is None or _is_present(self.program, present):
            return False
        for other in self._listed:
            if _is_present(self._programs.get((other.pid, other.number)), present):
                self._missing.add(chosen.number)
                self._missing.discard(other.number)
                self._choose()
                return True
        return False

    # ------------------------------------------------------------------ finding packets

    @staticmethod
    def _walk(
        view: _View, readers: dict[int, SectionReader], highs: tuple[int, ...]
    ) -> Iterator[_Read]:
        """Give the packets with sections of these PIDs, those of each PID in order."""
        for high in highs:
            number = view.starts.find(high)
            while number >= 0:
                pid = (high & 0x1F) << 8 | view.lows[number]
                reader = readers.get(pid)
                if reader is not None:
                    if reader.unfinished:
                        yield from _rest(view, pid, reader, number)
                    packet = view.packet(number)
                    yield _Read(number, pid, packet, reader.push(packet))
                    reader.after = number + 1
                number = view.starts.find(high, number + 1)
        for pid, reader in readers.items():
            if reader.unfinished:
                yield from _rest(view, pid, reader, len(view.starts))
                reader.after = 0

    # ------------------------------------------------------------------ what they say

    def _take_pat(self, section: Section) -> None:
        data = section.data
        head, part = data[3:6] + data[7:8], data[6]  # stream, version, how many sections
        if head != self._pat_head:
            self._pat_head, self._parts = head, {}
        if self._parts.get(part) == data:
            return
        self._parts[part] = data
        listed: list[_Listed] = []
        for at in sorted(self._parts):
            if len(listed) < _MOST_LISTED:
                parsed = psi.parse_pat(self._parts[at])
                listed += [_Listed(number, pid, at) for number, pid in parsed]
        if len(self._parts) <= data[7]:  # the others are still to come; until then the old ones
            known = {program.number for program in listed}
            listed += [program for program in self._listed if program.number not in known]
        self._listed = tuple(listed[:_MOST_LISTED])
        pids = {program.pid for program in self._listed}
        self._readers = {pid: self._readers.get(pid) or SectionReader() for pid in pids}
        self._highs = tuple({0x40 | pid >> 8 for pid in pids})
        keys = {(program.pid, program.number) for program in self._listed}
        for key in [key for key in self._programs if key not in keys]:
            del self._sections[key], self._programs[key]
        self._choose()

    def _take_pmt(self, pid: int, section: Section) -> None:
        key = pid, section.key[1]
        if self._sections.get(key) == section.data:
            return
        program = psi.parse_pmt(section.data)
        if program is None or not self._is_expected(key):
            return
        self._sections[key], self._programs[key] = section.data, program
        self._choose()

    def _is_expected(self, key: tuple[int, int]) -> bool:
        """Tell whether the list names it, or can mean no other: some write another number there."""
        if any((program.pid, program.number) == key for program in self._listed):
            if len(self._listed) == 1:
                self._forget_programs()
            return True
        if len(self._listed) != 1 or key[0] != self._listed[0].pid:
            return False
        if (self._listed[0].pid, self._listed[0].number) in self._programs:
            return False
        self._forget_programs()
        return True

    def _forget_programs(self) -> None:
        self._sections.clear()
        self._programs.clear()

    def _choose(self) -> None:
        """Choose among the programs that are there."""
        there = [of for of in self._listed if (of.pid, of.number) in self._programs]
        chosen = min(there, key=self._rank, default=None) or self._misnumbered()
        program = self._programs[chosen.pid, chosen.number] if chosen is not None else None
        if chosen != self._chosen:
            pat: tuple[bytes, int | None] = (b"", None)
            pmt = pat
            if chosen is not None:
                pat = self._parts.get(chosen.part, b""), self._pat_reader[PAT_PID].before
                pmt = self._sections[chosen.pid, chosen.number], self._readers[chosen.pid].before
            self._pat.begin(PAT_PID, *pat)
            self._pmt.begin(chosen.pid if chosen is not None else 0, *pmt)
        if (chosen, program) != (self._chosen, self.program):
            self._chosen, self.program = chosen, program
            self.changes += 1

    def _rank(self, program: _Listed) -> tuple[bool, bool]:
        """Tell what speaks against a program; of equals the first in the list is chosen."""
        content = self._programs[program.pid, program.number]
        return program.number in self._missing, not (content.video or content.audio)

    def _misnumbered(self) -> _Listed | None:
        """Return a PMT that has another number than the list says, where no other can be meant."""
        if len(self._listed) != 1 or len(self._programs) != 1:
            return None
        listed, ((pid, number),) = self._listed[0], self._programs
        return _Listed(number, pid, listed.part) if pid == listed.pid else None


def _rest(view: _View, pid: int, reader: SectionReader, end: int) -> Iterator[_Read]:
    """Give the packets before packet `end` in which an unfinished section goes on."""
    high, low = pid >> 8, pid & 0xFF
    while reader.unfinished:
        number = view.starts.find(high, reader.after, end)
        if number < 0:
            return
        reader.after = number + 1
        if view.lows[number] == low:
            packet = view.packet(number)
            yield _Read(number, pid, packet, reader.push(packet))


def _repeated(
    usual: _Usual, block: Octets, start: int, starts: bytes, lows: bytes, number: int
) -> list[TablePackets] | None:
    """Return where a table is repeated; None when it says anything else.

    Args:
        number: Of the first packet that may be one of it, negative when there is none.
    """
    high, low, table, _ = usual
    found: list[TablePackets] = []
    while number >= 0:
        if lows[number] == low:
            at = start + number * PACKET
            packet = block[at : at + PACKET]
            if packet[4:] != table.usual:
                return None
            table.newest = packet
            found.append((number, packet))
        number = starts.find(high, number + 1)
    return found


def _catch_up(usual: tuple[_Usual, ...]) -> None:
    """Tell the readers how far the counters are: they have not seen the repeated packets."""
    for one in usual:
        if one.table.newest:
            one.reader.counter = one.table.newest[3] & 15


def _stand(table: _Table, key: tuple[int, int], pid: int, found: list[_Read]) -> list[TablePackets]:
    return [
        (read.number, packets)
        for read in found
        if read.pid == pid and (packets := table.packets(pid, key, read))
    ]


def _is_present(program: Program | None, pids: Collection[int]) -> bool:
    return program is not None and any(
        es.pid in pids for es in program.streams if es.is_video or es.is_audio
    )
