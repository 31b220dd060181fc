"""Engines for programs that wait three seconds: begun, and told as soon as their place is known."""

import asyncio
from typing import Protocol

from acedesk import clock, tasks
from acedesk.errors import AceDeskError, Busy, BusyReason
from acedesk.model.engine import EngineId
from acedesk.model.snapshot import EngineView, ProvisionView
from acedesk.signals import Signal


class Engines(Protocol):
    """The engines there are; `EnginePool` is it."""

    changed: Signal[()]

    def find(self, engine_id: EngineId) -> EngineView | None:
        """Return one, None when it is not there."""
        ...


class Maker(Protocol):
    """Makes engines; `EngineManager` is it."""

    changed: Signal[()]

    async def add_engine(self, *, request_key: str) -> str:
        """Begin to make one; return the provision's id."""
        ...

    def provisions(self) -> tuple[ProvisionView, ...]:
        """Return those under way and the results of the last ones."""
        ...


class EngineRequests:
    """Makes engines for programs."""

    def __init__(self, pool: Engines, manager: Maker) -> None:
        self._pool = pool
        self._manager = manager

    async def make(self, request_key: str, limit: float) -> EngineView:
        """Begin to make an engine and return it once it is in the pool; it answers later.

        Args:
            request_key: Names the request, so that the same one repeated makes no second engine.
            limit: Seconds that are waited for; an engine that takes longer is made nevertheless.

        Raises:
            Busy: It takes longer, or none may be made now.
            AceDeskError: It could not be made.
        """
        until = clock.monotonic() + limit
        # A task of its own: who asked may go away, and comes back for the same engine.
        beginning = tasks.spawn(self._begin(request_key), name="engine for a program")
        await asyncio.wait({beginning}, timeout=limit)
        if not beginning.done():
            raise Busy(BusyReason.STARTING, "Docker takes its time.")
        begun = beginning.result()
        if isinstance(begun, AceDeskError):
            raise begun
        return await self._wait_for_place(begun, until - clock.monotonic())

    async def _begin(self, request_key: str) -> str | AceDeskError:
        """Return the provision or the error, which nobody may be left to catch."""
        try:
            return await self._manager.add_engine(request_key=request_key)
        except AceDeskError as exc:
            return exc

    async def _wait_for_place(self, provision_id: str, limit: float) -> EngineView:
        turn = asyncio.Event()
        signals = (self._pool.changed, self._manager.changed)
        disconnects = [signal.connect(turn.set) for signal in signals]
        try:
            async with asyncio.timeout(max(0.0, limit)):
                while (view := self._made(provision_id)) is None:
                    await turn.wait()
                    turn.clear()
                return view
        except TimeoutError:
            raise Busy(BusyReason.STARTING, "The engine is being made.") from None
        finally:
            for disconnect in disconnects:
                disconnect()

    def _made(self, provision_id: str) -> EngineView | None:
        """Return the engine of a provision once it has a place; raise what it failed with."""
        for one in self._manager.provisions():
            if one.id == provision_id:
                if one.error is not None:
                    raise one.error.bare()
                return None if one.made_id is None else self._pool.find(one.made_id)
        raise Busy(BusyReason.NO_ENGINE, "Making the engine was cancelled.")
