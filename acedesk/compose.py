"""The composition root: every part is made and joined here, started in order, stopped in reverse.

`build` makes an `App`; the desktop and `acedesk serve` run the same one.
"""

import contextlib
import logging
import pathlib
from collections.abc import Awaitable, Callable, Iterable, Mapping

from acedesk import __version__, log, tasks
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.api.as_engine import routes as as_engine
from acedesk.api.late_api import LateApi
from acedesk.api.parts import ApiParts
from acedesk.application.access import AccessControl
from acedesk.application.engines import EngineControl
from acedesk.application.history import HistoryControl
from acedesk.application.integration import DesktopIntegration
from acedesk.application.players import PlayerControl
from acedesk.application.settings import SettingsControl
from acedesk.application.snapshot import SnapshotBuilder
from acedesk.application.streams import StreamControl
from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.containers.docker_start import DockerStarter
from acedesk.demo.channels import BURST, contents
from acedesk.demo.demo_backend import DemoBackend
from acedesk.engines.backend import Backend
from acedesk.engines.backends.docker_backend import LOCAL_ID, DockerBackend
from acedesk.engines.backends.host_control import HostControl
from acedesk.engines.backends.native_backend import NativeBackend
from acedesk.engines.backends.static_backend import StaticBackend
from acedesk.engines.backends.vpn_network import VpnNetwork
from acedesk.engines.making.vpn_gate import VpnGate
from acedesk.engines.manager import EngineManager
from acedesk.engines.pool import EnginePool
from acedesk.engines.remote.orchestrator import Orchestrator
from acedesk.engines.upkeep.vpn_recovery import VpnRecovery
from acedesk.log import LogRing
from acedesk.model.engine import TEST_BACKEND, BackendId, BackendKind, EngineId
from acedesk.model.host import is_loopback
from acedesk.model.snapshot import Snapshot
from acedesk.observe import span_export
from acedesk.observe.diagnostics import Diagnostics
from acedesk.observe.event_log import EventLog
from acedesk.observe.machine_load import MachineLoad
from acedesk.process.heap_trim import HeapTrim
from acedesk.process.loop_watchdog import Watchdog
from acedesk.process.ordered_stop import OrderedStop
from acedesk.proxy.buffer.slabs import slabs
from acedesk.proxy.data_plane import DataPlane
from acedesk.proxy.http.engine_port import EnginePort
from acedesk.proxy.http.listener import Listener
from acedesk.settings import Settings
from acedesk.signals import Signal
from acedesk.store.instance import InstanceFile
from acedesk.store.keyring.secret_settings import KeyringUse
from acedesk.store.lock import DataDirLock
from acedesk.values import frozen_value
from acedesk.vpn.gluetun import GluetunControl
from acedesk.vpn.monitor import VpnMonitor

logger = logging.getLogger(__name__)

_SPANS = "spans", span_export.run

# An engine that is there answers in milliseconds; one that is not must not keep the start.
SETTLE_LIMIT = 1.5


@frozen_value
class RunOptions:
    """What holds for this run beside the settings.

    Attributes:
        demo: Engines are built-in demo engines.
        demo_burst: Seconds of the broadcast they send a new reader at once.
        keyring: What may be done with the keyring of this computer.
        notes: Sentences the user should read once.
        places: Options that choose the same folder and file again.
    """

    demo: bool
    data_dir: pathlib.Path
    config_file: pathlib.Path
    notes: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    demo_burst: float = BURST
    keyring: KeyringUse = KeyringUse(entries={})


def build(settings: Settings, *, options: RunOptions) -> "App":
    """Join all parts; nothing runs and nothing is opened before `App.start`."""
    return App(settings, options)


class App:
    """AceDesk without a face. Fulfils `acedesk.ui.startable_desk.StartableDesk`.

    Attributes:
        streams: What may be asked about streams; the other subjects likewise.
        notes: Sentences the user should read once.
        log_ring: The last 50,000 log rows.
        events: The last 1,000 events.

    Signals:
        changed: See `acedesk.ui.desk.Desk`.
    """

    def __init__(self, settings: Settings, options: RunOptions) -> None:
        self.changed: Signal[()] = Signal()
        self.notes: tuple[str, ...] = options.notes
        self.log_ring: LogRing = log.set_up(settings.log_level, folder=options.data_dir / "log")
        self.events = EventLog()
        note, data, file = self.events.note, options.data_dir, options.config_file
        apply, move = self._apply_settings, self._move_listener
        self._instance = InstanceFile(data)
        kept = options.keyring, self._instance.known_id
        self.settings = SettingsControl(settings, file, apply, note, prepare=move, kept=kept)
        self.players = PlayerControl(self._get_settings)
        self.integration, self._options = DesktopIntegration(options.places), options
        self._lock = DataDirLock(data)
        self.access = AccessControl(data, self._get_settings, self._listening, note)
        self._exit = OrderedStop()
        self._supervisor = tasks.Supervisor()
        self._memory = HeapTrim(slabs)
        self._watchdog = Watchdog()
        self._orchestrator = Orchestrator(self._get_settings, data, note)
        self._build_engines()
        self._plane = DataPlane(
            self._pool, self._client, self._get_settings, data, note, self._listening
        )
        self._plane.sessions.listener = self._orchestrator.listener
        self._build_observation()
        self._build_application()
        parts = self._plane, self._pool, self._manager, self._client, self._vpn, self._watchdog
        self.api = LateApi(_api_parts(self, self._orchestrator, self._snapshots, *parts))
        self._listener = self._make_listener()
        self._engine_port = _make_engine_port(self, self._listener, self._pool)
        self._connect()

    def _build_engines(self) -> None:
        self._client = EngineClient()
        self.hosts = HostControl(self._get_settings)
        self._runtime = self.hosts.runtimes[LOCAL_ID]
        self._pool = EnginePool(self._get_settings, note=self.events.note)
        self._gluetun = GluetunControl()
        self._vpn = _make_vpn(self._runtime, self._get_settings, self._gluetun, self._pool, self)
        self._native = _make_native(self._get_settings, self._options, self._client)
        dockers = (
            _make_docker(one, runtime, self._get_settings, self._instance, self._client, self._vpn)
            for one, runtime in self.hosts.runtimes.items()
        )
        remote = self._orchestrator.backends
        backends = _make_backends(self, self._options, remote, dockers, self._native)
        self._manager = EngineManager(
            self._pool,
            backends,
            self._client,
            self._get_settings,
            runtime=self._runtime,
            note=self.events.note,
            store=self._instance,
            gate=_make_vpn_gate(self._get_settings, self._vpn),
        )
        self._orchestrator.join(self._pool, self._manager.apply_settings)
        renew = self._manager.restart_engine
        self._vpn_recovery = _make_vpn_recovery(self._pool, self._vpn, backends, renew, self)

    def _build_observation(self) -> None:
        self._machine_load = MachineLoad(self._options.data_dir)
        self._diagnostics = Diagnostics(
            self._plane.streams,
            self._pool,
            self._plane.blacklist,
            self._get_settings,
            vpn=lambda: self._vpn.view,
            machine=lambda: self._machine_load.facts,
            ahead=self._plane.sessions.ahead,
        )

    def _build_application(self) -> None:
        streams, demo = self._plane.streams, self._options.demo
        self.history = _make_history(self, self._options, self._pool, self.hosts.runtimes)
        self._starter = DockerStarter()
        self.engines = EngineControl(
            self._pool,
            self._manager,
            self._vpn,
            self._get_settings,
            client=self._client,
            starter=self._starter,
            native=None if self._orchestrator.backends else self._native,
        )
        self.streams = StreamControl(
            streams,
            self.engines,
            lambda: self.access.player_address,
            demo=demo,
            test=self._plane.test_link,
            keep=self.history.add_link_test,
        )
        self._snapshots = SnapshotBuilder(
            streams,
            self._pool,
            self._manager,
            vpn=lambda: self._vpn.view,
            base_url=lambda: self.base_url,
            lan=lambda: not is_loopback(self._listening()[0]),
            demo=demo,
            degraded=lambda: self._supervisor.degraded,
            loop_lag=lambda: self._watchdog.lag,
            totals=self._plane.totals.view,
            usage=self.history.usage,
            hosts=self.hosts.views,
            orchestrator=self._orchestrator.view,
            sharing=self._plane.sharing.view,
        )

    def _make_listener(self) -> Listener:
        plane, note = self._plane, self.events.note
        engine = as_engine.build(plane, self._client, self._get_settings, note)
        gate = self.access.gate(note, plane.sharing.token)
        return Listener(engine, gate, engine, make_more=self.api.routes)

    def _connect(self) -> None:
        streams = self._plane.streams
        parts = (streams, self._pool, self._manager, self._vpn, self._orchestrator, self.hosts)
        for part in (*parts, self._supervisor, self._plane.sharing.state):
            part.changed.connect(self.changed.emit)
        self.events.added.connect(self._plane.sharing.tell)
        streams.changed.connect(lambda: self._memory.look(len(streams), len(streams.failed())))
        self._diagnostics.changed.connect(lambda _: self.changed.emit())
        self._pool.set_loss_listener(streams.engine_moves.engine_lost)

    def _get_settings(self) -> Settings:
        return self.settings.current

    def _apply_settings(self, settings: Settings) -> None:
        self._plane.apply_settings()
        self._manager.apply_settings()
        self._vpn.wake()
        self._engine_port.apply_settings()
        self._orchestrator.apply_settings()
        log.set_level(settings.log_level)

    async def _move_listener(self, before: Settings, after: Settings) -> None:
        """Listen where the settings to come want it.

        Raises:
            PortInUse, CannotListen, StorageError: That cannot be; nothing has changed.
        """
        if self._listener.port:
            await self.access.prepare(after)
            if (before.host, before.port) != (after.host, after.port):
                await self._listener.move(after.host, after.port)
                logger.info("AceDesk listens on %s from now on", self.base_url)
                self._announce()

    def _announce(self) -> None:
        """Tell the commands where this AceDesk listens now."""
        host, port = self._listening()
        self._lock.announce(self.base_url, host=host, port=port, secret=self.access.command_secret)

    @property
    def base_url(self) -> str:
        """What player URLs start with, such as http://127.0.0.1:8080."""
        return self.access.base_url

    def _listening(self) -> tuple[str, int]:
        settings, listener = self.settings.current, self._listener
        return listener.host or settings.host, listener.port or settings.port

    def snapshot(self) -> Snapshot:
        """Return a picture of everything now."""
        return self._snapshots.build()

    async def start(self) -> None:
        """Start everything; the port listens and engines are being looked for when it returns.

        Raises:
            DataDirInUse: Another AceDesk works in the same data folder.
            PortInUse: The port is taken.
            CannotListen: The address cannot be listened on.
            StorageError: The data folder cannot be used.

        On failure or cancel: what had been started is stopped.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        self._lock.acquire()
        self._exit.push_call(self._lock.release)
        self._push_closes()
        self._instance.open()
        await self.settings.secrets.open()
        await self.history.open()
        await self._plane.open()
        await self.access.open()
        await self._listener.open(self._get_settings().host, self._get_settings().port)
        self._announce()
        await self._plane.sharing.open()
        await self._orchestrator.open()
        await self._manager.start()
        if self._options.demo:
            await self._manager.add_engine()
        for name, service in (
            ("watchdog", self._watchdog.run),
            *self._orchestrator.services(),
            ("rows", self.api.run),
            _SPANS,
            ("engines", self._manager.run),
            ("number of engines", self._manager.reconciler.run),
            ("reported streams", self.engines.claims.run),
            ("other AceDesks", self._plane.sharing.run),
            ("vpn", self._vpn.run),
            ("engines inside the vpn", self._vpn_recovery.run),
            ("diagnostics", self._diagnostics.run),
            ("host", self._machine_load.run),
            ("history", self.history.run),
            ("engine port", self._engine_port.run),
            ("use of tokens", self.access.run),
        ):
            self._supervisor.run(name, service)
        with contextlib.suppress(TimeoutError):  # those that are there answer before players come
            await self.engines.wait_until_settled(SETTLE_LIMIT)
        logger.info("AceDesk %s listens on %s", __version__, self.base_url)

    def _push_closes(self) -> None:
        # All of it before anything is opened: a start may be broken off in the middle of an `open`.
        first = self._memory, self._starter, self._gluetun, self._client, self.history, self.access
        then = self._plane.sharing, self._listener, self._manager, self._orchestrator, self.settings
        self._exit.push(*(runtime.close for runtime in self.hosts.runtimes.values()))
        self._exit.push(*(one.close for one in (*first, *then)))
        self._exit.push(self._supervisor.stop, self._plane.close, self.api.close)

    async def stop(self) -> None:
        """Stop all that was started, streams first; every open session is told to its engine.

        Again after a start that failed, it does nothing.
        """
        await self._exit.stop()


def _make_backends(
    app: App,
    options: RunOptions,
    remote: Iterable[Backend],
    dockers: Iterable[Backend],
    native: Backend,
) -> tuple[Backend, ...]:
    """Return where engines come from; an orchestrator alone makes them where there is one."""
    static = StaticBackend(lambda: app.settings.current, app.settings.save)
    if options.demo:
        return (static, *remote, DemoBackend(burst=options.demo_burst))
    test = DemoBackend(TEST_BACKEND, contents=contents())
    # Engines in Docker stay there, unused, until the orchestrator is taken out of the settings.
    own = () if remote else (*dockers, native)
    return (static, *remote, *own, test)


def _make_docker(
    backend_id: BackendId,
    runtime: DockerRuntime,
    settings: Callable[[], Settings],
    instance: InstanceFile,
    client: EngineClient,
    vpn: VpnMonitor,
) -> Backend:
    if backend_id.startswith(BackendKind.SWARM.value):
        from acedesk.engines.backends.swarm_backend import SwarmBackend  # few have one

        return SwarmBackend(runtime, settings, instance, backend_id=backend_id)
    return DockerBackend(
        runtime,
        settings,
        instance,
        backend_id=backend_id,
        check=lambda host, port, limit: client.check(host, port, timeout=limit),
        vpn=VpnNetwork(runtime, settings, (lambda: vpn.view) if backend_id == LOCAL_ID else None),
    )


def _make_vpn(
    runtime: DockerRuntime,
    settings: Callable[[], Settings],
    control: GluetunControl,
    pool: EnginePool,
    app: App,
) -> VpnMonitor:
    return VpnMonitor(
        runtime,
        settings,
        control,
        engines=pool.views,
        tell_members=pool.set_vpn,
        note=app.events.note,
    )


def _make_vpn_gate(settings: Callable[[], Settings], vpn: VpnMonitor) -> VpnGate:
    return VpnGate(settings, lambda: vpn.members, LOCAL_ID, lambda: vpn.view.engine_ports)


def _make_vpn_recovery(
    pool: EnginePool,
    vpn: VpnMonitor,
    backends: tuple[Backend, ...],
    renew: Callable[[EngineId], Awaitable[object]],
    app: App,
) -> VpnRecovery:
    """Return what makes engines anew that lost the VPN's network; only this Docker has such."""
    dockers = [one for one in backends if isinstance(one, DockerBackend) and one.id == LOCAL_ID]

    async def find_outdated() -> frozenset[EngineId]:
        return await dockers[0].outdated_in_vpn() if dockers else frozenset()

    recovery = VpnRecovery(
        pool, node=lambda: vpn.view, outdated=find_outdated, renew=renew, note=app.events.note
    )
    vpn.changed.connect(recovery.wake)
    return recovery


def _make_native(
    settings: Callable[[], Settings], options: RunOptions, client: EngineClient
) -> NativeBackend:
    return NativeBackend(
        settings,
        options.data_dir,
        ask=lambda host, port, limit: client.fetch_version(host, port, timeout=limit),
    )


def _api_parts(
    app: App,
    orchestrator: Orchestrator,
    snapshots: SnapshotBuilder,
    plane: DataPlane,
    pool: EnginePool,
    manager: EngineManager,
    client: EngineClient,
    vpn: VpnMonitor,
    watchdog: Watchdog,
) -> ApiParts:
    """Return what the API is made over."""
    return ApiParts(
        plane=plane,
        pool=pool,
        manager=manager,
        client=client,
        snapshots=snapshots,
        settings=lambda: app.settings.current,
        streams=app.streams,
        engines=app.engines,
        access=app.access,
        history=app.history,
        events=app.events,
        changed=app.changed,
        vpn=lambda: vpn.view,
        loop_lag=lambda: watchdog.lag,
        orchestrator=orchestrator.figures,
    )


def _make_engine_port(app: App, listener: Listener, pool: EnginePool) -> EnginePort:
    return EnginePort(
        listener,
        lambda: app.settings.current,
        lambda: [(view.host, view.port, view.name) for view in pool.views()],
        note=app.events.note,
    )


def _make_history(
    app: App, options: RunOptions, pool: EnginePool, runtimes: Mapping[BackendId, DockerRuntime]
) -> HistoryControl:
    return HistoryControl(
        options.data_dir, app.events, app.snapshot, engines=pool, runtimes=runtimes
    )
