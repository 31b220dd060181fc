"""Engines as services of a swarm that is kept in memory."""

import pathlib
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import pytest

from acedesk import tasks
from acedesk.containers.runtime import CONNECTED, DockerLocation
from acedesk.engines.backend import ContainerBackend
from acedesk.engines.backends import swarm_backend
from acedesk.engines.backends.swarm_backend import SwarmBackend
from acedesk.errors import ContainerError, NotFound
from acedesk.model.engine import BackendId, BackendKind, EngineId, Step
from acedesk.model.snapshot import RuntimeView
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile

T = TypeVar("T")
NODE = {"ID": "n", "Description": {"Hostname": "box"}, "Status": {"State": "ready", "Addr": "10.1"}}


class _Swarm:
    """What docker-py would ask, and the runtime that asks it.

    Attributes:
        state: Of the tasks of new services.
    """

    def __init__(self) -> None:
        self.made: dict[str, dict[str, Any]] = {}
        self.jobs: list[dict[str, Any]] = []
        self.state = "running"
        self.updates: list[dict[str, Any]] = []
        self.view = RuntimeView()

    async def ask(self, operation: str, job: Callable[[Any], T]) -> T:
        return job(self)

    async def location(self) -> DockerLocation:
        return DockerLocation(docker_host="manager")

    def create_service(
        self, task_template: Any, name: str, labels: Any, mode: Any, endpoint_spec: Any
    ) -> Any:
        key = f"s{len(self.made) + 1}"
        spec = {"Name": name, "Labels": labels, "TaskTemplate": task_template}
        self.made[key] = {"ID": key, "Version": {"Index": 1}, "Spec": spec}
        self.run(key, at="1")
        return {"ID": key}

    def run(self, key: str, *, at: str) -> None:
        ports = {"Ports": [{"PublishedPort": 30_000 + len(self.jobs)}]}
        status = {"State": self.state, "PortStatus": ports, "Err": "no room"}
        status["Timestamp"] = f"2026-03-01T12:00:0{at}Z"
        task = {"ServiceID": key, "NodeID": "n", "CreatedAt": at, "DesiredState": "running"}
        self.jobs.append({**task, "Status": status})

    def services(self, filters: Any) -> list[Any]:
        every = self.made.values()
        if "id" in filters:
            return [one for one in every if one["ID"] in filters["id"]]
        wanted = dict(label.split("=") for label in filters["label"])
        return [one for one in every if not wanted.items() - one["Spec"]["Labels"].items()]

    def tasks(self, filters: Any) -> list[Any]:
        return [one for one in self.jobs if one["ServiceID"] in filters["service"]]

    def nodes(self) -> list[Any]:
        return [NODE]

    def images(self, name: str) -> list[Any]:
        return [{"Id": name}] if name == "known/image" else []

    def inspect_image(self, name: str) -> Any:
        return {"Config": {"Cmd": ["--usual"]}}

    def inspect_service(self, key: str) -> Any:
        return self.made[key]

    def update_service(self, key: str, **values: Any) -> None:
        self.updates.append(values)
        self.jobs = [one for one in self.jobs if one["ServiceID"] != key]
        self.run(key, at="2")

    def remove_service(self, key: str) -> None:
        del self.made[key]

    def service_logs(self, key: str, **values: Any) -> Any:
        return iter([b"one\n", b"two"])


@pytest.fixture
def swarm() -> _Swarm:
    return _Swarm()


def _backend(swarm: _Swarm, folder: pathlib.Path, **settings: object) -> SwarmBackend:
    instance, chosen = InstanceFile(folder), Settings().changed(settings)
    instance.open()
    return SwarmBackend(swarm, lambda: chosen, instance, backend_id=BackendId("swarm:all"))


@pytest.fixture
async def backend(swarm: _Swarm, tmp_path: pathlib.Path) -> AsyncIterator[SwarmBackend]:
    made = _backend(swarm, tmp_path)
    yield made
    await made.close()


def _ignore(_step: Step) -> None:
    """Nobody watches."""


async def test_an_engine_is_a_service_on_some_node(backend: SwarmBackend) -> None:
    steps: list[Step] = []

    spec = await backend.provision("engine-1", steps.append)

    assert isinstance(backend, ContainerBackend)
    assert (spec.name, spec.backend, spec.backend_id) == (
        "engine-1",
        BackendKind.SWARM,
        "swarm:all",
    )
    assert (spec.host, spec.port) == ("10.1", 30_000)
    assert spec.definition_hash == backend.definition_hash
    assert steps[-1].detail == "on box"
    assert await backend.adopt() == (spec,)
    assert await backend.look(spec.id) == spec


async def test_services_of_others_are_not_seen(
    swarm: _Swarm, backend: SwarmBackend, tmp_path: pathlib.Path
) -> None:
    other = await _backend(swarm, tmp_path / "other").provision("engine-1", _ignore)

    assert await backend.adopt() == ()
    assert await backend.look(other.id) is None
    await backend.remove(other.id)
    assert other.id in swarm.made


async def test_arguments_stand_behind_the_command_of_an_image_that_is_known(
    swarm: _Swarm, tmp_path: pathlib.Path
) -> None:
    for image in ("known/image", "other/image"):
        made = _backend(swarm, tmp_path, engine_image=image, engine_arguments="--more")
        await made.provision("engine-1", _ignore)

    told = [one["Spec"]["TaskTemplate"]["ContainerSpec"]["Args"] for one in swarm.made.values()]
    assert told == [["--usual", "--more"], ["--more"]]


async def test_one_that_no_node_can_run_is_removed_and_the_reason_told(
    swarm: _Swarm, backend: SwarmBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swarm_backend, "MOST_FAILURES", 1)
    swarm.state = "rejected"

    with pytest.raises(ContainerError, match="no room"):
        await backend.provision("engine-1", _ignore)

    assert swarm.made == {}


async def test_a_restart_counts_up_and_waits_for_the_new_task(
    swarm: _Swarm, backend: SwarmBackend
) -> None:
    before = await backend.provision("engine-1", _ignore)

    after = await backend.restart(before.id)

    assert after.started_time != before.started_time
    assert swarm.updates[0]["task_template"]["ForceUpdate"] == 1


async def test_a_swarm_that_starts_nothing_anew_is_told(
    swarm: _Swarm, backend: SwarmBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = await backend.provision("engine-1", _ignore)
    monkeypatch.setattr(swarm, "update_service", lambda _key, **_values: None)
    monkeypatch.setattr(swarm_backend, "START_LIMIT", 0.0)

    with pytest.raises(ContainerError, match="did not start it anew"):
        await backend.restart(spec.id)


async def test_a_change_is_told_by_a_look_at_all(
    swarm: _Swarm, backend: SwarmBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swarm_backend, "LOOK_INTERVAL", 0.0)
    events = backend.watch()

    first = await anext(events)
    making = tasks.spawn(backend.provision("engine-1", _ignore), name="make")
    second = await anext(events)

    assert [first.action, second.action] == [CONNECTED, CONNECTED]
    await making
    await events.aclose()


async def test_what_is_gone_is_gone_and_nothing_belongs_to_others(backend: SwarmBackend) -> None:
    gone = EngineId("s9")

    await backend.remove(gone)
    with pytest.raises(ContainerError):
        await backend.restart(gone)
    with pytest.raises(NotFound):
        await backend.take_over(gone, confirmed=True)
    with pytest.raises(NotFound):
        await backend.remove_orphan(gone, confirmed=True)
    assert backend.orphans == ()


async def test_the_log_is_text(backend: SwarmBackend) -> None:
    spec = await backend.provision("engine-1", _ignore)

    assert await backend.log(spec.id, 10) == "one\ntwo"
    await backend.remove(spec.id)
    assert await backend.adopt() == ()
