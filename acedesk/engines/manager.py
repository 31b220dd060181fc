"""Owns the engines: takes over those that exist, makes new ones, restarts and removes them.

The pool knows which engines exist, the prober how they are, and `acedesk.engines.adoption` keeps
the pool in step with the backends. This module does what people ask for.
"""

import asyncio
import collections
import contextlib
import dataclasses
import datetime
import functools
from collections.abc import Callable, Collection
from typing import Final

from acedesk import clock
from acedesk.containers.runtime import ContainerRuntime
from acedesk.engines.adoption import Adoption
from acedesk.engines.backend import Backend
from acedesk.engines.makers import Makers, get_backend
from acedesk.engines.making.breakers import Breakers
from acedesk.engines.making.vpn_gate import VpnGate
from acedesk.engines.pool import EnginePool
from acedesk.engines.prober import Probe, Prober
from acedesk.engines.provisions import EngineWish, Provisions
from acedesk.engines.upkeep.on_demand import OnDemandStore
from acedesk.engines.upkeep.orphans import Orphans
from acedesk.engines.upkeep.reconciler import Reconciler
from acedesk.engines.upkeep.restarts import EngineRestarts
from acedesk.errors import AceDeskError
from acedesk.model.engine import (
    FOREIGN,
    BackendId,
    EngineHealth,
    EngineId,
    EngineSpec,
    ProvisionState,
    Purpose,
)
from acedesk.model.event import Note, note_nothing
from acedesk.model.snapshot import BreakerView, ProvisionView, RuntimeView
from acedesk.settings import Settings
from acedesk.signals import Signal

CLOSE_LIMIT: Final = 10.0


class EngineManager:
    """All engines of all backends.

    Args:
        runtime: Docker, for its state; None when no backend uses it. Not closed
            here: the VPN monitor uses it too.
        store: See `acedesk.engines.upkeep.on_demand`.
        gate: Refuses what would be made outside of the VPN.

    Attributes:
        reconciler: Keeps as many engines as are wanted; a service of its own, see its `run`.
        orphans: Engines of other AceDesks.

    Signals:
        changed: Provisions, orphans or the state of Docker changed. Engines are signalled by the
            pool.
    """

    def __init__(
        self,
        pool: EnginePool,
        backends: Collection[Backend],
        client: Probe,
        settings: Callable[[], Settings],
        *,
        runtime: ContainerRuntime | None = None,
        now: Callable[[], float] = clock.monotonic,
        utc_now: Callable[[], datetime.datetime] = clock.utc_now,
        note: Note = note_nothing,
        store: OnDemandStore | None = None,
        gate: VpnGate | None = None,
    ) -> None:
        self.changed: Signal[()] = Signal()
        self._pool = pool
        self._backends = {backend.id: backend for backend in backends}
        self._runtime = runtime
        self._settings = settings
        self._prober = Prober(pool, client, settings, now=now, utc_now=utc_now)
        pool.scores.counts = self._prober.counts
        self._breakers = Breakers(settings, now=now, note=note)
        self._provisions = Provisions(
            pool,
            settings,
            now=now,
            utc_now=utc_now,
            note=note,
            breakers=self._breakers,
            leaving=lambda: len(self._adoption.leaving),
        )
        self._adoption = Adoption(
            pool, self._backends, lambda: self._provisions.names() | self._restarts.names(), now=now
        )
        self._gate = gate or VpnGate(settings)
        counts = functools.partial(_counts, pool, self._provisions, self._adoption)
        self._makers = Makers(
            self._backends, self._adoption, settings, counts, self._gate, pool.intents.specs
        )
        for one in (self._breakers, self._provisions, self._adoption, runtime):
            if one is not None:
                one.changed.connect(self.changed.emit)
        self._restarts = EngineRestarts(
            pool, self._backends, self._adoption, self._provisions.names, now=now
        )
        self._provisions.engine_made.connect(self._adoption.count_change)
        self.orphans = Orphans(self._adoption, self._backends)
        self.reconciler = self._make_reconciler(store, now)
        pool.placement.expect(lambda: bool(self._provisions.names()), self.reconciler.woken.is_set)
        self._opening = asyncio.Lock()

    def _make_reconciler(self, store: OnDemandStore | None, now: Callable[[], float]) -> Reconciler:
        return Reconciler(
            self._pool,
            self._provisions,
            self._breakers,
            self._adoption,
            self._backends,
            self._settings,
            makers=self._makers,
            remove=self.remove_engine,
            must_leave=self._gate.must_leave,
            store=store,
            now=now,
        )

    @property
    def runtime(self) -> RuntimeView:
        """Docker as last seen."""
        return RuntimeView() if self._runtime is None else self._runtime.view

    def provisions(self) -> tuple[ProvisionView, ...]:
        """Return the engines on their way and the results of the last ones."""
        return self._provisions.views()

    def breakers(self) -> tuple[BreakerView, ...]:
        """Return the circuit breakers."""
        return self._breakers.views()

    # Start and end

    async def start(self) -> None:
        """Take over the engines that exist. Docker that is missing or slow is no error."""
        self.reconciler.open()
        await self._adoption.start()

    async def run(self) -> None:
        """Keep the pool true until cancelled; a service for `tasks.Supervisor`."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._prober.run(), name="prober")
            group.create_task(self._adoption.run(), name="adoption")
            group.create_task(self._restarts.run(), name="restarts")

    async def close(self) -> None:
        """Cancel provisions and close the backends; containers go on running."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_LIMIT):
                await self._restarts.close()
                await self.reconciler.close()
                await self._provisions.close()
        for backend in self._backends.values():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_LIMIT):
                    await backend.close()

    # What people do

    async def add_engine(
        self, backend_id: BackendId | None = None, *, request_key: str = ""
    ) -> str:
        """Begin to make an engine and return the provision's id.

        Args:
            backend_id: Where; by default a demo engine in demo mode, else what the setting
                `engine_source` says, else a container, else a program of this computer.
            request_key: See `Provisions.begin`.

        Raises:
            RuntimeUnavailable: Docker cannot be used.
            Busy: Too many are under way, or there are enough engines.
        """
        backend = await self._makers.find(backend_id)
        # A person's wish has no key.
        by_program = EngineWish(purpose=Purpose.REQUEST, on_demand=True)
        wish = by_program if request_key else EngineWish()
        return self._provisions.begin(backend, request_key, wish=wish)

    async def provision(self, timeout: float, *, request_key: str = "") -> EngineSpec:
        """Make an engine and return it as soon as it is ready.

        Args:
            request_key: See `Provisions.begin`.

        Raises:
            RuntimeUnavailable: Docker cannot be used.
            Busy: It takes longer than `timeout` seconds and is made nevertheless; or too many
                are under way, or there are enough engines.
            AceDeskError: It could not be made.
        """
        return await self._provisions.wait(await self.add_engine(request_key=request_key), timeout)

    async def open_engine(self, backend_id: BackendId, name: str) -> None:
        """See that a backend has an engine; one that is made now is no provision that is shown.

        Raises:
            BadRequest: There is no such backend.
            AceDeskError: It could not be made.
        """
        backend = self._backend(backend_id)
        async with self._opening:
            specs = await backend.adopt() or (await backend.provision(name, lambda _step: None),)
        self._adoption.count_change()
        for spec in specs:
            self._adoption.take_in(spec)

    async def cancel_provision(self, provision_id: str) -> None:
        """Cancel at whatever step it is, leaving nothing behind; an ended one is forgotten.

        Raises:
            NotFound: There is no such provision.
        """
        await self._provisions.cancel(provision_id)

    async def restart_engine(self, engine_id: EngineId) -> None:
        """Restart the engine; its streams are told to move.

        Raises:
            NotFound: There is no such engine.
            BadRequest: It is not ours.
            RuntimeUnavailable, ContainerError: It could not be restarted.
        """
        await self._restarts.forget(engine_id)
        backend = self._backend((spec := self._pool.get(engine_id)).backend_id)
        if backend.kind in FOREIGN:
            await backend.restart(engine_id)  # refuses before anything is moved
        with self._adoption.changing(engine_id, backend.id):
            self._pool.add(dataclasses.replace(spec, port=0))
            try:
                fresh = await backend.restart(engine_id)
            except AceDeskError as exc:
                self._pool.set_health(engine_id, EngineHealth.STOPPED, exc)
                raise
            if fresh.id != engine_id:
                self._pool.intents.hand_over(engine_id, fresh.id)
                self._pool.forget(engine_id)
            self._pool.add(fresh)

    async def remove_engine(self, engine_id: EngineId, why: str = "AceDesk removed it") -> None:
        """Drop the engine from the pool, telling its streams why; then stop and delete it.

        Raises:
            NotFound: There is no such engine.
            RuntimeUnavailable, ContainerError: It could not be removed and is shown again.
        """
        await self._restarts.forget(engine_id)
        backend = self._backend(self._pool.get(engine_id).backend_id)
        with self._adoption.changing(engine_id, backend.id):
            self._provisions.withdraw(engine_id)
            self._pool.forget(engine_id, why)
            await backend.remove(engine_id)

    async def engine_log(self, engine_id: EngineId, lines: int = 500) -> str:
        """Return the last lines the engine wrote.

        Raises:
            NotFound: There is no such engine, or its log cannot be read.
        """
        return await self._backend(self._pool.get(engine_id).backend_id).log(engine_id, lines)

    async def check_now(self) -> None:
        """Look at Docker and probe all engines now."""
        await asyncio.gather(*map(self._adoption.refresh, self._backends.values()))
        await self._prober.probe_all()

    def apply_settings(self) -> None:
        """Look soon at the engines that the settings name now."""
        for backend in self._backends.values():
            if backend.kind in FOREIGN:
                self._adoption.look_again(backend.id)

    def _backend(self, backend_id: BackendId) -> Backend:
        return get_backend(self._backends, backend_id)


def _counts(
    pool: EnginePool, provisions: Provisions, adoption: Adoption
) -> collections.Counter[BackendId]:
    """Return how many engines each backend has, is making or is removing."""
    known = pool.healths()
    coming = (
        one.backend_id
        for one in provisions.views()
        if one.state is ProvisionState.RUNNING and one.made_id not in known
    )
    counts = pool.intents.counts() + collections.Counter(coming)
    return counts + collections.Counter(adoption.leaving.values())
