"""Which backend makes the next engine."""

import pathlib
import sys
from collections.abc import Mapping

import pytest

from acedesk.demo.demo_backend import DemoBackend
from acedesk.engines.adoption import Adoption
from acedesk.engines.backend import Backend
from acedesk.engines.backends.docker_backend import LOCAL_ID, DockerBackend
from acedesk.engines.backends.native_backend import NativeBackend
from acedesk.engines.backends.native_programs import ProgramFinder
from acedesk.engines.backends.static_backend import StaticBackend
from acedesk.engines.makers import (
    UNLIMITED,
    Makers,
    choose_makers,
    full_hosts,
    has_something_to_make,
)
from acedesk.engines.pool import EnginePool
from acedesk.engines.remote.client import OrchestratorClient
from acedesk.engines.remote.directory import Directory
from acedesk.engines.remote.remote_backend import RemoteBackend
from acedesk.engines.remote.requests import OrchestratorRequests
from acedesk.errors import BadRequest, Busy, RuntimeState, RuntimeUnavailable
from acedesk.model.engine import TEST_BACKEND, BackendId
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile
from tests.fakes.containers import FakeRuntime

NAS = BackendId("docker:nas")


async def _save(_values: object) -> None:
    """Nothing is saved here."""


def _all(folder: pathlib.Path) -> list[Backend]:
    finder = ProgramFinder({"PATH": str(folder), "HOME": str(folder)}, folder)
    return [
        StaticBackend(Settings, _save),
        NativeBackend(Settings, folder, finder=finder),
        DockerBackend(FakeRuntime(), Settings, InstanceFile(folder)),
        DemoBackend(TEST_BACKEND),
    ]


@pytest.mark.parametrize(
    ("source", "order"),
    [("", ["docker:local", "native"]), ("docker", ["docker:local"]), ("native", ["native"])],
)
def test_docker_comes_before_a_program_unless_one_is_chosen(
    tmp_path: pathlib.Path, source: str, order: list[str]
) -> None:
    assert [one.id for one in choose_makers(_all(tmp_path), source)] == order


def test_who_wants_simulated_engines_wants_no_others(tmp_path: pathlib.Path) -> None:
    backends = [*_all(tmp_path), DemoBackend()]

    assert [one.id for one in choose_makers(backends, "docker")] == ["demo"]


def test_of_several_dockers_the_one_with_the_fewest_engines_comes_first(
    tmp_path: pathlib.Path,
) -> None:
    nas = BackendId("docker:nas")
    other = DockerBackend(FakeRuntime(), Settings, InstanceFile(tmp_path), backend_id=nas)
    backends = [*_all(tmp_path), other]

    def order(**counts: int) -> list[str]:
        known = {BackendId(f"docker:{name}"): count for name, count in counts.items()}
        return [one.id for one in choose_makers(backends, "docker", known)]

    assert order() == ["docker:local", "docker:nas"]
    assert order(local=2, nas=1) == ["docker:nas", "docker:local"]


@pytest.mark.parametrize(("count", "full"), [(1, set()), (2, {"docker:nas"}), (3, {"docker:nas"})])
def test_a_host_is_full_at_its_limit(count: int, full: set[str]) -> None:
    settings = Settings(engine_hosts=("nas=ssh://nas max=2", "big=ssh://big"))

    assert full_hosts(settings, {BackendId("docker:nas"): count}) == full


async def test_a_full_host_makes_no_engine(tmp_path: pathlib.Path) -> None:
    nas = BackendId("docker:nas")
    backend = DockerBackend(FakeRuntime(), Settings, InstanceFile(tmp_path), backend_id=nas)
    settings = Settings(engine_hosts=("nas=ssh://nas max=1",))
    known: dict[BackendId, Backend] = {nas: backend}
    adoption = Adoption(EnginePool(Settings), known, frozenset)
    makers = Makers(known, adoption, lambda: settings, lambda: {nas: 1})

    for backend_id in (None, nas):
        with pytest.raises(Busy, match="nas"):
            await makers.find(backend_id)


@pytest.mark.skipif(sys.platform == "win32", reason="the registry names the program there")
async def test_a_computer_without_a_program_has_nothing_to_make_engines_of(
    tmp_path: pathlib.Path,
) -> None:
    _, native, docker, _ = _all(tmp_path)
    await native.adopt()
    assert has_something_to_make(docker)
    assert not has_something_to_make(native)
    (tmp_path / "acestreamengine").write_text("")
    (tmp_path / "acestreamengine").chmod(0o755)

    await native.adopt()

    assert has_something_to_make(native)


def _makers(backends: list[Backend]) -> Makers:
    known = {one.id: one for one in backends}
    return Makers(known, Adoption(EnginePool(Settings), known, frozenset), Settings)


async def test_what_can_be_used_is_found_and_what_is_named_is_taken(tmp_path: pathlib.Path) -> None:
    makers = _makers(_all(tmp_path))

    assert (await makers.find()).id == "docker:local"
    assert (await makers.find(BackendId("native"))).id == "native"
    with pytest.raises(BadRequest, match="no docker:nas engines"):
        await makers.find(BackendId("docker:nas"))


async def test_without_any_that_can_be_used_the_reason_is_that_of_docker(
    tmp_path: pathlib.Path,
) -> None:
    runtime = FakeRuntime()
    runtime.errors["list"] = [RuntimeUnavailable(RuntimeState.NO_PERMISSION)]
    docker = DockerBackend(runtime, Settings, InstanceFile(tmp_path))
    finder = ProgramFinder({"PATH": str(tmp_path), "HOME": str(tmp_path)}, tmp_path)
    native = NativeBackend(Settings, tmp_path, finder=finder)

    with pytest.raises(RuntimeUnavailable):
        await _makers([native, docker]).find()
    with pytest.raises(BadRequest, match="cannot make engines"):
        await _makers([]).find()


@pytest.mark.parametrize(
    ("local", "nas", "chosen"),
    [
        (RuntimeState.READY, RuntimeState.READY, "docker:nas"),
        (RuntimeState.READY, RuntimeState.NOT_RUNNING, "docker:local"),
        (RuntimeState.NOT_RUNNING, RuntimeState.READY, "docker:nas"),
        (RuntimeState.NOT_RUNNING, RuntimeState.NOT_RUNNING, None),
    ],
)
async def test_each_docker_can_be_used_or_not_and_the_emptiest_is_chosen(
    tmp_path: pathlib.Path, local: RuntimeState, nas: RuntimeState, chosen: str | None
) -> None:
    makers, runtimes = await _two_dockers(tmp_path, Settings(), {LOCAL_ID: 3, NAS: 1})
    runtimes[0].state, runtimes[1].state = local, nas

    found = makers.choose_now()

    assert (found.id if found is not None else None) == chosen
    assert makers.can_make() == (chosen is not None)


async def test_a_full_host_is_not_chosen_but_could_be_used(tmp_path: pathlib.Path) -> None:
    settings = Settings(engine_hosts=("nas=ssh://nas max=1",))
    makers, runtimes = await _two_dockers(tmp_path, settings, {LOCAL_ID: 3, NAS: 1})

    assert makers.choose_now() is makers._backends[LOCAL_ID]
    assert makers.choose_now(NAS) is makers._backends[LOCAL_ID], "it is full"
    assert makers.places() == UNLIMITED - 3
    runtimes[0].state = RuntimeState.NOT_RUNNING
    assert makers.choose_now() is None
    assert makers.places() == 0
    assert makers.can_make()


async def test_the_wanted_docker_is_taken_where_it_can_make_one(tmp_path: pathlib.Path) -> None:
    settings = Settings(engine_hosts=("nas=ssh://nas max=3",))
    makers, runtimes = await _two_dockers(tmp_path, settings, {LOCAL_ID: 0, NAS: 1})

    assert makers.choose_now(NAS) is makers._backends[NAS]
    assert makers.choose_now(BackendId("docker:gone")) is makers._backends[LOCAL_ID]
    assert makers.places() == UNLIMITED + 2
    runtimes[1].state = RuntimeState.NOT_RUNNING
    assert not makers.is_reachable(makers._backends[NAS])
    assert makers.choose_now(NAS) is makers._backends[LOCAL_ID]


async def _two_dockers(
    folder: pathlib.Path, settings: Settings, counts: Mapping[BackendId, int]
) -> tuple[Makers, list[FakeRuntime]]:
    instance = InstanceFile(folder)
    instance.open()
    runtimes = [FakeRuntime(), FakeRuntime()]
    known: dict[BackendId, Backend] = {
        backend_id: DockerBackend(runtime, lambda: settings, instance, backend_id=backend_id)
        for backend_id, runtime in zip((LOCAL_ID, NAS), runtimes, strict=True)
    }
    adoption = Adoption(EnginePool(Settings), known, frozenset)
    for backend in known.values():
        await adoption.adopt(backend)
    return Makers(known, adoption, lambda: settings, lambda: counts), runtimes


def test_where_an_orchestrator_is_used_it_alone_makes_engines(tmp_path: pathlib.Path) -> None:
    client = OrchestratorClient(OrchestratorRequests("http://127.0.0.1:9", ""))
    remote = RemoteBackend(Directory(client), Settings, "127.0.0.1")

    assert [one.id for one in choose_makers([*_all(tmp_path), remote], "docker")] == ["remote"]
