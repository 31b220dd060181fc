"""A swarm that is kept in memory, and the runtime that asks it."""

import pathlib
from collections.abc import Callable
from typing import Any, TypeVar

from acedesk.containers.runtime import DockerLocation
from acedesk.engines.backends.swarm_backend import SwarmBackend
from acedesk.model.engine import BackendId
from acedesk.model.snapshot import RuntimeView
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile

T = TypeVar("T")
NODE = {"ID": "n", "Description": {"Hostname": "box"}, "Status": {"State": "ready", "Addr": "10.1"}}


class FakeSwarm:
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
        made = {"ID": key, "Version": {"Index": 1}, "Spec": spec}
        self.made[key] = {**made, "CreatedAt": "2026-03-01T11:00:00Z"}
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


def swarm_backend(swarm: FakeSwarm, folder: pathlib.Path, **settings: object) -> SwarmBackend:
    """Return the engines of the AceDesk whose data folder this is."""
    instance, chosen = InstanceFile(folder), Settings().changed(settings)
    instance.open()
    return SwarmBackend(swarm, lambda: chosen, instance, backend_id=BackendId("swarm:all"))
