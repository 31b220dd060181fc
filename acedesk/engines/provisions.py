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

from acedesk import clock, tasks
from acedesk.containers.refusals import judge_exec
from acedesk.engines.backend import Backend
from acedesk.engines.pool import EnginePool
from acedesk.errors import AceDeskError, Busy, BusyReason, EngineUnreachable, NotFound
from acedesk.model.engine import (
    BackendKind,
    EngineId,
    EngineSpec,
    EngineState,
    ProvisionState,
    Step,
    StepName,
    StepState,
)
from acedesk.model.event import EventKind, Note, note_nothing
from acedesk.model.snapshot import ProvisionView
from acedesk.rules.engines import provisioning
from acedesk.settings import Settings
from acedesk.signals import Signal

logger = logging.getLogger(__name__)

# The prober gives up after `engine_start_timeout`; this much later the provision does it itself.
MARGIN: Final = 10.0

_EVENTS: Final = {
    ProvisionState.DONE: EventKind.PROVISION_DONE,
    ProvisionState.FAILED: EventKind.PROVISION_FAILED,
    ProvisionState.CANCELLED: EventKind.PROVISION_CANCELLED,
}


@dataclasses.dataclass(slots=True)
class _Provision:
    id: str
    backend: Backend
    name: str
    steps: tuple[Step, ...]
    started_time: datetime.datetime
    request_key: str = ""
    state: ProvisionState = ProvisionState.RUNNING
    engine_id: EngineId | None = None
    error: AceDeskError | None = None
    ended_at: float | None = None
    task: asyncio.Task[None] | None = None

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
            error=self.error,
        )


class Provisions:
    """All provisions under way and the results of the last ones.

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
    ) -> None:
        self.changed: Signal[()] = Signal()
        self.engine_made: Signal[()] = Signal()
        self._pool = pool
        self._settings = settings
        self._now = now
        self._utc_now = utc_now
        self._note = note
        self._all: dict[str, _Provision] = {}
        self._slots = asyncio.Semaphore(provisioning.MAX_CONCURRENT)
        self._last_started_at: float | None = None
        self._cleaning: set[asyncio.Task[None]] = set()

    def begin(self, backend: Backend, request_key: str = "") -> str:
        """Start to make an engine and return the provision's id.

        Args:
            request_key: Names the request; one repeated while it is under way or shortly after
                it succeeded is the same provision. "" is a request of its own.

        Raises:
            Busy: Too many are under way, or there are enough engines.
        """
        if (same := self._find_same(request_key)) is not None:
            return same.id
        self._check_limits()
        provision = _Provision(
            id=secrets.token_hex(6),
            backend=backend,
            name=provisioning.next_name(self._taken_names()),
            steps=provisioning.waiting_steps(has_image=backend.kind is BackendKind.DOCKER),
            started_time=self._utc_now(),
            request_key=request_key,
        )
        self._all[provision.id] = provision
        kind = backend.kind.value
        self._note(EventKind.PROVISION_BEGAN, provision.id, name=provision.name, backend=kind)
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
        under_way = len(self.names())
        if under_way >= provisioning.MAX_UNDER_WAY:
            raise Busy(BusyReason.STARTING, f"{under_way} engines are being started already.")
        made = sum(view.backend is not BackendKind.STATIC for view in self._pool.views())
        if made + under_way >= provisioning.MAX_ENGINES:
            detail = f"There are {made + under_way} engines, as many as AceDesk makes."
            raise Busy(BusyReason.MAX_CAPACITY, detail, retry_after=provisioning.FULL_RETRY)

    def _taken_names(self) -> Collection[str]:
        return {view.name for view in self._pool.views()} | self.names()

    def _drop_old(self) -> None:
        now = self._now()
        failed = [one.id for one in self._all.values() if one.state is ProvisionState.FAILED]
        too_many = failed[: -provisioning.KEEP_FAILED]
        for one in tuple(self._all.values()):
            expired = provisioning.is_expired(one.state, one.ended_at, now)
            if one.id in too_many or expired or _is_over(one, self._pool):
                del self._all[one.id]

    # One provision

    async def _run(self, provision: _Provision) -> None:
        try:
            async with self._slots:
                await self._keep_pace()
                await self._make(provision)
        except asyncio.CancelledError:
            self._end(provision, ProvisionState.CANCELLED)
            raise
        except AceDeskError as exc:
            self._end(provision, ProvisionState.FAILED, exc)
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

    async def _keep_pace(self) -> None:
        now = self._now()
        delay = provisioning.start_delay(self._last_started_at, now)
        self._last_started_at = now + delay
        if delay:
            await tasks.sleep(delay)

    async def _make(self, provision: _Provision) -> None:
        spec = await provision.backend.provision(
            provision.name, lambda step: self._report(provision, step)
        )
        try:
            self._pool.add(spec)
            self.engine_made.emit()
            self._report(provision, Step(name=StepName.ANSWER, state=StepState.RUNNING))
            started_at = self._now()
            await self._await_ready(provision, spec.id)
        except BaseException:
            await self._clean_up(provision.backend, spec.id)
            raise
        waited = f"{self._now() - started_at:.1f} s"
        provision.engine_id = spec.id
        self._report(provision, Step(name=StepName.ANSWER, state=StepState.DONE, detail=waited))

    async def _await_ready(self, provision: _Provision, engine_id: EngineId) -> None:
        """Wait until the prober has found the engine ready.

        Raises:
            EngineUnreachable: It ended, was removed or does not answer.
        """
        woken = asyncio.Event()
        disconnect = self._pool.changed.connect(woken.set)
        limit = self._settings().engine_start_timeout + MARGIN
        try:
            async with asyncio.timeout(limit):
                while (view := self._pool.find(engine_id)) is not None:
                    if view.state in (EngineState.READY, EngineState.DRAINING):
                        return
                    if view.state is not EngineState.STARTING:
                        why = view.error.detail if view.error else "it has stopped"
                        raise await self._unreachable(provision.backend, engine_id, why)
                    await woken.wait()
                    woken.clear()
        except TimeoutError as exc:
            raise EngineUnreachable(f"it did not answer within {limit:g} s") from exc
        finally:
            disconnect()
        raise EngineUnreachable("it was removed")

    async def _unreachable(
        self, backend: Backend, engine_id: EngineId, why: str
    ) -> EngineUnreachable:
        """Return the error with the end of the engine's log, which complains of bad arguments."""
        try:
            log = await backend.log(engine_id, 20)
        except AceDeskError:
            log = ""
        if (failed := judge_exec(log)) is not None:
            return EngineUnreachable(failed)
        said = provisioning.last_words(log)
        return EngineUnreachable(f"{why}; it last said: {said}" if said else why)

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
