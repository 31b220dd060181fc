"""What is behind the windows, without a port of its own: demo engines, a fake Docker, streams."""

import pathlib
from collections.abc import AsyncIterator, Callable

import pytest

from acedesk import tasks
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.application.engines import EngineControl
from acedesk.application.streams import StreamControl
from acedesk.containers.runtime import INSTANCE_LABEL, NAME_LABEL, PORT_LABEL, ROLE_LABEL
from acedesk.demo.channels import contents
from acedesk.demo.demo_backend import DemoBackend
from acedesk.demo.engine import DemoEngine
from acedesk.engines.backends.docker_backend import DockerBackend
from acedesk.engines.manager import EngineManager
from acedesk.engines.pool import EnginePool
from acedesk.model.engine import TEST_BACKEND, EngineHealth, EngineSpec
from acedesk.proxy.data_plane import DataPlane
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from acedesk.vpn.gluetun import GluetunControl
from acedesk.vpn.monitor import VpnMonitor
from tests.fakes.containers import FakeRuntime
from tests.fakes.loop_steps import until

BASE_URL = "http://127.0.0.1:8080"


class Parts:
    """The parts that windows and API speak to, joined as `acedesk.compose` joins them.

    Args:
        demo: Engines are demo engines; else the only demo engine is that of the test channel.
    """

    def __init__(self, folder: pathlib.Path, *, demo: bool = True) -> None:
        self.settings = Settings(grace=0.0, start_timeout=1.0)
        self.instance = InstanceFile(folder)
        self.instance.open()
        self.runtime = FakeRuntime()
        self.demo = DemoBackend() if demo else DemoBackend(TEST_BACKEND, contents=contents())
        docker = DockerBackend(self.runtime, self._settings, self.instance)
        self.client = EngineClient()
        self.pool = EnginePool(self._settings)
        backends = (self.demo, docker) if demo else (docker, self.demo)
        self.manager = EngineManager(
            self.pool, backends, self.client, self._settings, runtime=self.runtime
        )
        self.gluetun = GluetunControl()
        self.vpn = VpnMonitor(
            self.runtime,
            self._settings,
            self.gluetun,
            engines=self.pool.views,
            tell_members=self.pool.set_vpn,
        )
        self.plane = DataPlane(self.pool, self.client, self._settings, data_dir=folder)
        self.engines = EngineControl(
            self.pool, self.manager, self.vpn, self._settings, client=self.client
        )
        self.streams = StreamControl(self.plane.streams, self.engines, lambda: BASE_URL, demo=demo)
        self.pool.set_loss_listener(self.plane.streams.engine_moves.engine_lost)

    def _settings(self) -> Settings:
        return self.settings

    async def make_engine(
        self, name: str = "engine-1", health: EngineHealth = EngineHealth.READY
    ) -> EngineSpec:
        """Start a demo engine and put it into the pool."""
        spec = await self.demo.provision(name, lambda _: None)
        self.pool.add(spec, health=health)
        return spec

    def engine(self, spec: EngineSpec) -> DemoEngine:
        """Return the running engine."""
        engine = self.demo.engine(spec.id)
        assert isinstance(engine, DemoEngine)
        return engine

    def put(self, number: int, owner: str, *, running: bool = True) -> str:
        """Let the container of an engine of another AceDesk exist."""
        labels = {
            ROLE_LABEL: "engine",
            NAME_LABEL: f"engine-{number}",
            PORT_LABEL: "6878",
            INSTANCE_LABEL: owner,
        }
        return self.runtime.put(f"{number:02}", labels, running=running).id

    async def until(self, holds: Callable[[], bool]) -> None:
        """Let the loop go on until something holds."""
        await until(holds)

    async def close(self) -> None:
        """End everything, streams first."""
        await self.plane.close()
        await self.manager.close()
        await self.client.close()
        await self.gluetun.close()


@pytest.fixture
async def parts(tmp_path: pathlib.Path) -> AsyncIterator[Parts]:
    made = Parts(tmp_path)
    yield made
    await made.close()


@pytest.fixture
async def parts_without_engine(tmp_path: pathlib.Path) -> AsyncIterator[Parts]:
    """Return what a first start has: Docker, no engine, and engines are looked at."""
    made = Parts(tmp_path, demo=False)
    running = tasks.spawn(made.manager.run(), name="engines")
    yield made
    await tasks.cancel(running)
    await made.close()
