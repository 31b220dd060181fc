"""Does the video come that a stream's tables declare? Checked once a second.

A broadcast whose video stopped, or never came, while its sound goes on looks healthy by its bytes.
"""

from typing import Final

from acedesk.mpegts.columns import columns_of, pid_mask
from acedesk.mpegts.scan import Scanner
from acedesk.proxy.buffer.ring import Ring

# Seconds of sound without video after which the picture is missing. A radio that sends slides has
# longer pauses, but regular ones, and those are learnt.
MISSING: Final = 5.0
# Regular times without video are usual; one that is longer by this factor is not.
UNUSUAL: Final = 1.5
# One look counts for no more: a jump of the stream's clock is no time without a picture.
LONGEST_LOOK: Final = 3.0
# So many chunks are searched for sound: several ticks, in which every sound track sends something.
CHUNKS_SEARCHED: Final = 8
# Shorter ones are not worth remembering.
SHORTEST_GAP: Final = 1.0


class PictureWatch:
    """Follows the video of one stream.

    Attributes:
        missing_for: Seconds of sound since the last video, 0 while it comes.
        absent: It has been missing for longer than is usual.
        came: Video has come at some time.
    """

    __slots__ = (
        "_at",
        "_clock",
        "_gap",
        "_number",
        "_ring",
        "_usual",
        "absent",
        "came",
        "missing_for",
    )

    def __init__(self, ring: Ring, now: float) -> None:
        self.missing_for = 0.0
        self.absent = False
        self.came = False
        self._ring = ring
        self._at = now
        self._clock = ring.clock
        self._number = ring.next
        self._gap = 0.0  # the last one that ended
        self._usual = 0.0  # the shorter one of the last two

    def look(self, scanner: Scanner, now: float) -> bool:
        """Return whether the promised video does not come; to be called once a second.

        The scanner is marked while none comes, usual or not, so that a client that joins does not
        wait for a keyframe. Where
        nothing of a program comes, but something of another one does, it goes on with that one.
        """
        ring, program = self._ring, scanner.program
        first = max(self._number, ring.first)
        length = min(max(ring.clock - self._clock, now - self._at), LONGEST_LOOK)
        self._at, self._clock, self._number = now, ring.clock, ring.next
        if scanner.video_seen or program is None:
            self.came = self.came or scanner.video_seen
            scanner.video_seen = False
            self._end()
        elif not self._has_sound(first, [es.pid for es in program.streams if es.is_audio]):
            if scanner.has_choice and first < ring.next:
                scanner.choose_present(self._present(first))
        elif program.video is None:
            self._end()
        else:
            self.missing_for += length
            if self.missing_for >= MISSING:
                scanner.video_absent = True
            if self.missing_for >= max(MISSING, UNUSUAL * self._usual):
                self.absent = True
        return self.absent

    def _end(self) -> None:
        if self.missing_for >= SHORTEST_GAP:
            self._usual, self._gap = min(self._gap, self.missing_for), self.missing_for
        self.missing_for, self.absent = 0.0, False

    def _has_sound(self, first: int, pids: list[int]) -> bool:
        """Tell whether there is sound in the newest chunks, of those from `first` on."""
        if not pids:
            return False
        first = max(first, self._ring.next - CHUNKS_SEARCHED)
        for number in reversed(range(first, self._ring.next)):
            packets = bytes(self._ring.payload(number))
            columns = columns_of(packets, 0, len(packets))
            if any(pid_mask(columns, pid) for pid in pids):
                return True
        return False

    def _present(self, first: int) -> set[int]:
        """Return the PIDs that are in chunk `first` and later."""
        found: set[int] = set()
        for number in range(first, self._ring.next):
            packets = bytes(self._ring.payload(number))
            highs, lows, _ = columns_of(packets, 0, len(packets))
            found.update(high << 8 | low for high, low in set(zip(highs, lows, strict=True)))
        return found
