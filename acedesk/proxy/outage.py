"""The time between the loss of an engine and the moment another goes on with the stream."""

import dataclasses
import datetime

from acedesk.errors import EngineError
from acedesk.model.failover import Failover, SpliceMethod


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """The engine that carried the stream failed, and none has gone on with it yet.

    Attributes:
        at: When it failed, monotonic; `time` is the same in UTC.
        silent_since: When the last packet came.
        bridged: How long it had been silent before another engine that was ready went on.
        error: What happened to it.
        engine: Its name.
    """

    at: float
    time: datetime.datetime
    silent_since: float
    bridged: float
    error: EngineError
    engine: str

    def ended(
        self, to_engine: str, now: float, *, method: SpliceMethod, lost: int | None
    ) -> Failover:
        """Return the record of it: another engine goes on."""
        return Failover(
            time=self.time,
            cause=self.error.code,
            detail=self.error.detail,
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
