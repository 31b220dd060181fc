"""A container runtime that keeps its containers in memory and counts what is asked of it."""

import asyncio
import collections
import dataclasses
import datetime
from collections.abc import AsyncGenerator, Callable, Collection, Mapping

from acedesk.containers.inspection import image_name
from acedesk.containers.refusals import NAME_TAKEN
from acedesk.containers.runtime import (
    CONNECTED,
    DEFAULT_P2P_PORT,
    ContainerCounters,
    ContainerEvent,
    ContainerInfo,
    ContainerSpec,
    DockerLocation,
    PullProgress,
)
from acedesk.errors import AceDeskError, ContainerError, RuntimeState
from acedesk.model.snapshot import RuntimeView
from acedesk.signals import Signal

NOON = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
FIRST_PORT = 40_000


def _p2p_port(spec: ContainerSpec) -> int:
    """Return where the engine was told to listen for peers."""
    told = (one.partition("=") for one in spec.arguments)
    return next((int(port) for name, _, port in told if name == "--port"), DEFAULT_P2P_PORT)


class FakeRuntime:
    """Implements `ContainerRuntime`.

    Args:
        first: What ids and ports are counted from; another one for each Docker of a test.

    Attributes:
        containers: Those that exist, by id.
        asked: How often each operation was asked for.
        specs: What each container was made from.
        errors: Raised by the next calls of the operation, one each.
        counters: What `stats` tells of each container, and then no more.
        seen_from: What `location` tells.
        gate: While it is not set, `list_containers` waits before it answers.
    """

    def __init__(self, first: int = 0) -> None:
        self.changed: Signal[()] = Signal()
        self.container_changed: Signal[ContainerEvent] = Signal()
        self.containers: dict[str, ContainerInfo] = {}
        self.specs: dict[str, ContainerSpec] = {}
        self.asked: collections.Counter[str] = collections.Counter()
        self.errors: dict[str, list[AceDeskError]] = {}
        self.state: RuntimeState | None = None
        self.seen_from = DockerLocation()
        self.gate = asyncio.Event()
        self.gate.set()
        self._events: list[asyncio.Queue[ContainerEvent]] = []
        self._made = first
        self.counters: dict[str, list[ContainerCounters]] = {}

    def _ask(self, operation: str) -> None:
        self.asked[operation] += 1
        if self.errors.get(operation):
            raise self.errors[operation].pop(0)

    def put(
        self, container: str, labels: Mapping[str, str], *, running: bool = True
    ) -> ContainerInfo:
        """Let a container exist that somebody else has made; its id begins with `container`."""
        self._made += 1
        found = ContainerInfo(
            id=container.ljust(64, "0"),
            name=f"some-{container}",
            image="engine:1",
            running=running,
            status="running" if running else "exited",
            created_time=NOON,
            started_time=NOON,
            labels=labels,
            published={6878: ("127.0.0.1", FIRST_PORT + self._made)} if running else {},
        )
        self.containers[found.id] = found
        return found

    def tell(self, action: str, container: str, *, exit_code: int = 0) -> None:
        """Let all who watch see an event."""
        info = self.containers.get(container)
        event = ContainerEvent(
            action=action,
            container_id=container,
            name=info.name if info is not None else "",
            image=info.image if info is not None else "",
            exit_code=exit_code,
        )
        self.container_changed.emit(event)
        for queue in self._events:
            queue.put_nowait(event)

    @property
    def watching(self) -> bool:
        """Somebody watches."""
        return bool(self._events)

    @property
    def watchers(self) -> int:
        """How many watch now."""
        return len(self._events)

    @property
    def view(self) -> RuntimeView:
        return RuntimeView(state=self.state)

    async def version(self) -> str:
        return "fake"

    async def location(self) -> DockerLocation:
        self._ask("location")
        return self.seen_from

    async def has_image(self, image: str, platform: str = "") -> bool:
        self._ask("has_image")
        return True

    async def pull(
        self, image: str, report: Callable[[PullProgress], None], platform: str = ""
    ) -> None:
        raise ContainerError("pull", "there is nothing to pull from")

    async def create(self, spec: ContainerSpec) -> str:
        self._ask("create")
        if spec.name in {info.name for info in self.containers.values()}:
            raise ContainerError("create", NAME_TAKEN)
        self._made += 1
        container = f"{self._made:064x}"
        self.specs[container] = spec
        self.containers[container] = ContainerInfo(
            id=container,
            name=spec.name,
            image=spec.image,
            running=False,
            status="created",
            created_time=NOON,
            labels=dict(spec.labels),
            network_container=spec.network_of,
            p2p_port=_p2p_port(spec),
        )
        return container

    async def start(self, container: str) -> None:
        self._ask("start")
        self._made += 1
        spec = self.specs.get(container)
        inside = 6878 if spec is None else spec.port
        self.containers[container] = dataclasses.replace(
            self.containers[container],
            running=True,
            status="running",
            started_time=NOON,
            published={}
            if spec is not None and spec.network_of
            else {inside: ("127.0.0.1", FIRST_PORT + self._made)},
        )
        self.tell("start", container)

    async def restart(self, container: str) -> None:
        self._ask("restart")
        await self.start(container)

    async def remove(self, container: str, *, grace: int = 5) -> None:
        self._ask("remove")
        if self.containers.pop(container, None) is not None:
            self.tell("destroy", container)

    async def inspect(self, container: str, *, keep: Collection[str] = ()) -> ContainerInfo | None:
        self._ask("inspect")
        named = (one for one in self.containers.values() if one.name == container)
        return self.containers.get(container) or next(named, None)

    async def list_containers(self, labels: Mapping[str, str]) -> tuple[ContainerInfo, ...]:
        self._ask("list")
        found = [one for one in self.containers.values() if labels.items() <= one.labels.items()]
        await self.gate.wait()
        return tuple(found)

    async def find_by_image(self, name: str) -> tuple[str, ...]:
        self._ask("find_by_image")
        return tuple(one.id for one in self.containers.values() if image_name(one.image) == name)

    async def sharing_network(self, owner: ContainerInfo) -> tuple[ContainerInfo, ...]:
        self._ask("sharing_network")
        names = (owner.id, owner.name)
        return tuple(one for one in self.containers.values() if one.network_container in names)

    async def log(self, container: str, lines: int) -> str:
        return "its last words"

    async def watch(self, labels: Mapping[str, str]) -> AsyncGenerator[ContainerEvent]:
        queue: asyncio.Queue[ContainerEvent] = asyncio.Queue()
        self._events.append(queue)
        try:
            yield ContainerEvent(action=CONNECTED)
            while True:
                yield await queue.get()
        finally:
            self._events.remove(queue)

    async def stats(self, container: str) -> AsyncGenerator[ContainerCounters]:
        self._ask("stats")
        for counters in self.counters.get(container, ()):
            yield counters

    async def close(self) -> None:
        pass
