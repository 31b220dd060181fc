"""Makes the engines inside the VPN anew when its container was started anew or made anew.

A container keeps the network that it joined at its start; when the VPN's container starts again,
that network is gone, and the engine in it reaches nobody. So once the VPN is healthy again, its
engines are made anew one after the other; streams wait meanwhile and open on the first that
answers. The VPN's container itself is never restarted here.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection
from typing import Final

from acedesk import clock
from acedesk.engines.pool import EnginePool
from acedesk.errors import AceDeskError, NotFound
from acedesk.model.engine import ANSWERING, EngineHealth, EngineId
from acedesk.model.event import EventKind, Note, note_nothing
from acedesk.model.snapshot import VpnState, VpnView
from acedesk.rules.engines.vpn_recovery import (
    DEBOUNCE,
    NodeRun,
    RecoveryState,
    note_begun,
    step_recovery,
)

logger = logging.getLogger(__name__)

# How long all engines together may take to answer again before that is told as a failure.
READY_LIMIT: Final = 120.0


class VpnRecovery:
    """Follows the VPN's container and carries out `acedesk.rules.engines.vpn_recovery`.

    Args:
        node: Returns the VPN's container as last seen.
        outdated: Returns the engines that lost their network or the forwarded port.
        renew: Makes an engine anew; raises `AceDeskError`s.
        note: Takes each step as an event.
    """

    def __init__(
        self,
        pool: EnginePool,
        *,
        node: Callable[[], VpnView],
        outdated: Callable[[], Awaitable[Collection[EngineId]]],
        renew: Callable[[EngineId], Awaitable[object]],
        now: Callable[[], float] = clock.monotonic,
        note: Note = note_nothing,
    ) -> None:
        self._pool = pool
        self._node = node
        self._outdated = outdated
        self._renew = renew
        self._now = now
        self._note = note
        self._state = RecoveryState()
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look again: the VPN or its container has changed."""
        self._woken.set()

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            self._woken.clear()
            pause = await self.look()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()

    async def look(self) -> float | None:
        """Look once and do what is to be done; return in how many seconds to look again."""
        node, now = self._node(), self._now()
        healthy = node.state is VpnState.CONNECTED
        before = self._state
        run = NodeRun(container=node.container_id, started=str(node.started_time))
        running = run if node.started_time is not None else None
        state, step = step_recovery(before, running, node.forwarded_port, healthy=healthy, now=now)
        if not step.network_lost and step.port_moved is None:
            self._state = state
            return step.wait
        try:
            found = await self._outdated()
        except AceDeskError as exc:
            logger.info("the engines inside the VPN cannot be looked at: %s", exc.detail)
            return DEBOUNCE
        engines = [view.id for view in self._pool.views() if view.id in found]
        self._state = note_begun(state, now) if engines else state
        if engines and not await self._recover(node.container_name, engines):
            self._state = note_begun(before, now)
            return DEBOUNCE
        return None

    async def _recover(self, name: str, engines: Collection[EngineId]) -> bool:
        """Make the engines anew; tell whether all could be made."""
        self._tell(name, "healthy", count=len(engines))
        names = {one: view.name for one in engines if (view := self._pool.find(one)) is not None}
        failed = 0
        for number, engine_id in enumerate(engines, 1):
            try:
                await self._renew(engine_id)
            except NotFound:  # somebody removed it meanwhile
                continue
            except AceDeskError as exc:
                failed += 1
                self._tell(name, "failed", engine=names.get(engine_id, ""), detail=exc.detail)
            else:
                made = names.get(engine_id, "")
                self._tell(name, "renewed", engine=made, number=number, count=len(engines))
        ready = await self._wait_ready(frozenset(names.values()))
        self._tell(name, "ready" if ready else "not_ready", count=len(engines) - failed)
        return not failed

    async def _wait_ready(self, names: Collection[str]) -> bool:
        """Wait until the engines of these names answer; those that are gone are not waited for."""
        changed = asyncio.Event()
        disconnect = self._pool.changed.connect(changed.set)
        try:
            async with asyncio.timeout(READY_LIMIT):
                while self._starting(names):
                    await changed.wait()
                    changed.clear()
        except TimeoutError:
            return False
        finally:
            disconnect()
        return all(one.health in ANSWERING for one in self._pool.views() if one.name in names)

    def _starting(self, names: Collection[str]) -> bool:
        return any(
            one.health is EngineHealth.STARTING for one in self._pool.views() if one.name in names
        )

    def _tell(self, name: str, step: str, **data: str | int) -> None:
        logger.info("VPN %s, engines inside: %s %s", name, step, data)
        self._note(EventKind.VPN_RECOVERY, name, cause=step, **data)
