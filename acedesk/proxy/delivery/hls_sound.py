"""HLS of a radio with a slate: its tables declare a video that comes once, seldom or never.

A browser shows nothing and plays no sound where its video ends, and fails where one begins later.
So such a stream is given to HLS players as sound only: tables without video, and no packets of it.
"""

from typing import Final

from acedesk.mpegts import psi
from acedesk.mpegts.columns import columns_of, pid_mask
from acedesk.mpegts.packets import PACKET, PAT_PID, SYNC, payload_start, pcr_of, pid_of
from acedesk.mpegts.sections import PMT, SectionReader, packetize

# A picture may take long to come where a broadcast has few bits for it; then nothing is known yet.
SILENT: Final = 0.5


# So many segments in a row with pictures, so many of them a second, and the video is there.
STEADY: Final = 3
PACE: Final = 2.0


class Pictures:
    """What a piece of a stream has of its video.

    Attributes:
        count: How many pictures begin in it.
        tail: The share of it behind the last packet of video: 1.0 without any.
    """

    __slots__ = ("count", "tail")

    def __init__(self, packets: bytes, video_pid: int) -> None:
        columns = columns_of(packets, 0, len(packets))
        found = pid_mask(columns, video_pid).to_bytes(len(columns.highs), "big")
        self.count, last, number = 0, -1, found.find(0xFF)
        while number >= 0:
            at = number * PACKET
            if payload_start(packets, at) < at + PACKET:
                last = number
                self.count += bool(packets[at + 1] & 0x40)
            number = found.find(0xFF, number + 1)
        self.tail = 1.0 - (last + 1) / len(found) if found else 0.0

    def has_ended(self, seconds: float) -> bool:
        """Tell whether it is one picture at most, with nothing behind it for a while.

        Args:
            seconds: How long the piece lasts.
        """
        return self.count <= 1 and self.tail * seconds >= SILENT


class VideoWatch:
    """Tells whether the segments of a stream are given with their video.

    That is decided by the first one, and changed when the video comes after all.

    Attributes:
        shown: The next one is.
    """

    __slots__ = ("_decided", "_steady", "shown")

    def __init__(self) -> None:
        self.shown = True
        self._decided = False
        self._steady = 0

    @property
    def is_curious(self) -> bool:
        """The next segment must be looked at."""
        return not (self._decided and self.shown)

    def waits(self, pictures: Pictures | None, seconds: float) -> bool:
        """Tell whether the first segment waits: its only picture may be a slate, or a long one."""
        if self._decided or pictures is None or pictures.count != 1:
            return False
        return not pictures.has_ended(seconds)

    def look(self, pictures: Pictures | None, seconds: float, *, at_keyframe: bool) -> bool:
        """Look at a segment; tell whether it is given with its video.

        Args:
            pictures: None when no video is declared.
            at_keyframe: The next one begins with a keyframe.
        """
        if pictures is None:
            return self.shown
        if not self._decided:
            self._decided, self.shown = True, not pictures.has_ended(seconds)
            return self.shown
        comes = pictures.count >= max(PACE * seconds, 2)
        self._steady = self._steady + 1 if comes else 0
        self.shown = self._steady >= STEADY and at_keyframe
        return False


def without_video(tables: bytes, packets: bytes) -> bytes:
    """Return tables and packets without video; the clock that is sent with it stays."""
    sections, pids = _pmts(tables)
    programs = [program for data in sections if (program := psi.parse_pmt(data)) is not None]
    video = {es.pid for program in programs for es in program.streams if es.is_video}
    kept = [tables[at : at + PACKET] for at in range(0, len(tables), PACKET)]
    out = [packet for packet in kept if pid_of(packet, 0) == PAT_PID]
    for (pid, counter), data in zip(pids, sections, strict=True):
        out.append(packetize(pid, psi.without_video(data), counter))
    gone = video | {pid for pid, _ in pids}
    columns = columns_of(packets, 0, len(packets))
    mask = 0
    for pid in gone:
        mask |= pid_mask(columns, pid)
    found, begin = mask.to_bytes(len(columns.highs), "big"), 0
    number = found.find(0xFF)
    while number >= 0:
        at = number * PACKET
        out.append(packets[begin:at])
        begin = at + PACKET
        out.append(_clock_of(packets[at:begin]))
        number = found.find(0xFF, number + 1)
    return b"".join((*out, packets[begin:]))


def _pmts(tables: bytes) -> tuple[list[bytes], list[tuple[int, int]]]:
    """Return the PMTs in these packets, and the PID and last counter of each."""
    readers: dict[int, SectionReader] = {}
    sections: list[bytes] = []
    pids: list[tuple[int, int]] = []
    for at in range(0, len(tables), PACKET):
        packet = tables[at : at + PACKET]
        pid = pid_of(packet, 0)
        for section in readers.setdefault(pid, SectionReader()).push(packet):
            if section.data[0] == PMT:
                sections.append(section.data)
                pids.append((pid, packet[3] & 15))
    return sections, pids


def _clock_of(packet: bytes) -> bytes:
    """Return a packet with the clock of this one and nothing else, b"" when it has none."""
    if pcr_of(packet, 0) is None:
        return b""
    # Without payload the counter stays what it was before.
    counter = packet[3] - 1 & 15 if packet[3] & 0x10 else packet[3] & 15
    head = bytes((SYNC, packet[1] & 0x1F, packet[2], 0x20 | counter, PACKET - 5, packet[5] & 0x90))
    return head + packet[6:12] + b"\xff" * (PACKET - 12)
