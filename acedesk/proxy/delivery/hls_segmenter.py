"""Where HLS segments begin and end in a stream's ring: positions in it, not copies.

`Segmenter.update` is called whenever the ring has grown and looks only at what is new.
"""

import asyncio
import dataclasses
from collections import deque
from collections.abc import Callable
from typing import Final

from acedesk.formats.m3u8 import MediaPlaylist
from acedesk.mpegts.packets import PACKET, PAT_PID
from acedesk.proxy.buffer.ring import Ring
from acedesk.proxy.delivery.hls_borders import Border, Borders, elapsed_between
from acedesk.proxy.delivery.hls_segments import SegmentList
from acedesk.proxy.delivery.hls_sound import Pictures, VideoWatch
from acedesk.rules import hls_segmenting
from acedesk.rules.join_position import Join, choose_join

# How many distances between keyframes are remembered: an unusual one is forgotten after as many.
GAPS: Final = 6


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
        self._borders = Borders(ring, tables)
        self._target = target
        self._read = ring.first
        self._began = self._borders.clock_before(ring.first)
        self._begin: Border | None = None
        self._last_entry: Border | None = None
        self._gaps: deque[float] = deque(maxlen=GAPS)
        self._entry_kind = False  # whether the last entry was one of a stream with video
        self._jump = False
        self._jumps = 0
        self._has_video = False
        self._video_pid: int | None = None
        self._video = VideoWatch()
        self._entry_ahead = False  # the ring has one behind the chunk that is looked at
        self._waiting_from = ring.first

    # ------------------------------------------------------------------ cutting

    def update(self, *, has_video: bool, video_pid: int | None = None) -> None:
        """Cut what came into the ring since the last time, as far as its keyframes are known.

        Args:
            video_pid: Where pictures come that a segment may end at, None when that is not known.
        """
        self._has_video, self._video_pid = has_video, video_pid
        self._cut(self._ring.settled)

    def _cut(self, end: int) -> None:
        ring = self._ring
        first = max(self._read, ring.first)
        if self._begin is not None and self._begin.number < ring.first:
            self._start_anew(first)  # the ring has dropped the begin of the segment
        access_points = deque(ring.access_points(first))
        for number in range(first, end):
            if number in ring.splices:
                self._break_off(number)
            while access_points and access_points[0].number == number:
                self._at_entry(self._borders.at_entry(access_points.popleft()))
            self._entry_ahead = bool(access_points)
            self._at_end(number)
        self._read = max(self._read, end)
        self.segments.drop_lost()
        if self.segments.is_ready:
            self.settled.set()

    def finish(self) -> None:
        """Make what is left the last segment; nothing follows."""
        self._cut(self._ring.next)
        if self._begin is not None and self._begin.number < self._ring.next:
            if self._begin.number >= self._ring.first:
                self._close(self._borders.at_end(self._ring.next))
            self._begin = None
        self.ended = True
        self.settled.set()

    def _at_entry(self, entry: Border) -> None:
        last, self._last_entry = self._last_entry, entry
        if self._begin is None:
            self._entry_kind = self._has_video
            self._open(entry)
            return
        elapsed, jump = elapsed_between(self._begin, entry)
        if jump:
            self._divide(entry.number, entry.clock)
            self._close(entry, jump=True)
            return
        kind, self._entry_kind = self._entry_kind, self._has_video
        if last is not None and kind == self._has_video:  # not from a picture to tables
            distance, broken = elapsed_between(last, entry)
            if not broken:
                self._gaps.append(distance)
        if elapsed > self._allowed:
            self._divide(entry.number, entry.clock)
            elapsed, _ = elapsed_between(self._begin, entry)
        short = hls_segmenting.is_short(self.segments.seconds, self._target)
        if hls_segmenting.ends_here(
            elapsed, wished=self._wished, gap=self._gap, allowed=self._allowed, short=short
        ):
            self._close(entry)

    def _at_end(self, number: int) -> None:
        chunk = self._ring[number]
        if self._begin is not None:
            self._divide(number, chunk.clock)
            return
        since = max(self._waiting_from, self._ring.first)
        begins = choose_join(
            has_entry=False,
            has_tables=bool(self._tables()),
            has_video=self._has_video,
            waited=chunk.clock
            - self._borders.clock_before(max(self._waiting_from, self._ring.first)),
            received=self._ring.total,
        )
        if begins is Join.ANYWHERE:
            # Once players know a longest duration, a segment cannot hold all that was waited for.
            promised = self.segments.target_duration is not None
            self._open(self._borders.by_time(number if promised else since, 0))

    def _divide(self, number: int, until: float) -> None:
        """Cut by time in chunk `number` while what is before `until` is too long."""
        while self._begin is not None:
            elapsed = until - self._begin.clock
            border = None
            if elapsed > self._time_limit:
                border = self._border_at_picture(number, self._begin)
            if border is None and elapsed > self._hard_limit:
                border = self._border_by_time(number, self._begin)
                if (
                    border
                    and elapsed <= self._allowed
                    and self._video.waits(self._pictures(border), elapsed)
                ):
                    return
            if border is None:
                return
            self._close(border)

    def _pictures(self, end: Border) -> Pictures | None:
        """Return what the segment that ends there has of a declared video, if that matters."""
        if self._video_pid is None or self._begin is None or not self._video.is_curious:
            return None
        return Pictures(self.segments.media(self._begin, end, more=PACKET), self._video_pid)

    def _border_at_picture(self, number: int, begin: Border) -> Border | None:
        """Return the first picture that is not before the time limit, None without one."""
        if self._video_pid is None:
            return None
        first = self._borders.offset(number, begin.clock + self._time_limit)
        first = max(first, begin.at + PACKET if begin.number == number else 0)
        last = self._borders.offset(number, begin.clock + self._allowed)
        at = self._borders.find_start(number, (first, last), self._video_pid)
        return self._borders.by_time(number, at) if at is not None else None

    def _border_by_time(self, number: int, begin: Border) -> Border | None:
        """Return the tables between the wished length and the limit, else what begins before that.

        When nothing begins there, the packet at the limit.
        """
        size = self._ring[number].size
        least = begin.at + PACKET if begin.number == number else 0
        latest = self._borders.offset(number, begin.clock + self._hard_limit)
        if least >= size or latest < least:
            return None if least >= size else self._borders.by_time(number, least)
        earliest = max(least, self._borders.offset(number, begin.clock + self._wished))
        for pid in (PAT_PID, None):
            at = self._borders.find_start(number, (earliest, latest), pid)
            if at is not None:
                return self._borders.by_time(number, at)
        return self._borders.by_time(number, latest)

    # ------------------------------------------------------------------ segments

    @property
    def _wished(self) -> float:
        waited = 0.0
        if self._begin is not None and not self.segments.count:
            waited = self._begin.clock - self._began
        return hls_segmenting.wished_length(self.segments.seconds, self._target, waited=waited)

    @property
    def _allowed(self) -> float:
        if self._entry_ahead and self.segments.target_duration is None:
            return hls_segmenting.LONGEST  # it will be promised
        return self.segments.longest_allowed(self._gap)

    @property
    def _time_limit(self) -> float:
        short = hls_segmenting.is_short(self.segments.seconds, self._target)
        short = short and not self._entry_ahead
        return hls_segmenting.time_limit(wished=self._wished, allowed=self._allowed, short=short)

    @property
    def _hard_limit(self) -> float:
        """Where a segment ends whatever is there."""
        return min(self._allowed, self._time_limit + hls_segmenting.PICTURE_WAIT)

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
        elapsed, _ = elapsed_between(begin, end)
        shown = self._video.look(
            self._pictures(end), elapsed, at_keyframe=end.keyframe and self._has_video
        )
        self.segments.add(
            begin,
            end,
            elapsed=elapsed,
            allowed=self._allowed,
            jumps=self._jumps,
            rest=rest,
            sound_only=not shown,
        )
        self._jump = jump or (shown != self._video.shown)
        self._open(end)

    def _break_off(self, number: int) -> None:
        """End the segment before chunk `number`, which belongs to another feed."""
        if self._begin is not None and self._begin.number < number:
            end, rest = self._borders.whole_end(self._begin, number)
            self._close(end, rest=rest)
        self._start_anew(number)

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
