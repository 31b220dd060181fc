"""How well an engine plays: 0 to 100, out of what it did in the last hour.

Points are taken off for streams that did not start, for first bytes that come late, for stalls
and for failovers. What happened counts less the longer ago it is, and nothing after an hour, so
that an engine recovers. A dead channel fails on every engine: one failure takes few points off,
because two starts that went well are assumed before anything is known.

The score decides between engines that are equal otherwise (`acedesk.rules.engines.selection`), and
tells which engine plays clearly worse than the others (`judge_answering`).
"""

from collections.abc import Collection
from typing import Final

from acedesk.errors import NotLive
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
        if (attempt.first_byte is not None or attempt.error_code not in ("", NotLive.code))
        and _weight(attempt.asked_at, now)
    ]
    failed = [attempt for attempt in starts if attempt.first_byte is None]
    first_bytes = [attempt.first_byte for attempt in starts if attempt.first_byte is not None]
    usual = _middle(first_bytes) if first_bytes else 0.0
    stalls = [weight for stall in record.stalls if (weight := _weight(stall.at, now))]
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
