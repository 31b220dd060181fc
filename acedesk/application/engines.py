"""What may be asked about engines."""

import asyncio
from collections.abc import Callable

from acedesk.engines.manager import EngineManager
from acedesk.engines.pool import EnginePool
from acedesk.errors import Busy
from acedesk.model.content import StreamKey
from acedesk.model.engine import (
    TEST_BACKEND,
    EngineId,
    EngineSpec,
    EngineState,
    ProvisionState,
)
from acedesk.settings import Settings
from acedesk.vpn.monitor import VpnMonitor


class EngineControl:
    """Engines for the windows and the API; see also `acedesk.ui.desk.EnginesDesk`."""

    def __init__(
        self,
        pool: EnginePool,
        manager: EngineManager,
        vpn: VpnMonitor,
        settings: Callable[[], Settings],
    ) -> None:
        self._pool = pool
        self._manager = manager
        self._vpn = vpn
        self._settings = settings

    async def add(self) -> str:
        """Begin to provision an engine; return the id to watch in `Snapshot.provisions`.

        Raises:
            RuntimeUnavailable: Docker cannot be used.
        """
        return await self._manager.add_engine()

    async def provision(self, request_key: str = "") -> EngineSpec:
        """Make an engine and wait until it answers.

        Args:
            request_key: Names the request, so that the same one repeated makes no second engine;
                "" makes one each time.
        """
        limit = self._settings().engine_start_timeout
        return await self._manager.provision(limit, request_key=request_key)

    async def open_test_engine(self) -> None:
        """See that the engine of the test channel runs; it ends with AceDesk.

        Raises:
            ContainerError: It cannot listen.
        """
        await self._manager.open_engine(TEST_BACKEND, "Test engine")

    async def take_over(self, container_id: str, *, confirmed: bool = False) -> None:
        """Make the engine of another AceDesk one of ours; one in use must be confirmed."""
        await self._manager.take_over(container_id, confirmed=confirmed)

    async def remove_orphan(self, container_id: str, *, confirmed: bool = False) -> None:
        """Stop and delete the engine of another AceDesk; one in use must be confirmed."""
        await self._manager.remove_orphan(container_id, confirmed=confirmed)

    async def cancel_provision(self, provision_id: str) -> None:
        """Cancel at whatever step it is; an ended one is forgotten."""
        await self._manager.cancel_provision(provision_id)

    async def restart(self, engine_id: EngineId) -> None:
        """Restart the engine's container or process."""
        await self._manager.restart_engine(engine_id)

    async def remove(self, engine_id: EngineId) -> None:
        """Stop and delete the engine; a static engine is taken out of the settings."""
        await self._manager.remove_engine(engine_id)

    async def read_log(self, engine_id: EngineId, lines: int = 500) -> str:
        """Return the last `lines` lines the engine wrote."""
        return await self._manager.engine_log(engine_id, lines)

    async def check_now(self) -> None:
        """Look at Docker, the engines and the VPN again, without waiting for the next tick."""
        await asyncio.gather(self._manager.check_now(), self._vpn.check_now())

    async def wait_until_settled(self, limit: float) -> None:
        """Wait until no engine is still coming.

        Raises:
            TimeoutError: Some still are after `limit` seconds.
        """
        await self._wait_until(lambda: not self._any_coming(), limit)

    async def wait_for_place(self, key: StreamKey, limit: float) -> None:
        """Wait until an engine could take the stream `key`.

        Raises:
            Busy: None can, and none is coming.
            TimeoutError: None came within `limit` seconds.
        """
        await self._wait_until(lambda: self._can_play(key), limit)

    def _can_play(self, key: StreamKey) -> bool:
        try:
            self._pool.check_place(key)
        except Busy:
            if self._any_coming():
                return False
            raise
        return True

    def _any_coming(self) -> bool:
        return any(e.state is EngineState.STARTING for e in self._pool.views()) or any(
            p.state is ProvisionState.RUNNING for p in self._manager.provisions()
        )

    async def _wait_until(self, holds: Callable[[], bool], limit: float) -> None:
        turn = asyncio.Event()
        signals = (self._pool.changed, self._manager.changed)
        disconnects = [signal.connect(turn.set) for signal in signals]
        try:
            async with asyncio.timeout(limit):
                while not holds():
                    await turn.wait()
                    turn.clear()
        finally:
            for disconnect in disconnects:
                disconnect()
