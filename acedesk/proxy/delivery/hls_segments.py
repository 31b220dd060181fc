"""The HLS segments of one stream: which there are, what the playlist says, where their bytes lie.

A segment is two borders in the ring and the tables that belong in front. Its bytes are looked up
when a player asks for it; what has fallen out of the ring by then is gone for HLS as well.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from acedesk.formats.m3u8 import MediaPlaylist, MediaSegment
from acedesk.proxy.buffer.ring import Ring
from acedesk.proxy.delivery.hls_borders import Border
from acedesk.proxy.delivery.hls_sound import without_video
from acedesk.rules import hls_segmenting
from acedesk.values import frozen_value

# The shortest duration in a playlist, in seconds: with 0 some players divide by zero.
SHORTEST: Final = 0.001


@frozen_value
class Segment:
    """One segment.

    Attributes:
        number: Its media sequence number.
        duration: Seconds.
        size: Bytes, tables included.
        jumps: How many segments with a jump there were up to this one.
        rest: Packets to send after `end`: what is left without the pictures and sound that were
            unfinished when another feed took over.
        body: What is sent instead of what lies in the ring, b"" for that.
    """

    number: int
    begin: Border
    end: Border
    duration: float
    size: int
    jumps: int
    rest: bytes = b""
    body: bytes = b""


class SegmentList:
    """The segments that the ring still holds, oldest first.

    Args:
        target: Seconds that a segment is to last, as configured.
        first_number: Media sequence number of the first segment.

    Attributes:
        target_duration: What players were promised, None before the first playlist.
        seconds: Of all segments so far.
    """

    def __init__(self, ring: Ring, *, target: float, first_number: int) -> None:
        self.target_duration: int | None = None
        self.seconds = 0.0
        self._ring = ring
        self._usual_limit = ring.limit
        self._target = target
        self._first_number = self._next_number = self._listed_from = first_number
        self._segments: deque[Segment] = deque()

    def __len__(self) -> int:
        return len(self._segments)

    @property
    def count(self) -> int:
        """How many there were so far."""
        return self._next_number - self._first_number

    @property
    def newest(self) -> int:
        """The number of the newest one so far."""
        return self._next_number - 1

    @property
    def is_ready(self) -> bool:
        """A first playlist can be given."""
        duration = sum(segment.duration for segment in self._segments)
        return hls_segmenting.is_ready(duration)

    def longest_allowed(self, gap: float) -> float:
        """Return how many seconds a segment may last; before players know, what they will be told.

        Args:
            gap: The longest distance of keyframes seen of late, in seconds.
        """
        promised = self.target_duration
        return hls_segmenting.longest_allowed(
            self._choose_target_duration(gap) if promised is None else promised
        )

    def add(
        self,
        begin: Border,
        end: Border,
        *,
        elapsed: float,
        allowed: float,
        jumps: int,
        rest: bytes = b"",
        sound_only: bool = False,
    ) -> None:
        """Take in the newest segment.

        Args:
            elapsed: Seconds between its borders.
            allowed: Seconds that it may be said to last.
            jumps: How many segments with a jump there were up to this one.
            rest: Packets to send after `end`.
            sound_only: It is sent without video.
        """
        size = self._position(end) - self._position(begin)
        size += len(begin.tables) + len(rest)
        body = b""
        if sound_only:
            body = without_video(begin.tables, self.media(begin, end) + rest)
        self._segments.append(
            Segment(
                number=self._next_number,
                begin=begin,
                end=end,
                duration=round(min(max(elapsed, SHORTEST), allowed), 6),
                size=len(body) or size,
                jumps=jumps,
                rest=rest,
                body=body,
            )
        )
        self._next_number += 1
        self.seconds += self._segments[-1].duration

    def drop_lost(self) -> None:
        """Forget what the ring does not hold any more."""
        while self._segments and self._segments[0].begin.number < self._ring.first:
            self._segments.popleft()

    def playlist(
        self, uri: Callable[[int], str], *, gap: float, jumps: int, ended: bool
    ) -> MediaPlaylist:
        """Return the playlist of now; the first one fixes the target duration.

        The ring is told to keep as much of the stream as players may still ask for.

        Args:
            gap: The longest distance of keyframes seen of late, in seconds.
            jumps: How many segments with a jump there were so far.
            ended: No segment will follow.
        """
        self.drop_lost()
        if self.target_duration is None:
            self.target_duration = self._choose_target_duration(gap)
        self._keep(self.target_duration)
        shown = self._listed(self.target_duration)
        first = shown[0].number if shown else self._next_number
        self._listed_from = max(self._listed_from, first)
        if shown:
            jumps = shown[0].jumps - shown[0].begin.jump
        return MediaPlaylist(
            target_duration=self.target_duration,
            media_sequence=first,
            discontinuity_sequence=jumps,
            independent=bool(shown) and all(segment.begin.keyframe for segment in shown),
            ended=ended,
            segments=tuple(
                MediaSegment(
                    uri=uri(segment.number),
                    duration=segment.duration,
                    discontinuity=segment.begin.jump,
                )
                for segment in shown
            ),
        )

    def _keep(self, target_duration: int) -> None:
        """Let the ring keep what players may still ask for, whatever the bit rate is."""
        ring = self._ring
        wished = hls_segmenting.memory_seconds(target_duration, hls_segmenting.LISTED_SECONDS)
        ring.rewind = max(ring.rewind, wished)
        needed = hls_segmenting.memory_seconds(
            target_duration, hls_segmenting.LISTED * self._target
        )
        limit = hls_segmenting.memory_bytes(
            needed, self._byte_rate, usual=self._usual_limit, most=ring.budget.limit // 2
        )
        ring.limit = max(ring.limit, limit)

    @property
    def _byte_rate(self) -> float:
        """Bytes of a second of media."""
        duration = sum(segment.duration for segment in self._segments)
        sizes = (self._position(one.end) - self._position(one.begin) for one in self._segments)
        return sum(sizes) / max(duration, SHORTEST)

    def _listed(self, target_duration: int) -> list[Segment]:
        """Return those that the playlist names; one that has left it does not come back."""
        ring = self._ring
        count = hls_segmenting.listed(
            [segment.duration for segment in self._segments],
            target_duration,
            kept=min(ring.rewind, ring.limit / max(self._byte_rate, 1.0)),
        )
        oldest = max(self._next_number - count, self._listed_from)
        return [segment for segment in self._segments if segment.number >= oldest]

    def _choose_target_duration(self, gap: float) -> int:
        longest = max((segment.duration for segment in self._segments), default=0.0)
        return hls_segmenting.choose_target_duration(self._target, gap=gap, longest=longest)

    def _position(self, border: Border) -> int:
        """Return the payload bytes of the stream before the border."""
        if border.number >= self._ring.next:
            return self._ring.total
        return self._ring[border.number].start + border.at

    def find(self, number: int) -> Segment | None:
        """Return the segment with this number if the ring still has it."""
        self.drop_lost()
        if not self._segments or number < self._segments[0].number:
            return None
        index = number - self._segments[0].number
        return self._segments[index] if index < len(self._segments) else None

    def parts(self, segment: Segment) -> list[bytes | memoryview]:
        """Return the segment's bytes as they lie in the ring; they live as long as the views."""
        if segment.body:
            return [segment.body]
        begin = segment.begin
        parts: list[bytes | memoryview] = [begin.tables] if begin.tables else []
        parts += self._lying(begin, segment.end)
        if segment.rest:
            parts.append(segment.rest)
        return parts

    def media(self, begin: Border, end: Border, *, more: int = 0) -> bytes:
        """Return a copy of what lies between two borders, and so many bytes behind."""
        behind = b""
        if more and end.number < self._ring.next:
            behind = bytes(self._ring.payload(end.number)[end.at : end.at + more])
        return b"".join((*self._lying(begin, end), behind))

    def _lying(self, begin: Border, end: Border) -> list[memoryview]:
        """Return what lies between two borders, where it lies."""
        parts: list[memoryview] = []
        ring = self._ring
        last = min(end.number, ring.next - 1)
        for number in range(begin.number, last + 1):
            payload = ring.payload(number)
            start = begin.at if number == begin.number else 0
            stop = end.at if number == end.number else len(payload)
            if stop > start:
                parts.append(payload[start:stop])
        return parts
