"""The time between the loss of an engine and the moment another goes on with the stream."""

import dataclasses
import datetime

from acedesk.errors import EngineError, EngineRemoved, EngineStopped, EngineUnreachable
from acedesk.model.engine import EngineHealth, EngineId
from acedesk.model.failover import Failover, SpliceMethod
from acedesk.model.snapshot import EngineView


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """The engine that carried the stream failed, and none has gone on with it yet.

    Attributes:
        at: When it failed, monotonic; `time` is the same in UTC.
        silent_since: When the last packet came.
        bridged: How long it had been silent before another engine that was ready went on.
        error: What happened to it.
        engine: Its name; `engine_id` is what the pool knows it by.
    """

    at: float
    time: datetime.datetime
    silent_since: float
    bridged: float
    error: EngineError
    engine: str
    engine_id: EngineId

    def ended(
        self,
        to_engine: str,
        now: float,
        why: EngineError,
        *,
        method: SpliceMethod,
        lost: int | None,
    ) -> Failover:
        """Return the record of it: another engine goes on."""
        return Failover(
            time=self.time,
            cause=why.code,
            detail=why.detail,
            duration=max(now - self.silent_since, self.bridged),
            lost_packets=lost,
            from_engine=self.engine,
            to_engine=to_engine,
            method=method,
        )

    def final(self, failure: EngineError | None, budget: float) -> EngineError:
        """Return what the stream ends with: nobody went on with it in time."""
        text = self.error.detail
        if failure is not None and failure.detail != text:
            text = f"{text}; then: {failure.detail}"
        return type(self.error)(f"{text}; no engine went on with it within {budget:g} s")


def lost_with(error: EngineError, engine: EngineView | None) -> EngineError:
    """Return why an engine was lost, by what is known of it a moment later.

    A connection breaks before anybody tells that the container behind it was stopped.
    """
    if type(error) is not EngineUnreachable:
        return error
    if engine is None:
        return EngineRemoved("it was removed")
    if engine.health in (EngineHealth.STOPPED, EngineHealth.CRASHED):
        return EngineStopped(engine.error.detail if engine.error is not None else "it was stopped")
    return error
