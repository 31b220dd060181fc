"""What may be asked about engines."""

import asyncio
from collections.abc import Callable
from typing import Final

from acedesk import clock, tasks
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.containers.docker_start import DockerStarter
from acedesk.engines.backend import NOT_OURS
from acedesk.engines.backends.native_backend import BACKEND_ID as NATIVE_BACKEND
from acedesk.engines.backends.native_backend import NativeBackend
from acedesk.engines.manager import EngineManager
from acedesk.engines.pool import EnginePool
from acedesk.engines.prober import PROBE_TIMEOUT
from acedesk.engines.upkeep.claims import Claims
from acedesk.engines.upkeep.reconciler import GOES_ALREADY
from acedesk.errors import (
    BadRequest,
    Busy,
    BusyReason,
    ContainerError,
    DockerNotStarted,
    RuntimeState,
)
from acedesk.model.content import StreamKey
from acedesk.model.engine import (
    REMOVED_BY_USER,
    TEST_BACKEND,
    BackendKind,
    EngineId,
    EngineIntent,
    EngineSpec,
    EngineState,
    ProvisionState,
)
from acedesk.settings import Settings, parse_address
from acedesk.vpn.monitor import VpnMonitor

# Docker Desktop needs half a minute after a cold start of the computer.
DOCKER_START_LIMIT: Final = 90.0
DOCKER_LOOK_INTERVAL: Final = 1.0
# It runs in this process and answers within milliseconds, once it is asked (every 0.25 s).
TEST_ENGINE_LIMIT: Final = 10.0

# Looking for an engine program asks the system about some twenty files.
NATIVE_LOOK_INTERVAL: Final = 2.0

# Seconds that are waited for longer than an engine may take: then the true reason is known.
PROVISION_MARGIN: Final = 3.0


class EngineControl:
    """Engines for the windows and the API; see also `acedesk.ui.desk.EnginesDesk`.

    Args:
        client: Asks engines that are not known yet, and about sessions of other programs.
        starter: Starts Docker, None where that is not wanted.
        native: Starts engine programs of this computer, None where that is not wanted.

    Attributes:
        claims: Streams that other programs play on our engines; a service, see its `run`.
    """

    def __init__(
        self,
        pool: EnginePool,
        manager: EngineManager,
        vpn: VpnMonitor,
        settings: Callable[[], Settings],
        *,
        client: EngineClient,
        starter: DockerStarter | None = None,
        native: NativeBackend | None = None,
    ) -> None:
        self._pool = pool
        self._manager = manager
        self._vpn = vpn
        self._settings = settings
        self._client = client
        self.claims = Claims(pool, client.check_stat)
        self._starter = starter
        self._native = native
        self._native_found = float("-inf"), ""

    async def add(self) -> str:
        """Begin to provision an engine; return the id to watch in `Snapshot.provisions`.

        Raises:
            RuntimeUnavailable: Docker cannot be used.
        """
        return await self._manager.add_engine()

    async def add_native(self) -> str:
        """Begin to start an engine program of this computer; return as `add`.

        Raises:
            BadRequest: There is none.
        """
        return await self._manager.add_engine(NATIVE_BACKEND)

    @property
    def native_name(self) -> str:
        """The engine program that `add_native` would start, "" when there is none."""
        found_at, name = self._native_found
        if clock.monotonic() - found_at > NATIVE_LOOK_INTERVAL:
            name = _native_name(self._native)
            self._native_found = clock.monotonic(), name
        return name

    async def provision(self, request_key: str = "") -> EngineSpec:
        """Make an engine and wait until it answers.

        Args:
            request_key: Names the request, so that the same one repeated makes no second engine;
                "" makes one each time.
        """
        limit = self._settings().engine_start_timeout + PROVISION_MARGIN
        return await self._manager.provision(limit, request_key=request_key)

    async def try_address(self, text: str) -> str:
        """Ask what runs at "host:port" for its version; nothing is remembered.

        Raises:
            ValueError: The text is no address.
            EngineError: No engine answers there.
        """
        host, port = parse_address(text)
        answer = await self._client.fetch_version(host, port, timeout=PROBE_TIMEOUT)
        return answer.version

    @property
    def docker_name(self) -> str:
        """What `start_docker` would start: "Docker Desktop"; "" when it cannot be done here."""
        way = self._starter.way if self._starter is not None else None
        return way.name if way is not None else ""

    async def start_docker(self) -> None:
        """Start Docker and wait until it answers.

        Raises:
            DockerNotStarted: It was not, or did not answer in time.
        """
        if self._starter is None:
            raise DockerNotStarted("AceDesk may not start it")
        await self._starter.start()
        try:
            async with asyncio.timeout(DOCKER_START_LIMIT):
                await self.check_now()
                while self._manager.runtime.state is not RuntimeState.READY:
                    await tasks.sleep(DOCKER_LOOK_INTERVAL)
                    await self.check_now()
        except TimeoutError as exc:
            raise DockerNotStarted(f"it did not answer within {DOCKER_START_LIMIT:g} s") from exc

    async def open_test_engine(self) -> None:
        """See that the engine of the test channel runs, and wait until it answers.

        It ends with AceDesk.

        Raises:
            ContainerError: It cannot listen, or does not answer.
        """
        await self._manager.open_engine(TEST_BACKEND, "Test engine")
        try:
            await self._wait_until(self._test_engine_answers, TEST_ENGINE_LIMIT)
        except TimeoutError:
            raise ContainerError("start", "the test engine does not answer") from None

    def _test_engine_answers(self) -> bool:
        views = self._pool.views()
        return any(
            one.backend_id == TEST_BACKEND and one.state is EngineState.READY for one in views
        )

    async def take_over(self, container_id: str, *, confirmed: bool = False) -> None:
        """Make the engine of another AceDesk one of ours; one in use must be confirmed."""
        await self._manager.orphans.take_over(container_id, confirmed=confirmed)

    async def remove_orphan(self, container_id: str, *, confirmed: bool = False) -> None:
        """Stop and delete the engine of another AceDesk; one in use must be confirmed."""
        await self._manager.orphans.remove(container_id, confirmed=confirmed)

    async def cancel_provision(self, provision_id: str) -> None:
        """Cancel at whatever step it is; an ended one is forgotten."""
        await self._manager.cancel_provision(provision_id)

    async def restart(self, engine_id: EngineId) -> None:
        """Restart the engine's container or process."""
        await self._manager.restart_engine(engine_id)

    async def remove(self, engine_id: EngineId, why: str = REMOVED_BY_USER) -> None:
        """Stop and delete the engine, and say `why`; a static one is taken out of the settings.

        Raises:
            BadRequest: It belongs to the orchestrator.
        """
        _check_ours(self._pool, engine_id)
        await self._manager.remove_engine(engine_id, why)

    async def drain(self, engine_id: EngineId) -> None:
        """Give the engine no new streams; one that AceDesk made is removed when it has none.

        It holds after a restart of AceDesk, from when this returns also after a kill.

        Raises:
            NotFound: There is no such engine.
            BadRequest: It belongs to the orchestrator.
        """
        _check_ours(self._pool, engine_id)
        self._manager.reconciler.drain(engine_id)
        await self._manager.reconciler.remember()

    async def serve(self, engine_id: EngineId) -> None:
        """Let an engine that gets no new streams, whyever, get some again.

        It holds as a drain does. One that AceDesk made on demand stays from now on.

        Raises:
            NotFound: There is no such engine, or it is being removed already.
            BadRequest: It belongs to the orchestrator.
        """
        _check_ours(self._pool, engine_id)
        self._manager.reconciler.serve(engine_id)
        await self._manager.reconciler.remember()

    async def replace(self, engine_id: EngineId) -> None:
        """Make another engine and wait until it is ready; this one is drained and removed then.

        Raises:
            NotFound: There is no such engine.
            BadRequest: AceDesk did not make it, or it goes without being replaced.
            Busy: It takes longer, or could not be made and is tried again; this one stays so long.
        """
        self._manager.reconciler.replace(engine_id)
        try:
            limit = self._settings().engine_start_timeout + PROVISION_MARGIN
            await self._wait_until(lambda: self._is_leaving(engine_id), limit)
        except TimeoutError:
            raise Busy(BusyReason.STARTING, "The other engine is not ready yet.") from None
        if engine_id in self._pool.intents.drained:  # somebody did so while it was waited for
            raise BadRequest(GOES_ALREADY)

    def _is_leaving(self, engine_id: EngineId) -> bool:
        view = self._pool.find(engine_id)
        return view is None or view.intent is EngineIntent.REMOVE

    def scale(self, count: int) -> int:
        """Make or drain engines until there are `count`, within the settings' bounds.

        Those that are made so are removed again when they are idle for long.

        Returns:
            How many there will be.
        """
        return self._manager.reconciler.scale(count)

    def reset_breakers(self) -> None:
        """Make and replace engines again at once, whatever failed before."""
        self._manager.reconciler.reset_breakers()

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

    def check_place(self, key: StreamKey) -> None:
        """Only see whether an engine could take the stream `key` now.

        Raises:
            Busy: None can; the reason says what to wait for.
        """
        self._pool.check_place(key)

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


def _check_ours(pool: EnginePool, engine_id: EngineId) -> None:
    if pool.get(engine_id).backend is BackendKind.REMOTE:
        raise BadRequest(NOT_OURS)


def _native_name(native: NativeBackend | None) -> str:
    try:
        found = native.find_program() if native is not None else None
    except BadRequest:  # said when it is to be started
        return ""
    return found.title if found is not None else ""
