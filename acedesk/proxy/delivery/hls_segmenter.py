"""HLS segments out of a stream's ring: places in it, not copies.

A segment is two borders in the ring and the tables that belong in front. Its bytes are looked up
when a player asks for it; what has fallen out of the ring by then is gone for HLS as well.
`Segmenter.update` is called whenever the ring has grown and looks only at what is new.
"""

import asyncio
import dataclasses
from collections import deque
from collections.abc import Callable
from typing import Final

from acedesk.formats.m3u8 import MediaPlaylist, MediaSegment
from acedesk.mpegts import unfinished
from acedesk.mpegts.packets import PACKET
from acedesk.mpegts.pes import pts_of, pts_seconds
from acedesk.proxy.buffer.random_access_points import RandomAccessPoint
from acedesk.proxy.buffer.ring import CLOCK_JUMP, Ring
from acedesk.rules import hls_segmenting
from acedesk.rules.fanout import Join, choose_join

# Keyframe distances remembered: an odd one is forgotten after so many.
GAPS: Final = 6
# Where a feed broke off, its last picture begins within so many bytes.
UNFINISHED_REACH: Final = 8192 * PACKET
# No segment is shorter in the list: a duration of nothing makes players divide by zero.
SHORTEST: Final = 0.001


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Border:
    """Where one segment ends and the next begins.

    Attributes:
        number: Chunk of the ring.
        at: Offset in its payload.
        clock: The ring's clock there, seconds.
        pts: Presentation time of the keyframe there, None without one.
        tables: PAT and PMT for what begins here.
        keyframe: A decoder can start here.
        jump: What begins here does not continue what was before.
    """

    number: int
    at: int
    clock: float
    pts: int | None = None
    tables: bytes = b""
    keyframe: bool = False
    jump: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment.

    Attributes:
        number: Its media sequence number.
        duration: Seconds.
        size: Bytes, tables included.
        jumps: How many segments with a jump there were up to this one.
        rest: What comes behind `end`, without what did not end before another feed began.
    """

    number: int
    begin: Border
    end: Border
    duration: float
    size: int
    jumps: int
    rest: bytes = b""


class Segmenter:
    """Cuts one stream.

    Attributes:
        settled: Set when a first playlist can be told, or when nothing will come any more.
        ended: The stream is over, no segment will follow.
        target_duration: What players were promised, None before the first playlist.
    """

    def __init__(
        self, ring: Ring, tables: Callable[[], bytes], *, target: float, first_number: int
    ) -> None:
        self.settled = asyncio.Event()
        self.ended = False
        self.target_duration: int | None = None
        self._ring = ring
        self._tables = tables
        self._target = target
        self._first_number = self._next_number = self._listed_from = first_number
        self._segments: deque[Segment] = deque()  # those still in the ring
        self._read = ring.first
        self._begin: Border | None = None
        self._last_entry: Border | None = None
        self._gaps: deque[float] = deque(maxlen=GAPS)
        self._jump = False
        self._jumps = 0
        self._has_video = False
        self._waiting_from = ring.first

    @property
    def is_ready(self) -> bool:
        """A first playlist can be told."""
        duration = sum(segment.duration for segment in self._segments)
        return hls_segmenting.is_ready(duration, self._target)

    @property
    def has_segments(self) -> bool:
        """There is something to play."""
        return bool(self._segments)

    # ------------------------------------------------------------------ cutting

    def update(self, *, has_video: bool) -> None:
        """Cut what came into the ring since the last time."""
        ring = self._ring
        self._has_video = has_video
        first = max(self._read, ring.first)
        if self._begin is not None and self._begin.number < ring.first:
            self._start_anew(first)  # memory is very short
        access_points = deque(ring.access_points(first))
        for number in range(first, ring.next):
            if number in ring.splices:
                self._break_off(number)
            while access_points and access_points[0].number == number:
                self._at_entry(self._border_of(access_points.popleft()))
            self._at_end(number)
        self._read = ring.next
        self._forget()
        if self.is_ready:
            self.settled.set()

    def finish(self) -> None:
        """Make what is left the last segment; nothing follows."""
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
            # Players that were promised a length get no segment of all that was waited for.
            promised = self.target_duration is not None
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
        """Return where in the chunk the clock shows that, at a packet's border."""
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
        return hls_segmenting.wished_length(self._next_number - self._first_number, self._target)

    @property
    def _allowed(self) -> float:
        return hls_segmenting.longest_allowed(self.target_duration)

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
        self._segments.append(
            Segment(
                number=self._next_number,
                begin=begin,
                end=end,
                duration=round(min(max(elapsed, SHORTEST), self._allowed), 6),
                size=self._position(end) - self._position(begin) + len(begin.tables) + len(rest),
                jumps=self._jumps,
                rest=rest,
            )
        )
        self._next_number += 1
        self._jump = jump
        self._open(end)

    def _break_off(self, number: int) -> None:
        """End the segment before chunk `number`, which belongs to another feed."""
        if self._begin is not None and self._begin.number < number:
            end, rest = self._whole_end(self._begin, self._end_border(number))
            self._close(end, rest=rest)
        self._start_anew(number)

    def _whole_end(self, begin: Border, end: Border) -> tuple[Border, bytes]:
        """Return where to end before a splice, and what of the rest is no torn picture or sound."""
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
        """Wait for a place to begin at, from chunk `number` on."""
        if self._begin is not None and self._begin.jump:
            self._jumps -= 1  # it was never told
        self._begin = self._last_entry = None
        self._jump = self._next_number > self._first_number
        self._waiting_from = number

    def _forget(self) -> None:
        while self._segments and self._segments[0].begin.number < self._ring.first:
            self._segments.popleft()

    def _position(self, border: Border) -> int:
        """Return the payload bytes of the stream before the border."""
        if border.number >= self._ring.next:
            return self._ring.total
        return self._ring[border.number].start + border.at

    # ------------------------------------------------------------------ what players get

    def playlist(self, uri: Callable[[int], str]) -> MediaPlaylist:
        """Return the playlist of now; the first one fixes the target duration.

        The ring is told to keep as much of the stream as players may still ask for.
        """
        self._forget()
        if self.target_duration is None:
            self.target_duration = self._promise()
        # Still within the stream's bytes: only the time limit gives way.
        needed = hls_segmenting.memory_seconds(self.target_duration)
        self._ring.rewind = max(self._ring.rewind, needed)
        count = hls_segmenting.listed(
            [segment.duration for segment in self._segments],
            self.target_duration,
            trimmed=self._ring.first > 0,
        )
        oldest = max(self._next_number - count, self._listed_from)
        shown = [segment for segment in self._segments if segment.number >= oldest]
        first = shown[0].number if shown else self._next_number
        self._listed_from = max(self._listed_from, first)
        jumps = self._jumps - bool(self._begin and self._begin.jump)
        if shown:
            jumps = shown[0].jumps - shown[0].begin.jump
        return MediaPlaylist(
            target_duration=self.target_duration,
            media_sequence=first,
            discontinuity_sequence=jumps,
            independent=bool(shown) and all(segment.begin.keyframe for segment in shown),
            ended=self.ended,
            segments=tuple(
                MediaSegment(
                    uri=uri(segment.number),
                    duration=segment.duration,
                    discontinuity=segment.begin.jump,
                )
                for segment in shown
            ),
        )

    def _promise(self) -> int:
        longest = max((segment.duration for segment in self._segments), default=0.0)
        return hls_segmenting.choose_target_duration(self._target, gap=self._gap, longest=longest)

    def find(self, number: int) -> Segment | None:
        """Return the segment with this number if the ring still has it."""
        self._forget()
        if not self._segments or number < self._segments[0].number:
            return None
        index = number - self._segments[0].number
        return self._segments[index] if index < len(self._segments) else None

    def parts(self, segment: Segment) -> list[bytes | memoryview]:
        """Return the segment's bytes as they lie in the ring; they live as long as the views."""
        begin, end, ring = segment.begin, segment.end, self._ring
        parts: list[bytes | memoryview] = [begin.tables] if begin.tables else []
        last = min(end.number, ring.next - 1)
        for number in range(begin.number, last + 1):
            payload = ring.payload(number)
            start = begin.at if number == begin.number else 0
            stop = end.at if number == end.number else len(payload)
            if stop > start:
                parts.append(payload[start:stop])
        if segment.rest:
            parts.append(segment.rest)
        return parts
