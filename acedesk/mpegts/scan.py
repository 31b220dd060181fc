"""Find tables, keyframes and clock in a block of packets, at the cost of a few slices.

This runs over every byte of every stream, so nothing here looks at packets one by one: strided
slices pick one header byte of all packets, and `find` on them visits only the interesting ones.
"""

from collections.abc import Collection
from typing import Final, NamedTuple

from acedesk.mpegts.keyframes import UndecidedPicture, is_keyframe
from acedesk.mpegts.packets import PACKET, Octets, is_scrambled, pcr_of, pid_of
from acedesk.mpegts.program_tables import ProgramTables
from acedesk.mpegts.psi import Elementary, Program

# Second header byte without the priority and error bits: payload start + upper PID bits.
_START_BITS: Final = bytes(value & 0x5F for value in range(256))

# Fourth header byte: whether there is an adaptation field, in which clocks are.
_ADAPTATION: Final = bytes(value >> 5 & 1 for value in range(256))


class Entry(NamedTuple):
    """A position where a decoder can start.

    Attributes:
        at: Offset of the packet in the scanned block, from the block's start; negative for a packet
            of an earlier block, whose picture was undecided until now.
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
        undecided: Where a picture begins of which later blocks tell whether it is an entry; as
            `Entry.at`. None when there is none.
    """

    entries: tuple[Entry, ...]
    pcr: int | None
    undecided: int | None = None


class Scanner:
    """Follows one transport stream block by block; holds its tables.

    Attributes:
        video_seen: Video has come; `PictureWatch` sets this to False at each look.
        video_absent: The video that the tables declare does not come; set by `PictureWatch`, False
            again with the first packet of video. While it is set, decoders start at the tables.
    """

    __slots__ = (
        "_changes",
        "_marked",
        "_opaque",
        "_tables",
        "_undecided",
        "_undecided_tables",
        "_video",
        "video_absent",
        "video_seen",
    )

    def __init__(self) -> None:
        self._tables = ProgramTables()
        self._changes = 0
        self._video: Elementary | None = None
        # The video is encrypted, and no random access indicator marks its keyframes.
        self._opaque = False
        self._marked = False
        self._undecided: UndecidedPicture | None = None
        self._undecided_tables = b""
        self.video_seen = False
        self.video_absent = False

    @property
    def program(self) -> Program | None:
        """What the stream consists of, None before it is known."""
        return self._tables.program

    @property
    def tables(self) -> bytes:
        """The last PAT and PMT packets, b"" before both are known."""
        return self._tables.packets

    @property
    def has_video(self) -> bool:
        """A video stream is known that comes and whose keyframes can be recognised."""
        return self._video is not None and not self._opaque and not self.video_absent

    @property
    def has_choice(self) -> bool:
        """Several programs are there."""
        return self._tables.has_choice

    def choose_present(self, present: Collection[int]) -> bool:
        """Go on with another program when nothing of this one comes; tell whether there is one.

        Args:
            present: The PIDs that came of late.
        """
        return self._tables.choose_present(present)

    def scan(self, block: Octets, start: int, end: int) -> Scan:
        """Look through `block[start:end]`, whole packets beginning with the sync byte."""
        starts = block[start + 1 : end : PACKET].translate(_START_BITS)
        lows = block[start + 2 : end : PACKET]
        tables = self._tables
        tables.look(block, start, starts, lows)
        if self._changes != tables.changes:
            self._follow_program()
        entries: tuple[Entry, ...] = ()
        undecided = None
        if tables.known:
            video = self._video
            numbers: list[int] = []
            if video is not None:
                numbers = self._keyframes(block, start, starts, lows, video)
            if numbers and not self._opaque:
                entries = tuple(self._entry(number) for number in numbers)
            elif tables.pats and (video is None or not self.has_video):
                # Sound only, or unknown content: a decoder starts at the tables.
                entries = (self._entry_at_tables(),)
            if self._undecided is not None:
                undecided = self._keep_undecided(self._undecided, len(starts))
        return Scan(entries, self._pcr_in(block, start, end), undecided)

    def _entry(self, number: int) -> Entry:
        tables = self._tables.packets_at(number) if number >= 0 else self._undecided_tables
        return Entry(number * PACKET, tables)

    def _entry_at_tables(self) -> Entry:
        """Return the entry at the newest PAT; one of several packets is put in front whole."""
        number, packets = self._tables.pats[-1]
        tables = self._tables.packets_at(number) if len(packets) > PACKET else b""
        return Entry(number * PACKET, tables)

    def _keep_undecided(self, picture: UndecidedPicture, packets: int) -> int:
        """Return where an undecided picture begins, and note it as seen from the next block."""
        undecided = picture.at * PACKET
        if picture.at >= 0:
            self._undecided_tables = self._tables.packets_at(picture.at)
        picture.at -= packets
        return undecided

    def _follow_program(self) -> None:
        """Look for the video of the program that was chosen now."""
        video = self._video
        self._changes = self._tables.changes
        self._video = self.program.video if self.program is not None else None
        if self._video != video:
            self._opaque = self._marked = False
            self._undecided = None

    # ------------------------------------------------------------------ keyframes

    def _keyframes(
        self, block: Octets, start: int, starts: bytes, lows: bytes, video: Elementary
    ) -> list[int]:
        """Return the numbers of the packets that start a keyframe; negative in earlier blocks."""
        high, low, kind = 0x40 | video.pid >> 8, video.pid & 0xFF, video.stream_type
        numbers: list[int] = []
        number = starts.find(high)
        if self._undecided is not None:
            self._decide(self._undecided, numbers, (block, start, starts, lows, video.pid), 0)
        while number >= 0:
            if lows[number] == low:
                self.video_seen, self.video_absent = True, False
                at = start + number * PACKET
                verdict = is_keyframe(block, at, kind)
                if verdict is None:
                    picture = UndecidedPicture(block[at : at + PACKET], kind, number)
                    rest = block, start, starts, lows, video.pid
                    self._decide(picture, numbers, rest, number + 1)
                elif verdict:
                    numbers.append(number)
                    self._marked = True
                self._opaque = not self._marked and is_scrambled(block, at)
            number = starts.find(high, number + 1)
        return numbers

    def _decide(
        self,
        picture: UndecidedPicture,
        numbers: list[int],
        packets: tuple[Octets, int, bytes, bytes, int],
        first: int,
    ) -> None:
        """Look at the rest of an undecided picture, from packet `first` of the block on."""
        block, start, starts, lows, pid = packets
        high, low = pid >> 8, pid & 0xFF
        self._undecided = None
        for number in range(first, len(starts)):
            if lows[number] != low or starts[number] & 0x1F != high:
                continue
            if starts[number] & 0x40:
                return  # the next picture
            at = start + number * PACKET
            verdict = picture.push(block[at : at + PACKET])
            if verdict is not None:
                if verdict:
                    numbers.append(picture.at)
                    self._marked = True
                return
        self._undecided = picture

    def _pcr_in(self, block: Octets, start: int, end: int) -> int | None:
        program = self._tables.program
        if program is None or program.pcr_pid == 0x1FFF:
            return None
        flags = block[start + 3 : end : PACKET].translate(_ADAPTATION)
        pcr_pid, number = program.pcr_pid, flags.rfind(1)
        while number >= 0:
            at = start + number * PACKET
            if pid_of(block, at) == pcr_pid:
                pcr = pcr_of(block, at)
                if pcr is not None:
                    return pcr
            number = flags.rfind(1, 0, number)
        return None
