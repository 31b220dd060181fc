"""Engines that come, answer, fall ill and go, with demo engines on real sockets."""

import asyncio
import pathlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import pytest

from acedesk import clock, tasks
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.demo.demo_backend import DemoBackend
from acedesk.demo.engine import DemoEngine
from acedesk.demo.fault_injection.faults import Fault, FaultKind, FaultPlace
from acedesk.engines import prober
from acedesk.engines.backends.docker_backend import DockerBackend
from acedesk.engines.backends.static_backend import StaticBackend
from acedesk.engines.manager import EngineManager
from acedesk.engines.pool import EnginePool
from acedesk.errors import (
    BadRequest,
    Busy,
    ContainerError,
    EngineError,
    EngineSilent,
    EngineUnreachable,
    NotAnEngine,
    NotFound,
    RuntimeState,
    RuntimeUnavailable,
)
from acedesk.model.engine import (
    BackendId,
    BackendKind,
    EngineId,
    EngineLoss,
    EngineSpec,
    EngineState,
    ProvisionState,
    Step,
    StepName,
    StepState,
)
from acedesk.model.snapshot import EngineView
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile

WORKSHOP = BackendId("docker:local")


class _Desk:
    """A manager that runs, with a demo backend and the engines of its settings."""

    def __init__(self, *backends: object, **settings: object) -> None:
        self.settings = Settings(health_interval=1.0).changed(settings)
        self.demo = DemoBackend()
        self.pool = EnginePool(lambda: self.settings)
        self.client = EngineClient()
        self.seconds = clock.monotonic
        every = [self.demo, StaticBackend(lambda: self.settings, self.save), *backends]
        self.manager = EngineManager(
            self.pool,
            every,  # type: ignore[arg-type]  # backends of tests are backends
            self.client,
            lambda: self.settings,
            now=self._now,
        )

    async def save(self, values: Mapping[str, object]) -> None:
        """Change settings as the application does."""
        self.settings = self.settings.changed(values)
        self.manager.apply_settings()

    def _now(self) -> float:
        return self.seconds()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until `holds` after a change of pool or provisions."""
        changed = asyncio.Event()
        stops = [
            signal.connect(changed.set) for signal in (self.pool.changed, self.manager.changed)
        ]
        try:
            async with asyncio.timeout(10):
                while not holds():
                    await changed.wait()
                    changed.clear()
        finally:
            for stop in stops:
                stop()

    async def until_state(self, state: EngineState) -> EngineView:
        """Wait until the first engine is in `state`."""
        await self.until(lambda: any(view.state is state for view in self.pool.views()))
        return next(view for view in self.pool.views() if view.state is state)


Desks = Callable[..., Awaitable[_Desk]]


@pytest.fixture
async def start(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desks]:
    """Start desks; probes are in a hurry."""
    monkeypatch.setattr(prober, "PROBE_TIMEOUT", 0.2)
    monkeypatch.setattr(prober, "VERSION_TIMEOUT", 0.2)
    monkeypatch.setattr(prober, "FAILING_INTERVAL", 0.05)
    monkeypatch.setattr(prober, "STARTING_INTERVAL", 0.05)
    desks: list[tuple[_Desk, asyncio.Task[None]]] = []

    async def begin(*backends: object, **settings: object) -> _Desk:
        desk = _Desk(*backends, **settings)
        await desk.manager.start()
        desks.append((desk, tasks.spawn(desk.manager.run(), name="manager")))
        return desk

    yield begin
    for desk, running in desks:
        await tasks.cancel(running)
        await desk.manager.close()
        await desk.client.close()


async def test_add_engine_makes_a_demo_engine_that_is_ready(start: Desks) -> None:
    desk = await start()

    await desk.manager.add_engine()
    view = await desk.until_state(EngineState.READY)
    await desk.until(lambda: desk.manager.provisions()[0].state is ProvisionState.DONE)

    (provision,) = desk.manager.provisions()
    assert (view.name, view.backend) == ("engine-1", BackendKind.DEMO)
    assert [(step.name, step.state) for step in provision.steps] == [
        (StepName.CREATE, StepState.DONE),
        (StepName.START, StepState.DONE),
        (StepName.ANSWER, StepState.DONE),
    ]
    assert provision.engine_id == view.id
    await desk.until(lambda: desk.pool.views()[0].version != "")


async def test_provision_returns_the_engine_when_it_is_ready(start: Desks) -> None:
    desk = await start()

    spec = await desk.manager.provision(10)

    assert desk.pool.views()[0].state is EngineState.READY
    assert await desk.client.check(spec.host, spec.port) < 5


async def test_engines_on_other_addresses_are_ready_once_they_answer(start: Desks) -> None:
    engine = DemoEngine()
    port = await engine.start()

    desk = await start(engines=f"127.0.0.1:{port}")
    view = await desk.until_state(EngineState.READY)

    assert (view.name, view.max_streams) == (f"127.0.0.1:{port}", None)
    await engine.close()


async def test_an_engine_that_is_not_there_is_unhealthy_and_heals_when_it_comes(
    start: Desks,
) -> None:
    engine = DemoEngine()
    port = await engine.start()
    await engine.close()
    desk = await start(engines=f"127.0.0.1:{port}", engine_start_timeout=4.0)

    view = await desk.until_state(EngineState.UNHEALTHY)
    assert isinstance(view.error, EngineUnreachable)
    assert view.error.detail == f"nothing answers at 127.0.0.1:{port} (Connection refused)"

    await engine.start(port=port)
    await desk.until_state(EngineState.READY)
    await engine.close()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (FaultKind.HANG, EngineSilent),
        (FaultKind.HTML, NotAnEngine),
        (FaultKind.RESET, EngineUnreachable),
    ],
)
async def test_three_failed_probes_tell_what_is_wrong_and_one_good_one_heals(
    start: Desks, fault: FaultKind, error: type[EngineError]
) -> None:
    desk = await start()
    spec = await desk.manager.provision(10)
    lost: list[EngineLoss] = []
    desk.pool.set_loss_listener(lost.append)
    engine = desk.demo.engine(spec.id)

    engine.order_fault(Fault(kind=fault, where=FaultPlace.API, times=0))
    view = await desk.until_state(EngineState.UNHEALTHY)
    assert type(view.error) is error
    assert [loss.engine_id for loss in lost] == [spec.id]

    engine.clear_faults()
    view = await desk.until_state(EngineState.READY)
    assert view.error is None


async def test_one_failed_probe_is_forgiven(start: Desks) -> None:
    desk = await start()
    spec = await desk.manager.provision(10)
    lost: list[EngineLoss] = []
    desk.pool.set_loss_listener(lost.append)
    # A probe that gets an error asks a second way: two requests are one failed probe.
    fault = Fault(kind=FaultKind.ERROR, where=FaultPlace.API, times=2)

    desk.demo.engine(spec.id).order_fault(fault)
    await desk.manager.check_now()
    await desk.manager.check_now()

    assert desk.pool.views()[0].state is EngineState.READY
    assert lost == []


async def test_restarting_moves_streams_and_ends_ready(start: Desks) -> None:
    desk = await start()
    spec = await desk.manager.provision(10)
    lost: list[EngineLoss] = []
    desk.pool.set_loss_listener(lost.append)

    await desk.manager.restart_engine(spec.id)
    await desk.until_state(EngineState.READY)

    assert [loss.engine_id for loss in lost] == [spec.id]


async def test_an_engine_that_is_not_ours_cannot_be_restarted_but_forgotten(start: Desks) -> None:
    engine = DemoEngine()
    port = await engine.start()
    desk = await start(engines=f"127.0.0.1:{port}")
    view = await desk.until_state(EngineState.READY)

    with pytest.raises(BadRequest):
        await desk.manager.restart_engine(view.id)
    assert desk.pool.views()[0].state is EngineState.READY
    with pytest.raises(NotFound):
        await desk.manager.engine_log(view.id)

    await desk.manager.remove_engine(view.id)
    assert await desk.client.check("127.0.0.1", port) < 5
    await engine.close()


async def test_an_engine_of_the_settings_stays_away_until_they_name_it_again(start: Desks) -> None:
    engine = DemoEngine()
    port = await engine.start()
    desk = await start(engines=(f"localhost:{port}", f"127.0.0.1:{port}"))
    await desk.until(lambda: len(desk.pool.views()) == 2)

    await desk.manager.remove_engine(EngineId(f"static-127.0.0.1:{port}"))
    assert desk.settings.engines == (f"localhost:{port}",)
    await desk.manager.check_now()
    assert [view.name for view in desk.pool.views()] == [f"localhost:{port}"]

    await desk.save({"engines": (f"127.0.0.1:{port}",)})
    await desk.until(lambda: [view.name for view in desk.pool.views()] == [f"127.0.0.1:{port}"])
    await engine.close()


async def test_a_removed_engine_is_gone(start: Desks) -> None:
    desk = await start()
    spec = await desk.manager.provision(10)

    await desk.manager.remove_engine(spec.id)

    assert desk.pool.views() == ()
    with pytest.raises(EngineUnreachable):
        await desk.client.check(spec.host, spec.port)
    with pytest.raises(NotFound):
        await desk.manager.remove_engine(spec.id)


async def test_the_log_of_an_engine_can_be_read(start: Desks) -> None:
    desk = await start()
    spec = await desk.manager.provision(10)
    assert "start: addr=" in await desk.manager.engine_log(spec.id, 50)


class _Workshop:
    """A backend whose engines take as long as a test wants, or fail."""

    def __init__(self) -> None:
        self.begun_at: list[float] = []
        self.at_work = 0
        self.most_at_work = 0
        self.removed: list[EngineId] = []
        self.go_on = asyncio.Event()
        self.begun = asyncio.Event()
        self.error: ContainerError | None = None

    @property
    def id(self) -> BackendId:
        return WORKSHOP

    @property
    def kind(self) -> BackendKind:
        return BackendKind.DOCKER

    async def adopt(self) -> tuple[EngineSpec, ...]:
        return ()

    async def provision(self, name: str, report: Callable[[Step], None]) -> EngineSpec:
        self.begun_at.append(clock.monotonic())
        report(Step(name=StepName.CREATE, state=StepState.RUNNING))
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        self.begun.set()
        try:
            await self.go_on.wait()
        finally:
            self.at_work -= 1
        raise self.error or ContainerError("create", "nothing is ever made here")

    async def remove(self, engine_id: EngineId) -> None:
        self.removed.append(engine_id)

    async def restart(self, engine_id: EngineId) -> EngineSpec:
        raise ContainerError("restart", "nothing is ever made here")

    async def log(self, engine_id: EngineId, lines: int) -> str:
        return ""

    async def close(self) -> None:
        pass


async def test_provisions_are_paced_and_at_most_five_run(
    start: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = _Workshop()
    desk = await start(workshop)

    asked_at = clock.monotonic()
    for _ in range(7):
        await desk.manager.add_engine(WORKSHOP)
    async with asyncio.timeout(5):
        while workshop.at_work < 5:
            workshop.begun.clear()
            await workshop.begun.wait()
    workshop.go_on.set()
    await desk.until(
        lambda: all(one.state is ProvisionState.FAILED for one in desk.manager.provisions())
    )

    assert workshop.most_at_work == 5
    assert len(workshop.begun_at) == 7
    for number, begun_at in enumerate(sorted(workshop.begun_at)):
        assert begun_at >= asked_at + number * 0.05 - 0.005
    assert len({one.name for one in desk.manager.provisions()}) == 7


async def test_a_failed_provision_says_why_and_stays_until_it_is_dismissed(start: Desks) -> None:
    workshop = _Workshop()
    workshop.error = ContainerError("create", "the disk is full")
    workshop.go_on.set()
    desk = await start(workshop)

    provision_id = await desk.manager.add_engine(WORKSHOP)
    await desk.until(lambda: desk.manager.provisions()[0].state is ProvisionState.FAILED)

    desk.seconds = lambda: clock.monotonic() + 3600
    (provision,) = desk.manager.provisions()
    assert provision.error is workshop.error
    states = {step.name: step.state for step in provision.steps}
    assert states[StepName.CREATE] is StepState.FAILED
    await desk.manager.cancel_provision(provision_id)
    assert desk.manager.provisions() == ()
    with pytest.raises(NotFound):
        await desk.manager.cancel_provision(provision_id)


async def test_a_good_result_is_shown_for_half_a_minute(start: Desks) -> None:
    desk = await start()
    await desk.manager.provision(10)

    assert len(desk.manager.provisions()) == 1
    desk.seconds = lambda: clock.monotonic() + 31
    assert desk.manager.provisions() == ()


async def test_a_cancelled_provision_frees_its_name(start: Desks) -> None:
    workshop = _Workshop()
    desk = await start(workshop)
    provision_id = await desk.manager.add_engine(WORKSHOP)
    await workshop.begun.wait()

    await desk.manager.cancel_provision(provision_id)

    assert desk.manager.provisions()[0].state is ProvisionState.CANCELLED
    assert workshop.at_work == 0
    spec = await desk.manager.provision(10)
    assert spec.name == "engine-1"


async def test_waiting_too_long_for_an_engine_is_busy_and_the_engine_comes_later(
    start: Desks,
) -> None:
    desk = await start()
    with pytest.raises(Busy):
        await desk.manager.provision(0)
    await desk.until_state(EngineState.READY)


async def test_closing_cancels_provisions(start: Desks) -> None:
    workshop = _Workshop()
    desk = await start(workshop)
    await desk.manager.add_engine(WORKSHOP)
    await workshop.begun.wait()

    await desk.manager.close()

    assert desk.manager.provisions()[0].state is ProvisionState.CANCELLED


async def test_without_docker_the_rest_works(tmp_path: pathlib.Path) -> None:
    environment = {"HOME": str(tmp_path), "PATH": ""}
    runtime = DockerRuntime(Settings, environment=environment, root=tmp_path)
    pool = EnginePool(Settings)
    instance = InstanceFile(tmp_path)
    instance.open()
    backend = DockerBackend(runtime, Settings, instance)
    client = EngineClient()
    manager = EngineManager(pool, [backend], client, Settings, runtime=runtime)

    await manager.start()

    assert manager.runtime.state is RuntimeState.NOT_INSTALLED
    with pytest.raises(RuntimeUnavailable):
        await manager.add_engine()
    assert manager.provisions() == ()
    await manager.close()
    await runtime.close()
    await client.close()
