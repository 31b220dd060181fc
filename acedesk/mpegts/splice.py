"""Join the feed of one engine to what another one sent before it broke off.

Both engines carry the same broadcast, so the new feed is first searched for the exact place where
the old one ended (`acedesk.mpegts.matching`). If there is no such place (the feed begins later, or
its bytes are different) it is joined at its next keyframe: tables first, counters continued, the
discontinuity marked, and its clock moved to the old timeline unless it is on it already.
"""

from collections.abc import Mapping
from typing import Final

from acedesk.model.failover import SpliceMethod
from acedesk.mpegts.columns import clocks, columns_of, counters, starts
from acedesk.mpegts.matching import Ending, Matcher
from acedesk.mpegts.packets import PACKET, PCR_HZ, PCR_WRAP
from acedesk.mpegts.pes import PTS_HZ, PTS_WRAP, decoding_time
from acedesk.mpegts.restamp import Restamper
from acedesk.mpegts.scan import Entry, Scanner
from acedesk.values import frozen_value

# A step forward of at most this is the time that is missing, and is left in the clock; players went
# on over 2 s and over 5,000 s alike (measured with mpv, VLC and ffmpeg).
MOST_MISSING: Final = 10 * PCR_HZ
# What a moved clock continues with: one picture at 25 a second, in ticks of 90 kHz.
ONE_PICTURE: Final = 3600
# Pictures arrive at most so long before they are decoded (ISO/IEC 13818-1, 2.4.2.6; still pictures
# may take a minute); a longer delay is not taken as one.
LONGEST_DELAY: Final = 10 * PTS_HZ
# Within so many bytes a clock reference comes: they are at most 0.1 s apart.
CLOCK_REACH: Final = 8192 * PACKET
# How long a keyframe is waited for: a broadcast's are at most 10 s apart.
ENTRY_WAIT: Final = 10.0
# Media that is shown twice is better than media that is missing, but not more than this.
MOST_REPEATED: Final = 2 * PCR_HZ
# Media that comes faster than this, measured over so many seconds, comes from an engine's cache.
FASTER: Final = 2.0
SHORTEST_LOOK: Final = 0.04
# A gap up to this next keyframe is not seen: two pictures at 25 a second.
NEXT_PICTURE: Final = 2 * PCR_HZ // 25


@frozen_value(kw_only=False)
class Splice:
    """The packets to send first, and what happens to the feed's later packets.

    Attributes:
        packets: The new feed's packets from the joint on, ready to be sent.
        restamper: Changes its later packets, None when they stay as they are.
        lost: Packets missing at the joint, None when it cannot be told.
    """

    method: SpliceMethod
    packets: bytes
    restamper: Restamper | None
    lost: int | None


class Splicer:
    """Takes packets of a new feed until it can continue where the old one ended.

    Args:
        tail: The newest packets sent, as they were sent.
        restamper: What had changed them, None when they were the engine's own bytes.
        silent_since: When the old feed broke off; tells how much of a feed on another clock is
            missing.
        now: When the new feed began; `wait` seconds after it the search for the exact place ends,
            or after `limit` bytes.
        sound_only: What was sent lacked the video that its tables declare: as long as the new feed
            has none either, it may be joined at its tables.
    """

    def __init__(
        self,
        tail: bytes,
        *,
        restamper: Restamper | None,
        now: float,
        wait: float,
        limit: int,
        silent_since: float | None = None,
        sound_only: bool = False,
    ) -> None:
        self._restamper = restamper
        self._sent: Mapping[int, int] = counters(columns_of(tail, 0, len(tail)))
        raw = restamper.change.inverse().apply(tail) if restamper is not None else tail
        self._decoded = _last_decoded(raw[-CLOCK_REACH:])
        matcher = Matcher(raw)
        self._matcher: Matcher | None = matcher
        self._ending: Ending = matcher.ending
        self._late_at = now + wait
        self._hurry_at = now + wait + ENTRY_WAIT
        self._limit = limit
        self._silent_since = now if silent_since is None else silent_since
        self._newest: int | None = None
        self._looked: tuple[float, int] | None = None
        self._late = False
        self._scanner = Scanner()
        self._scanner.video_absent = sound_only
        self._raw = bytearray()
        self._entries: list[Entry] = []
        self._undecided: int | None = None  # where a picture begins that may be an entry

    def push(self, packets: bytes, now: float, *, drained: bool = True) -> Splice | None:
        """Take the new feed's next packets, or only the time; return the joint once it is found.

        Args:
            drained: The engine has no more for now. Before that, it may still send from its cache.
        """
        if packets:
            scan = self._scanner.scan(packets, 0, len(packets))
            self._newest = self._newest if scan.pcr is None else scan.pcr
            before = len(self._raw)
            self._entries += [Entry(before + entry.at, entry.tables) for entry in scan.entries]
            self._undecided = None if scan.undecided is None else before + scan.undecided
            self._raw += packets
        if self._matcher is not None:
            offset = self._search(self._matcher, packets, now)
            if offset is not None:
                return self._exact(offset)
            if self._matcher is not None:
                return None
        return self._keyframe(now, drained=drained)

    def is_caught_up(self, now: float) -> bool:
        """Tell whether the engine has sent its cache; to be asked from time to time.

        The cache comes much faster than the broadcast itself.
        """
        before, newest = self._looked, self._newest
        if newest is None or (before is not None and now - before[0] < SHORTEST_LOOK):
            return False
        self._looked = now, newest
        if before is None:
            return False
        progress = (newest - before[1]) % PCR_WRAP / PCR_HZ
        return progress <= FASTER * (now - before[0]) + SHORTEST_LOOK

    def _search(self, matcher: Matcher, packets: bytes, now: float) -> int | None:
        if packets:
            matcher.push(packets)
        self._late = now >= self._late_at or len(self._raw) >= self._limit
        offset = matcher.find_offset(final=self._late)
        if offset is None and (self._late or matcher.is_hopeless()):
            offset = matcher.seam()
            self._matcher = None
        return offset

    def _exact(self, offset: int) -> Splice:
        packets = bytes(self._raw[offset:])
        if self._restamper is not None:
            packets = self._restamper.apply(packets)
        return Splice(SpliceMethod.BYTE_EXACT, packets, self._restamper, 0)

    # ------------------------------------------------------------------ at a keyframe

    def _keyframe(self, now: float, *, drained: bool) -> Splice | None:
        """Return the joint that loses nothing and repeats least, otherwise one that loses least."""
        hurry = now >= self._hurry_at
        behind: tuple[Entry, int] | None = None
        elsewhere: list[tuple[Entry, int]] = []
        for entry in self._entries:
            pcr = self._clock_at(entry.at)
            if pcr is None:
                if self._has_clock() and not hurry:
                    break  # its clock reference comes with the next packets
                return self._joined(entry, None)
            step = self._ending.step_to(pcr)
            if step is None:
                elsewhere.append((entry, pcr))
            elif step > 0:
                repeats = behind is not None and step > NEXT_PICTURE and self._is_near(behind[1])
                return self._joined(*behind) if behind and repeats else self._joined(entry, pcr)
            else:
                behind = entry, pcr
        if elsewhere:
            if drained or hurry or self._late:
                return self._joined(*self._newest_without_loss(elsewhere, now))
            return None
        if behind is not None and (hurry or self._is_time_for(behind[1])):
            return self._joined(*behind)  # a little is seen twice
        if hurry and self._raw:
            return self._joined(Entry(0, self._scanner.tables), self._clock_at(0))
        self._forget()
        return None

    def _is_near(self, pcr: int) -> bool:
        step = self._ending.step_to(pcr)
        return step is not None and step >= -MOST_REPEATED

    def _is_time_for(self, pcr: int) -> bool:
        """Tell whether the newest keyframe that is behind the end is the best there will be."""
        newest = self._ending.step_to(self._newest) if self._newest is not None else None
        if newest is None or newest <= 0:
            return self._late
        return self._is_near(pcr)

    def _newest_without_loss(self, found: list[tuple[Entry, int]], now: float) -> tuple[Entry, int]:
        """Return the newest keyframe of a feed on another timeline from which nothing is missing.

        The viewers have missed as much media as the silence was long. When the feed does not go
        back that far, its first keyframe is returned.
        """
        missing = (now - self._silent_since) * PCR_HZ
        for entry, pcr in reversed(found):
            if self._newest is not None and (self._newest - pcr) % PCR_WRAP >= missing:
                return entry, pcr
        return found[0]

    def _joined(self, entry: Entry, pcr: int | None) -> Splice:
        restamper = Restamper(self._offset(entry.at, pcr), self._sent)
        packets = restamper.apply(entry.tables + bytes(self._raw[entry.at :]))
        return Splice(SpliceMethod.KEYFRAME, packets, restamper, self._lost(pcr))

    def _offset(self, at: int, pcr: int | None) -> int:
        before = self._restamper.change.offset if self._restamper is not None else 0
        if pcr is None or self._ending.pcr is None:
            return before
        step = self._ending.step_to(pcr)
        if step is not None and 0 < step <= MOST_MISSING:
            return before + self._held_back(at, 0)
        offset = self._ending.pcr // 300 + ONE_PICTURE - pcr // 300
        return before + offset + self._held_back(at, offset)

    def _held_back(self, at: int, offset: int) -> int:
        """Return by how much more than `offset` a feed's clock must be moved.

        In one feed pictures arrive half a second before they are decoded, in another they are
        decoded at once: its first pictures would be decoded before the last ones of the former.
        """
        latest = 0
        for stream, time in _first_decoded(bytes(self._raw[at : at + CLOCK_REACH])).items():
            if stream in self._decoded:
                early = (self._decoded[stream] - time - offset) % PTS_WRAP
                latest = max(latest, early if early <= LONGEST_DELAY else 0)
        return latest

    def _lost(self, pcr: int | None) -> int | None:
        step = self._ending.step_to(pcr) if pcr is not None else None
        if step is None or self._ending.rate is None:
            return None
        return max(0, round(step * self._ending.rate) - self._ending.behind)

    def _has_clock(self) -> bool:
        program = self._scanner.program
        return program is not None and program.pcr_pid != 0x1FFF

    def _clock_at(self, at: int) -> int | None:
        """Return the first clock reference from `at` on."""
        program = self._scanner.program
        pid = program.pcr_pid if program is not None else None
        block = bytes(self._raw[at : at + CLOCK_REACH])
        found = next(clocks(block, 0, len(block), pid), None)
        return found[2] if found is not None else None

    def _forget(self) -> None:
        """Keep only what may still be joined: the newest entry and what follows it."""
        cut = self._entries[-1].at if self._entries else len(self._raw)
        if not self._entries and self._undecided is not None:
            cut = self._undecided
        if cut >= PACKET:
            del self._raw[:cut]
            self._entries = [Entry(0, self._entries[-1].tables)] if self._entries else []
            self._undecided = None if self._undecided is None else self._undecided - cut


def _last_decoded(tail: bytes) -> dict[int, int]:
    """Return when the next picture or sound of each stream id would be decoded, 90 kHz."""
    last: dict[int, int] = {}
    step: dict[int, int] = {}
    for at in starts(tail, 0, len(tail)):
        if (found := decoding_time(tail, at)) is not None:
            stream, time = found
            passed = (time - last.get(stream, time)) % PTS_WRAP
            last[stream] = time
            step[stream] = passed if 0 < passed <= PTS_HZ else ONE_PICTURE
    return {stream: (time + step[stream]) % PTS_WRAP for stream, time in last.items()}


def _first_decoded(feed: bytes) -> dict[int, int]:
    """Return when the first picture or sound of each stream id is decoded, 90 kHz."""
    first: dict[int, int] = {}
    for at in starts(feed, 0, len(feed)):
        if (found := decoding_time(feed, at)) is not None:
            first.setdefault(*found)
    return first
