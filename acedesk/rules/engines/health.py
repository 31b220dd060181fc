"""What probes mean: three failed ones in a row make an engine unhealthy, one good one healthy.

If streams fail to start on an engine, one failed probe is enough, because an engine that hangs may
still answer some probes. Failed starts alone never make an engine unhealthy: a dead channel fails
on every engine.

What a change of health means for the streams on the engine is decided here, too: see
`choose_loss`.
"""

import enum
from typing import Final

from acedesk.errors import (
    AceDeskError,
    EngineError,
    EngineRemoved,
    EngineSilent,
    EngineStopped,
    EngineTooSlow,
    EngineUnreachable,
    NotAnEngine,
)
from acedesk.model.engine import ENDED, SILENT, BackendKind, EngineHealth, EngineId, EngineLoss
from acedesk.values import frozen_value

# Three failures, as acestream-orchestrator counts them (HEALTH_FAILURE_THRESHOLD).
STRIKES: Final = 3
# Three dead channels in a row happen to people who zap; four on one engine point at the engine.
SUSPICIOUS_STARTS: Final = 4


# Exit codes of a program that was ended by others: SIGINT, SIGKILL, SIGTERM (128 + number), which
# is what `docker stop` and `docker kill` leave behind.
KILLED: Final = 137
_ENDED_BY_OTHERS: Final = frozenset({130, KILLED, 143})

# No stream can be on such an engine.
_NOT_RUNNING: Final = ENDED | {EngineHealth.STARTING}

# Said of an engine whose container shared a network that is gone.
NETWORK_LOST: Final = (
    "the VPN's container, whose network it used, was stopped or started anew; it is made anew when "
    "the VPN is connected"
)

# Said of an engine whose container somebody has frozen (`docker pause`).
PAUSED: Final = "its container is paused in Docker; let it go on there, or restart the engine"


class HealthState(enum.Enum):
    """What the last probes add up to.

    UNKNOWN: never probed.  FAILING: the last probes failed, but not often enough yet.
    """

    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    FAILING = "failing"
    UNHEALTHY = "unhealthy"


@frozen_value
class HealthRecord:
    """How one engine is.

    Attributes:
        failures: Failed probes in a row.
        since_at: Monotonic time of the last change of state, None before the first probe.
        error: What the last failed probe found: `EngineUnreachable` (no connection),
            `EngineTooSlow` (it accepts but does not answer: hung or frozen) or
            `EngineAnswerInvalid` (something else listens there); None while healthy.
    """

    state: HealthState = HealthState.UNKNOWN
    failures: int = 0
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
        return _moved(record, HealthState.HEALTHY, now, failures=0, error=None)
    failures = record.failures + 1
    needed = 1 if failed_starts >= SUSPICIOUS_STARTS else STRIKES
    fallen = failures >= needed or record.state is HealthState.UNHEALTHY
    state = HealthState.UNHEALTHY if fallen else HealthState.FAILING
    return _moved(record, state, now, failures=failures, error=error)


def judge_failure(error: EngineError) -> EngineHealth:
    """Return what an engine is after probes that ended in `error`, once they are enough.

    An engine that answers, but not as an engine does, is as good as not there.
    """
    return EngineHealth.HUNG if isinstance(error, EngineTooSlow) else EngineHealth.UNREACHABLE


def describe_failure(error: EngineError, address: str) -> EngineError:
    """Return what a failed probe found, with the address in its words."""
    said = f" ({error.detail})" if error.detail else ""
    match error:
        case EngineUnreachable():
            return EngineUnreachable(f"nothing answers at {address}{said}")
        case EngineTooSlow():
            return EngineSilent(f"nothing came from {address}{said}")
        case NotAnEngine():
            return NotAnEngine(f"something else answers at {address}{said}")
        case _:
            return error.bare()


def judge_exit(exit_code: int, *, out_of_memory: bool = False) -> EngineHealth:
    """Return what an engine is whose container has ended.

    It crashed when it ended by itself with an error, or when the system ended it for want of
    memory (which leaves the exit code of a kill).

    Args:
        exit_code: 0 to 255, as Docker tells it.
    """
    if out_of_memory:
        return EngineHealth.CRASHED
    ended = exit_code == 0 or exit_code in _ENDED_BY_OTHERS
    return EngineHealth.STOPPED if ended else EngineHealth.CRASHED


def describe_exit(
    exit_code: int, kind: BackendKind = BackendKind.DOCKER, *, out_of_memory: bool = False
) -> str:
    """Return how a container or a program ended, as part of a sentence."""
    what = "its program" if kind is BackendKind.NATIVE else "its container"
    if out_of_memory:
        return f"{what} was ended by the system: out of memory"
    if judge_exit(exit_code) is EngineHealth.CRASHED:
        return f"{what} has ended with exit code {exit_code}"
    return f"{what} has ended"


def choose_loss(
    engine_id: EngineId, before: EngineHealth, after: EngineHealth, error: AceDeskError | None
) -> EngineLoss | None:
    """Return what a change of an engine's health means for the streams on it, None for nothing.

    Stopped, crashed or starting again: every stream moves at once, because its session is gone.
    Hung or unreachable: streams that receive nothing move; one whose picture flows stays, because
    that proves more than three failed probes. When the kind of failure changes this is reported
    again, because the stream may be silent by then. Better health moves no stream. An engine that
    was gone has no streams.

    Args:
        error: Why the engine is as it is now.
    """
    if before is after or before in _NOT_RUNNING:
        return None
    detail = error.detail if error is not None else ""
    if after is EngineHealth.STARTING:
        restarted = EngineStopped(detail or "it was restarted")
        return EngineLoss(engine_id=engine_id, error=restarted, certain=True)
    if after in ENDED:
        stopped = EngineStopped(detail or "it was stopped")
        return EngineLoss(engine_id=engine_id, error=stopped, certain=True)
    if after in SILENT:
        silent = error if isinstance(error, EngineError) else EngineTooSlow("it does not answer")
        return EngineLoss(engine_id=engine_id, error=silent, certain=False)
    return None


def choose_removal(engine_id: EngineId, why: str) -> EngineLoss:
    """Return what the removal of an engine means for the streams on it: they move at once.

    Args:
        why: As part of a sentence.
    """
    return EngineLoss(engine_id=engine_id, error=EngineRemoved(why), certain=True)


def describe_disappearance(kind: BackendKind) -> str:
    """Return why an engine is gone that nobody removed through AceDesk, as part of a sentence."""
    match kind:
        case BackendKind.STATIC:
            return "it is not in the settings any more"
        case BackendKind.REMOTE:
            return "the orchestrator does not have it any more"
        case BackendKind.NATIVE | BackendKind.DEMO:
            return "its program is gone"
        case _:
            return "its container was removed outside of AceDesk"


def _moved(
    record: HealthRecord,
    state: HealthState,
    now: float,
    *,
    failures: int,
    error: EngineError | None,
) -> HealthRecord:
    since_at = record.since_at if state is record.state else now
    return HealthRecord(state=state, failures=failures, since_at=since_at, error=error)
