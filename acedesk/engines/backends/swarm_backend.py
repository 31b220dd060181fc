"""Engines as services of Docker Swarm, which places them and brings them back on another node.

They outlive AceDesk and are adopted by their labels. A service has neither devices nor another
container's network: such an engine is never inside a VPN's container.
"""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, Final, Protocol, TypeVar

from acedesk import tasks
from acedesk.containers.image_command import ImageCommand, extend
from acedesk.containers.inspection import parse_command
from acedesk.containers.runtime import (
    CONNECTED,
    DEFINITION_LABEL,
    ENGINE_LABEL,
    INSTANCE_LABEL,
    LOOPBACK,
    NAME_LABEL,
    PORT_LABEL,
    ROLE_LABEL,
    ContainerEvent,
    DockerLocation,
)
from acedesk.engines.backends.engine_container import ENGINE_ROLE
from acedesk.engines.backends.swarm_orphans import SwarmOrphans
from acedesk.engines.backends.swarm_services import (
    SwarmService,
    endpoint_spec,
    read_services,
    task_template,
)
from acedesk.engines.definitions.catalogue import catalogue
from acedesk.engines.definitions.define import define
from acedesk.engines.definitions.definition import EngineDefinition
from acedesk.errors import AceDeskError, BadRequest, ContainerError, RuntimeState
from acedesk.model.engine import (
    BackendId,
    BackendKind,
    EngineId,
    EngineSpec,
    Step,
    StepName,
    StepState,
)
from acedesk.model.snapshot import OrphanView, RuntimeView
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile

T = TypeVar("T")

# Swarm tells of its tasks only those who ask.
LOOK_INTERVAL: Final = 5.0
ASK_INTERVAL: Final = 0.5
# Nodes download the image themselves, and nobody hears how far they are.
START_LIMIT: Final = 900.0
# A task that fails is tried again, perhaps on another node.
MOST_FAILURES: Final = 3
NAME_DIGITS: Final = 6


class SwarmRuntime(Protocol):
    """The Docker of a manager of the swarm; `acedesk.containers.docker_runtime` is it."""

    @property
    def view(self) -> RuntimeView:
        """Docker as last seen."""
        ...

    async def ask(self, operation: str, job: Callable[[Any], T]) -> T:
        """Let `job` ask with the client of the library, in a thread."""
        ...

    async def location(self) -> DockerLocation:
        """Tell where Docker runs, seen from here."""
        ...


class SwarmBackend:
    """Makes, adopts and removes services; implements `ContainerBackend`.

    Args:
        labels: Further labels every service gets and must have to be seen.
    """

    kind: Final = BackendKind.SWARM

    def __init__(
        self,
        runtime: SwarmRuntime,
        settings: Callable[[], Settings],
        instance: InstanceFile,
        *,
        backend_id: BackendId,
        labels: Mapping[str, str] | None = None,
    ) -> None:
        self._runtime = runtime
        self._settings = settings
        self._instance = instance
        self._id = backend_id
        self._labels = {ROLE_LABEL: ENGINE_ROLE, **(labels or {})}
        self._removing: set[asyncio.Task[None]] = set()
        self._orphans = SwarmOrphans(runtime, self._find_any, instance, backend_id)

    @property
    def id(self) -> BackendId:
        """Which swarm this is."""
        return self._id

    @property
    def definition_hash(self) -> str:
        """Of what an engine would be made from now."""
        try:
            return define(self._settings(), catalogue()).hash
        except BadRequest:  # the arguments cannot be split: no engine can be made
            return ""

    @property
    def orphans(self) -> tuple[OrphanView, ...]:
        """The services of other AceDesks, as last seen."""
        return self._orphans.views

    @property
    def is_ready(self) -> bool:
        """Whether this Docker could be used when it was last asked; so it is before that."""
        return self._runtime.view.state in (None, RuntimeState.READY)

    async def adopt(self) -> tuple[EngineSpec, ...]:
        """Return all own services; those of which no task runs have port 0."""
        return tuple(map(self._spec, self._orphans.see_all(await self._list())))

    async def look(self, container: str) -> EngineSpec | None:
        """Return the engine of one service, None when it is gone or is not ours."""
        found = await self._find_any(container)
        self._orphans.see(container, found)
        return self._spec(found) if found is not None and self._orphans.is_own(found) else None

    async def watch(self) -> AsyncGenerator[ContainerEvent]:
        """Yield when a service may have changed, for ever."""
        known: object = None
        while True:
            try:
                seen: object = {one.id: one.address for one in await self._list()}
            except AceDeskError:  # told by the looks
                seen = None
            if seen != known or known is None:
                known = seen
                yield ContainerEvent(action=CONNECTED)
            await tasks.sleep(LOOK_INTERVAL)

    async def take_over(self, container: str, *, confirmed: bool) -> EngineSpec:
        """Make the service of another AceDesk one of ours; its task goes on running."""
        return self._spec(await self._orphans.take_over(container, confirmed=confirmed))

    async def remove_orphan(self, container: str, *, confirmed: bool) -> None:
        """Remove the service of another AceDesk."""
        await self._orphans.remove(container, confirmed=confirmed)

    async def provision(self, name: str, report: Callable[[Step], None]) -> EngineSpec:
        """Make a service and wait until its task runs somewhere.

        Raises:
            RuntimeUnavailable: Docker cannot be used.
            ContainerError: It is no manager of a swarm, or no node can run the engine.

        On cancel or failure: the service is removed.
        """
        report(Step(name=StepName.CREATE, state=StepState.RUNNING))
        service = await self._create(name)
        report(Step(name=StepName.CREATE, state=StepState.DONE, detail=name))
        report(Step(name=StepName.START, state=StepState.RUNNING))
        try:
            found = await self._await_running(service)
        except BaseException:
            await self._discard(service)
            raise
        report(Step(name=StepName.START, state=StepState.DONE, detail=f"on {found.node}"))
        return self._spec(found)

    async def _create(self, name: str) -> str:
        definition = define(self._settings(), catalogue())
        own = {
            **self._labels,
            INSTANCE_LABEL: self._instance.id,
            NAME_LABEL: name,
            PORT_LABEL: str(definition.port),
            ENGINE_LABEL: (key := secrets.token_hex(4)),
            DEFINITION_LABEL: definition.hash,
        }
        service_name = f"acedesk-{self._instance.id[:NAME_DIGITS]}-{name}-{key}"

        return await self._runtime.ask(
            "create", lambda client: _create(client, definition, own, service_name)
        )

    async def _await_running(self, service: str) -> SwarmService:
        """Wait until a task of the service runs.

        Raises:
            ContainerError: None does, however often it is tried.
        """
        try:
            async with asyncio.timeout(START_LIMIT):
                while True:
                    found = await self._find(service)
                    if found is None:
                        raise ContainerError("start", "the service was removed")
                    if found.address is not None:
                        return found
                    if found.failures >= MOST_FAILURES:
                        raise ContainerError("start", found.error or "no node can run it")
                    await tasks.sleep(ASK_INTERVAL)
        except TimeoutError as exc:
            raise ContainerError("start", "no node of the swarm runs it") from exc

    async def remove(self, engine_id: EngineId) -> None:
        """Remove the service; one that is already gone is no error."""
        if await self._find(engine_id) is not None:
            await self._runtime.ask("remove", lambda client: client.remove_service(engine_id))
        await asyncio.to_thread(self._instance.forget, engine_id)

    async def _discard(self, service: str) -> None:
        """Remove a service in a task of its own: the caller may be cancelled again."""

        async def remove() -> None:
            try:
                await self.remove(EngineId(service))
            except AceDeskError:
                return  # the next look shows it, and people can remove it

        task = tasks.spawn(remove(), name="remove an unfinished engine")
        self._removing.add(task)
        task.add_done_callback(self._removing.discard)
        await asyncio.shield(task)

    async def restart(self, engine_id: EngineId) -> EngineSpec:
        """Let Swarm start the task anew; one that does not run is waited for: Swarm starts it.

        Raises:
            ContainerError: The service is gone, or no node can run it.
        """
        found = await self._find(engine_id)
        if found is None:
            raise ContainerError("restart", "the service does not exist")
        if found.address is not None:
            await self._runtime.ask("restart", lambda client: _restart(client, found))
            await self._await_change(found)
        return self._spec(await self._await_running(engine_id))

    async def _await_change(self, before: SwarmService) -> None:
        """Wait until another task of the service has been started.

        Raises:
            ContainerError: None was, for too long.
        """
        try:
            async with asyncio.timeout(START_LIMIT):
                while (now := await self._find(before.id)) is not None:
                    if now.started_time != before.started_time:
                        return
                    await tasks.sleep(ASK_INTERVAL)
        except TimeoutError as exc:
            raise ContainerError("restart", "the swarm did not start it anew") from exc

    async def log(self, engine_id: EngineId, lines: int) -> str:
        """Return the last lines of the service's log."""

        def read(client: Any) -> bytes:
            found = client.service_logs(engine_id, stdout=True, stderr=True, tail=lines)
            return found if isinstance(found, bytes) else b"".join(found)

        return (await self._runtime.ask("log", read)).decode("utf-8", "replace")

    async def close(self) -> None:
        """Wait until what was cancelled is removed; the engines go on running."""
        if self._removing:
            await asyncio.wait(self._removing)

    async def _list(self) -> tuple[SwarmService, ...]:
        """Return the engines of all AceDesks."""
        wanted = self._labels.items()
        return await self._ask_services({"label": [f"{k}={v}" for k, v in wanted]})

    async def _find(self, service: str) -> SwarmService | None:
        found = await self._find_any(service)
        return found if found is not None and self._orphans.is_own(found) else None

    async def _find_any(self, service: str) -> SwarmService | None:
        """Return an engine's service, whichever AceDesk made it."""
        for found in await self._ask_services({"id": [service]}):
            if found.id == service and not self._labels.items() - found.labels.items():
                return found
        return None

    async def _ask_services(self, filters: Mapping[str, Any]) -> tuple[SwarmService, ...]:
        manager = (await self._runtime.location()).docker_host or LOOPBACK

        def look(client: Any) -> tuple[SwarmService, ...]:
            services = client.services(filters=dict(filters))
            if not services:
                return ()
            ids = [one["ID"] for one in services]
            jobs = client.tasks(filters={"service": ids})
            return read_services(services, jobs, client.nodes(), manager)

        return await self._runtime.ask("inspect", look)

    def _spec(self, service: SwarmService) -> EngineSpec:
        host, port = service.address or (LOOPBACK, 0)
        return EngineSpec(
            id=EngineId(service.id),
            name=service.labels.get(NAME_LABEL) or service.name,
            backend=BackendKind.SWARM,
            backend_id=self._id,
            host=host,
            port=port,
            image=service.image,
            started_time=service.started_time,
            definition_hash=service.labels.get(DEFINITION_LABEL, ""),
        )


def _create(client: Any, definition: EngineDefinition, labels: Mapping[str, str], name: str) -> str:
    command = _command(client, definition.image, definition.arguments)
    made = client.create_service(
        task_template(definition, labels, command),
        name=name,
        labels=dict(labels),
        mode={"Replicated": {"Replicas": 1}},
        endpoint_spec=endpoint_spec(definition.port),
    )
    return str(made["ID"])


def _command(client: Any, image: str, arguments: tuple[str, ...]) -> ImageCommand:
    """Return what a task starts; an image that is not on the manager is given its arguments."""
    known = client.images(name=image) if arguments else []
    if not known:
        return ImageCommand(command=arguments)
    return extend(parse_command(client.inspect_image(image)), arguments)


def _restart(client: Any, service: SwarmService) -> None:
    """Count up what makes Swarm start the task anew."""
    spec = client.inspect_service(service.id)
    template = spec["Spec"]["TaskTemplate"]
    template["ForceUpdate"] = int(template.get("ForceUpdate", 0)) + 1
    client.update_service(
        service.id,
        version=spec["Version"]["Index"],
        task_template=template,
        name=service.name,
        fetch_current_spec=True,
    )
