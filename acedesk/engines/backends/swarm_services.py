"""Services of Docker Swarm in its own JSON: what is asked for, and what is told. Pure.

Each engine is a service of one replica, whose port is published on the node that it runs on. So it
is reached directly there, and the mesh of Swarm, which not every kernel has, is not needed.
"""

import dataclasses
import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from acedesk.containers.image_command import ImageCommand
from acedesk.containers.inspection import parse_time
from acedesk.engines.definitions.definition import EngineDefinition
from acedesk.model.host import is_unspecified
from acedesk.values import frozen_value

# States of a task that has ended, and will not run.
FAILED: Final = frozenset({"failed", "rejected"})
RUNNING: Final = "running"
# Swarm counts processors in billionths, and waits in them too.
NANO: Final = 1_000_000_000
RESTART_DELAY: Final = 2


@frozen_value
class SwarmService:
    """A service as it is.

    Attributes:
        name: Of the service in the swarm.
        address: Where its port is published, None while no task of it runs.
        node: The name of the node that it runs on, "" for none.
        failures: How many of its tasks have failed.
        error: What Swarm says of the last that failed, "" for none.
        version: What an update has to name.
    """

    id: str
    name: str
    image: str
    labels: Mapping[str, str]
    address: tuple[str, int] | None = None
    node: str = ""
    created_time: datetime.datetime | None = None
    started_time: datetime.datetime | None = None
    failures: int = 0
    error: str = ""
    version: int = 0


def task_template(
    definition: EngineDefinition, labels: Mapping[str, str], command: ImageCommand
) -> dict[str, Any]:
    """Return what every task of the service is made from."""
    container: dict[str, Any] = {
        "Image": definition.image,
        "Env": [f"{name}={value}" for name, value in definition.environment.items()],
        "Labels": dict(labels),
        "Init": True,
        "Mounts": [_mount(path, options) for path, options in definition.tmpfs.items()],
    }
    if command.entrypoint:
        container["Command"] = list(command.entrypoint)
    if command.command:
        container["Args"] = list(command.command)
    limits = {"MemoryBytes": definition.memory, "NanoCPUs": round(definition.cpus * NANO)}
    return {
        "ContainerSpec": container,
        "Resources": {"Limits": {name: value for name, value in limits.items() if value}},
        "RestartPolicy": {"Condition": "any", "Delay": RESTART_DELAY * NANO},
    }


def endpoint_spec(port: int) -> dict[str, Any]:
    """Return how the port is published: on the node, at a free port of its choice."""
    published = {"Protocol": "tcp", "TargetPort": port, "PublishMode": "host"}
    return {"Mode": "vip", "Ports": [published]}


def read_services(
    services: Iterable[Mapping[str, Any]],
    tasks: Sequence[Mapping[str, Any]],
    nodes: Iterable[Mapping[str, Any]],
    manager: str,
) -> tuple[SwarmService, ...]:
    """Return the services, each with the task that runs.

    Args:
        manager: The address at which the swarm is asked, for nodes that name none.
    """
    known = {str(node.get("ID")): node for node in nodes}
    return tuple(_service(one, tasks, known, manager) for one in services)


def _service(
    raw: Mapping[str, Any],
    tasks: Sequence[Mapping[str, Any]],
    nodes: Mapping[str, Mapping[str, Any]],
    manager: str,
) -> SwarmService:
    spec, own_id = _part(raw, "Spec"), str(raw.get("ID", ""))
    container = _part(_part(spec, "TaskTemplate"), "ContainerSpec")
    own = [one for one in tasks if one.get("ServiceID") == own_id]
    own.sort(key=lambda one: str(one.get("CreatedAt", "")))
    failed = [one for one in own if _state(one) in FAILED]
    running = [one for one in own if _runs(one, nodes)]
    made = SwarmService(
        id=own_id,
        name=str(spec.get("Name", "")),
        image=str(container.get("Image", "")).partition("@")[0],
        labels={str(key): str(value) for key, value in _part(spec, "Labels").items()},
        failures=len(failed),
        error=str(_part(failed[-1], "Status").get("Err", "")) if failed else "",
        version=int(_part(raw, "Version").get("Index", 0)),
        created_time=parse_time(str(raw.get("CreatedAt", ""))),
    )
    if not running:
        return made
    task = running[-1]
    node = nodes[str(task.get("NodeID"))]
    port = _port(task)
    host = str(_part(node, "Status").get("Addr", ""))
    return dataclasses.replace(
        made,
        address=(manager if not host or is_unspecified(host) else host, port) if port else None,
        node=str(_part(node, "Description").get("Hostname", "")),
        started_time=parse_time(str(_part(task, "Status").get("Timestamp", ""))),
    )


def _runs(task: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]]) -> bool:
    """Tell whether a task runs; one on a node that is down only did when that was last heard of."""
    node = nodes.get(str(task.get("NodeID")))
    there = node is not None and _part(node, "Status").get("State") == "ready"
    return there and _state(task) == RUNNING and task.get("DesiredState") == RUNNING


def _state(task: Mapping[str, Any]) -> str:
    return str(_part(task, "Status").get("State", ""))


def _port(task: Mapping[str, Any]) -> int:
    ports = _part(_part(task, "Status"), "PortStatus").get("Ports") or []
    found = (one.get("PublishedPort") for one in ports if isinstance(one, Mapping))
    return next((port for port in found if isinstance(port, int) and port), 0)


def _mount(path: str, options: str) -> dict[str, Any]:
    """Return a folder in memory; Swarm knows its size and its mode only."""
    found = dict(part.partition("=")[::2] for part in options.split(","))
    tmpfs: dict[str, int] = {}
    if size := found.get("size"):
        tmpfs["SizeBytes"] = _size(size)
    if mode := found.get("mode"):
        # Of a folder that belongs to root there: whoever the engine is may write.
        tmpfs["Mode"] = int(mode, 8) if "uid" not in found else 0o1777
    return {"Type": "tmpfs", "Target": path, "TmpfsOptions": tmpfs}


def _size(text: str) -> int:
    units = {"k": 1024, "m": 1024**2, "g": 1024**3}
    return int(text.rstrip("kmg")) * units.get(text[-1], 1)


def _part(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = raw.get(name)
    return found if isinstance(found, Mapping) else {}
