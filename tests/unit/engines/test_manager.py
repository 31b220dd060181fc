"""What people ask of the engines: which backend does it, and what the pool holds meanwhile."""

import asyncio
import dataclasses
import pathlib
from collections.abc import AsyncIterator, Callable

import pytest

from acedesk import tasks
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.containers.runtime import INSTANCE_LABEL, NAME_LABEL, PORT_LABEL, ROLE_LABEL
from acedesk.demo.demo_backend import DemoBackend
from acedesk.demo.engine import DemoEngine
from acedesk.engines import manager as module
from acedesk.engines.backend import Backend
from acedesk.engines.backends.docker_backend import LOCAL_ID, DockerBackend
from acedesk.engines.backends.static_backend import StaticBackend
from acedesk.engines.makers import LOOK_AGE
from acedesk.engines.manager import EngineManager
from acedesk.engines.pool import EnginePool
from acedesk.errors import (
    BadRequest,
    Busy,
    BusyReason,
    ContainerError,
    EngineTooSlow,
    NotFound,
    RuntimeState,
    RuntimeUnavailable,
)
from acedesk.model.engine import (
    BackendId,
    EngineHealth,
    EngineId,
    EngineIntent,
    EngineLoss,
    ProvisionState,
)
from acedesk.model.snapshot import RuntimeView
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from tests.fakes.containers import FakeRuntime
from tests.fakes.loop_steps import until

ADDRESS = "127.0.0.1:9"


class _Parts:
    """A manager of a fake Docker and one engine of the settings; the clock stands still."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.settings = Settings(engines=(ADDRESS,))
        self.saved: list[object] = []
        self.instance = InstanceFile(folder)
        self.instance.open()
        self.runtime = FakeRuntime()
        self.docker = DockerBackend(self.runtime, lambda: self.settings, self.instance)
        self.static = StaticBackend(lambda: self.settings, self._save)
        self.client = EngineClient()
        self.pool = EnginePool(lambda: self.settings)
        self.seconds = 100.0
        self.manager = self.make(self.static, self.docker)

    def make(self, *backends: Backend) -> EngineManager:
        """Return a manager of these backends."""
        return EngineManager(
            self.pool,
            backends,
            self.client,
            lambda: self.settings,
            runtime=self.runtime,
            now=lambda: self.seconds,
        )

    async def _save(self, values: object) -> None:
        self.saved.append(values)

    def put(self, number: int, *, owner: str | None = None, running: bool = True) -> EngineId:
        """Let the container of an engine exist, ours unless it has another owner."""
        labels = {
            ROLE_LABEL: "engine",
            NAME_LABEL: f"engine-{number}",
            PORT_LABEL: "6878",
            INSTANCE_LABEL: self.instance.id if owner is None else owner,
        }
        return EngineId(self.runtime.put(f"{number:02}", labels, running=running).id)

    def names(self) -> list[str]:
        """Return the names of the engines in the pool."""
        return [view.name for view in self.pool.views()]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Let the loop go on until something holds."""
        await until(holds)


@pytest.fixture
async def parts(tmp_path: pathlib.Path) -> AsyncIterator[_Parts]:
    made = _Parts(tmp_path)
    yield made
    await made.manager.close()
    await made.client.close()


# What is there


async def test_what_exists_is_taken_over_at_the_start(parts: _Parts) -> None:
    parts.put(1)

    await parts.manager.start()

    assert parts.names() == [ADDRESS, "engine-1"]
    assert parts.manager.orphans.views() == ()


async def test_a_docker_that_is_missing_keeps_nobody_from_starting(parts: _Parts) -> None:
    parts.runtime.errors["list"] = [RuntimeUnavailable(RuntimeState.NOT_INSTALLED)]

    await parts.manager.start()

    assert parts.names() == [ADDRESS]


async def test_without_docker_nothing_is_known_of_it(parts: _Parts) -> None:
    manager = EngineManager(parts.pool, (), parts.client, Settings)

    assert manager.runtime == RuntimeView()
    assert parts.manager.runtime == parts.runtime.view
    await manager.close()


async def test_what_docker_tells_of_itself_is_a_change(parts: _Parts) -> None:
    told: list[int] = []
    parts.manager.changed.connect(lambda: told.append(1))

    parts.runtime.changed.emit()

    assert told == [1]


# Who makes engines


async def test_the_first_backend_that_can_makes_an_engine(parts: _Parts) -> None:
    await parts.manager.add_engine()
    await parts.until(lambda: "engine-1" in parts.names())

    assert len(parts.runtime.containers) == 1


async def test_a_backend_can_be_named(parts: _Parts) -> None:
    demo = DemoBackend()
    manager = parts.make(demo, parts.docker)

    await manager.add_engine(LOCAL_ID)
    await parts.until(lambda: bool(parts.runtime.containers))

    assert await demo.adopt() == ()
    await manager.close()


async def test_who_can_make_no_engines_says_so(parts: _Parts) -> None:
    manager = parts.make(parts.static)

    with pytest.raises(BadRequest, match="cannot make engines"):
        await manager.add_engine()
    with pytest.raises(BadRequest, match="has no docker:elsewhere engines"):
        await manager.add_engine(BackendId("docker:elsewhere"))
    assert manager.provisions() == ()
    await manager.close()


async def test_a_docker_that_cannot_be_used_is_told_before_anything_begins(parts: _Parts) -> None:
    parts.runtime.errors["list"] = [RuntimeUnavailable(RuntimeState.NO_PERMISSION)]

    with pytest.raises(RuntimeUnavailable):
        await parts.manager.add_engine()

    assert parts.manager.provisions() == ()


async def test_engines_asked_for_in_a_row_cost_one_look(parts: _Parts) -> None:
    for _ in range(3):
        await parts.manager.add_engine()
    assert parts.runtime.asked["list"] == 1

    parts.seconds += LOOK_AGE
    await parts.manager.add_engine()
    assert parts.runtime.asked["list"] == 2


async def test_a_name_that_a_container_has_already_is_not_given_again(parts: _Parts) -> None:
    parts.put(1)

    await parts.manager.add_engine()

    assert [view.name for view in parts.manager.provisions()] == ["engine-2"]


async def test_the_same_request_makes_one_engine(parts: _Parts) -> None:
    first = await parts.manager.add_engine(request_key="a")

    assert await parts.manager.add_engine(request_key="a") == first
    assert await parts.manager.add_engine(request_key="b") != first


async def test_who_waits_too_short_is_told_that_it_is_coming(parts: _Parts) -> None:
    with pytest.raises(Busy) as caught:
        await parts.manager.provision(0.0)

    assert caught.value.reason is BusyReason.STARTING
    assert [view.state for view in parts.manager.provisions()] == [ProvisionState.RUNNING]


async def test_who_waits_is_told_what_it_failed_with(parts: _Parts) -> None:
    parts.runtime.errors["create"] = [ContainerError("create", "the disk is full")]

    with pytest.raises(ContainerError, match="disk is full"):
        await parts.manager.provision(5.0)

    assert parts.runtime.containers == {}


async def test_a_provision_that_is_cancelled_leaves_nothing(parts: _Parts) -> None:
    made = await parts.manager.add_engine()
    await parts.until(lambda: "engine-1" in parts.names())

    await parts.manager.cancel_provision(made)

    assert (parts.runtime.containers, "engine-1" in parts.names()) == ({}, False)
    await parts.manager.cancel_provision(made)  # forgets it
    with pytest.raises(NotFound):
        await parts.manager.cancel_provision(made)


# Restarting and removing


async def test_a_restart_moves_its_streams_first_and_gives_it_a_port_again(parts: _Parts) -> None:
    engine = parts.put(1)
    await parts.manager.start()
    parts.pool.set_health(engine, EngineHealth.READY)
    before = parts.pool.get(engine).port
    seen: list[tuple[int, bool]] = []

    def note(loss: EngineLoss) -> None:
        seen.append((parts.pool.get(engine).port, loss.certain))

    parts.pool.set_loss_listener(note)
    await parts.manager.restart_engine(engine)

    assert seen == [(0, True)]
    assert parts.pool.get(engine).port not in (0, before)
    assert parts.pool.views()[1].health is EngineHealth.STARTING


async def test_an_engine_that_does_not_come_back_is_stopped_and_says_why(parts: _Parts) -> None:
    engine = parts.put(1)
    await parts.manager.start()
    parts.runtime.errors["restart"] = [ContainerError("restart", "the disk is full")]

    with pytest.raises(ContainerError, match="disk is full"):
        await parts.manager.restart_engine(engine)

    view = parts.pool.find(engine)
    assert view is not None
    assert view.health is EngineHealth.STOPPED
    assert isinstance(view.error, ContainerError)


async def test_an_engine_that_comes_back_as_another_replaces_itself(parts: _Parts) -> None:
    orphan = parts.put(1, owner="another")
    await parts.manager.start()
    await parts.manager.orphans.take_over(orphan, confirmed=True)
    parts.manager.reconciler.drain(orphan)

    await parts.manager.restart_engine(orphan)

    assert parts.names() == [ADDRESS, "engine-1"]
    assert parts.pool.find(orphan) is None
    fresh = parts.pool.views()[1]
    assert parts.runtime.containers.keys() == {fresh.id}
    assert fresh.intent is EngineIntent.REMOVE, "a drain holds for it too"


async def test_an_engine_that_is_not_ours_keeps_its_streams_when_a_restart_is_refused(
    parts: _Parts,
) -> None:
    await parts.manager.start()
    engine = parts.pool.views()[0].id
    parts.pool.set_health(engine, EngineHealth.READY)
    lost: list[EngineLoss] = []
    parts.pool.set_loss_listener(lost.append)

    with pytest.raises(BadRequest, match="did not start this engine"):
        await parts.manager.restart_engine(engine)

    assert lost == []
    assert parts.pool.views()[0].health is EngineHealth.READY


async def test_a_removed_engine_is_gone_from_pool_and_docker(parts: _Parts) -> None:
    engine = parts.put(1)
    await parts.manager.start()

    await parts.manager.remove_engine(engine)

    assert parts.names() == [ADDRESS]
    assert parts.runtime.containers == {}


async def test_one_that_is_removed_before_it_is_ready_has_not_failed(parts: _Parts) -> None:
    await parts.manager.add_engine(request_key="a program")
    await parts.until(lambda: "engine-1" in parts.names())
    await parts.manager.remove_engine(parts.pool.views()[-1].id)
    await parts.until(lambda: parts.manager.provisions()[0].state is ProvisionState.CANCELLED)


async def test_an_engine_that_could_not_be_removed_is_shown_again(parts: _Parts) -> None:
    engine = parts.put(1)
    await parts.manager.start()
    running = tasks.spawn(parts.manager.run(), name="manager")
    await parts.until(lambda: parts.runtime.watchers == 1)
    parts.runtime.errors["remove"] = [ContainerError("remove", "device is busy")]

    with pytest.raises(ContainerError, match="device is busy"):
        await parts.manager.remove_engine(engine)
    gone = parts.names()
    await parts.until(lambda: "engine-1" in parts.names())

    assert gone == [ADDRESS]
    await tasks.cancel(running)


async def test_removing_an_engine_of_the_settings_takes_it_out_of_them(parts: _Parts) -> None:
    await parts.manager.start()

    await parts.manager.remove_engine(parts.pool.views()[0].id)

    assert parts.saved == [{"engines": ()}]


async def test_an_engine_that_is_unknown_is_not_found_whatever_is_wanted(parts: _Parts) -> None:
    nobody = EngineId("nobody")

    for wanted in (
        parts.manager.restart_engine(nobody),
        parts.manager.remove_engine(nobody),
        parts.manager.engine_log(nobody),
        parts.manager.orphans.take_over(nobody),
        parts.manager.orphans.remove(nobody),
    ):
        with pytest.raises(NotFound):
            await wanted


async def test_an_engine_whose_backend_is_gone_cannot_be_changed(parts: _Parts) -> None:
    engine = parts.put(1)
    await parts.manager.start()
    foreign = dataclasses.replace(parts.pool.get(engine), backend_id=BackendId("docker:nas"))
    parts.pool.add(foreign)

    with pytest.raises(BadRequest, match="no docker:nas engines"):
        await parts.manager.remove_engine(engine)

    assert parts.names() == [ADDRESS, "engine-1"]


async def test_the_log_is_the_engines_own(parts: _Parts) -> None:
    engine = parts.put(1)
    await parts.manager.start()

    assert await parts.manager.engine_log(engine, 10) == "its last words"
    with pytest.raises(NotFound, match="cannot be read"):
        await parts.manager.engine_log(parts.pool.views()[0].id)


# Looking again


async def test_looking_now_sees_what_docker_has_now(parts: _Parts) -> None:
    engine = DemoEngine()
    parts.settings = Settings(engines=(f"127.0.0.1:{await engine.start()}",))
    await parts.manager.start()
    parts.pool.set_health(parts.pool.views()[0].id, EngineHealth.HUNG, EngineTooSlow("5 s"))
    parts.put(1)

    await parts.manager.check_now()

    own, made = parts.pool.views()
    assert (own.health, made.name) == (EngineHealth.READY, "engine-1")
    await engine.close()


async def test_changed_settings_make_only_their_own_engines_looked_at(parts: _Parts) -> None:
    await parts.manager.start()
    running = tasks.spawn(parts.manager.run(), name="manager")
    await parts.until(lambda: parts.runtime.asked["list"] == 2)

    parts.settings = parts.settings.changed({"engines": "127.0.0.1:10"})
    parts.manager.apply_settings()
    await parts.until(lambda: parts.names() == ["127.0.0.1:10"])

    assert parts.runtime.asked["list"] == 2
    await tasks.cancel(running)


# Engines of other AceDesks


async def test_an_orphan_that_is_taken_over_is_an_engine_and_no_orphan(parts: _Parts) -> None:
    orphan = parts.put(3, owner="another", running=False)
    await parts.manager.start()
    told: list[int] = []
    parts.manager.changed.connect(lambda: told.append(len(parts.manager.orphans.views())))

    await parts.manager.orphans.take_over(orphan)

    assert parts.names() == [ADDRESS, "engine-3"]
    assert told == [0]


@pytest.mark.parametrize("act", ["take_over", "remove"])
async def test_an_orphan_in_use_is_left_alone_until_it_is_confirmed(
    parts: _Parts, act: str
) -> None:
    orphan = parts.put(3, owner="another")
    await parts.manager.start()

    with pytest.raises(BadRequest, match="another AceDesk"):
        await getattr(parts.manager.orphans, act)(orphan)
    assert len(parts.manager.orphans.views()) == 1

    await getattr(parts.manager.orphans, act)(orphan, confirmed=True)
    assert parts.manager.orphans.views() == ()


async def test_an_engine_of_our_own_is_no_orphan_to_be_removed(parts: _Parts) -> None:
    engine = parts.put(1)
    await parts.manager.start()

    with pytest.raises(NotFound, match="no engine of another AceDesk"):
        await parts.manager.orphans.remove(engine, confirmed=True)

    assert engine in parts.runtime.containers


# The end


class _Closing(DemoBackend):
    """A backend that is closed, or hangs while it is."""

    def __init__(self, name: str, *, hangs: bool) -> None:
        super().__init__()
        self._name = BackendId(name)
        self._hangs = hangs
        self.asked_to_close = 0

    @property
    def id(self) -> BackendId:
        return self._name

    async def close(self) -> None:
        self.asked_to_close += 1
        if self._hangs:
            await asyncio.get_running_loop().create_future()


async def test_a_backend_that_does_not_close_keeps_neither_us_nor_the_others(
    parts: _Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLOSE_LIMIT", 0.05)
    backends = _Closing("demo:1", hangs=True), _Closing("demo:2", hangs=False)
    manager = parts.make(*backends)

    async with asyncio.timeout(5):
        await manager.close()

    assert [one.asked_to_close for one in backends] == [1, 1]


async def test_closing_cancels_what_is_being_made_and_leaves_the_containers_alone(
    parts: _Parts,
) -> None:
    kept = parts.put(1)
    await parts.manager.start()
    await parts.manager.add_engine()
    await parts.until(lambda: "engine-2" in parts.names())

    await parts.manager.close()

    assert parts.runtime.containers.keys() == {kept}
    assert [view.state for view in parts.manager.provisions()] == [ProvisionState.CANCELLED]


async def test_scores_are_told_by_the_prober_when_acedesk_stood_still(parts: _Parts) -> None:
    assert parts.pool.scores.counts == parts.manager._prober.counts
