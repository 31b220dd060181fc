"""How Docker is asked; one that becomes slow, silent or forbidden, and is all right again."""

import asyncio
import contextlib
import os
import pathlib
import sys
import tempfile
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.containers.runtime import ROLE_LABEL
from acedesk.errors import RuntimeState
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import EngineHealth, EngineLoss, EngineState
from acedesk.settings import Settings
from tests.docker import images
from tests.docker.conftest import TEST_LABEL
from tests.docker.docker_socket import DockerSocket, docker_socket
from tests.docker.test_docker_backend import _build, _Desk, _until
from tests.fakes.loop_steps import until_emitted
from tests.needs import need

pytestmark = [pytest.mark.docker, pytest.mark.timeout(120)]

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
# How long Docker may take, in seconds.
TIMEOUT = 3.0


@pytest.fixture
async def between() -> AsyncIterator[DockerSocket]:
    """The way to Docker."""
    images.need_docker()
    with tempfile.TemporaryDirectory(prefix="docker-") as folder:
        await asyncio.to_thread(os.chmod, folder, 0o755)  # for a user who is to see the socket
        async with docker_socket(pathlib.Path(folder)) as made:
            yield made


@pytest.fixture
async def slow_runtime(between: DockerSocket) -> AsyncIterator[DockerRuntime]:
    """Docker, asked through the socket."""
    environment = {"DOCKER_HOST": between.url, "HOME": str(between.path.parent), "PATH": ""}
    made = DockerRuntime(lambda: Settings(docker_timeout=TIMEOUT), environment=environment)
    yield made
    await made.close()


@pytest.fixture
async def desk(
    engine_image: str, run_id: str, slow_runtime: DockerRuntime, tmp_path: pathlib.Path
) -> AsyncIterator[_Desk]:
    """A manager with its upkeep."""
    settings = Settings(
        engine_image=engine_image,
        engine_start_timeout=20.0,
        health_interval=1.0,
        min_engines=1,
        max_engines=1,
    )
    client = EngineClient()
    made = _build(settings, slow_runtime, client, run_id, tmp_path / "data")
    services = (made.manager.run, made.manager.reconciler.run)
    running = [tasks.spawn(service(), name="a service") for service in services]
    yield made
    await tasks.cancel(*running)
    await made.manager.close()
    await client.close()


async def test_a_docker_that_answers_late_is_used(
    desk: _Desk, between: DockerSocket, slow_runtime: DockerRuntime
) -> None:
    between.delay = 0.6
    view = await _until(desk.pool, EngineState.READY)

    await desk.manager.restart_engine(view.id)
    await _until(desk.pool, EngineState.READY)

    assert slow_runtime.view.state is RuntimeState.READY


async def test_many_containers_are_looked_at_though_each_answer_comes_late(
    desk: _Desk, between: DockerSocket, slow_runtime: DockerRuntime, run_id: str
) -> None:
    view = await _until(desk.pool, EngineState.READY)
    labels = (f"--label={ROLE_LABEL}=engine", f"--label={TEST_LABEL}={run_id}")
    between.delay = 1.0  # five questions one after the other would take longer than one may
    for _ in range(4):
        await asyncio.to_thread(images.docker, "create", *labels, view.image)

    await desk.manager.check_now()

    assert slow_runtime.view.state is RuntimeState.READY
    assert len(desk.backend.orphans) == 4


async def test_engines_play_on_while_docker_answers_nobody_and_then_are_kept_again(
    desk: _Desk, between: DockerSocket, slow_runtime: DockerRuntime
) -> None:
    view = await _until(desk.pool, EngineState.READY)
    losses: list[EngineLoss] = []
    desk.pool.set_loss_listener(losses.append)
    with desk.pool.reserve(KEY):
        between.say_nothing()
        await desk.manager.check_now()

        assert slow_runtime.view.state is RuntimeState.NOT_ANSWERING
        assert [(one.id, one.state) for one in desk.pool.views()] == [(view.id, EngineState.READY)]
        assert losses == []

    between.answer()
    await until_emitted(
        slow_runtime.changed,
        lambda: slow_runtime.view.state is RuntimeState.READY,
        seconds=30,
    )
    await asyncio.to_thread(images.docker, "kill", str(view.container_id))
    await until_emitted(
        desk.pool.changed, lambda: desk.pool.healths()[view.id] is EngineHealth.STARTING, seconds=30
    )
    assert (await _until(desk.pool, EngineState.READY)).id == view.id


async def test_many_looks_at_engines_cost_one_list_each(desk: _Desk, between: DockerSocket) -> None:
    view = await _until(desk.pool, EngineState.READY)
    for _ in range(2):
        await desk.manager.check_now()
    between.asked.clear()
    for _ in range(5):
        await desk.manager.check_now()
    assert between.asked == {"GET /containers/json": 5}

    await asyncio.to_thread(images.docker, "pause", str(view.container_id))
    await desk.manager.check_now()
    assert desk.pool.get(view.id).paused
    await asyncio.to_thread(images.docker, "unpause", str(view.container_id))
    await _until(desk.pool, EngineState.READY)


# Without the rights of root: to it no socket is closed.
_LOOKS = """
import asyncio, os, sys
from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.errors import AceDeskError
from acedesk.settings import Settings
async def main():
    runtime = DockerRuntime(Settings, environment={"DOCKER_HOST": sys.argv[1], "PATH": ""})
    import acedesk.containers.docker
    await asyncio.to_thread(int)  # nothing can be imported afterwards
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
    while await asyncio.to_thread(sys.stdin.readline):
        try:
            await runtime.version()
        except AceDeskError:
            pass
        print(runtime.view.state.name, flush=True)
asyncio.run(main())
"""


async def test_a_docker_that_forbids_us_to_ask_is_told_and_used_again_when_it_allows_it(
    between: DockerSocket,
) -> None:
    need(os.geteuid() == 0, "only root can give its rights away")
    async with _looking(between.url) as look:
        states = []
        for mode in (0o666, 0o600, 0o666):
            between.path.chmod(mode)
            await between.hang_up()
            states.append(await look())

    assert states == ["READY", "NO_PERMISSION", "READY"]


@contextlib.asynccontextmanager
async def _looking(url: str) -> AsyncIterator["_Look"]:
    """Give what lets a user without rights look, and tells how Docker is to him."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _LOOKS, url),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield _Look(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


class _Look:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def __call__(self) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"\n")
        async with asyncio.timeout(30):
            return (await self._process.stdout.readline()).decode().strip()
