"""Which engine is to come instead of which: successors that are made, and places left for one."""

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable
from typing import Final

from acedesk import tasks
from acedesk.engines.pool import EnginePool
from acedesk.engines.provisions import Provisions
from acedesk.errors import NotFound
from acedesk.model.engine import (
    ANSWERING,
    EngineHealth,
    EngineId,
    EngineIntent,
    ProvisionState,
)
from acedesk.model.snapshot import ProvisionView
from acedesk.rules.engines.scaling import Successor
from acedesk.values import frozen_value

# How long no successor is made of an engine after a person cancelled one: time to do otherwise.
DECLINED: Final = 600.0


@dataclasses.dataclass(slots=True)
class _Succession:
    """The successor of an engine: the provision, and the engine when it is there."""

    provision: str
    engine: EngineId | None = None


@frozen_value(kw_only=False)
class _Gap:
    """The place of an engine that went before its successor.

    Attributes:
        on_demand: The engine was made on demand.
    """

    engine: EngineId
    on_demand: bool


class Successions:
    """What is remembered of replacements under way.

    A succession begins with a provision; it is over when the old engine retires, when the provision
    fails, or when the new engine is not well. A gap is the place of an engine that went before its
    successor was begun.

    Args:
        changed: Called when something became of a successor.
    """

    def __init__(
        self,
        pool: EnginePool,
        provisions: Provisions,
        changed: Callable[[], None],
        *,
        now: Callable[[], float],
    ) -> None:
        self._pool = pool
        self._provisions = provisions
        self._changed = changed
        self._all: dict[EngineId, _Succession] = {}
        self._now = now
        self._declined: dict[EngineId, float] = {}
        self._gaps: list[_Gap] = []
        self._gap_provisions: dict[str, _Gap] = {}
        self._given_up: dict[str, asyncio.Task[None]] = {}
        provisions.set_end_listener(self._provision_ended)

    @property
    def gaps(self) -> int:
        """How many successors are still to be begun."""
        return len(self._gaps)

    @property
    def next_gap_on_demand(self) -> bool:
        """Whether the engine that left the oldest gap was made on demand."""
        return self._gaps[0].on_demand

    @property
    def given_up(self) -> frozenset[str]:
        """Provisions that are being given up."""
        return frozenset(self._given_up)

    @property
    def coming(self) -> frozenset[str]:
        """Provisions of engines whose predecessor is still there."""
        return frozenset(one.provision for one in self._all.values() if one.engine is None)

    def fills_gap(self, provision: str) -> bool:
        """Tell whether a provision makes the successor of an engine that is gone."""
        return provision in self._gap_provisions

    def of(self, engine_id: EngineId) -> Successor:
        """Return how far the successor of an engine is."""
        one = self._all.get(engine_id)
        if one is None:
            return Successor.NONE
        return Successor.READY if one.engine is not None else Successor.COMING

    def is_declined(self, engine_id: EngineId) -> bool:
        """Tell whether a person cancelled the successor not long ago."""
        return engine_id in self._declined

    def begin(self, engine_id: EngineId, provision: str) -> None:
        """Note that the successor of an engine is being made."""
        self._all[engine_id] = _Succession(provision)

    def end(self, engine_id: EngineId) -> None:
        """Note that the engine needs no successor any more, or has its own."""
        self._all.pop(engine_id, None)
        self._declined.pop(engine_id, None)

    def forgive(self, engine_id: EngineId) -> None:
        """Forget that a person cancelled its successor."""
        self._declined.pop(engine_id, None)

    def leave_gap(self, engine_id: EngineId, *, on_demand: bool) -> None:
        """Note that an engine goes before its successor."""
        self._gaps.append(_Gap(engine_id, on_demand))

    def close_gap(self, engine_id: EngineId) -> None:
        """Note that an engine does not go after all: it needs no successor."""
        self._gaps = [gap for gap in self._gaps if gap.engine != engine_id]

    def fill_gap(self, provision: str) -> None:
        """Note that the successor for the oldest gap is being made."""
        self._gap_provisions[provision] = self._gaps.pop(0)

    def give_up(self, engine_id: EngineId) -> None:
        """Stop making the successor of an engine that is well again."""
        provision = self._all.pop(engine_id).provision
        task = tasks.spawn(self._cancel(provision), name=f"give up provision {provision}")
        self._given_up[provision] = task

        def ended(_: asyncio.Task[None]) -> None:
            del self._given_up[provision]
            self._changed()

        task.add_done_callback(ended)

    async def close(self) -> None:
        """Wait until what was given up has ended."""
        if self._given_up:
            await asyncio.wait(self._given_up.values())

    def look(self) -> None:
        """Forget what has become pointless: engines that are gone, successors that are not well."""
        for old, one in tuple(self._all.items()):
            if self._pool.find(old) is None or not self._is_well(one):
                del self._all[old]
        now = self._now()
        self._declined = {
            engine_id: at for engine_id, at in self._declined.items() if now - at < DECLINED
        }

    def _is_well(self, one: _Succession) -> bool:
        if one.engine is None:
            return True  # its end is told
        view = self._pool.find(one.engine)
        return (
            view is not None
            and view.intent is EngineIntent.SERVE
            and view.health in ANSWERING | {EngineHealth.STARTING}
        )

    async def _cancel(self, provision: str) -> None:
        with contextlib.suppress(NotFound):
            await self._provisions.cancel(provision)

    def _provision_ended(self, provision: ProvisionView) -> None:
        gap = self._gap_provisions.pop(provision.id, None)
        if gap is not None and provision.state is ProvisionState.FAILED:
            self._gaps.append(gap)
        for old, one in tuple(self._all.items()):
            if one.provision != provision.id:
                continue
            if provision.state is ProvisionState.DONE:
                one.engine = provision.engine_id
                continue
            del self._all[old]
            if provision.state is ProvisionState.CANCELLED:  # a person does not want it
                self._declined[old] = self._now()
        self._changed()
