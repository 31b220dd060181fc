"""Which engine plays one more stream, and what to say when none can.

An engine may be chosen when it is meant to serve and is ready or slow, was not ruled out by the
caller, is below its limit and does not play the same content already (an engine serves one reader
per content). A slow engine is chosen only when no ready one is left: a stream that starts late is
better than none. Then the one that failed this stream least, then one that does not only stand in
for others, then the one with the fewest streams, then the one that carries the fewest (of streams
that two engines have, one carries: one engine that fails shall not interrupt all); then one with
the VPN's forwarded port, then the better score (`acedesk.rules.engines.score`), then the one that
has been unused for longest, then the smallest name, so that the choice does not depend on any
order.
"""

import functools
import re
from collections.abc import Collection
from typing import Final

from acedesk.errors import BusyReason
from acedesk.model.engine import (
    ANSWERING,
    BackendKind,
    EngineHealth,
    EngineId,
    EngineIntent,
    EngineState,
    shown_state,
)
from acedesk.values import frozen_value

# What "automatic" means for engines AceDesk makes, as the setting's help says. The orchestrators'
# MAX_STREAMS_PER_ENGINE is 2 or 3; one more, because here an engine carries a content only once.
AUTOMATIC_LIMIT: Final = 4

# How long a player should wait before it asks again, in seconds: an engine needs some 2 s to start,
# a place on a full one comes free when somebody zaps.
RETRY_STARTING: Final = 2.0
RETRY_FULL: Final = 5.0
RETRY_NONE: Final = 10.0

# Scores that differ less say the same: else the engine that played last best would play all.
SCORE_STEP: Final = 10

_NUMBERS: Final = re.compile(r"([0-9]+)")


@frozen_value
class Candidate:
    """What the choice looks at in one engine.

    Attributes:
        streams: Streams on it, reservations included.
        carried: Those of them that no other engine carries.
        max_streams: How many it may take, None for no limit.
        last_used_at: Monotonic time it was last reserved, None when it never was.
        plays_key: It plays the wanted content already.
        failures: How often in a row it failed this stream of late.
        avoided: The caller does not want it (it has just failed this stream).
        score: How well it played of late, 0 to 100.
        last_resort: It stands in where no other engine can.
        exclusive: Somebody has it for himself; it takes no stream meanwhile.
    """

    id: EngineId
    name: str
    health: EngineHealth
    intent: EngineIntent = EngineIntent.SERVE
    streams: int = 0
    carried: int = 0
    max_streams: int | None = None
    forwarded: bool = False
    last_used_at: float | None = None
    plays_key: bool = False
    failures: int = 0
    avoided: bool = False
    score: int = 100
    last_resort: bool = False
    exclusive: bool = False


@frozen_value
class Refusal:
    """Why no engine was chosen, in the terms of `acedesk.errors.Busy`."""

    reason: BusyReason
    detail: str
    retry_after: float


def stream_limit(backend: BackendKind, setting: int) -> int | None:
    """Return how many streams an engine may take: the setting, or by its kind when that is 0."""
    if setting > 0:
        return setting
    return None if backend is BackendKind.STATIC else AUTOMATIC_LIMIT


def is_free(engine: Candidate) -> bool:
    """Tell whether `engine` may take the stream."""
    serves = engine.intent is EngineIntent.SERVE and engine.health in ANSWERING
    has_place = engine.max_streams is None or engine.streams < engine.max_streams
    wanted = not engine.avoided and not engine.plays_key and not engine.exclusive
    return serves and has_place and wanted


def choose(engines: Collection[Candidate]) -> Candidate | None:
    """Return the engine that should play one more stream, or None if none may."""
    return _best([engine for engine in engines if is_free(engine)])


def _best(engines: Collection[Candidate]) -> Candidate | None:
    if not engines:
        return None
    rank = min(map(_rank, engines))
    equal = [engine for engine in engines if _rank(engine) == rank]
    least = max(engine.score for engine in equal) - SCORE_STEP
    return min((engine for engine in equal if engine.score > least), key=_turn)


def _rank(engine: Candidate) -> tuple[bool, int, bool, int, int, bool]:
    return (
        engine.health is EngineHealth.SLOW,
        engine.failures,
        engine.last_resort,
        engine.streams,
        engine.carried,
        not engine.forwarded,
    )


def _turn(engine: Candidate) -> tuple[float, tuple[tuple[int, int, str], ...], str]:
    unused_since = float("-inf") if engine.last_used_at is None else engine.last_used_at
    return unused_since, natural_key(engine.name), engine.id


def choose_spare(engines: Collection[Candidate]) -> Candidate | None:
    """Return the best engine that nobody uses and that may be used alone, None if none may.

    A slow one is none: what it shows says nothing of the content.
    """
    unused = [one for one in engines if is_free(one) and not one.streams]
    ready = [one for one in unused if one.health is EngineHealth.READY]
    return _best(ready)


def explain_refusal(engines: Collection[Candidate]) -> Refusal:
    """Return why `choose` found none among `engines`.

    A ready engine that is full comes first (waiting for a place helps), then one that starts
    (waiting for it helps), else there is no engine to wait for.
    """
    if not engines:
        return Refusal(reason=BusyReason.NO_ENGINE, detail="", retry_after=RETRY_NONE)
    serving = {
        engine.health
        for engine in engines
        if engine.intent is EngineIntent.SERVE and not engine.avoided
    }
    if serving & ANSWERING:
        return Refusal(reason=BusyReason.MAX_CAPACITY, detail="", retry_after=RETRY_FULL)
    if EngineHealth.STARTING in serving:
        return Refusal(reason=BusyReason.STARTING, detail="", retry_after=RETRY_STARTING)
    return Refusal(reason=BusyReason.NO_ENGINE, detail=_describe(engines), retry_after=RETRY_NONE)


def _describe(engines: Collection[Candidate]) -> str:
    tried = sum(engine.avoided for engine in engines)
    counts = [f"{tried} failed with this stream"] if tried else []
    states = [_describe_state(engine) for engine in engines if not engine.avoided]
    for state in (EngineState.UNHEALTHY, EngineState.STOPPED, EngineState.DRAINING):
        number = states.count(state)
        if number:
            counts.append(f"{number} {'is' if number == 1 else 'are'} {state.value}")
    return f"Of the engines known, {', '.join(counts)}."


def _describe_state(engine: Candidate) -> EngineState:
    """Return why an engine that is not to serve, or does not answer, takes no stream."""
    state = shown_state(engine.intent, engine.health)
    return EngineState.DRAINING if state is EngineState.STARTING else state


@functools.lru_cache(maxsize=4096)  # the same names at every choice: a third of its time
def natural_key(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sort key that puts engine-2 before engine-10."""
    return tuple(
        (0, int(part), "") if index % 2 else (1, 0, part)
        for index, part in enumerate(_NUMBERS.split(name))
    )
