"""Is a live broadcast live? Its clocks show whether it repeats itself or stands still. Pure.

Three signs, each confirmed by several looks:

* the engine's newest moment (`live_last`) is older than the threshold: an old recording is sent
  again and again (threshold and sign as in acestream-orchestrator, stream_loop_detector.py);
* the stream's own clock (PCR) jumps back to the same place twice, from the same place: a file
  in a loop;
* the clock, or the engine's position, does not move while bytes flow: it stands still.

What is not live (a film) has none of them.
"""

import dataclasses
from typing import Final

from acedesk.model.diagnosis import BroadcastFacts, BroadcastState
from acedesk.values import frozen_value

# Outside 2020 to 2050 a number is no time of a broadcast (as in acestream-orchestrator).
EARLIEST: Final = 1_577_836_800
LATEST: Final = 2_524_608_000
# An old moment counts only when two or three answers of the engine agree on it (one each 4 s).
SURE_AFTER: Final = 10.0

# The clock's 33 bits of 90 kHz (ISO/IEC 13818-1, 2.4.2.2).
WRAP: Final = 2**33 / 90_000
# A shorter step back is a splice, or pieces in another order, but no repetition.
LEAST_ROUND: Final = 2.0
# The clock is looked at once a second, and engines send pieces of up to two.
TOLERANCE: Final = 4.0
JUMPS_KEPT: Final = 8

# A clock of a running stream moves with every packet that carries it, at least each 0.1 s.
CLOCK_STANDS: Final = 15.0
# The engine's position moves with every piece. Where it never moved, the engine may not report it.
POSITION_STANDS: Final = 30.0
POSITION_NEVER_MOVED: Final = 120.0
# Bytes flow as long as no pause is longer: two pieces.
FLOW_GAP: Final = 3.0


@frozen_value
class Sample:
    """One look at a stream.

    Attributes:
        now: Monotonic seconds.
        unix_time: The wall clock.
        live: None while the engine does not know.
        live_last: Newest moment of the broadcast, Unix time, None when not told.
        pos: Moment that is being sent, Unix time, None when not told.
        clock: The stream's clock in seconds, from 0 to `WRAP`, None without one.
        received: Bytes that ever came.
        feed: Changes with every session the bytes come from.
    """

    now: float
    unix_time: float
    live: bool | None
    live_last: int | None
    pos: int | None
    clock: float | None
    received: int
    feed: int


@frozen_value(kw_only=False)
class Jump:
    """The clock went back."""

    at: float
    departed: float
    landed: float

    @property
    def length(self) -> float:
        """Seconds of media between the two places."""
        return (self.departed - self.landed) % WRAP


@frozen_value
class Record:
    """What was seen of one stream so far.

    Attributes:
        facts: What it adds up to.
        position_since: When the position was as it is now for the first time.
        position_moved: It moved within this feed.
        clock_since: When the clock was as it is now for the first time.
        old_since: When the newest moment was found too old, None when it is not.
        flowed_at: When bytes came last.
        jumps: The clock's steps back, oldest first.
    """

    last: Sample
    facts: BroadcastFacts
    position_since: float
    position_moved: bool
    clock_since: float
    old_since: float | None
    flowed_at: float
    jumps: tuple[Jump, ...]


def begin(sample: Sample) -> Record:
    """Return the record of a stream that is looked at for the first time."""
    return Record(
        last=sample,
        facts=BroadcastFacts(),
        position_since=sample.now,
        position_moved=False,
        clock_since=sample.now,
        old_since=None,
        flowed_at=sample.now,
        jumps=(),
    )


def step(record: Record, sample: Sample, *, loop_threshold: float) -> Record:
    """Return the record after one more look, about a second after the last one.

    Args:
        loop_threshold: Age of the newest moment from which a broadcast counts as not live, seconds.
    """
    if sample.live is False:
        return begin(sample)
    if sample.feed != record.last.feed:
        return dataclasses.replace(begin(sample), jumps=record.jumps)
    before = record.last
    moved = (sample.live_last, sample.pos) != (before.live_last, before.pos)
    known = before.live_last is not None or before.pos is not None
    flowed_at = sample.now if sample.received > before.received else record.flowed_at
    still = sample.now - flowed_at < FLOW_GAP
    after = dataclasses.replace(
        record,
        last=sample,
        position_since=record.position_since if still and not moved else sample.now,
        position_moved=record.position_moved or (moved and known),
        clock_since=record.clock_since if still and sample.clock == before.clock else sample.now,
        old_since=_old_since(record, sample, loop_threshold),
        flowed_at=flowed_at,
        jumps=_add_jump(record.jumps, before, sample),
    )
    return dataclasses.replace(after, facts=_sum_up(after))


def _old_since(record: Record, sample: Sample, loop_threshold: float) -> float | None:
    newest = sample.live_last
    if newest is None or not EARLIEST <= newest <= LATEST:
        return None
    if sample.unix_time - newest <= loop_threshold:
        return None
    return record.old_since if record.old_since is not None else sample.now


def _add_jump(jumps: tuple[Jump, ...], before: Sample, sample: Sample) -> tuple[Jump, ...]:
    if before.clock is None or sample.clock is None:
        return jumps
    back = (before.clock - sample.clock) % WRAP
    if not LEAST_ROUND <= back < WRAP / 2:
        return jumps
    jump = Jump(at=sample.now, departed=before.clock, landed=sample.clock)
    return (*jumps, jump)[-JUMPS_KEPT:]


def _sum_up(record: Record) -> BroadcastFacts:
    sample = record.last
    if record.old_since is not None and sample.now - record.old_since >= SURE_AFTER:
        assert sample.live_last is not None
        age = sample.unix_time - sample.live_last
        return BroadcastFacts(state=BroadcastState.LOOPING, late=age)
    period = _find_round(record.jumps, sample.now)
    if period is not None:
        return BroadcastFacts(state=BroadcastState.LOOPING, period=period)
    stands = max(_clock_stands(record), _position_stands(record))
    if stands > 0:
        return BroadcastFacts(state=BroadcastState.FROZEN, late=stands)
    return BroadcastFacts()


def _find_round(jumps: tuple[Jump, ...], now: float) -> float | None:
    """Return the length of the loop that the newest jump repeats, None when it repeats none.

    The loop is over when no further jump came for twice its length.
    """
    if not jumps:
        return None
    newest = jumps[-1]
    if now - newest.at > 2 * newest.length + 10:
        return None
    same = any(
        _near(j.landed, newest.landed) and _near(j.departed, newest.departed) for j in jumps[:-1]
    )
    return newest.length if same else None


def _near(one: float, other: float) -> bool:
    distance = (one - other) % WRAP
    return min(distance, WRAP - distance) <= TOLERANCE


def _clock_stands(record: Record) -> float:
    if record.last.clock is None:
        return 0.0
    stands = record.last.now - record.clock_since
    return stands if stands >= CLOCK_STANDS else 0.0


def _position_stands(record: Record) -> float:
    if record.last.live_last is None and record.last.pos is None:
        return 0.0
    stands = record.last.now - record.position_since
    limit = POSITION_STANDS if record.position_moved else POSITION_NEVER_MOVED
    return stands if stands >= limit else 0.0
