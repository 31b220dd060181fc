"""The composition root: every part is made and joined here, started in order, stopped in reverse.

`build` makes an `App`; the desktop and `acedesk serve` run the same one.
"""

import asyncio
import contextlib
import dataclasses
import logging
import pathlib
from collections.abc import Awaitable, Callable, Mapping

from acedesk import __version__, clock, log, tasks
from acedesk import settings as options_table
from acedesk.api.looping import LoopingRoutes
from acedesk.api.routes import ApiRoutes
from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.demo.backend import DemoBackend
from acedesk.demo.channels import channels
from acedesk.engines.backend import Backend
from acedesk.engines.client import EngineClient
from acedesk.engines.docker_backend import DockerBackend
from acedesk.engines.manager import EngineManager
from acedesk.engines.pool import EnginePool
from acedesk.engines.static_backend import StaticBackend
from acedesk.errors import Busy, BusyReason
from acedesk.formats import links
from acedesk.formats.getstream import PlayRequest
from acedesk.log import LogRing
from acedesk.model.content import KeyKind, Link, StreamKey
from acedesk.model.engine import EngineId, EngineSpec, EngineState, ProvisionState
from acedesk.model.player import Player
from acedesk.model.snapshot import Snapshot
from acedesk.players.find import find_players
from acedesk.players.launch import open_player
from acedesk.proxy.address import is_loopback, lan_address
from acedesk.proxy.listener import Listener
from acedesk.proxy.memory import Memory
from acedesk.proxy.plane import DataPlane
from acedesk.proxy.views import stream_view
from acedesk.settings import Settings
from acedesk.signals import Signal
from acedesk.store import settings_file
from acedesk.store.lock import DataDirLock
from acedesk.vpn.gluetun import GluetunControl
from acedesk.vpn.monitor import VpnMonitor
from acedesk.watchdog import Watchdog

logger = logging.getLogger(__name__)

# The longest a part may take to stop; a player or an engine that hangs must not keep us.
STOP_LIMIT = 6.0
# An engine that is there answers in milliseconds; one that is not must not keep the start.
SETTLE_LIMIT = 1.5
# How long a link waits for an engine that is being made; pulling an image can take longer.
PREPARE_LIMIT = 60.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What holds for this run beside the settings.

    Attributes:
        demo: Engines are built-in demo engines.
        overrides: Settings from the command line or environment; they stay out of the file.
        notes: Sentences the user should read once.
    """

    demo: bool
    data_dir: pathlib.Path
    config_file: pathlib.Path
    overrides: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def build(settings: Settings, *, options: RunOptions) -> "App":
    """Join all parts; nothing runs and nothing is opened before `App.start`."""
    return App(settings, options)


class App:
    """AceDesk without a face. Fulfils `acedesk.ui.desk.Desk` and `acedesk.api.routes.Control`.

    Signals: see `acedesk.ui.desk.Desk`.
    """

    def __init__(self, settings: Settings, options: RunOptions) -> None:
        self.changed: Signal[()] = Signal()
        self.settings_changed: Signal[Settings] = Signal()
        self.noted: Signal[str] = Signal()
        self.link_received: Signal[str] = Signal()
        self._settings = settings
        self._options = options
        self._notes = list(options.notes)
        self._log_ring = log.set_up(settings.log_level, folder=options.data_dir / "log")
        self._lock = DataDirLock(options.data_dir)
        self._supervisor = tasks.Supervisor()
        self._client = EngineClient()
        self._runtime = DockerRuntime(self._get_settings)
        self._pool = EnginePool(self._get_settings)
        self._manager = EngineManager(
            self._pool,
            self._backends(),
            self._client,
            self._get_settings,
            runtime=self._runtime,
        )
        self._gluetun = GluetunControl()
        self._vpn = VpnMonitor(
            self._runtime, self._get_settings, self._gluetun, engines=self._pool.views
        )
        self._plane = DataPlane(
            self._pool,
            self._client,
            self._get_settings,
            vpn=lambda: self._vpn.view,
            data_dir=options.data_dir,
        )
        self._streams = self._plane.streams
        looping = LoopingRoutes(self._plane.blacklist, lambda: self._settings.blacklist_minutes)
        self._listener = Listener(
            [*self._plane.routes(), *ApiRoutes(self).routes(), *looping.routes()]
        )
        self._exit = contextlib.AsyncExitStack()
        for signal in (self._streams.changed, self._manager.changed, self._vpn.changed):
            signal.connect(self.changed.emit)
        self._memory = Memory()
        self._watchdog = Watchdog()
        self._streams.changed.connect(lambda: self._memory.look(len(self._streams)))
        self._supervisor.changed.connect(self.changed.emit)
        self._plane.diagnostics.changed.connect(lambda _: self.changed.emit())
        self._pool.engine_lost.connect(self._streams.engine_lost)

    def _backends(self) -> tuple[Backend, ...]:
        static = StaticBackend(self._get_settings)
        if self._options.demo:
            return (static, DemoBackend())
        return (static, DockerBackend(self._runtime, self._get_settings))

    # ------------------------------------------------------------------ start and stop

    async def start(self) -> None:
        """Start everything; the port listens and engines are being looked for when it returns.

        Raises:
            DataDirInUse: Another AceDesk works in the same data folder.
            PortInUse: The port is taken.
            StorageError: The data folder cannot be used, or the address cannot be listened on.

        On failure or cancel: what had been started is stopped.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        self._lock.acquire()
        self._exit.callback(self._lock.release)
        parts = (self._memory, self._runtime, self._gluetun, self._client)
        for close in (part.close for part in parts):
            self._exit.push_async_callback(self._within, close)
        await self._plane.open()
        await self._listener.open(self._settings.host, self._settings.port)
        self._exit.push_async_callback(self._within, self._listener.close)
        self._lock.announce(self.base_url)
        self._exit.push_async_callback(self._within, self._manager.close)
        await self._manager.start()
        if self._options.demo:
            await self._manager.add_engine()
        self._exit.push_async_callback(self._within, self._supervisor.stop)
        self._supervisor.run("watchdog", self._watchdog.run)
        self._supervisor.run("engines", self._manager.run)
        for name, service in (("vpn", self._vpn.run), *self._plane.services()):
            self._supervisor.run(name, service)
        self._exit.push_async_callback(self._within, self._plane.close)
        await self._engines_settled()
        logger.info("AceDesk %s listens on %s", __version__, self.base_url)

    async def stop(self) -> None:
        """Stop all that was started, streams first; every open session is told to its engine."""
        await self._exit.aclose()
        logger.info("AceDesk has stopped")

    async def _engines_settled(self) -> None:
        """Give engines that are there already a moment to answer before players come."""
        with contextlib.suppress(TimeoutError):
            await self._until(lambda: not self._engines_are_coming(), SETTLE_LIMIT)

    def _engines_are_coming(self) -> bool:
        return any(e.state is EngineState.STARTING for e in self._pool.views()) or any(
            p.state is ProvisionState.RUNNING for p in self._manager.provisions()
        )

    async def _until(self, holds: Callable[[], bool], limit: float) -> None:
        """Wait until something holds of the engines.

        Raises:
            TimeoutError: It does not within `limit` seconds.
        """
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

    @staticmethod
    async def _within(stop: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(STOP_LIMIT):
                await stop()
        except TimeoutError:
            logger.warning("a part did not stop within %.0f s", STOP_LIMIT)

    # ------------------------------------------------------------------ what holds

    def _get_settings(self) -> Settings:
        return self._settings

    @property
    def settings(self) -> Settings:
        """The settings that hold now."""
        return self._settings

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences the user should read once."""
        return tuple(self._notes)

    @property
    def log_ring(self) -> LogRing:
        """The last 50,000 log rows."""
        return self._log_ring

    @property
    def base_url(self) -> str:
        """What player URLs start with, such as http://127.0.0.1:8080."""
        host = self._listener.host or self._settings.host
        if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
            host = lan_address() or "127.0.0.1"
        port = self._listener.port or self._settings.port
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def test_link(self) -> Link | None:
        """The demo channel, None when no demo engine runs."""
        if not self._options.demo:
            return None
        channel = channels()[0]
        return Link(key=StreamKey(KeyKind.CONTENT_ID, channel.id), title=channel.name)

    def snapshot(self) -> Snapshot:
        """Return a picture of everything now."""
        streams = (*self._streams, *self._streams.failed())
        views = (*(stream_view(stream) for stream in streams), *self._streams.files.views())
        return Snapshot(
            time=clock.utc_now(),
            version=__version__,
            base_url=self.base_url,
            lan=not is_loopback(self._listener.host or self._settings.host),
            demo=self._options.demo,
            streams=views,
            engines=self._pool.views(),
            provisions=self._manager.provisions(),
            vpn=self._vpn.view,
            runtime=self._manager.runtime,
            rate_in=sum(view.bit_rate for view in views),
            rate_out=sum(client.rate for view in views for client in view.clients),
            rate_up=sum(view.speed_up or 0.0 for view in views),
            degraded=tuple(self._supervisor.degraded.items()),
            loop_lag=self._watchdog.lag,
        )

    # ------------------------------------------------------------------ streams

    def player_url(self, key: StreamKey) -> str:
        """Return the URL that plays `key` in any player."""
        return links.player_url(self.base_url, key)

    async def prepare(self, link: Link) -> None:
        """Start the stream now, so that the first player finds it running.

        Raises:
            Busy: There is no engine for it, or AceDesk is closing.
        """
        if self._streams.find(link.key) is None:
            try:  # to say here when no engine can take it
                await self._until(lambda: self._can_play(link.key), PREPARE_LIMIT)
            except TimeoutError:
                raise Busy(BusyReason.STARTING) from None
        self._streams.open(PlayRequest(key=link.key, extra=(), title=link.title)).hold()

    def _can_play(self, key: StreamKey) -> bool:
        """Tell whether an engine could take `key` now; False while some are still coming.

        Raises:
            Busy: None can, and none is coming.
        """
        try:
            self._pool.check_place(key)
        except Busy:
            if self._engines_are_coming():
                return False
            raise
        return True

    async def stop_stream(self, stream_id: str) -> None:
        """Stop the stream, close its viewers and tell the engine."""
        await self._streams.stop(stream_id)

    async def stop_all(self) -> None:
        """Stop every stream."""
        await self._streams.stop_all()

    async def switch_engine(self, stream_id: str) -> None:
        """Let the stream go on with another engine; its viewers stay connected."""
        self._streams.switch_engine(stream_id)

    async def close_client(self, client_id: str) -> None:
        """Disconnect one viewer."""
        self._streams.close_client(client_id)

    # ------------------------------------------------------------------ engines

    async def add_engine(self) -> str:
        """Begin to provision an engine; return the id to watch."""
        return await self._manager.add_engine()

    async def provision(self) -> EngineSpec:
        """Make an engine and wait until it answers."""
        return await self._manager.provision(self._settings.engine_start_timeout)

    async def cancel_provision(self, provision_id: str) -> None:
        """Cancel at whatever step it is; an ended one is forgotten."""
        await self._manager.cancel_provision(provision_id)

    async def restart_engine(self, engine_id: EngineId) -> None:
        """Restart the engine's container or process."""
        await self._manager.restart_engine(engine_id)

    async def remove_engine(self, engine_id: EngineId) -> None:
        """Stop and delete the engine; a static engine is only forgotten."""
        await self._manager.remove_engine(engine_id)

    async def engine_log(self, engine_id: EngineId, lines: int = 500) -> str:
        """Return the last lines the engine wrote."""
        return await self._manager.engine_log(engine_id, lines)

    async def check_now(self) -> None:
        """Look at Docker, the engines and the VPN again."""
        await asyncio.gather(self._manager.check_now(), self._vpn.check_now())

    # ------------------------------------------------------------------ settings and players

    async def save_settings(self, values: Mapping[str, object]) -> tuple[str, ...]:
        """Check, save and apply `values`; return the names that count only after a restart.

        Raises:
            SettingsError: A value is not allowed; nothing was saved.
            StorageError: The file could not be written; the settings hold for this run.
        """
        before, after = self._settings, self._settings.changed(values)
        self._settings = after
        self._plane.apply_settings()
        log.set_level(after.log_level)
        self.settings_changed.emit(after)
        typed = {name: getattr(after, name) for name in values}
        await asyncio.to_thread(self._write_settings, typed)
        return tuple(
            name
            for name in typed
            if options_table.option(name).restart and getattr(before, name) != typed[name]
        )

    def _write_settings(self, values: Mapping[str, object]) -> None:
        path = self._options.config_file
        kept = settings_file.load(path, set_aside=False).values
        settings_file.save(path, {**kept, **values})

    async def find_players(self) -> tuple[Player, ...]:
        """Return the players on this computer, best first."""
        return await find_players()

    async def open_player(self, player: Player, url: str, title: str) -> None:
        """Start the player, detached, with the URL."""
        await open_player(player, url, title)
