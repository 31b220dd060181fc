"""Find in the feed of one engine the place where another engine's feed broke off.

The last packets sent are searched for in the new feed. How far the two agree before that place, and
whether the same packets are anywhere else in the old feed, tells a real match from a repetition.
Null packets do not count: an engine may add or drop them. A new feed that begins exactly where the
old one ended has no packets in common with it, but its counters and its clock continue.
"""

import itertools
from array import array
from typing import Final

from acedesk.mpegts.columns import clocks, columns_of, counters, first_counters, nulls
from acedesk.mpegts.packets import PACKET, PCR_HZ, PCR_WRAP

# Packets in a row that must be the same. Eight often contain the start of a picture or a table, and
# the comparison goes on from there.
RUN: Final = 8
# Two clocks further apart belong to different timelines: an engine's cache holds some minutes.
SAME_TIMELINE: Final = 600 * PCR_HZ
# The longest distance of two clock references (ISO/IEC 13818-1, 2.7.2).
CLOCK_STEP: Final = PCR_HZ // 10
# So many steps of the clock show what is usual in a stream.
STEPS_KNOWN: Final = 8

# Limits for streams that repeat themselves: their repetitions cannot be told apart anyway.
_MOST_MATCHES: Final = 64
_MOST_COMPARED: Final = 32 * 1024 * 1024
_MOST_REPEATS: Final = 256
_LONG_RUN: Final = 64 * PACKET


class Ending:
    """What is known of the end of a feed: its clock, counters and pace.

    Attributes:
        pcr: The last clock reference, None when there is none.
        pcr_pid: The PID that carries it.
        shortest_step, longest_step: The usual steps of the clock, with a margin.
        rate: Packets per tick of the clock, None when it cannot be told.
        behind: Packets after the last clock reference.
    """

    def __init__(self, tail: bytes) -> None:
        self.counters = counters(columns_of(tail, 0, len(tail)))
        found = list(clocks(tail, 0, len(tail)))
        self.pcr_pid = found[-1][1] if found else None
        found = [clock for clock in found if clock[1] == self.pcr_pid]
        self.pcr = found[-1][2] if found else None
        steps = [(b[2] - a[2]) % PCR_WRAP for a, b in itertools.pairwise(found)]
        usual = [step for step in steps if step <= SAME_TIMELINE]
        known = len(usual) >= STEPS_KNOWN
        self.shortest_step = max(min(usual) // 2, 1) if known else 1
        self.longest_step = max(usual) if known else CLOCK_STEP
        packets = (found[-1][0] - found[0][0]) // PACKET if found else 0
        self.rate = packets / sum(steps) if steps and steps == usual and any(steps) else None
        self.behind = (len(tail) - found[-1][0]) // PACKET if found else 0

    def step_to(self, pcr: int) -> int | None:
        """Return how far `pcr` is ahead (or, negative, behind); None on another timeline."""
        if self.pcr is None:
            return None
        ahead = (pcr - self.pcr) % PCR_WRAP
        if ahead <= SAME_TIMELINE:
            return ahead
        return ahead - PCR_WRAP if PCR_WRAP - ahead <= SAME_TIMELINE else None


class Matcher:
    """Compares a new feed, piece by piece, with the tail of an old one.

    Args:
        tail: The newest packets of the old feed.
    """

    def __init__(self, tail: bytes) -> None:
        self.ending = Ending(tail)
        self._tail, last = _without_nulls(tail)
        self._nulls_behind = (len(tail) - last) // PACKET
        self._run = min(RUN, len(self._tail) // PACKET)
        self._data = bytearray()  # the new feed without null packets,
        self._offsets = array("Q")  # where each of its packets stands in the feed,
        self._nulls: set[int] = set()  # and where null packets do
        self._size = 0
        self._matches: list[tuple[int, int]] = []  # (agreeing bytes, bytes up to the match)
        self._clock: int | None = None
        self._inside: int | None = None

    def push(self, packets: bytes) -> None:
        """Take the next packets of the new feed."""
        known = len(self._data)
        columns = columns_of(packets, 0, len(packets))
        skipped = set(nulls(columns))
        if skipped:
            self._nulls.update(self._size + number * PACKET for number in skipped)
            packets, _ = _without_nulls(packets)
        numbers = (n for n in range(len(columns.controls)) if n not in skipped)
        self._offsets.extend(self._size + number * PACKET for number in numbers)
        self._size += len(columns.controls) * PACKET
        self._data += packets
        for _, _, pcr in clocks(packets, 0, len(packets), self.ending.pcr_pid):
            self._clock = pcr
        if self._run:
            self._search(max(0, known - (self._run - 1) * PACKET))

    def find_offset(self, *, final: bool) -> int | None:
        """Return where the new feed goes on after the old one's last packet, None if not known.

        Args:
            final: Decide between several places now; otherwise wait for more packets.
        """
        if not self._matches:
            return None
        agreeing, end = max(self._matches)
        if not final and self._is_repeated(agreeing, end):
            return None
        return self._behind(end, final=final)

    def is_hopeless(self) -> bool:
        """Tell whether no match can come any more: the new feed is past the end of the old one."""
        if self._matches or not self._run:
            return not self._run
        inside = self._begins_at()
        if inside is None or self._clock is None or self.ending.pcr is None:
            return False
        if inside >= 0:
            return len(self._data) > len(self._tail) - inside
        step = self.ending.step_to(self._clock)
        return step is None or step > 0

    def seam(self) -> int | None:
        """Return where the new feed goes on if it began at the old one's end or just before it.

        "Just before" is less than `RUN` packets. Used when there is no match: counters and clock
        must then continue without a gap.
        """
        most = min(RUN - 1, len(self._data) // PACKET, len(self._tail) // PACKET)
        for count in range(most, -1, -1):
            size = count * PACKET
            if self._tail.endswith(self._data[:size]) and self._goes_on(size):
                return self._behind(size, final=True)
        return None

    # ------------------------------------------------------------------ matches

    def _search(self, start: int) -> None:
        needle = self._tail[-self._run * PACKET :]
        ends: list[int] = []
        at = self._data.find(needle, start)
        while at >= 0:
            if at % PACKET == 0:
                ends.append(at + len(needle))
            at = self._data.find(needle, at + PACKET - at % PACKET)
        compared = 0
        for end in ends:
            match = self._agreeing(end), end
            self._matches.append(match)
            compared += match[0]
            if compared > _MOST_COMPARED:
                break
        if len(self._matches) > _MOST_MATCHES:
            self._matches = sorted(self._matches)[-_MOST_MATCHES:]

    def _agreeing(self, end: int) -> int:
        """Return how many bytes before `end` of the new feed are the end of the old one."""
        limit = min(len(self._tail), end)
        low, high = self._run * PACKET, limit
        width = low
        while low < high:  # doubling steps, then halving ones
            wide = min(low + width, high)
            if self._same(low, wide, end):
                low, width = wide, width * 2
            elif wide - low == PACKET:
                break
            else:
                high, width = wide, max(PACKET, (wide - low) // PACKET // 2 * PACKET)
        return low

    def _same(self, low: int, high: int, end: int) -> bool:
        size = len(self._tail)
        return self._tail[size - high : size - low] == self._data[end - high : end - low]

    def _is_repeated(self, agreeing: int, end: int) -> bool:
        """Tell whether the new feed may be at an earlier place with the same packets."""
        tail, rest = self._tail, self._data[end:]
        run = tail[-min(agreeing, _LONG_RUN) :]
        at = tail.find(run, 0, len(tail) - 1)
        for _ in range(_MOST_REPEATS):
            if at < 0:
                return False
            behind = at + len(run)
            if (
                at % PACKET == 0
                and len(rest) < len(tail) - behind
                and tail.startswith(rest, behind)
            ):
                before = min(agreeing, behind)
                if tail[behind - before : behind] == tail[len(tail) - before :]:
                    return True
            at = tail.find(run, at + PACKET - at % PACKET, len(tail) - 1)
        return True

    def _behind(self, size: int, *, final: bool) -> int | None:
        """Return the place in the feed after its first `size` bytes, null packets not counted.

        Null packets that the old feed had at its end are not sent again.
        """
        offset = self._offsets[size // PACKET - 1] + PACKET if size else 0
        for _ in range(self._nulls_behind):
            if offset not in self._nulls:
                return offset if offset < self._size or final else None
            offset += PACKET
        return offset

    # ------------------------------------------------------------------ no match

    def _begins_at(self) -> int | None:
        """Return where the new feed's first packets stand in the old one, -1 for nowhere.

        None as long as too few have come.
        """
        head = self._data[: self._run * PACKET]
        if self._inside is None and len(head) == self._run * PACKET:
            at = self._tail.find(head)
            while at >= 0 and at % PACKET:
                at = self._tail.find(head, at + PACKET - at % PACKET)
            self._inside = at
        return self._inside

    def _goes_on(self, size: int) -> bool:
        """Tell whether counters and clock continue after the first `size` bytes."""
        data = bytes(self._data[size:])
        end = min(len(data), _LONG_RUN)
        if self.ending.pcr is not None:
            clock = next(clocks(data, 0, len(data), self.ending.pcr_pid), None)
            if clock is None:
                return False
            step = self.ending.step_to(clock[2])
            if step is None or not self.ending.shortest_step <= step <= self.ending.longest_step:
                return False
            end = max(end, clock[0] + PACKET)
        elif not size:
            return False
        first = first_counters(columns_of(data, 0, end))
        common = first.keys() & self.ending.counters.keys()
        return bool(common) and all(
            (self.ending.counters[pid] + (first[pid] >> 4 & 1) - first[pid]) & 15 == 0
            for pid in common
        )


def _without_nulls(packets: bytes) -> tuple[bytes, int]:
    """Return the packets without null packets, and where the last one kept ends."""
    found = nulls(columns_of(packets, 0, len(packets)))
    if not found:
        return packets, len(packets)
    skipped = set(found)
    kept = [n for n in range(len(packets) // PACKET) if n not in skipped]
    parts = [packets[n * PACKET : (n + 1) * PACKET] for n in kept]
    return b"".join(parts), (kept[-1] + 1) * PACKET if kept else 0
