"""Records what the engines of a stream do: attempts, changes of engine, events, log lines."""

import datetime
import logging
from collections import deque
from typing import Final

from acedesk import clock, trace
from acedesk.engines.pool import EnginePool
from acedesk.errors import (
    AceDeskError,
    EngineEnded,
    EngineError,
    EngineRemoved,
    EngineStalled,
    EngineStopped,
    EngineUnreachable,
)
from acedesk.model.content import StreamKey
from acedesk.model.engine import ENDED, EngineSpec
from acedesk.model.engine_record import AttemptRecord, FailoverRecord, StallRecord
from acedesk.model.event import EventKind, Note, note_nothing
from acedesk.model.failover import Failover, SpliceMethod
from acedesk.model.snapshot import EngineView
from acedesk.proxy.counters.totals import TotalCounters
from acedesk.proxy.ingest.attempt import Attempt
from acedesk.rules.supply.state import Outage

logger = logging.getLogger(__name__)

FAILOVERS_KEPT: Final = 50


class SupplyLog:
    """Notes what the engines of one stream do.

    Attributes:
        failovers: The last changes of engine, oldest first.
        switches: How often the stream was without an engine.
    """

    __slots__ = ("_key", "_lost_engine", "_note", "_pool", "_totals", "failovers", "switches")

    def __init__(
        self,
        key: StreamKey,
        pool: EnginePool,
        totals: TotalCounters,
        note: Note = note_nothing,
    ) -> None:
        self.failovers: deque[Failover] = deque(maxlen=FAILOVERS_KEPT)
        self.switches = 0
        self._key = key
        self._pool = pool
        self._totals = totals
        self._note = note
        self._lost_engine = ""

    def played(self, seconds: float) -> None:
        """Note the first packets, `seconds` after the stream was asked for."""
        logger.info("stream %s plays after %.2f s", self._key.short, seconds)

    def delivered(self, attempt: Attempt, now: float) -> None:
        """Note the first byte of an attempt."""
        self._totals.played_starts += 1
        self._tell_start(attempt, now)
        self._pool.report_attempt(attempt.engine.id, self._record(attempt, first_byte_at=now))

    def failed(self, attempt: Attempt, error: EngineError) -> None:
        """Note that an attempt failed."""
        if attempt.feed is None:
            # One without a session has been counted where sessions are opened.
            self._totals.failed_starts += attempt.session is not None
            self._tell_start(attempt, clock.monotonic(), error.code)
            self._pool.report_attempt(attempt.engine.id, self._record(attempt, error.code))
        elif isinstance(error, EngineStalled):
            at = attempt.feed.last_at
            duration = max(0.0, clock.monotonic() - at)
            stall = StallRecord(at=at, duration=duration, content=self._key)
            self._pool.report_stall(attempt.engine.id, stall)
        logger.info("stream %s: %s failed: %s", self._key.short, attempt.engine.name, error.detail)

    def _tell_start(self, attempt: Attempt, now: float, failure: str = "") -> None:
        trace.ended(
            "start",
            now - attempt.asked_at,
            failure=failure,
            stream=self._key.short,
            engine=attempt.engine.name,
        )

    def doubted(self, engine: EngineSpec, reason: str) -> None:
        """Note that another engine is made ready; the pool has this one looked at."""
        self._pool.failed.emit(engine.id)
        logger.info("stream %s: %s is %s", self._key.short, engine.name, reason)
        self._note(
            EventKind.STREAM_DOUBTED,
            self._key.stream_id,
            cause=reason.replace(" ", "_"),
            engine=engine.id,
            engine_name=engine.name,
        )

    def lost(self, engine: EngineSpec | None) -> None:
        """Note that the stream is without an engine; this one carried it."""
        self.switches += 1
        self._lost_engine = engine.name if engine is not None else ""

    def failed_over(
        self, outage: Outage, engine: EngineSpec, splice: tuple[SpliceMethod, int | None]
    ) -> None:
        """Note that another engine, or the same again, goes on."""
        now = clock.monotonic()
        method, lost = splice
        why = self._why_lost(outage)
        failover = Failover(
            time=clock.utc_now() - datetime.timedelta(seconds=now - outage.since),
            cause=why.code,
            detail=why.detail,
            duration=max(now - outage.silent_since, outage.bridged),
            lost_packets=lost,
            from_engine=self._lost_engine,
            to_engine=engine.name,
            method=method,
        )
        self.failovers.append(failover)
        self._totals.failovers += 1
        record = FailoverRecord(at=outage.since, error_code=why.code)
        self._pool.report_failover(outage.engine, record)
        self._note(
            EventKind.STREAM_FAILED_OVER,
            self._key.stream_id,
            cause=failover.cause,
            detail=failover.detail,
            from_engine=failover.from_engine,
            to_engine=failover.to_engine,
            seconds=failover.duration,
            lost_packets=failover.lost_packets,
            method=failover.method.value,
        )
        _tell_failover(self._key, failover)
        before, after = failover.from_engine, failover.to_engine
        logger.info(
            "stream %s goes on with %s%s after %.2f s (%s, %s): %s",
            self._key.short,
            after,
            " again" if before == after else f" instead of {before}" if before else "",
            failover.duration,
            method.value,
            "loss unknown" if lost is None else f"{lost} packets lost",
            failover.detail,
        )

    def explain_end(self, error: AceDeskError | None, outage: Outage | None) -> AceDeskError:
        """Return why a stream ended, by what is known by now of the engine it lost."""
        assert error is not None
        if outage is None or not error.detail.startswith(outage.error.detail):
            return error
        why = self._why_lost(outage)
        if why is outage.error:
            return error
        return type(why)(why.detail + error.detail.removeprefix(outage.error.detail))

    def _why_lost(self, outage: Outage) -> EngineError:
        removed = self._pool.events.why_removed(outage.engine)
        return lost_with(outage.error, self._pool.find(outage.engine), removed)

    def _record(
        self, attempt: Attempt, error_code: str = "", *, first_byte_at: float | None = None
    ) -> AttemptRecord:
        def after(at: float | None) -> float | None:
            return None if at is None else at - attempt.asked_at

        return AttemptRecord(
            asked_at=attempt.asked_at,
            accepted=after(attempt.accepted_at),
            first_byte=after(first_byte_at),
            error_code=error_code,
            content=self._key,
        )


def lost_with(
    error: EngineError, engine: EngineView | None, removed: str = "it was removed"
) -> EngineError:
    """Return why an engine was lost, by what is known of it a moment later.

    A connection ends or breaks before it is known that the container behind it was stopped.

    Args:
        engine: As it is now, None when it is gone.
        removed: Why it is gone, as part of a sentence.
    """
    if type(error) not in (EngineUnreachable, EngineEnded):
        return error
    if engine is None:
        return EngineRemoved(removed)
    if engine.health in ENDED:
        return EngineStopped(engine.error.detail if engine.error is not None else "it was stopped")
    return error


def _tell_failover(key: StreamKey, failover: Failover) -> None:
    trace.ended(
        "failover",
        failover.duration,
        stream=key.short,
        cause=failover.cause,
        engine=failover.to_engine,
        left=failover.from_engine,
    )
