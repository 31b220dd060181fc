"""Engines that are being made: each provision is a task of its own with steps that are shown.

A provision ends with an engine that is ready in the pool, or it fails or is cancelled and leaves
nothing behind. How many may be under way and how many engines there may be is limited. A repeated
request gets the same provision, because programs that ask over HTTP try again.
"""

import asyncio
import dataclasses
import datetime
import logging
import secrets
from collections.abc import Callable, Collection
from typing import Final

from acedesk import clock, tasks, trace
from acedesk.engines.backend import Backend
from acedesk.engines.making.breakers import Breakers
from acedesk.engines.making.provision_slots import ProvisionSlots
from acedesk.engines.making.readiness import wait_until_ready
from acedesk.engines.pool import EnginePool
from acedesk.errors import AceDeskError, Busy, BusyReason, NotFound
from acedesk.model.engine import (
    BackendKind,
    EngineId,
    EngineSpec,
    EngineState,
    ProvisionState,
    Purpose,
    ScalingCause,
    Step,
    StepName,
    StepState,
)
from acedesk.model.event import EventKind, Note, note_nothing
from acedesk.model.snapshot import ProvisionView
from acedesk.rules.engines import provisioning
from acedesk.settings import Settings
from acedesk.signals import Signal
from acedesk.values import frozen_value

logger = logging.getLogger(__name__)

_EVENTS: Final = {
    ProvisionState.DONE: EventKind.PROVISION_DONE,
    ProvisionState.FAILED: EventKind.PROVISION_FAILED,
    ProvisionState.CANCELLED: EventKind.PROVISION_CANCELLED,
}
_NO_SUCCESS: Final = {ProvisionState.FAILED: "failed", ProvisionState.CANCELLED: "cancelled"}


@frozen_value
class EngineWish:
    """Who wants an engine and what for.

    Attributes:
        on_demand: It may be removed when it is not needed.
        cause: Why AceDesk makes it, None where somebody asked for it.
        replaces: The name of the engine that it succeeds, "" for none.
    """

    purpose: Purpose = Purpose.HAND
    on_demand: bool = False
    cause: ScalingCause | None = None
    replaces: str = ""


BY_HAND: Final = EngineWish()


@dataclasses.dataclass(slots=True)
class _Provision:
    """One engine on its way.

    Attributes:
        made_id: Its engine, once the backend has made it; `engine_id` once it is ready, too.
        withdrawn: Somebody has removed its engine on purpose.
    """

    id: str
    backend: Backend
    name: str
    steps: tuple[Step, ...]
    started_time: datetime.datetime
    wish: EngineWish
    request_key: str = ""
    state: ProvisionState = ProvisionState.RUNNING
    engine_id: EngineId | None = None
    made_id: EngineId | None = None
    error: AceDeskError | None = None
    ended_at: float | None = None
    withdrawn: bool = False
    task: asyncio.Task[None] | None = None

    def tell_breakers(self, breakers: Breakers) -> None:
        """Tell how it ended. A failure by somebody's mistake in the settings counts, too."""
        if self.state is ProvisionState.DONE:
            breakers.note_success(self.wish.purpose)
        elif self.error is not None:
            breakers.note_failure(self.wish.purpose, self.error)

    def tell_end(self, note: Note) -> None:
        note(
            _EVENTS[self.state],
            self.id,
            cause=self.error.code if self.error is not None else "",
            name=self.name,
            engine=self.engine_id,
            detail=self.error.detail if self.error is not None else "",
        )

    def view(self) -> ProvisionView:
        return ProvisionView(
            id=self.id,
            backend=self.backend.kind,
            backend_id=self.backend.id,
            name=self.name,
            state=self.state,
            steps=self.steps,
            started_time=self.started_time,
            engine_id=self.engine_id,
            made_id=self.made_id,
            error=self.error,
            purpose=self.wish.purpose,
            cause=self.wish.cause,
            replaces=self.wish.replaces,
        )


class Provisions:
    """All provisions under way and the results of the last ones.

    Args:
        leaving: Returns how many engines are being removed: they are there until they are gone.

    Signals:
        changed: A provision began, made progress, ended or was forgotten.
        engine_made: A backend has made an engine, which is in the pool now.
    """

    def __init__(
        self,
        pool: EnginePool,
        settings: Callable[[], Settings],
        *,
        now: Callable[[], float] = clock.monotonic,
        utc_now: Callable[[], datetime.datetime] = clock.utc_now,
        note: Note = note_nothing,
        breakers: Breakers | None = None,
        leaving: Callable[[], int] = int,
    ) -> None:
        self.changed: Signal[()] = Signal()
        self.engine_made: Signal[()] = Signal()
        self._pool = pool
        self._settings = settings
        self._now = now
        self._utc_now = utc_now
        self._note = note
        self._all: dict[str, _Provision] = {}
        self._breakers = breakers or Breakers(settings, now=now)
        self._leaving = leaving
        self._slots = ProvisionSlots(settings, now)
        self._tell_end: Callable[[ProvisionView], None] = _tell_nobody
        self._cleaning: set[asyncio.Task[None]] = set()

    def set_end_listener(self, listener: Callable[[ProvisionView], None]) -> None:
        """Call `listener` when a provision has ended; there is one listener."""
        self._tell_end = listener

    def begin(self, backend: Backend, request_key: str = "", *, wish: EngineWish = BY_HAND) -> str:
        """Start to make an engine and return the provision's id.

        Args:
            request_key: Names the request; one repeated while it is under way or shortly after
                it succeeded is the same provision. "" is a request of its own.

        Raises:
            Busy: Too many are under way, there are enough engines, or a program asks and too many
                have failed.
        """
        if (same := self._find_same(request_key)) is not None:
            return same.id
        self._check_limits()
        if wish.purpose is Purpose.REQUEST:
            self._breakers.check_request()
        provision = _Provision(
            id=secrets.token_hex(6),
            backend=backend,
            name=provisioning.next_name(self._taken_names()),
            steps=provisioning.waiting_steps(has_image=backend.kind is BackendKind.DOCKER),
            started_time=self._utc_now(),
            wish=wish,
            request_key=request_key,
        )
        self._all[provision.id] = provision
        self._note(
            EventKind.PROVISION_BEGAN,
            provision.id,
            cause=wish.cause.value if wish.cause is not None else "",
            name=provision.name,
            backend=backend.kind.value,
            purpose=wish.purpose.value,
            replaces=wish.replaces,
        )
        provision.task = tasks.spawn(self._run(provision), name=f"provision {provision.name}")
        provision.task.add_done_callback(lambda _: self._note_end(provision))
        self.changed.emit()
        return provision.id

    def views(self) -> tuple[ProvisionView, ...]:
        """Return those that run and the results that are still to be shown, oldest first."""
        self._drop_old()
        return tuple(provision.view() for provision in self._all.values())

    def names(self) -> frozenset[str]:
        """Return the names of the engines that are being made."""
        return frozenset(
            one.name for one in self._all.values() if one.state is ProvisionState.RUNNING
        )

    def unfinished(self) -> frozenset[EngineId]:
        """Return the engines that are in the pool and may still fail to be made."""
        return frozenset(
            one.made_id
            for one in self._all.values()
            if one.state is ProvisionState.RUNNING and one.made_id is not None
        )

    async def cancel(self, provision_id: str) -> None:
        """Cancel a running provision, or forget one that has ended.

        Raises:
            NotFound: There is no such provision.
        """
        provision = self._get(provision_id)
        if provision.state is ProvisionState.RUNNING:
            await tasks.cancel(provision.task)
        else:
            del self._all[provision_id]
            self.changed.emit()

    def withdraw(self, engine_id: EngineId) -> None:
        """Note that the engine is being removed on purpose: one that is not ready has not failed.

        Call it before the engine leaves the pool.
        """
        for one in self._all.values():
            one.withdrawn |= one.made_id == engine_id

    async def wait(self, provision_id: str, timeout: float) -> EngineSpec:
        """Wait at most `timeout` seconds until the engine is ready.

        Raises:
            Busy: It takes longer; the provision goes on.
            AceDeskError: What the provision failed with.
        """
        provision = self._get(provision_id)
        assert provision.task is not None
        await asyncio.wait({provision.task}, timeout=timeout)
        if provision.state is ProvisionState.RUNNING:
            raise Busy(BusyReason.STARTING, "The engine is not ready yet.")
        if provision.error is not None:
            raise provision.error
        if provision.engine_id is None:
            raise Busy(BusyReason.NO_ENGINE, "Making the engine was cancelled.")
        return self._pool.get(provision.engine_id)

    async def close(self) -> None:
        """Cancel all provisions and wait until nothing of them is left."""
        await tasks.cancel(*(provision.task for provision in self._all.values()))
        if self._cleaning:
            await asyncio.wait(self._cleaning)

    def _get(self, provision_id: str) -> _Provision:
        provision = self._all.get(provision_id)
        if provision is None:
            raise NotFound(f"there is no provision {provision_id}")
        return provision

    def _find_same(self, request_key: str) -> _Provision | None:
        """Return the provision of the same request, if its engine is being made or is there."""
        for one in self._all.values() if request_key else ():
            coming = one.state is ProvisionState.RUNNING
            made = one.engine_id is not None and self._pool.find(one.engine_id) is not None
            age = 0.0 if one.ended_at is None else self._now() - one.ended_at
            if one.request_key == request_key and provisioning.is_repeated(coming, made, age):
                return one
        return None

    def _check_limits(self) -> None:
        settings, under_way = self._settings(), len(self.names())
        if under_way >= provisioning.UNDER_WAY_FACTOR * settings.max_concurrent_provisions:
            raise Busy(BusyReason.STARTING, f"{under_way} engines are being started already.")
        made = self._pool.intents.made(leave_out=self.unfinished()) + self._leaving()
        if made + under_way >= settings.max_engines:
            detail = f"There are {made + under_way} engines, as many as the settings allow."
            raise Busy(BusyReason.MAX_CAPACITY, detail, retry_after=provisioning.FULL_RETRY)

    def _taken_names(self) -> Collection[str]:
        return {view.name for view in self._pool.views()} | self.names()

    def _drop_old(self) -> None:
        now = self._now()
        failed = [one.id for one in self._all.values() if one.state is ProvisionState.FAILED]
        too_many = failed[: -provisioning.KEEP_FAILED]
        for one in tuple(self._all.values()):
            expired = provisioning.is_expired(
                one.state, one.ended_at, now, purpose=one.wish.purpose
            )
            if one.id in too_many or expired or _is_over(one, self._pool):
                del self._all[one.id]

    # One provision

    async def _run(self, provision: _Provision) -> None:
        try:
            async with self._slots.take():
                await self._make(provision)
        except asyncio.CancelledError:
            self._end(provision, ProvisionState.CANCELLED)
            raise
        except AceDeskError as exc:
            state = ProvisionState.CANCELLED if provision.withdrawn else ProvisionState.FAILED
            self._end(provision, state, None if provision.withdrawn else exc)
        except BaseException:
            bug = AceDeskError("an unexpected error; the log has the details")
            self._end(provision, ProvisionState.FAILED, bug)
            raise
        else:
            self._end(provision, ProvisionState.DONE)

    def _note_end(self, provision: _Provision) -> None:
        """End a provision whose task was cancelled before its first step."""
        if provision.state is ProvisionState.RUNNING:
            self._end(provision, ProvisionState.CANCELLED)

    async def _make(self, provision: _Provision) -> None:
        spec = await provision.backend.provision(
            provision.name, lambda step: self._report(provision, step)
        )
        try:
            provision.made_id = spec.id
            if provision.wish.on_demand:
                self._pool.intents.mark_on_demand(spec.id)
            self._pool.add(spec)
            self.engine_made.emit()
            self._report(provision, Step(name=StepName.ANSWER, state=StepState.RUNNING))
            started_at = self._now()
            await wait_until_ready(self._pool, self._settings, provision.backend, spec.id)
        except BaseException:
            await self._clean_up(provision.backend, spec.id)
            raise
        waited = f"{self._now() - started_at:.1f} s"
        provision.engine_id = spec.id
        self._report(provision, Step(name=StepName.ANSWER, state=StepState.DONE, detail=waited))

    async def _clean_up(self, backend: Backend, engine_id: EngineId) -> None:
        """Remove the engine in a task of its own: this one may be cancelled again."""
        self._pool.forget(engine_id)
        task = tasks.spawn(_remove(backend, engine_id), name="remove an unfinished engine")
        self._cleaning.add(task)
        task.add_done_callback(self._cleaning.discard)
        await asyncio.shield(task)

    def _report(self, provision: _Provision, step: Step) -> None:
        provision.steps = provisioning.put_step(provision.steps, step)
        self.changed.emit()

    def _end(
        self, provision: _Provision, state: ProvisionState, error: AceDeskError | None = None
    ) -> None:
        provision.state, provision.error, provision.ended_at = state, error, self._now()
        if state is ProvisionState.FAILED:
            provision.steps = provisioning.fail_steps(provision.steps)
        provision.tell_end(self._note)
        _trace_end(provision, (self._utc_now() - provision.started_time).total_seconds())
        provision.tell_breakers(self._breakers)
        self._tell_end(provision.view())
        self.changed.emit()


async def _remove(backend: Backend, engine_id: EngineId) -> None:
    try:
        await backend.remove(engine_id)
    except AceDeskError as exc:
        # The next look adopts it again, so that the user sees it and can remove it.
        logger.warning("an unfinished engine could not be removed: %s", exc)


def _is_over(provision: _Provision, pool: EnginePool) -> bool:
    """Tell whether the engine that was made has died or gone: "is ready" holds no more."""
    if provision.state is not ProvisionState.DONE or provision.engine_id is None:
        return False
    view = pool.find(provision.engine_id)
    return view is None or view.state in (EngineState.STARTING, EngineState.STOPPED)


def _tell_nobody(provision: ProvisionView) -> None:
    """Do nothing: no end listener has been set yet."""


def _trace_end(provision: _Provision, seconds: float) -> None:
    error = provision.error
    trace.ended(
        "provision",
        seconds,
        failure=error.code if error is not None else _NO_SUCCESS.get(provision.state, ""),
        engine=provision.name,
        backend=provision.backend.kind.value,
    )
