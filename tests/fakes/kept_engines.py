"""Engines that are kept, replaced and removed over a fake Docker, with a clock of a test's own."""

import pathlib
from collections.abc import Collection

from acedesk.containers.runtime import INSTANCE_LABEL, NAME_LABEL, PORT_LABEL, ROLE_LABEL
from acedesk.engines.backends.docker_backend import LOCAL_ID, DockerBackend
from acedesk.engines.backends.static_backend import StaticBackend
from acedesk.engines.backends.vpn_network import VpnNetwork
from acedesk.engines.making.vpn_gate import VpnGate
from acedesk.engines.manager import EngineManager
from acedesk.engines.pool import EnginePool
from acedesk.errors import EngineSilent, EngineUnreachable, NotFound, RuntimeState
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import BackendId, EngineHealth, EngineId, VpnMembership
from acedesk.model.snapshot import EngineView, VpnView
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from tests.fakes.containers import FakeRuntime
from tests.fakes.loop_steps import until
from tests.fakes.notes import Notes


def key(number: int) -> StreamKey:
    """Return one of many contents."""
    return StreamKey(KeyKind.CONTENT_ID, f"{number:040x}")


class _Answers:
    """Asks no engine: a test says how they are."""

    async def check(self, host: str, port: int, *, timeout: float = 5.0) -> float:
        raise NotFound

    async def fetch_version(self, host: str, port: int, *, timeout: float = 3.0) -> object:
        raise NotFound


class KeptEngines:
    """A manager whose engines answer at once unless a test says otherwise.

    Attributes:
        seconds: The monotonic time.
        answer: New engines are ready; else they stay starting.
        refuse: New engines never answer and fail.
        runtime: Docker on the first host.
        runtimes: Docker on each host.

    Args:
        vpn: The VPN's container, which is connected; engines are inside where the settings say so.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        host: BackendId = LOCAL_ID,
        *,
        others: Collection[BackendId] = (),
        vpn: VpnView | None = None,
        **settings: object,
    ) -> None:
        self.seconds = 1_000.0
        self.answer, self.refuse = True, False
        self.settings = Settings(min_provision_interval=0).changed(settings)
        self.notes = Notes()
        self.instance = InstanceFile(folder)
        self.instance.open()
        self.runtimes = {
            one: FakeRuntime(1_000 * number) for number, one in enumerate((host, *others))
        }
        for runtime in self.runtimes.values():
            runtime.state = RuntimeState.READY
        self.runtime = self.runtimes[host]
        self.pool = EnginePool(lambda: self.settings, now=lambda: self.seconds, note=self.notes)
        dockers = [self._make_docker(one, vpn if one == host else None) for one in self.runtimes]
        self.docker = dockers[0]
        static = StaticBackend(lambda: self.settings, self._save)
        self.manager = EngineManager(
            self.pool,
            [static, *dockers],
            _Answers(),  # type: ignore[arg-type]  # asked by the prober only, which does not run
            lambda: self.settings,
            runtime=self.runtime,
            now=lambda: self.seconds,
            note=self.notes,
            store=self.instance,
            gate=self._make_gate(host, vpn),
        )
        self.reconciler = self.manager.reconciler
        self.pool.changed.connect(self._let_answer)

    def _make_docker(self, host: BackendId, vpn: VpnView | None) -> DockerBackend:
        runtime = self.runtimes[host]
        network = VpnNetwork(runtime, lambda: self.settings, None if vpn is None else lambda: vpn)
        return DockerBackend(
            runtime, lambda: self.settings, self.instance, backend_id=host, vpn=network
        )

    def _make_gate(self, host: BackendId, vpn: VpnView | None) -> VpnGate:
        if vpn is None:
            return VpnGate(lambda: self.settings)
        inside = VpnMembership(container_id=vpn.container_id, trouble="")
        return VpnGate(lambda: self.settings, lambda: inside, host, lambda: vpn.engine_ports)

    async def _save(self, values: object) -> None:
        raise AssertionError("nothing is saved here")

    def _let_answer(self) -> None:
        for view in self.pool.views():
            if view.health is EngineHealth.STARTING and view.port:
                if self.refuse:
                    error = EngineUnreachable("nothing answers")
                    self.pool.set_health(view.id, EngineHealth.UNREACHABLE, error)
                elif self.answer:
                    self.pool.set_health(view.id, EngineHealth.READY)

    def put(self, number: int, *, running: bool = True) -> EngineId:
        """Let a container of ours exist already."""
        labels = {
            ROLE_LABEL: "engine",
            NAME_LABEL: f"engine-{number}",
            PORT_LABEL: "6878",
            INSTANCE_LABEL: self.instance.id,
        }
        return EngineId(self.runtime.put(f"{number:02}", labels, running=running).id)

    async def settle(self) -> None:
        """Look until nothing more is to be done and nothing is under way."""
        for _ in range(12):
            self.reconciler.look()
            await until(self._is_quiet)

    def _is_quiet(self) -> bool:
        starting = any(one.state.value == "running" for one in self.manager.provisions())
        leaving = bool(self.reconciler._removals._tasks)
        return (not starting or not self.answer) and not leaving

    @property
    def names(self) -> list[str]:
        """The engines there are."""
        return [view.name for view in self.pool.views()]

    def view(self, name: str) -> EngineView:
        """Return an engine by its name."""
        return next(view for view in self.pool.views() if view.name == name)

    def hang(self, name: str) -> None:
        """Let an engine answer no more."""
        error = EngineSilent("nothing came")
        self.pool.set_health(self.view(name).id, EngineHealth.HUNG, error)

    async def close(self) -> None:
        """End what is under way."""
        await self.manager.close()
