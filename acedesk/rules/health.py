"""What probes add up to: three failed in a row make an engine unhealthy, one good one heals it.

An engine on which streams fail to start is under suspicion: then one failed probe is enough,
because engines are known to answer probes now and then while they are already stuck. Failed
starts alone never make an engine unhealthy; a dead channel fails on every engine.
"""

import dataclasses
import enum
from typing import Final

from acedesk.errors import EngineError

# Three failures, as acestream-orchestrator counts them (HEALTH_FAILURE_THRESHOLD).
STRIKES: Final = 3
# Three dead channels in a row happen to people who zap; four on one engine point at the engine.
SUSPICIOUS_STARTS: Final = 4


class HealthState(enum.Enum):
    """What the last probes add up to.

    UNKNOWN: never probed.  FAILING: the last probes failed, but not often enough yet.
    """

    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    FAILING = "failing"
    UNHEALTHY = "unhealthy"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HealthRecord:
    """How one engine is.

    Attributes:
        strikes: Failed probes in a row.
        since_at: Monotonic time of the last change of state, None before the first probe.
        error: What the last failed probe found: `EngineUnreachable` (no connection),
            `EngineTooSlow` (it accepts but does not answer: hung or frozen) or
            `EngineAnswerInvalid` (something else listens there); None while healthy.
    """

    state: HealthState = HealthState.UNKNOWN
    strikes: int = 0
    since_at: float | None = None
    error: EngineError | None = None


def step(
    record: HealthRecord, error: EngineError | None, now: float, *, failed_starts: int = 0
) -> HealthRecord:
    """Return the record after one more probe.

    Args:
        error: What the probe failed with, None when it succeeded.
        now: Monotonic time of the probe.
        failed_starts: Streams in a row that did not start on this engine.
    """
    if error is None:
        return _moved(record, HealthState.HEALTHY, now, strikes=0, error=None)
    strikes = record.strikes + 1
    needed = 1 if failed_starts >= SUSPICIOUS_STARTS else STRIKES
    fallen = strikes >= needed or record.state is HealthState.UNHEALTHY
    state = HealthState.UNHEALTHY if fallen else HealthState.FAILING
    return _moved(record, state, now, strikes=strikes, error=error)


def _moved(
    record: HealthRecord, state: HealthState, now: float, *, strikes: int, error: EngineError | None
) -> HealthRecord:
    since_at = record.since_at if state is record.state else now
    return HealthRecord(state=state, strikes=strikes, since_at=since_at, error=error)
