"""Whose containers the Docker backend touches, and what it makes of them."""

import asyncio
import dataclasses
import datetime
import pathlib

import pytest

from acedesk.containers.refusals import PORT_TAKEN
from acedesk.containers.runtime import (
    DEFINITION_LABEL,
    ENGINE_LABEL,
    INSTANCE_LABEL,
    NAME_LABEL,
    PORT_LABEL,
    REMOVING,
    ROLE_LABEL,
    ContainerInfo,
    ContainerOption,
)
from acedesk.engines.backend import ContainerBackend
from acedesk.engines.backends.container_creator import NAME_TRIES, PORT_TRIES
from acedesk.engines.backends.docker_backend import LOCAL_ID, DockerBackend
from acedesk.errors import BadRequest, ContainerError, EngineTooSlow, NotFound
from acedesk.model.engine import BackendId, BackendKind, EngineId, Step
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from tests.fakes.containers import NOON, FakeRuntime


def _ignore(step: Step) -> None:
    """Take no notice of a step."""


@pytest.fixture
def runtime() -> FakeRuntime:
    return FakeRuntime()


@pytest.fixture
def instance(tmp_path: pathlib.Path) -> InstanceFile:
    file = InstanceFile(tmp_path)
    file.open()
    return file


@pytest.fixture
def backend(runtime: FakeRuntime, instance: InstanceFile) -> DockerBackend:
    return DockerBackend(runtime, Settings, instance)


def _of_other(runtime: FakeRuntime, *, running: bool = True) -> ContainerInfo:
    labels = {
        INSTANCE_LABEL: "another",
        ENGINE_LABEL: "its-key",
        NAME_LABEL: "engine-1",
        PORT_LABEL: "6878",
        ROLE_LABEL: "engine",
    }
    return runtime.put("b0", labels, running=running)


def _of_old_version(runtime: FakeRuntime) -> ContainerInfo:
    labels = {
        NAME_LABEL: "engine-1",
        PORT_LABEL: "6878",
        ROLE_LABEL: "engine",
    }
    return runtime.put("0a", labels)


def test_it_is_known_by_its_id(backend: DockerBackend) -> None:
    port: ContainerBackend = backend

    assert isinstance(backend, ContainerBackend)
    assert (port.id, port.kind) == (LOCAL_ID, BackendKind.DOCKER)


async def test_an_engine_made_here_is_marked_and_adopted(
    backend: DockerBackend, runtime: FakeRuntime, instance: InstanceFile
) -> None:
    spec = await backend.provision("engine-1", _ignore)

    made = runtime.specs[spec.container_id]
    assert made.name == f"acedesk-{instance.id[:6]}-engine-1"
    assert made.labels[INSTANCE_LABEL] == instance.id
    assert made.labels[ROLE_LABEL] == "engine"
    assert made.labels[ENGINE_LABEL]
    assert made.labels[DEFINITION_LABEL]
    assert await backend.adopt() == (spec,)
    assert backend.orphans == ()


async def test_two_instances_make_an_engine_of_the_same_name_under_names_of_their_own(
    backend: DockerBackend, runtime: FakeRuntime, tmp_path: pathlib.Path
) -> None:
    other = InstanceFile(tmp_path / "other")
    other.open()
    second = DockerBackend(runtime, Settings, other)

    specs = [await one.provision("engine-1", _ignore) for one in (backend, second)]

    assert [spec.name for spec in specs] == ["engine-1", "engine-1"]
    assert len({info.name for info in runtime.containers.values()}) == 2
    assert runtime.asked["create"] == 2
    assert await second.adopt() == (specs[1],)


async def test_a_name_that_is_taken_is_left_and_another_is_tried(
    backend: DockerBackend, runtime: FakeRuntime
) -> None:
    first = await backend.provision("engine-1", _ignore)
    second = await backend.provision("engine-1", _ignore)

    names = [runtime.containers[spec.container_id].name for spec in (first, second)]
    assert names[1] == f"{names[0]}-2"


async def test_a_name_that_is_always_taken_is_an_error(
    backend: DockerBackend, runtime: FakeRuntime
) -> None:
    for _ in range(NAME_TRIES):
        await backend.provision("engine-1", _ignore)

    with pytest.raises(ContainerError, match="name exists already"):
        await backend.provision("engine-1", _ignore)
    assert len(runtime.containers) == NAME_TRIES


async def test_a_port_that_is_taken_is_not_the_end(
    backend: DockerBackend, runtime: FakeRuntime
) -> None:
    runtime.errors["start"] = [ContainerError("start", PORT_TAKEN)] * (PORT_TRIES - 1)

    spec = await backend.provision("engine-1", _ignore)

    assert spec.port > 0
    assert runtime.asked["start"] == PORT_TRIES


async def test_ports_that_are_always_taken_leave_nothing(
    backend: DockerBackend, runtime: FakeRuntime
) -> None:
    runtime.errors["start"] = [ContainerError("start", PORT_TAKEN)] * PORT_TRIES

    with pytest.raises(ContainerError, match="port is taken"):
        await backend.provision("engine-1", _ignore)
    assert runtime.containers == {}


async def test_another_failure_to_start_is_not_tried_again(
    backend: DockerBackend, runtime: FakeRuntime
) -> None:
    runtime.errors["start"] = [ContainerError("start", "the disk is full")]

    with pytest.raises(ContainerError, match="disk is full"):
        await backend.provision("engine-1", _ignore)
    assert (runtime.asked["start"], runtime.containers) == (1, {})


async def test_engines_of_others_are_orphans_and_not_adopted(
    backend: DockerBackend, runtime: FakeRuntime
) -> None:
    other, old = _of_other(runtime), _of_old_version(runtime)

    assert await backend.adopt() == ()

    found = {one.container_id: one for one in backend.orphans}
    assert found.keys() == {other.id, old.id}
    assert (found[other.id].instance, found[old.id].instance) == ("another", "")
    assert found[other.id].created_time == other.created_time


async def test_one_container_can_be_looked_at(backend: DockerBackend, runtime: FakeRuntime) -> None:
    spec = await backend.provision("engine-1", _ignore)
    other = _of_other(runtime)
    stranger = runtime.put("99", {})

    assert await backend.look(spec.container_id) == spec
    assert await backend.look(other.id) is None
    assert await backend.look(stranger.id) is None
    assert [one.container_id for one in backend.orphans] == [other.id]
    del runtime.containers[other.id]
    assert await backend.look(other.id) is None
    assert backend.orphans == ()


async def test_an_old_engine_is_taken_over_and_stays_ours_after_a_restart_of_acedesk(
    backend: DockerBackend, runtime: FakeRuntime, tmp_path: pathlib.Path
) -> None:
    old = _of_old_version(runtime)
    await backend.adopt()

    spec = await backend.take_over(old.id, confirmed=False)

    assert (spec.id, spec.name, spec.port) == (old.id, "engine-1", old.published[6878][1])
    assert backend.orphans == ()
    again = InstanceFile(tmp_path)
    again.open()
    assert await DockerBackend(runtime, Settings, again).adopt() == (spec,)


async def test_an_engine_taken_over_gets_our_labels_at_its_next_restart(
    backend: DockerBackend, runtime: FakeRuntime, instance: InstanceFile
) -> None:
    other = _of_other(runtime)
    await backend.take_over(other.id, confirmed=True)

    fresh = await backend.restart(EngineId(other.id))

    assert fresh.id != other.id
    assert fresh.name == "engine-1"
    assert runtime.containers.keys() == {fresh.id}
    labels = runtime.containers[fresh.id].labels
    assert (labels[INSTANCE_LABEL], labels[ENGINE_LABEL]) == (instance.id, "its-key")
    assert instance.taken_over == frozenset()


async def test_an_engine_made_with_an_option_its_host_has_no_more_is_replaced_at_its_restart(
    backend: DockerBackend, runtime: FakeRuntime
) -> None:
    old = await backend.provision("engine-1", lambda _: None)
    gone = ContainerOption.INIT
    runtime.errors["restart"] = [ContainerError("restart", "no init", option=gone.value)]

    fresh = await backend.restart(old.id)

    assert fresh.id != old.id
    assert runtime.containers.keys() == {fresh.id}
    key = runtime.specs[fresh.id].labels[ENGINE_LABEL]
    assert len(key) == 16


async def test_an_engine_that_cannot_be_replaced_goes_on(
    backend: DockerBackend, runtime: FakeRuntime, instance: InstanceFile
) -> None:
    old = _of_old_version(runtime)
    await backend.take_over(old.id, confirmed=False)
    runtime.errors["create"] = [ContainerError("create", "the disk is full")]

    with pytest.raises(ContainerError, match="disk is full"):
        await backend.restart(EngineId(old.id))

    assert runtime.containers == {old.id: old}
    assert instance.taken_over == {old.id}


async def test_a_running_engine_of_another_acedesk_needs_a_confirmation(
    backend: DockerBackend, runtime: FakeRuntime, instance: InstanceFile
) -> None:
    other = _of_other(runtime)

    with pytest.raises(BadRequest, match="belongs to another AceDesk"):
        await backend.take_over(other.id, confirmed=False)
    with pytest.raises(BadRequest, match="belongs to another AceDesk"):
        await backend.remove_orphan(other.id, confirmed=False)
    assert (runtime.containers, instance.taken_over) == ({other.id: other}, frozenset())

    await backend.remove_orphan(other.id, confirmed=True)
    assert runtime.containers == {}


async def test_a_stopped_engine_of_another_acedesk_needs_none(
    backend: DockerBackend, runtime: FakeRuntime
) -> None:
    other = _of_other(runtime, running=False)

    await backend.remove_orphan(other.id, confirmed=False)

    assert runtime.containers == {}


async def test_only_engines_of_others_are_orphans(
    backend: DockerBackend, runtime: FakeRuntime
) -> None:
    own = await backend.provision("engine-1", _ignore)
    stranger = runtime.put("99", {})

    for container in (own.container_id, stranger.id, "nothing"):
        with pytest.raises(NotFound):
            await backend.take_over(container, confirmed=True)
        with pytest.raises(NotFound):
            await backend.remove_orphan(container, confirmed=True)
    assert len(runtime.containers) == 2


async def test_removing_an_engine_taken_over_forgets_it(
    backend: DockerBackend, runtime: FakeRuntime, instance: InstanceFile
) -> None:
    old = _of_old_version(runtime)
    await backend.take_over(old.id, confirmed=False)

    await backend.remove(EngineId(old.id))

    assert (runtime.containers, instance.taken_over) == ({}, frozenset())


@pytest.mark.parametrize("again", [False, True])
async def test_an_engine_that_ends_while_it_is_waited_for_fails_at_once(
    runtime: FakeRuntime, instance: InstanceFile, monkeypatch: pytest.MonkeyPatch, *, again: bool
) -> None:
    async def nothing(_host: str, _port: int, _limit: float) -> object:
        raise EngineTooSlow("nothing came")

    async def inspect(container: str, **_: object) -> ContainerInfo:
        info = runtime.containers[container]
        runtime.containers[container] = dataclasses.replace(
            info, running=again, started_time=NOON + datetime.timedelta(seconds=1)
        )
        return info

    monkeypatch.setattr(runtime, "inspect", inspect)
    backend = DockerBackend(runtime, Settings, instance, check=nothing)

    with pytest.raises(ContainerError, match="started again" if again else "its last words"):
        async with asyncio.timeout(10):
            await backend.provision("engine-1", _ignore)

    assert runtime.containers == {}


async def test_a_container_that_docker_is_removing_is_gone(
    backend: DockerBackend, runtime: FakeRuntime
) -> None:
    spec = await backend.provision("engine-1", _ignore)
    info = runtime.containers[spec.id]
    runtime.containers[spec.id] = dataclasses.replace(info, running=False, status=REMOVING)

    assert await backend.look(spec.id) is None


async def test_two_hosts_that_are_one_docker_see_their_own_engines_only(
    tmp_path: pathlib.Path,
) -> None:
    runtime, instance = FakeRuntime(), InstanceFile(tmp_path)
    instance.open()
    local = DockerBackend(runtime, Settings, instance)
    nas = DockerBackend(runtime, Settings, instance, backend_id=BackendId("docker:nas"))

    made = {
        one.id: await one.provision(f"engine-{number}", lambda _step: None)
        for number, one in enumerate((local, nas), 1)
    }

    for one in (local, nas):
        assert [spec.id for spec in await one.adopt()] == [made[one.id].id]
        assert one.orphans == ()
    assert await local.look(made[nas.id].id) is None
