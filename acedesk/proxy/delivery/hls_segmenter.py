"""Where HLS segments begin and end in a stream's ring: positions in it, not copies.

`Segmenter.update` is called whenever the ring has grown and looks only at what is new.
"""

import asyncio
import dataclasses
from collections import deque
from collections.abc import Callable
from typing import Final

from acedesk.formats.m3u8 import MediaPlaylist
from acedesk.mpegts import unfinished
from acedesk.mpegts.packets import PACKET
from acedesk.mpegts.pes import pts_of, pts_seconds
from acedesk.proxy.buffer.media_clock import CLOCK_JUMP
from acedesk.proxy.buffer.random_access_points import RandomAccessPoint
from acedesk.proxy.buffer.ring import Ring
from acedesk.proxy.delivery.hls_segments import Border, SegmentList
from acedesk.rules import hls_segmenting
from acedesk.rules.fanout import Join, choose_join

# How many distances between keyframes are remembered: an unusual one is forgotten after as many.
GAPS: Final = 6
# Where a feed broke off, its last picture begins within so many bytes.
UNFINISHED_REACH: Final = 8192 * PACKET


class Segmenter:
    """Cuts one stream.

    Attributes:
        settled: Set when a first playlist can be given, or when no more media will come.
        ended: The stream is over, no segment will follow.
        segments: What was cut so far.
    """

    def __init__(
        self, ring: Ring, tables: Callable[[], bytes], *, target: float, first_number: int
    ) -> None:
        self.settled = asyncio.Event()
        self.ended = False
        self.segments = SegmentList(ring, target=target, first_number=first_number)
        self._ring = ring
        self._tables = tables
        self._target = target
        self._read = ring.first
        self._begin: Border | None = None
        self._last_entry: Border | None = None
        self._gaps: deque[float] = deque(maxlen=GAPS)
        self._jump = False
        self._jumps = 0
        self._has_video = False
        self._waiting_from = ring.first

    # ------------------------------------------------------------------ cutting

    def update(self, *, has_video: bool) -> None:
        """Cut what came into the ring since the last time, as far as its keyframes are known."""
        self._cut(self._ring.settled, has_video=has_video)

    def _cut(self, end: int, *, has_video: bool) -> None:
        ring = self._ring
        self._has_video = has_video
        first = max(self._read, ring.first)
        if self._begin is not None and self._begin.number < ring.first:
            self._start_anew(first)  # the ring has dropped the begin of the segment
        access_points = deque(ring.access_points(first))
        for number in range(first, end):
            if number in ring.splices:
                self._break_off(number)
            while access_points and access_points[0].number == number:
                self._at_entry(self._border_of(access_points.popleft()))
            self._at_end(number)
        self._read = max(self._read, end)
        self.segments.drop_lost()
        if self.segments.is_ready:
            self.settled.set()

    def finish(self) -> None:
        """Make what is left the last segment; nothing follows."""
        self._cut(self._ring.next, has_video=self._has_video)
        if self._begin is not None and self._begin.number < self._ring.next:
            if self._begin.number >= self._ring.first:
                self._close(self._end_border(self._ring.next))
            self._begin = None
        self.ended = True
        self.settled.set()

    def _at_entry(self, entry: Border) -> None:
        last, self._last_entry = self._last_entry, entry
        if self._begin is None:
            self._open(entry)
            return
        elapsed, jump = self._elapsed(self._begin, entry)
        if jump:
            self._divide(entry.number, entry.clock)
            self._close(entry, jump=True)
            return
        if last is not None:
            distance, broken = self._elapsed(last, entry)
            if not broken:
                self._gaps.append(distance)
        if elapsed > self._allowed:
            self._divide(entry.number, entry.clock)
            elapsed, _ = self._elapsed(self._begin, entry)
        if hls_segmenting.ends_here(
            elapsed, wished=self._wished, gap=self._gap, allowed=self._allowed
        ):
            self._close(entry)

    def _at_end(self, number: int) -> None:
        chunk = self._ring[number]
        if self._begin is not None:
            self._divide(number, chunk.clock)
            return
        begins = choose_join(
            has_entry=False,
            has_tables=bool(self._tables()),
            has_video=self._has_video,
            waited=chunk.clock - self._clock_before(max(self._waiting_from, self._ring.first)),
            received=self._ring.total,
        )
        if begins is Join.ANYWHERE:
            # Once players know a longest duration, a segment cannot hold all that was waited for.
            promised = self.segments.target_duration is not None
            since = number if promised else max(self._waiting_from, self._ring.first)
            self._open(self._time_border(since, 0))

    def _divide(self, number: int, until: float) -> None:
        """Cut by time in chunk `number` while what is before `until` is too long."""
        while self._begin is not None and until - self._begin.clock > self._allowed:
            border = self._border_by_time(number, self._begin)
            if border is None:
                return
            self._close(border)

    def _border_by_time(self, number: int, begin: Border) -> Border | None:
        """Return the tables between wished and allowed length, else the packet at the latter."""
        size = self._ring[number].size
        least = begin.at + PACKET if begin.number == number else 0
        latest = self._offset(number, begin.clock + self._allowed)
        if least >= size or latest < least:
            return None if least >= size else self._time_border(number, least)
        payload = self._ring.payload(number)
        earliest = max(least, self._offset(number, begin.clock + self._wished))
        for at in range(earliest, latest, PACKET):
            if payload[at + 1] & 0x5F == 0x40 and payload[at + 2] == 0:  # a PAT
                return self._time_border(number, at)
        return self._time_border(number, latest)

    def _offset(self, number: int, clock: float) -> int:
        """Return the offset of the packet in the chunk at which the ring's clock shows `clock`."""
        chunk = self._ring[number]
        before = self._clock_before(number)
        length = chunk.clock - before
        share = (clock - before) / length if length > 0 else 0.0
        packets = chunk.size // PACKET
        return max(0, min(packets - 1, int(packets * share))) * PACKET

    # ------------------------------------------------------------------ borders

    def _border_of(self, access_point: RandomAccessPoint) -> Border:
        packet = bytes(
            self._ring.payload(access_point.number)[access_point.at : access_point.at + PACKET]
        )
        return Border(
            number=access_point.number,
            at=access_point.at,
            clock=access_point.clock,
            pts=pts_of(packet),
            tables=access_point.tables or self._tables(),
            keyframe=True,
        )

    def _time_border(self, number: int, at: int) -> Border:
        before = self._clock_before(number)
        chunk = self._ring[number]
        clock = before + (chunk.clock - before) * at / chunk.size
        return Border(number=number, at=at, clock=clock, tables=self._tables())

    def _end_border(self, number: int) -> Border:
        return Border(number=number, at=0, clock=self._clock_before(number))

    def _clock_before(self, number: int) -> float:
        ring = self._ring
        if number > ring.first:
            return ring[number - 1].clock
        return ring[number].clock if number < ring.next else 0.0

    @staticmethod
    def _elapsed(begin: Border, end: Border) -> tuple[float, bool]:
        """Return the seconds between two borders, and whether the time stamps jumped there."""
        elapsed = max(0.0, end.clock - begin.clock)
        if begin.pts is None or end.pts is None:
            return elapsed, False
        shown = pts_seconds(begin.pts, end.pts)
        if 0 < shown <= elapsed + CLOCK_JUMP:
            return shown, False
        return elapsed, True

    # ------------------------------------------------------------------ segments

    @property
    def _wished(self) -> float:
        return hls_segmenting.wished_length(self.segments.count, self._target)

    @property
    def _allowed(self) -> float:
        return self.segments.longest_allowed

    @property
    def _gap(self) -> float:
        return max(self._gaps, default=0.0)

    def _open(self, border: Border) -> None:
        self._begin = dataclasses.replace(border, jump=border.jump or self._jump)
        self._jumps += self._begin.jump
        self._jump = False

    def _close(self, end: Border, *, jump: bool = False, rest: bytes = b"") -> None:
        begin = self._begin
        assert begin is not None
        elapsed, _ = self._elapsed(begin, end)
        self.segments.add(begin, end, elapsed=elapsed, jumps=self._jumps, rest=rest)
        self._jump = jump
        self._open(end)

    def _break_off(self, number: int) -> None:
        """End the segment before chunk `number`, which belongs to another feed."""
        if self._begin is not None and self._begin.number < number:
            end, rest = self._whole_end(self._begin, self._end_border(number))
            self._close(end, rest=rest)
        self._start_anew(number)

    def _whole_end(self, begin: Border, end: Border) -> tuple[Border, bytes]:
        """Return where to end before a splice, and the rest without unfinished picture or sound."""
        tail = b""
        number, start = end.number, 0
        while number > begin.number and len(tail) < UNFINISHED_REACH:
            number -= 1
            start = begin.at if number == begin.number else 0
            tail = bytes(self._ring.payload(number)[start:]) + tail
        kept, rest = unfinished.split(tail)
        at = start + kept
        while number < end.number and at >= self._ring[number].size:
            at -= self._ring[number].size
            number += 1
        return dataclasses.replace(end, number=number, at=at), rest

    def _start_anew(self, number: int) -> None:
        """Wait for a position to begin a segment at, from chunk `number` on."""
        if self._begin is not None and self._begin.jump:
            self._jumps -= 1  # no playlist has shown it
        self._begin = self._last_entry = None
        self._jump = self.segments.count > 0
        self._waiting_from = number

    # ------------------------------------------------------------------ what players get

    def playlist(self, uri: Callable[[int], str]) -> MediaPlaylist:
        """Return the playlist of now; see `SegmentList.playlist`."""
        jumps = self._jumps - bool(self._begin and self._begin.jump)
        return self.segments.playlist(uri, gap=self._gap, jumps=jumps, ended=self.ended)
