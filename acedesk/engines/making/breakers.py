"""The circuit breakers of growth and of replacement: they count what was made and what failed."""

import dataclasses
import datetime
import logging
from collections.abc import Callable
from typing import Final

from acedesk import clock
from acedesk.errors import AceDeskError, Busy, BusyReason, RuntimeUnavailable
from acedesk.model.engine import BreakerKind, BreakerState, Purpose
from acedesk.model.event import EventKind, Note, note_nothing
from acedesk.model.snapshot import BreakerView
from acedesk.rules.engines import circuit
from acedesk.rules.engines.circuit import Circuit, CircuitLimits
from acedesk.settings import Settings
from acedesk.signals import Signal

logger = logging.getLogger(__name__)


@dataclasses.dataclass(slots=True)
class _Breaker:
    circuit: Circuit = dataclasses.field(default_factory=Circuit)
    error: AceDeskError | None = None
    told: BreakerState = BreakerState.CLOSED
    failed_time: datetime.datetime | None = None
    succeeded_time: datetime.datetime | None = None


class Breakers:
    """Both breakers. Replacements count for their own, everything else for that of growth.

    What a person asks for is always tried; its success closes the breaker.

    Signals:
        changed: A breaker opened, closed or may try again, or its last error is another.
    """

    def __init__(
        self,
        settings: Callable[[], Settings],
        *,
        now: Callable[[], float],
        note: Note = note_nothing,
        utc_now: Callable[[], datetime.datetime] = clock.utc_now,
    ) -> None:
        self._utc_now = utc_now
        self.changed: Signal[()] = Signal()
        self._settings = settings
        self._now = now
        self._note = note
        self._all: Final = {kind: _Breaker() for kind in BreakerKind}

    def allowed(self, kind: BreakerKind, *, under_way: int) -> int:
        """Return how many engines may be begun without being asked for.

        Args:
            under_way: Such that have begun and not ended.
        """
        limits, now = self._limits(kind), self._now()
        return circuit.allowed(self._all[kind].circuit, limits, now, under_way=under_way)

    def check_request(self) -> None:
        """Return if a program may have an engine made.

        Raises:
            Busy: Too many could not be made; the next trial has to be waited for.
        """
        limits, now = self._limits(BreakerKind.GROWTH), self._now()
        growth = self._all[BreakerKind.GROWTH]
        if circuit.state(growth.circuit, limits, now) is BreakerState.OPEN:
            left = circuit.remaining(growth.circuit, limits, now)
            detail = f"{growth.circuit.failures} engines in a row could not be made."
            raise Busy(BusyReason.CIRCUIT_BREAKER, detail, retry_after=max(1.0, left))

    def note_success(self, purpose: Purpose) -> None:
        """Note that an engine was made."""
        self._all[_kind(purpose)].succeeded_time = self._utc_now()
        self._set(_kind(purpose), Circuit(), None)

    def note_failure(self, purpose: Purpose, error: AceDeskError) -> None:
        """Note that an engine could not be made. A Docker that is away says nothing of engines."""
        if isinstance(error, RuntimeUnavailable):
            return
        kind = _kind(purpose)
        self._all[kind].failed_time = self._utc_now()
        failed = circuit.failed(self._all[kind].circuit, self._limits(kind), self._now())
        self._set(kind, failed, error)

    def reset(self) -> None:
        """Close both, because a person wants it."""
        for kind in BreakerKind:
            self._set(kind, Circuit(), None)

    def look(self) -> None:
        """Tell of those that may try again since the last look."""
        for kind in BreakerKind:
            self._tell(kind)

    def views(self) -> tuple[BreakerView, ...]:
        """Return both as they are now."""
        return tuple(map(self._view, BreakerKind))

    def _view(self, kind: BreakerKind) -> BreakerView:
        one, limits, now = self._all[kind], self._limits(kind), self._now()
        return BreakerView(
            kind=kind,
            state=circuit.state(one.circuit, limits, now),
            failures=one.circuit.failures,
            limit=limits.failures,
            retry_after=circuit.remaining(one.circuit, limits, now),
            error=one.error,
            failed_time=one.failed_time,
            succeeded_time=one.succeeded_time,
        )

    def _limits(self, kind: BreakerKind) -> CircuitLimits:
        settings = self._settings()
        if kind is BreakerKind.GROWTH:
            return CircuitLimits(
                failures=settings.growth_failures, recovery=settings.growth_recovery
            )
        return CircuitLimits(
            failures=settings.replacement_failures, recovery=settings.replacement_recovery
        )

    def _set(self, kind: BreakerKind, after: Circuit, error: AceDeskError | None) -> None:
        one = self._all[kind]
        changed = (one.circuit, one.error) != (after, error)
        one.circuit, one.error = after, error
        self._tell(kind)
        if changed:
            self.changed.emit()

    def _tell(self, kind: BreakerKind) -> None:
        one = self._all[kind]
        before, view = one.told, self._view(kind)
        if view.state is before:
            return
        one.told = view.state
        error = one.error
        if view.state is BreakerState.OPEN:
            logger.warning(
                "%s of engines stops for %.0f s after %d failures: %s",
                kind.value,
                view.retry_after,
                view.failures,
                error.detail if error is not None else "",
            )
        self._note(
            EventKind.BREAKER_CHANGED,
            kind.value,
            cause=error.code if error is not None else "",
            before=before.value,
            after=view.state.value,
            failures=view.failures,
            seconds=view.retry_after,
            detail=error.detail if error is not None else "",
        )
        self.changed.emit()


def _kind(purpose: Purpose) -> BreakerKind:
    replaces = purpose is Purpose.REPLACEMENT
    return BreakerKind.REPLACEMENT if replaces else BreakerKind.GROWTH
