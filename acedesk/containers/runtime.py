"""The port to the container runtime: what AceDesk needs of Docker and nothing more.

`acedesk.containers.docker.DockerRuntime` is the real one. Every operation has a deadline and
raises `RuntimeUnavailable` when Docker cannot be used, `ContainerError` when the operation failed.
"""

import dataclasses
import datetime
import enum
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from typing import Final, Protocol

from acedesk.model.host import UNKNOWN_MACHINE, Machine, normal_host
from acedesk.model.snapshot import RuntimeView
from acedesk.signals import Signal
from acedesk.values import frozen_value

ROLE_LABEL = "app.acedesk.role"
NAME_LABEL = "app.acedesk.name"
PORT_LABEL = "app.acedesk.port"
# Which AceDesk made the container: the id of its data folder.
INSTANCE_LABEL = "app.acedesk.instance"
# Which host of the settings it was made for; none: the Docker that is there anyway. Two hosts may
# be one Docker under two addresses.
HOST_LABEL = "app.acedesk.host"
# The engine's own id; another container that replaces this one carries it on.
ENGINE_LABEL = "app.acedesk.engine"
# It was told to listen for peers on the port that the VPN forwards.
FORWARDED_LABEL = "app.acedesk.forwarded"
# Hash of all that makes one engine different from another.
DEFINITION_LABEL = "app.acedesk.definition"

LOOPBACK: Final = "127.0.0.1"

# Of engines that are told no other (docs.acestream.net, "Engine command line options").
DEFAULT_P2P_PORT: Final = 8621


@frozen_value
class DockerLocation:
    """Where Docker runs, seen from AceDesk.

    Attributes:
        docker_host: Where Docker runs, as its address names it; "" for a socket of this computer.
        in_container: AceDesk runs in a container that has a loopback of its own.
        networks: The networks of that container, if this Docker runs it.
        machine: The computer that it runs containers on.
    """

    docker_host: str = ""
    in_container: bool = False
    networks: tuple[str, ...] = ()
    machine: Machine = UNKNOWN_MACHINE

    @property
    def is_elsewhere(self) -> bool:
        """Whether Docker runs on another computer, or at another address of this one."""
        return normal_host(self.docker_host) not in ("", LOOPBACK, "::1", "localhost")


class ContainerOption(enum.Enum):
    """What a container is better off with, and can do without where its host has none.

    INIT: a small first process that ends all others.  LOG_LIMITS: log files of a bounded size.
    TMPFS: folders in memory.  RESTART: it is started again when it crashes.  PUBLISH: its port
    at an address of its host; without it, it is reached at its own address.
    """

    INIT = "init"
    LOG_LIMITS = "log_limits"
    TMPFS = "tmpfs"
    RESTART = "restart"
    PUBLISH = "publish"


@frozen_value
class ContainerSpec:
    """A container to be made.

    Attributes:
        image: Reference, with or without tag or digest.
        arguments: Added behind what the image starts (`acedesk.containers.image_command`).
        port: TCP port inside, published at a free port of Docker's choice.
        tmpfs: Options ("size=4k") by path inside.
        platform: Which variant of the image, "" for Docker's choice.
        memory: Bytes it may use, 0 for no limit.
        cpus: Processors it may use, 0 for no limit.
        without: Options its host is known to lack.
        network_of: Id of the container whose network it shares, "" for one of its own; then
            nothing can be published.
    """

    name: str
    image: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)
    port: int
    tmpfs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    platform: str = ""
    memory: int = 0
    cpus: float = 0.0
    without: frozenset[ContainerOption] = frozenset()
    network_of: str = ""


@frozen_value
class ContainerInfo:
    """A container as it is.

    Attributes:
        id: Full id, 64 hex digits.
        image: The reference it was made from.
        running: Its main process runs (a paused one counts as running).
        status: Docker's word: "created", "running", "paused", "restarting", "removing", "exited",
            "dead".
        health: "starting", "healthy", "unhealthy", "" when the image has no health check.
        exit_code: Of the last run; 0 while running.
        out_of_memory: The system ended the last run for want of memory.
        created_time: When it was made.
        started_time: Of the last start, None when it never ran.
        published: Host address and port by TCP port inside.
        addresses: Its IP on each network that it has one on, by the network's name.
        network_container: Name or id of the container whose network it shares, "" when none.
        environment: Only the variables that were asked for.
        p2p_port: Where an engine in it listens for peers.
    """

    id: str
    name: str
    image: str
    running: bool
    status: str
    health: str = ""
    exit_code: int = 0
    out_of_memory: bool = False
    created_time: datetime.datetime | None = None
    started_time: datetime.datetime | None = None
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)
    published: Mapping[int, tuple[str, int]] = dataclasses.field(default_factory=dict)
    addresses: Mapping[str, str] = dataclasses.field(default_factory=dict)
    network_container: str = ""
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    p2p_port: int = DEFAULT_P2P_PORT


@frozen_value
class ContainerEvent:
    """Something happened to a container.

    Attributes:
        action: "start", "die", "destroy", "health_status: healthy" ... as Docker calls it;
            "connected" when watching began (again): anything may have happened before;
            "disconnected" when it ended, until then.
        container_id: "" for these two.
        image: What the container was made from, "" where that is not told.
        exit_code: Of a container that ended ("die"), else 0.
        wanted: The container carries the labels that are watched for.
    """

    action: str
    container_id: str = ""
    name: str = ""
    image: str = ""
    exit_code: int = 0
    wanted: bool = True


CONNECTED, DISCONNECTED = "connected", "disconnected"

# Words of `ContainerInfo.status`.
PAUSED = "paused"
REMOVING = "removing"


@frozen_value
class ContainerCounters:
    """What a container has used so far, as Docker counts it.

    Attributes:
        at: When it was counted, monotonic.
        cpu: Seconds of one core.
        memory: Bytes it holds now, without those that only keep files at hand.
        received, sent: Bytes, None where it has no network of its own.
        read, written: Bytes of disks, None where Docker does not count them.
    """

    at: float
    cpu: float
    memory: int
    received: int | None = None
    sent: int | None = None
    read: int | None = None
    written: int | None = None


@frozen_value
class PullProgress:
    """How far a pull is; `total_bytes` grows while Docker learns of more layers."""

    done_bytes: int = 0
    total_bytes: int | None = None


class ContainerRuntime(Protocol):
    """Docker, or a fake of it.

    Signals:
        changed: `view` has changed.
        container_changed: Something happened to a container, whoever made it, or watching began or
            ended; told while `watch` is read.
    """

    changed: Signal[()]
    container_changed: Signal[ContainerEvent]

    @property
    def watching(self) -> bool:
        """What happens is told now, so that nothing that happens is missed."""
        ...

    @property
    def view(self) -> RuntimeView:
        """What the last operation told about Docker itself; nothing is asked now."""
        ...

    async def version(self) -> str:
        """Ask Docker for its version.

        Raises:
            RuntimeUnavailable: With the state that tells what is wrong.
        """
        ...

    async def location(self) -> DockerLocation:
        """Tell where Docker runs, seen from here: this decides how its containers are reached."""
        ...

    async def has_image(self, image: str, platform: str = "") -> bool:
        """Tell whether `image` is on Docker's machine, for this platform if one is named."""
        ...

    async def pull(
        self, image: str, report: Callable[[PullProgress], None], platform: str = ""
    ) -> None:
        """Download `image`; `report` is called at most four times a second, on the loop.

        On cancel: the download ends.
        """
        ...

    async def create(self, spec: ContainerSpec) -> str:
        """Make a container and return its id. On cancel or timeout it is removed again."""
        ...

    async def start(self, container: str) -> None:
        """Start the container."""
        ...

    async def restart(self, container: str) -> None:
        """Stop the container politely and start it again."""
        ...

    async def remove(self, container: str, *, grace: int = 5) -> None:
        """Stop the container, at most `grace` seconds politely, and delete it.

        One that is gone already is no error.
        """
        ...

    async def inspect(self, container: str, *, keep: Collection[str] = ()) -> ContainerInfo | None:
        """Return the container as it is, None when there is none of that name or id.

        Args:
            container: Name or id.
            keep: Names of environment variables to keep; all others may be secrets.
        """
        ...

    async def list_containers(self, labels: Mapping[str, str]) -> tuple[ContainerInfo, ...]:
        """Return all containers, running or not, that carry all `labels`."""
        ...

    async def find_by_image(self, name: str) -> tuple[str, ...]:
        """Return the ids of containers made from an image of this name, running ones first.

        Args:
            name: Last part of the image's repository: "gluetun" for "qmcgaw/gluetun:v3".
        """
        ...

    async def sharing_network(self, owner: ContainerInfo) -> tuple[ContainerInfo, ...]:
        """Return the containers whose network mode is that of `owner`, by whatever name."""
        ...

    async def log(self, container: str, lines: int) -> str:
        """Return the last lines of both outputs, oldest first."""
        ...

    def watch(self, labels: Mapping[str, str]) -> AsyncGenerator[ContainerEvent]:
        """Yield what happens to containers with `labels`, for ever; connects again by itself."""
        ...

    def stats(self, container: str) -> AsyncGenerator[ContainerCounters]:
        """Yield what the container has used so far, every few seconds, until it is gone.

        Raises:
            RuntimeUnavailable, ContainerError: Docker does not tell.
        """
        ...

    async def close(self) -> None:
        """End all streams; operations still under way are abandoned."""
        ...
