"""The container port on the real daemon: pulls, events, errors."""

import asyncio
import contextlib
import pathlib
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import pytest

from acedesk import tasks
from acedesk.containers import docker
from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.containers.runtime import CONNECTED, ContainerEvent, ContainerSpec, PullProgress
from acedesk.errors import ContainerError, RuntimeState, RuntimeUnavailable
from acedesk.settings import Settings
from tests.docker import images
from tests.docker.conftest import TEST_LABEL, containers_of
from tests.fakes.registry import FakeRegistry

pytestmark = pytest.mark.docker

LAYER = 6_000_000


@pytest.fixture
async def registry() -> AsyncIterator[FakeRegistry]:
    made = FakeRegistry(LAYER)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def pulled(registry: FakeRegistry) -> Iterator[str]:
    reference = f"127.0.0.1:{registry.port}/image-{secrets.token_hex(4)}"
    yield reference
    with contextlib.suppress(AssertionError):
        images.docker("rmi", "-f", reference)


def _spec(image: str, run: str, **facts: object) -> ContainerSpec:
    name = f"acedesk-test-{secrets.token_hex(4)}"
    labels = {TEST_LABEL: run}
    return ContainerSpec(name=name, image=image, labels=labels, port=6878, **facts)  # type: ignore[arg-type]  # facts are fields


def _open_files() -> int:
    return len(list(pathlib.Path("/proc/self/fd").iterdir()))


async def test_docker_tells_its_version(runtime: DockerRuntime) -> None:
    version = await runtime.version()

    assert version == images.docker("version", "--format", "{{.Server.Version}}")
    assert (runtime.view.state, runtime.view.detail) == (RuntimeState.READY, version)


async def test_a_pull_reports_its_bytes(
    runtime: DockerRuntime, registry: FakeRegistry, pulled: str
) -> None:
    told: list[PullProgress] = []
    registry.go_on.set()

    await runtime.pull(pulled, told.append)

    assert await runtime.has_image(pulled)
    assert told[-1].done_bytes == told[-1].total_bytes
    assert LAYER < told[-1].done_bytes < LAYER * 1.01  # noise does not get smaller by packing
    counts = [one.done_bytes for one in told]
    assert counts == sorted(counts)


@pytest.mark.parametrize("tag", ["", ":latest"])
async def test_an_image_named_by_its_digest_is_pulled_and_exactly_that_one(
    runtime: DockerRuntime, registry: FakeRegistry, pulled: str, run_id: str, tag: str
) -> None:
    registry.go_on.set()
    exact = f"{pulled}{tag}@{registry.digest}"
    assert not await runtime.has_image(exact)

    await runtime.pull(exact, lambda _: None)

    assert await runtime.has_image(exact)
    assert not await runtime.has_image(f"{pulled}@sha256:{'0' * 64}")
    made = await runtime.inspect(await runtime.create(_spec(exact, run_id)))
    assert made is not None
    assert made.image == exact
    await runtime.remove(made.id)
    images.docker("rmi", "-f", f"{pulled}@{registry.digest}")


async def test_a_cancelled_pull_ends_the_download(
    runtime: DockerRuntime, registry: FakeRegistry, pulled: str
) -> None:
    pulling = tasks.spawn(runtime.pull(pulled, lambda _: None), name="pull")
    async with asyncio.timeout(20):
        await registry.layer_begun.wait()

        await tasks.cancel(pulling)

        await registry.layer_ended.wait()
    assert pulling.cancelled()
    assert not await runtime.has_image(pulled)


async def test_an_unknown_image_is_told_apart(
    runtime: DockerRuntime, registry: FakeRegistry
) -> None:
    with pytest.raises(ContainerError) as caught:
        await runtime.pull(f"127.0.0.1:{registry.port}/unknown", lambda _: None)
    assert (caught.value.operation, caught.value.detail) == ("pull", "the image was not found")


async def test_an_image_for_another_processor_is_told_apart(
    runtime: DockerRuntime, registry: FakeRegistry
) -> None:
    with pytest.raises(ContainerError) as caught:
        await runtime.pull(f"127.0.0.1:{registry.port}/foreign", lambda _: None)
    assert caught.value.detail == "the image does not exist for this computer's processor"


async def test_a_registry_that_is_not_there_is_told_apart(runtime: DockerRuntime) -> None:
    with pytest.raises(ContainerError) as caught:
        await runtime.pull("127.0.0.1:1/nothing", lambda _: None)
    assert caught.value.detail == "the registry cannot be reached"


async def test_a_taken_name_and_a_missing_image_are_told_apart(
    runtime: DockerRuntime, engine_image: str, run_id: str
) -> None:
    spec = _spec(engine_image, run_id)
    await runtime.create(spec)

    with pytest.raises(ContainerError, match="a container of that name exists already"):
        await runtime.create(spec)
    with pytest.raises(ContainerError, match="the image is not on this computer"):
        await runtime.create(_spec("acedesk-test-nowhere:1", run_id))


async def test_a_taken_port_is_told_apart(
    runtime: DockerRuntime, engine_image: str, run_id: str
) -> None:
    listener = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    container = images.docker(
        "create", "--label", f"{TEST_LABEL}={run_id}", "-p", f"127.0.0.1:{port}:6878", engine_image
    )

    with pytest.raises(ContainerError, match="the port is taken") as caught:
        await runtime.start(container)

    assert caught.value.operation == "start"
    listener.close()


async def test_a_cancelled_create_leaves_no_container(
    runtime: DockerRuntime, engine_image: str, run_id: str
) -> None:
    await runtime.version()
    for _ in range(5):  # in some of them the daemon is still busy, in others it is done
        creating = tasks.spawn(runtime.create(_spec(engine_image, run_id)), name="create")
        await asyncio.sleep(0)  # noqa: TID251 - let the thread have the job
        await tasks.cancel(creating)

    async with asyncio.timeout(20):
        while containers_of(run_id):
            await runtime.version()


async def test_events_tell_of_start_and_death(
    runtime: DockerRuntime, engine_image: str, run_id: str
) -> None:
    container = await runtime.create(_spec(engine_image, run_id))
    seen: list[str] = []

    async with (
        asyncio.timeout(20),
        contextlib.aclosing(runtime.watch({TEST_LABEL: run_id})) as events,
    ):
        async for event in events:
            seen.append(event.action)
            if event.action == CONNECTED:
                await runtime.start(container)
            elif event.action == "start":
                assert event.container_id == container
                await runtime.remove(container, grace=0)
            elif event.action == "destroy":
                break

    assert seen.index("start") < seen.index("die") < seen.index("destroy")


async def test_events_of_other_containers_are_told_beside(
    runtime: DockerRuntime, engine_image: str, run_id: str
) -> None:
    container = await runtime.create(_spec(engine_image, run_id))
    told: list[ContainerEvent] = []
    gone = asyncio.Event()

    def hear(event: ContainerEvent) -> None:
        told.append(event)
        if event.action == CONNECTED:
            assert runtime.watching
            removing.append(tasks.spawn(runtime.remove(container, grace=0), name="remove"))
        elif event.action == "destroy" and event.container_id == container:
            gone.set()

    async def watch() -> None:
        async for event in runtime.watch({TEST_LABEL: "another run"}):
            assert event.action == CONNECTED, "of containers only those with the labels"

    removing: list[asyncio.Task[None]] = []
    runtime.container_changed.connect(hear)
    watching = tasks.spawn(watch(), name="watch")
    async with asyncio.timeout(20):
        await gone.wait()
        await removing[0]
    assert not watching.done()
    await tasks.cancel(watching)
    assert not runtime.watching

    assert told[-1].image == engine_image
    assert not told[-1].wanted


async def test_removing_what_is_gone_is_no_error(runtime: DockerRuntime) -> None:
    await runtime.remove("acedesk-test-nothing-of-this-name")


async def test_no_connection_stays_open_for_containers_long_gone(runtime: DockerRuntime) -> None:
    await runtime.inspect("acedesk-test-none")
    before = _open_files()

    for number in range(30):
        assert await runtime.inspect(f"acedesk-test-none-{number}") is None

    assert _open_files() <= before + 2


async def test_only_wanted_variables_are_kept(
    runtime: DockerRuntime, engine_image: str, run_id: str
) -> None:
    environment = {"PASSWORD": "secret", "PROVIDER": "mullvad"}
    container = await runtime.create(_spec(engine_image, run_id, environment=environment))

    info = await runtime.inspect(container, keep=["PROVIDER"])

    assert info is not None
    assert info.environment == {"PROVIDER": "mullvad"}
    assert not info.running
    assert info.started_time is None


_WITHOUT_RIGHTS = """
import asyncio, os, sys
import docker.errors, docker.types  # before the rights go: they are read from root's folders
import acedesk.containers.docker
from acedesk.containers import docker
from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.errors import RuntimeUnavailable
from acedesk.settings import Settings

async def main():
    runtime = DockerRuntime(Settings, environment={"HOME": "/nonexistent", "PATH": "/usr/bin"})
    try:
        await runtime.version()
    except RuntimeUnavailable as exc:
        print(exc.state.name)

if os.geteuid() == 0:
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
asyncio.run(main())
"""


def test_a_user_without_the_group_may_not_use_docker(run_id: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_RIGHTS], capture_output=True, text=True, timeout=30
    )
    assert done.stdout.split() == [RuntimeState.NO_PERMISSION.name], done.stderr


async def test_a_context_that_names_nothing_says_where_docker_is(run_id: str) -> None:
    environment = {"DOCKER_HOST": "unix:///nowhere/docker.sock", "HOME": "/nonexistent"}
    runtime = DockerRuntime(Settings, environment=environment)

    with pytest.raises(RuntimeUnavailable) as caught:
        await runtime.version()

    assert caught.value.state is RuntimeState.WRONG_CONTEXT
    assert "Docker answers at unix:///var/run/docker.sock" in caught.value.detail
    await runtime.close()


async def test_what_a_container_uses_comes_in_one_stream(
    runtime: DockerRuntime, engine_image: str, run_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker, "STATS_STEP", 1)
    container = await runtime.create(_spec(engine_image, run_id))
    await runtime.start(container)

    async with asyncio.timeout(20), contextlib.aclosing(runtime.stats(container)) as told:
        first, second = await anext(told), await anext(told)

    assert second.at > first.at
    assert second.cpu >= first.cpu
    assert second.memory > 0
    assert second.received is not None
    assert not runtime._readers


async def test_a_container_that_is_not_there_tells_nothing(runtime: DockerRuntime) -> None:
    with pytest.raises(ContainerError):
        async for _ in runtime.stats("0" * 64):
            pass
