"""How well an engine plays: 0 to 100, out of what it did in the last hour.

Points are taken off for streams that did not start, for first bytes that come late, for stalls
and for failovers. What happened counts less the longer ago it is, and nothing after an hour, so
that an engine recovers.

A dead channel fails on every engine, and so does one that nobody knows or that has no peers: a
start that the content may be to blame for counts only where another engine played the content at
about the same time, and a stall does not where the others did no better. What is an engine's own
(nothing listens, it answers nonsense) always counts. Two starts that went well are assumed before
anything is known, so that one failure takes few points off.

The score decides between engines that are equal otherwise (`acedesk.rules.engines.selection`), and
tells which engine plays clearly worse than the others (`judge_answering`).
"""

from collections.abc import Collection, Iterable
from typing import Final

from acedesk.errors import (
    EngineNoPicture,
    EngineRefused,
    EngineStalled,
    EngineTooSlow,
    NotLive,
)
from acedesk.model.engine import EngineHealth
from acedesk.model.engine_record import (
    AttemptRecord,
    EngineRecord,
    EngineScore,
    ScoreFactor,
    ScoreReason,
)

# Swarms and networks change within the hour; what was before says nothing of the next start.
WINDOW: Final = 3600.0

# What a start fails with when its content is unknown, has no peers or is no broadcast any more.
CONTENT_CODES: Final = frozenset(
    {EngineRefused.code, EngineTooSlow.code, EngineStalled.code, EngineNoPicture.code}
)
# Within so many seconds two engines tell of the same content: broadcasts begin and end within
# minutes, and whoever zaps comes back to a channel sooner.
SAME_TIME: Final = 300.0

# The most that each may take off. Starts that fail say most, a stall may be the broadcast's.
MOST_FAILED_STARTS: Final = 60
MOST_SLOW_STARTS: Final = 25
MOST_STALLS: Final = 25
MOST_FAILOVERS: Final = 40
# Points for one stall and one failover that happened just now.
STALL_POINTS: Final = 5.0
FAILOVER_POINTS: Final = 10.0
# Starts that went well and are assumed of every engine.
ASSUMED_STARTS: Final = 2.0
# Seconds to the first byte that take nothing off, and those that take all off. Engines need 3 to
# 8 s for a live channel, and `header_wait` ends at 30 s.
PROMPT: Final = 8.0
LATE: Final = 25.0

# When an engine is SLOW, and when no more. Between the two it stays as it is.
SLOW_BELOW: Final = 50
WELL_FROM: Final = 65
# It must be known that well, and others must be that good: else the broadcasts are to blame.
STARTS_TO_JUDGE: Final = 4
GOOD_OTHERS: Final = 80


def score(record: EngineRecord, now: float) -> EngineScore:
    """Return the engine's score.

    Args:
        now: Monotonic time.
    """
    starts = [
        attempt
        for attempt in record.attempts
        if (attempt.first_byte is not None or is_fault(attempt)) and _weight(attempt.asked_at, now)
    ]
    failed = [attempt for attempt in starts if attempt.first_byte is None]
    first_bytes = [attempt.first_byte for attempt in starts if attempt.first_byte is not None]
    usual = _middle(first_bytes) if first_bytes else 0.0
    stalls = [
        weight
        for stall in record.stalls
        if not stall.fails_elsewhere and (weight := _weight(stall.at, now))
    ]
    moves = [weight for move in record.failovers if (weight := _weight(move.at, now))]

    share = _sum(failed, now) / (_sum(starts, now) + ASSUMED_STARTS)
    newest = max((_weight(attempt.asked_at, now) for attempt in starts), default=0.0)
    late = min(1.0, max(0.0, (usual - PROMPT) / (LATE - PROMPT))) * newest
    found = (
        _reason(ScoreFactor.FAILED_STARTS, share * MOST_FAILED_STARTS, len(failed), len(starts)),
        _reason(ScoreFactor.SLOW_STARTS, late * MOST_SLOW_STARTS, len(first_bytes), seconds=usual),
        _reason(ScoreFactor.STALLS, min(MOST_STALLS, STALL_POINTS * sum(stalls)), len(stalls)),
        _reason(
            ScoreFactor.FAILOVERS, min(MOST_FAILOVERS, FAILOVER_POINTS * sum(moves)), len(moves)
        ),
    )
    reasons = sorted((one for one in found if one.points), key=lambda one: -one.points)
    value = max(0, 100 - sum(reason.points for reason in reasons))
    return EngineScore(value=value, starts=len(starts), reasons=tuple(reasons))


def has_failed(attempt: AttemptRecord) -> bool:
    """Tell whether a start failed, whosever fault it was.

    A content that turned out to be a file is no failure, nor is a start that was given up before
    anything came or failed.
    """
    return attempt.first_byte is None and attempt.error_code not in ("", NotLive.code)


def is_fault(attempt: AttemptRecord) -> bool:
    """Tell whether a start failed by the engine's fault, as far as that is known."""
    if not has_failed(attempt):
        return False
    excused = attempt.content is not None and attempt.error_code in CONTENT_CODES
    return attempt.plays_elsewhere or not excused


def faults_in_a_row(attempts: Iterable[AttemptRecord]) -> int:
    """Return how many starts failed by the engine's fault since one played on it."""
    faults = 0
    for attempt in attempts:
        faults = 0 if attempt.first_byte is not None else faults + is_fault(attempt)
    return faults


def judge_answering(
    own: EngineScore, others: Collection[EngineScore], before: EngineHealth
) -> EngineHealth:
    """Return READY or SLOW for an engine that answers its probes.

    It is SLOW when it plays badly for certain: enough starts are known of it, and the other
    engines play well meanwhile. An engine without others is never SLOW, for there is no choice.

    Args:
        others: The scores of the other engines that answer.
        before: What it was until now: one that is SLOW has to become clearly better.
    """
    if own.starts < STARTS_TO_JUDGE or not others:
        return EngineHealth.READY
    if _middle([one.value for one in others]) < GOOD_OTHERS:
        return EngineHealth.READY
    limit = WELL_FROM if before is EngineHealth.SLOW else SLOW_BELOW
    return EngineHealth.SLOW if own.value < limit else EngineHealth.READY


def _weight(at: float, now: float) -> float:
    """Return how much something counts: 1 when it happened now, 0 an hour ago."""
    return min(1.0, max(0.0, 1.0 - (now - at) / WINDOW))


def _sum(starts: Collection[AttemptRecord], now: float) -> float:
    return sum(_weight(attempt.asked_at, now) for attempt in starts)


def _reason(
    factor: ScoreFactor, points: float, count: int, of: int = 0, *, seconds: float = 0.0
) -> ScoreReason:
    return ScoreReason(factor=factor, points=round(points), count=count, of=of, seconds=seconds)


def _middle(values: Collection[float]) -> float:
    """Return the median; the module for it costs more memory than all rules together."""
    ordered, half = sorted(values), len(values) // 2
    return (ordered[half] + ordered[~half]) / 2
