"""When a stream needs another engine, which may be asked, and how long things may take.

The part of `acedesk.rules.supply.machine` that changes nothing: it only reads the state. Times are
seconds of the monotonic clock.
"""

import math
from collections.abc import Iterable
from typing import Final

from acedesk.errors import Busy, BusyReason, EngineError, EngineRefused, EngineTooSlow, NotLive
from acedesk.model.content import StreamKey
from acedesk.rules.supply.state import (
    AskEngine,
    AttemptPhase,
    Failures,
    Limits,
    Outage,
    Span,
    SupplyState,
)

# What an engine that is being started may change.
_ONE_MORE_HELPS: Final = frozenset({BusyReason.NO_ENGINE, BusyReason.MAX_CAPACITY})
# A start waits so long, in seconds, for the look at whether one more engine is needed. With many
# streams such a look is due all the time; an engine that is made because of it is coming by then.
LOOK_WAIT: Final = 1.0
# At the start so many engines are tried, because a dead content is dead on all of them. A content
# that one engine refuses is tried on one other.
START_TRIES: Final = 3
REFUSED_TRIES: Final = 2
SHORTEST_START: Final = 0.5
# The share of the time left that one engine may take, and the least time: an engine that knows a
# content answers within a second or two, and one that hangs must not use up all of it.
TRY_SHARE: Final = 0.5
SHORTEST_TRY: Final = 5.0
# How long an engine that failed this stream is not asked: not at all at first, then longer.
FIRST_DELAY: Final = 0.25
LONGEST_DELAY: Final = 2.0
# Failures of an engine are forgotten after this time, or when it has carried the stream so long.
FORGET_FAILURE: Final = 60.0
SETTLED: Final = 10.0
# When no engine carries the stream and one was asked in vain for so long, another is asked, too.
SECOND_AFTER: Final = 1.0
# After how long a place is looked for again: while no engine plays, and while a second is wanted.
PLACE_DELAY: Final = 0.25
SPARE_DELAY: Final = 2.0
# An engine that sent something within this time is not silent.
RECENT: Final = 1.0
# When an engine has not answered a start after so long, another one is asked, too.
SECOND_START_AFTER: Final = 4.0


def failure_delay(count: int) -> float:
    """Return how long an engine that failed `count` times in a row is not asked."""
    return 0.0 if count <= 1 else min(FIRST_DELAY * 2.0 ** min(count - 2, 8), LONGEST_DELAY)


def covered(spans: Iterable[Span]) -> float:
    """Return how many seconds lie in at least one of the spans."""
    total, until = 0.0, float("-inf")
    for begin, end in sorted(spans):
        total += max(0.0, end - max(begin, until))
        until = max(until, end)
    return total


def try_limit(left: float) -> float:
    """Return how long one engine may take to go on with a stream that has `left` seconds."""
    return max(left * TRY_SHARE, min(left, SHORTEST_TRY))


def is_start_over(error: EngineError, *, tries: int, left: float) -> bool:
    """Tell whether a start ends after the `tries`-th engine failed with `left` seconds to go."""
    if isinstance(error, NotLive | EngineTooSlow) or left <= 0 or tries >= START_TRIES:
        return True
    return isinstance(error, EngineRefused) and tries >= REFUSED_TRIES


def start_end(state: SupplyState, limits: Limits) -> float:
    """Return when a start must have brought media.

    Time in an engine's queue does not count, nor that in which there was no engine yet.
    """
    return state.started_at + covered((*state.waits, *state.placeless)) + limits.start


def waits_for_engine(state: SupplyState, error: Busy, limits: Limits, now: float) -> bool:
    """Tell whether a start that finds no place waits for an engine that is being started.

    It may take as long as a start. An engine that died while the stream started on it comes back;
    one that is new takes streams for which the others had no place. When it has come and another
    stream took it, or somebody removed it, the next one is made a moment later, if at all.
    """
    if now >= state.started_at + covered(state.waits) + limits.start:
        return False
    # An orchestrator that is asked for an engine tells of it later.
    if error.reason is BusyReason.STARTING:
        return True
    helps = error.reason in _ONE_MORE_HELPS
    if helps and limits.due and now < state.started_at + LOOK_WAIT:
        return True
    coming = limits.coming or now < state.coming_at + LOOK_WAIT
    return coming and (helps or state.failure is not None)


def outage_end(outage: Outage, limits: Limits) -> float:
    """Return when a stream without an engine is given up; the time of a start does not count."""
    return max(outage.since, outage.coming_at) + limits.switch


def not_before(failures: Failures) -> float:
    """Return when an engine that failed may be asked again."""
    return failures.at + failure_delay(failures.count)


def ask(state: SupplyState, limits: Limits, now: float) -> AskEngine:
    """Return the question for one more engine."""
    accept, start, media_at = limits.accept, limits.start, now + limits.start
    if state.first_at is None:
        media_at = start_end(state, limits)
        accept = max(min(accept, media_at - now), SHORTEST_START)
        avoid = frozenset(state.failures)
    else:
        avoid = frozenset(one for one, found in state.failures.items() if not_before(found) > now)
        if state.outage is not None:
            start = try_limit(outage_end(state.outage, limits) - now)
            accept, media_at = min(accept, start), now + start
    fresh = {
        engine: failures.count
        for engine, failures in state.failures.items()
        if now - failures.at <= FORGET_FAILURE
    }
    return AskEngine(
        attempt=state.next_id,
        content=_best_content(state),
        avoid=avoid,
        last=fresh,
        accept=accept,
        start=start,
        media_at=media_at,
        replaces=state.first_at is not None,
    )


def _best_content(state: SupplyState) -> StreamKey:
    return min(state.contents, key=lambda content: state.content_failures.get(content, 0))


def target(state: SupplyState, now: float) -> int:
    """Return how many engines should play or be asked now."""
    asked_at = _second_at(state)
    return 2 if asked_at is not None and now >= asked_at else state.wanted


def _second_at(state: SupplyState) -> float | None:
    """Return from when on a second engine is asked, because the first does not answer."""
    if state.lead is not None or not state.attempts:
        return None
    first = state.attempts[0]
    if state.outage is not None:
        waiting = all(one.phase is not AttemptPhase.DELIVERS for one in state.attempts)
        return first.asked_at + SECOND_AFTER if waiting else None
    silent = all(one.phase is AttemptPhase.ASKED for one in state.attempts)
    return first.since + SECOND_START_AFTER if silent else None


def next_time(state: SupplyState, limits: Limits, now: float) -> float:
    """Return when to look again if nothing happens before, infinite for never."""
    times = [math.inf]
    if len(state.attempts) < target(state, now) and not state.hopeless and state.asking is None:
        times.append(state.retry_at)
    if state.outage is not None:
        times.append(outage_end(state.outage, limits))
    second_at = _second_at(state)
    if second_at is not None and second_at > now:
        times.append(second_at)
    if state.doubt is not None:
        times.append(now + RECENT)
    return max(min(times), now)
