"""A circuit breaker: after failures in a row nothing is tried for a while, then one trial. Pure.

Closed -> open when `failures` attempts in a row failed -> half-open when `recovery` seconds have
passed -> closed when the trial succeeds, open again when it fails. A success closes it from any
state. While it is closed, each failure makes the next attempt wait a little longer. Defaults as
acestream-orchestrator's (CIRCUIT_BREAKER_*). Times are seconds of the monotonic clock.
"""

import math
from typing import Final

from acedesk.model.engine import BreakerState
from acedesk.values import frozen_value

# The pause after the first failure; it doubles. A moment's trouble costs a second; five failures
# in a row take a quarter of a minute.
FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 16.0
# As many as anybody wants: the circuit is closed.
UNLIMITED: Final = 1_000


@frozen_value
class CircuitLimits:
    """When it opens and for how long.

    Attributes:
        failures: In a row, at least 1.
        recovery: Seconds.
    """

    failures: int
    recovery: float


@frozen_value
class Circuit:
    """What is remembered of the attempts.

    Attributes:
        failures: In a row.
        failed_at: Of the last one, None when there was none.
        opened_at: When it opened last, None while it is closed.
    """

    failures: int = 0
    failed_at: float | None = None
    opened_at: float | None = None


def state(circuit: Circuit, limits: CircuitLimits, now: float) -> BreakerState:
    """Return the state."""
    if circuit.opened_at is None:
        return BreakerState.CLOSED
    waits = now - circuit.opened_at < limits.recovery
    return BreakerState.OPEN if waits else BreakerState.HALF_OPEN


def allowed(circuit: Circuit, limits: CircuitLimits, now: float, *, under_way: int) -> int:
    """Return how many attempts may begin now.

    Args:
        under_way: Attempts that have begun and not ended.
    """
    match state(circuit, limits, now):
        case BreakerState.OPEN:
            return 0
        case BreakerState.HALF_OPEN:
            return 0 if under_way else 1
        case _:
            return UNLIMITED if now >= next_attempt_at(circuit) else 0


def next_attempt_at(circuit: Circuit) -> float:
    """Return until when the last failure makes a closed circuit wait."""
    if circuit.failed_at is None:
        return -math.inf
    pause = FIRST_PAUSE * 2.0 ** min(circuit.failures - 1, 10)
    return circuit.failed_at + min(pause, LONGEST_PAUSE)


def remaining(circuit: Circuit, limits: CircuitLimits, now: float) -> float:
    """Return how many seconds it stays open, 0 when it is not."""
    if circuit.opened_at is None:
        return 0.0
    return max(0.0, circuit.opened_at + limits.recovery - now)


def failed(circuit: Circuit, limits: CircuitLimits, now: float) -> Circuit:
    """Return the circuit after one more failure.

    One that ends while it is open had begun before: it does not keep it open for longer.
    """
    failures, opened_at = circuit.failures + 1, circuit.opened_at
    before = state(circuit, limits, now)
    full = before is BreakerState.CLOSED and failures >= limits.failures
    if full or before is BreakerState.HALF_OPEN:
        opened_at = now
    return Circuit(failures=failures, failed_at=now, opened_at=opened_at)
