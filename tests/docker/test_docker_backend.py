"""Engines in real containers: made, adopted, restarted, removed, cancelled at every step."""

import asyncio
import contextlib
import dataclasses
import json
import pathlib
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest

from acedesk import tasks
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.engines.backends.docker_backend import DockerBackend
from acedesk.engines.manager import EngineManager
from acedesk.engines.pool import EnginePool
from acedesk.errors import ContainerError, EngineUnreachable, RuntimeState
from acedesk.model.engine import (
    BackendKind,
    EngineState,
    ProvisionState,
    Step,
    StepName,
    StepState,
)
from acedesk.model.snapshot import EngineView
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from tests.docker import images
from tests.docker.conftest import TEST_LABEL, containers_of
from tests.fakes.registry import FakeRegistry

pytestmark = pytest.mark.docker


@dataclasses.dataclass
class _Desk:
    """Settings that can be changed and what is built on them."""

    settings: Settings
    backend: DockerBackend
    pool: EnginePool
    manager: EngineManager
    client: EngineClient


@pytest.fixture
async def desk(
    engine_image: str, run_id: str, runtime: DockerRuntime, tmp_path: pathlib.Path
) -> AsyncIterator[_Desk]:
    settings = Settings(engine_image=engine_image, engine_start_timeout=15.0)
    client = EngineClient()
    made = _build(settings, runtime, client, run_id, tmp_path / "data")
    running = tasks.spawn(made.manager.run(), name="manager")
    yield made
    await tasks.cancel(running)
    await made.manager.close()
    await client.close()


def _build(
    settings: Settings,
    runtime: DockerRuntime,
    client: EngineClient,
    run: str,
    data_dir: pathlib.Path,
) -> _Desk:
    holder: list[_Desk] = []

    def current() -> Settings:
        return holder[0].settings if holder else settings

    instance = InstanceFile(data_dir)
    instance.open()
    backend = DockerBackend(
        runtime, current, instance, labels={TEST_LABEL: run}, prefix=f"acedesk-test-{run}-"
    )
    pool = EnginePool(current)
    manager = EngineManager(pool, [backend], client, current, runtime=runtime)
    holder.append(
        _Desk(settings=settings, backend=backend, pool=pool, manager=manager, client=client)
    )
    return holder[0]


async def _until(pool: EnginePool, state: EngineState) -> EngineView:
    """Wait until the first engine is in `state`."""
    changed = asyncio.Event()
    disconnect = pool.changed.connect(changed.set)
    try:
        async with asyncio.timeout(20):
            while True:
                for view in pool.views():
                    if view.state is state:
                        return view
                await changed.wait()
                changed.clear()
    except TimeoutError:
        pytest.fail(f"no engine became {state}: {pool.views()}")
    finally:
        disconnect()


def _inspect(container: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = json.loads(images.docker("inspect", container))
    return found[0]


async def test_an_engine_is_made_step_by_step(desk: _Desk) -> None:
    steps: list[Step] = []

    spec = await desk.backend.provision("engine-1", steps.append)

    assert [(step.name, step.state) for step in steps] == [
        (StepName.PULL, StepState.RUNNING),
        (StepName.PULL, StepState.DONE),
        (StepName.CREATE, StepState.RUNNING),
        (StepName.CREATE, StepState.DONE),
        (StepName.START, StepState.RUNNING),
        (StepName.START, StepState.DONE),
        (StepName.ANSWER, StepState.RUNNING),
    ]
    assert steps[1].detail == "image is already here"
    assert (spec.name, spec.host) == ("engine-1", "127.0.0.1")
    assert spec.started_time is not None
    assert await desk.backend.adopt() == (spec,)


async def test_the_container_is_made_as_engines_need_it(desk: _Desk, run_id: str) -> None:
    desk.settings = dataclasses.replace(desk.settings, engine_arguments="--name 'two words' -x")

    spec = await desk.backend.provision("engine-1", lambda _: None)

    raw = _inspect(spec.container_id)
    host = raw["HostConfig"]
    assert raw["Name"] == f"/acedesk-test-{run_id}-engine-1"
    assert raw["Config"]["Cmd"] == ["--usual", "--name", "two words", "-x"]
    assert "ALLOW_REMOTE_ACCESS=yes" in raw["Config"]["Env"]
    assert raw["Config"]["Labels"]["app.acedesk.role"] == "engine"
    assert host["Init"] is True
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    assert host["Tmpfs"] == {"/dev/disk/by-id": "noexec,rw,size=4k"}
    assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "2"}
    bindings = raw["NetworkSettings"]["Ports"]["6878/tcp"]
    assert bindings == [{"HostIp": "127.0.0.1", "HostPort": str(spec.port)}]
    assert "[two words]" in await desk.backend.log(spec.id, 10)


async def _words_of(desk: _Desk, arguments: str) -> list[str]:
    """Make an engine with these arguments and return the words its program got."""
    desk.settings = dataclasses.replace(desk.settings, engine_arguments=arguments)
    spec = await desk.manager.provision(20)
    log = await desk.backend.log(spec.id, 20)
    return [line.strip()[1:-1] for line in log.splitlines() if line.startswith("  [")]


@pytest.mark.parametrize(
    ("changes", "usual"),
    [
        (('ENTRYPOINT ["/bin/engine"]',), []),
        (('ENTRYPOINT ["/bin/engine"]', 'CMD ["--usual"]'), ["--usual"]),
        (('CMD ["/bin/engine", "--usual"]',), ["--usual"]),
        (("CMD /bin/engine --usual",), ["--usual"]),
        (("ENTRYPOINT /bin/engine --usual",), ["--usual"]),
        (("ENTRYPOINT exec /bin/engine --usual", 'CMD ["ignored"]'), ["--usual"]),
        (("CMD cd / && /bin/engine --usual; sleep 1",), ["--usual"]),
        (('ENTRYPOINT ["/bin/wrapper"]', 'CMD ["/bin/engine", "--usual"]'), ["--usual"]),
    ],
)
async def test_arguments_stand_behind_what_an_image_of_any_shape_starts(
    desk: _Desk, changes: tuple[str, ...], usual: list[str]
) -> None:
    wrapper = '#!/bin/sh\nexec "$@"\n'
    tag = f"acedesk-test/shape:{secrets.token_hex(4)}"
    images.import_image(tag, {**images.ENGINE_FILES, "bin/wrapper": wrapper}, changes)
    desk.settings = dataclasses.replace(desk.settings, engine_image=tag)
    try:
        assert await _words_of(desk, "--x 'two words'") == [*usual, "--x", "two words"]
    finally:
        for view in desk.pool.views():
            await desk.manager.remove_engine(view.id)
        images.docker("rmi", "-f", tag)


async def test_a_whole_command_written_for_acedesk_0_1_still_starts(desk: _Desk) -> None:
    assert await _words_of(desk, "--usual --x") == ["--usual", "--x"]


@pytest.mark.parametrize(
    ("files", "program", "words"),
    [
        ({}, "/bin/nothing", "the image has no such program: “/bin/nothing”"),
        ({"etc/plain": "text"}, "/etc/plain", "the image's program may not be run: “/etc/plain”"),
        ({"bin/odd": "\x7fELF no"}, "/bin/odd", "the image is made for another processor"),
    ],
)
async def test_a_program_that_cannot_be_executed_is_told(
    desk: _Desk, run_id: str, files: dict[str, str], program: str, words: str
) -> None:
    tag = f"acedesk-test/odd:{secrets.token_hex(4)}"
    images.import_image(tag, files, [f'ENTRYPOINT ["{program}"]'])
    desk.settings = dataclasses.replace(desk.settings, engine_image=tag)
    try:
        with pytest.raises((ContainerError, EngineUnreachable)) as caught:
            await desk.manager.provision(20)
    finally:
        images.docker("rmi", "-f", tag)

    assert words in caught.value.detail
    assert containers_of(run_id) == []


async def test_an_image_that_starts_nothing_is_told(desk: _Desk) -> None:
    tag = f"acedesk-test/empty:{secrets.token_hex(4)}"
    images.import_image(tag, {}, [])
    desk.settings = dataclasses.replace(desk.settings, engine_image=tag)
    try:
        with pytest.raises(ContainerError, match="names no program"):
            await desk.manager.provision(20)
    finally:
        images.docker("rmi", "-f", tag)


async def test_a_foreign_container_of_our_name_is_left_alone(
    desk: _Desk, engine_image: str, run_id: str
) -> None:
    name = f"acedesk-test-{run_id}-engine-1"
    images.docker("create", "--name", name, engine_image)
    try:
        spec = await desk.backend.provision("engine-1", lambda _: None)
        assert _inspect(spec.container_id)["Name"] == f"/{name}-2"
    finally:
        images.docker("rm", "-f", name)


async def test_a_stopped_engine_is_adopted_without_a_port(desk: _Desk) -> None:
    spec = await desk.backend.provision("engine-1", lambda _: None)
    images.docker("stop", "-t", "0", spec.container_id)

    (stopped,) = await desk.backend.adopt()

    assert (stopped.id, stopped.port) == (spec.id, 0)


async def test_removing_leaves_nothing_and_may_be_repeated(desk: _Desk, run_id: str) -> None:
    spec = await desk.backend.provision("engine-1", lambda _: None)

    await desk.backend.remove(spec.id)
    await desk.backend.remove(spec.id)

    assert containers_of(run_id) == []


async def test_an_image_that_is_nowhere_fails_the_pull(desk: _Desk, run_id: str) -> None:
    desk.settings = dataclasses.replace(desk.settings, engine_image="127.0.0.1:1/nothing")

    with pytest.raises(ContainerError) as caught:
        await desk.backend.provision("engine-1", lambda _: None)

    assert caught.value.operation == "pull"
    assert containers_of(run_id) == []


@pytest.mark.parametrize(
    ("step", "state"),
    [
        (StepName.CREATE, StepState.RUNNING),
        (StepName.CREATE, StepState.DONE),
        (StepName.START, StepState.RUNNING),
    ],
)
async def test_cancelling_a_backend_leaves_nothing(
    desk: _Desk, run_id: str, step: StepName, state: StepState
) -> None:
    reached = asyncio.Event()

    def report(told: Step) -> None:
        if (told.name, told.state) == (step, state):
            reached.set()

    making = tasks.spawn(desk.backend.provision("engine-1", report), name="provision")
    await reached.wait()
    await tasks.cancel(making)

    assert making.cancelled()
    assert containers_of(run_id) == []


async def test_add_engine_ends_with_an_engine_that_plays(desk: _Desk) -> None:
    await desk.manager.start()

    provision_id = await desk.manager.add_engine()
    view = await _until(desk.pool, EngineState.READY)

    (provision,) = desk.manager.provisions()
    assert (provision.id, provision.name) == (provision_id, "engine-1")
    async with asyncio.timeout(5):
        while provision.state is ProvisionState.RUNNING:
            await desk.manager.check_now()
            (provision,) = desk.manager.provisions()
    assert [step.state for step in provision.steps] == [StepState.DONE] * 4
    assert provision.engine_id == view.id
    await desk.manager.check_now()
    assert desk.pool.views()[0].version == "3.2.11"


@pytest.mark.parametrize("wanted", list(StepName))
async def test_a_provision_can_be_cancelled_at_every_step(
    desk: _Desk, run_id: str, wanted: StepName
) -> None:
    registry = FakeRegistry(6_000_000)
    await registry.start()
    desk.settings = dataclasses.replace(desk.settings, engine_arguments="--mute")
    if wanted is StepName.PULL:
        image = f"127.0.0.1:{registry.port}/image-{secrets.token_hex(4)}"
        desk.settings = dataclasses.replace(desk.settings, engine_image=image)
    changed = asyncio.Event()
    desk.manager.changed.connect(changed.set)

    provision_id = await desk.manager.add_engine()
    async with asyncio.timeout(20):
        while not _is_running(desk.manager, wanted):
            await changed.wait()
            changed.clear()
        if wanted is StepName.PULL:
            await registry.layer_begun.wait()
        await desk.manager.cancel_provision(provision_id)

    assert desk.manager.provisions()[0].state is ProvisionState.CANCELLED
    assert containers_of(run_id) == []
    assert desk.pool.views() == ()
    await desk.manager.cancel_provision(provision_id)
    assert desk.manager.provisions() == ()
    await registry.stop()


def _is_running(manager: EngineManager, name: StepName) -> bool:
    steps = manager.provisions()[0].steps
    return any(step.name is name and step.state is StepState.RUNNING for step in steps)


async def test_a_wrong_argument_is_told_in_the_engines_own_words(desk: _Desk, run_id: str) -> None:
    desk.settings = dataclasses.replace(desk.settings, engine_arguments="--wrong")

    with pytest.raises((ContainerError, EngineUnreachable)) as caught:
        await desk.manager.provision(20)

    assert "unknown option --wrong" in caught.value.detail
    assert containers_of(run_id) == []
    assert desk.pool.views() == ()


async def test_an_engine_that_never_answers_fails_and_is_removed(desk: _Desk, run_id: str) -> None:
    desk.settings = dataclasses.replace(
        desk.settings, engine_arguments="--mute", engine_start_timeout=1.0
    )

    with pytest.raises(EngineUnreachable, match="did not answer within 1 s"):
        await desk.manager.provision(20)

    assert containers_of(run_id) == []


async def test_engines_outlive_acedesk_and_are_taken_over(
    desk: _Desk, runtime: DockerRuntime, run_id: str, tmp_path: pathlib.Path
) -> None:
    spec = await desk.manager.provision(20)
    await desk.manager.close()

    second = _build(desk.settings, runtime, desk.client, run_id, tmp_path / "data")
    await second.manager.start()
    running = tasks.spawn(second.manager.run(), name="second manager")
    view = await _until(second.pool, EngineState.READY)

    assert (view.id, view.name, view.port) == (spec.id, "engine-1", spec.port)
    await tasks.cancel(running)
    await second.manager.close()


async def test_an_engine_docker_restarts_by_itself_comes_back_with_its_new_port(
    desk: _Desk,
) -> None:
    spec = await desk.manager.provision(20)

    images.docker("restart", "-t", "0", spec.container_id)
    async with asyncio.timeout(20):
        while desk.pool.get(spec.id).started_time == spec.started_time:
            await desk.manager.check_now()
    view = await _until(desk.pool, EngineState.READY)

    assert await desk.client.check(view.host, view.port) < 5


async def test_an_engine_removed_elsewhere_disappears(desk: _Desk) -> None:
    spec = await desk.manager.provision(20)
    changed = asyncio.Event()
    desk.pool.changed.connect(changed.set)

    images.docker("rm", "-f", spec.container_id)

    async with asyncio.timeout(20):
        while desk.pool.views():
            await changed.wait()
            changed.clear()


async def test_remove_engine_drops_it_first_and_leaves_nothing(desk: _Desk, run_id: str) -> None:
    spec = await desk.manager.provision(20)

    removing = tasks.spawn(desk.manager.remove_engine(spec.id), name="remove")
    async with asyncio.timeout(20):
        while desk.pool.views():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.01):
                    await asyncio.shield(removing)
        await removing

    await desk.manager.check_now()
    assert desk.pool.views() == ()
    assert containers_of(run_id) == []


async def test_three_engines_at_once_get_names_of_their_own(desk: _Desk) -> None:
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        made = [group.create_task(desk.manager.provision(25)) for _ in range(3)]

    assert sorted(one.result().name for one in made) == ["engine-1", "engine-2", "engine-3"]
    assert len({one.result().port for one in made}) == 3
    assert {view.backend for view in desk.pool.views()} == {BackendKind.DOCKER}


async def test_docker_that_comes_later_is_found_and_its_engines_are_taken_over(
    desk: _Desk, run_id: str, tmp_path: pathlib.Path
) -> None:
    spec = await desk.manager.provision(20)
    environment = {"HOME": str(tmp_path), "PATH": ""}
    runtime = DockerRuntime(Settings, environment=environment, root=tmp_path)
    late = _build(desk.settings, runtime, desk.client, run_id, tmp_path / "data")
    await late.manager.start()
    before = late.manager.runtime
    running = tasks.spawn(late.manager.run(), name="late manager")

    place = tmp_path / "var/run/docker.sock"
    place.parent.mkdir(parents=True)
    place.symlink_to("/var/run/docker.sock")
    view = await _until(late.pool, EngineState.READY)

    assert view.id == spec.id
    states = (before.state, late.manager.runtime.state)
    assert states == (RuntimeState.NOT_INSTALLED, RuntimeState.READY)
    await tasks.cancel(running)
    await late.manager.close()
    await runtime.close()


@pytest.fixture
def demo_image() -> str:
    build = pathlib.Path(__file__).parents[2] / "packaging/demo-image/build"
    done = subprocess.run([sys.executable, build], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return "acedesk-demo-engine"


async def test_the_demo_image_becomes_an_engine(desk: _Desk, demo_image: str) -> None:
    desk.settings = dataclasses.replace(desk.settings, engine_image=demo_image)

    spec = await desk.manager.provision(20)

    assert (await desk.client.fetch_version(spec.host, spec.port)).version
    assert "start: addr=0.0.0.0 port=6878" in await desk.manager.engine_log(spec.id, 20)


async def test_limits_variables_and_the_cache_in_memory_reach_the_container(desk: _Desk) -> None:
    values = {"engine_memory": 64, "engine_cpus": 0.5, "engine_cache": 8}
    desk.settings = desk.settings.changed({**values, "engine_environment": ("TZ=Asia/Tokyo",)})

    spec = await desk.backend.provision("engine-1", lambda _step: None)

    made = _inspect(spec.container_id)
    host = made["HostConfig"]
    assert (host["Memory"], host["NanoCpus"]) == (64 * 1024 * 1024, 500_000_000)
    assert host["Tmpfs"]["/acestream-cache"] == "rw,mode=1777,size=8m"
    assert "TZ=Asia/Tokyo" in made["Config"]["Env"]
    assert made["Config"]["Cmd"] == ["--usual", "--cache-dir=/acestream-cache"]


async def test_the_definition_of_an_engine_is_known_and_changes_with_the_settings(
    desk: _Desk,
) -> None:
    spec = await desk.backend.provision("engine-1", lambda _step: None)
    await desk.backend.adopt()

    assert spec.definition_hash == desk.backend.definition_hash != ""
    desk.settings = desk.settings.changed({"engine_memory": 64})
    assert desk.backend.definition_hash != spec.definition_hash
