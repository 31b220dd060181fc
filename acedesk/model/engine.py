"""Engines: where they are, where they come from, and how they are."""

import dataclasses
import datetime
import enum
from typing import NewType

EngineId = NewType("EngineId", str)

# Which backend: "static", "demo", "docker:local". There may be several of one kind.
BackendId = NewType("BackendId", str)


class BackendKind(enum.Enum):
    """Where an engine comes from."""

    STATIC = "static"
    DEMO = "demo"
    DOCKER = "docker"


class EngineState(enum.Enum):
    """What an engine is doing; only READY engines get new streams."""

    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"
    UNHEALTHY = "unhealthy"
    STOPPED = "stopped"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EngineSpec:
    """One engine as its backend made or found it; it does not change while the engine lives.

    Attributes:
        id: Unique in this AceDesk: the full container id, "demo-6879", "static-192.168.1.5:6878".
        name: What people see: "engine-1".
        backend: Of which kind it is; for words and limits.
        backend_id: The backend that can restart or remove it, "" when none can.
        host: Address of the HTTP API as AceDesk must dial it.
        port: TCP port of the HTTP API, 0 while its container does not run.
        container_id: Full Docker id, "" for engines without a container.
        image: Image reference, "" for engines without a container.
        started_time: When its container or process was started, None when unknown.
        forwarded: It owns the VPN's forwarded port.
        vpn_container: Name of the Gluetun container whose network it shares, "" when none.
    """

    id: EngineId
    name: str
    backend: BackendKind
    host: str
    port: int
    container_id: str = ""
    image: str = ""
    started_time: datetime.datetime | None = None
    forwarded: bool = False
    vpn_container: str = ""
    backend_id: BackendId = BackendId("")


class StepName(enum.Enum):
    """The steps of provisioning, in order. Backends without images leave PULL out."""

    PULL = "pull"
    CREATE = "create"
    START = "start"
    ANSWER = "answer"


class StepState(enum.Enum):
    """How far one step is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a provision, as reported while it runs.

    Attributes:
        done_bytes: Bytes pulled so far (PULL only), None when it cannot be known.
        total_bytes: Bytes to pull in all as far as known, None when unknown.
        detail: A short fact: "image is already here", the container's name, "3 s".
    """

    name: StepName
    state: StepState
    done_bytes: int | None = None
    total_bytes: int | None = None
    detail: str = ""


class ProvisionState(enum.Enum):
    """How a provision stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
