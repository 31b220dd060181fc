"""Engines in Docker containers that carry our labels; they outlive AceDesk and are adopted.

Several AceDesks may use one Docker. Each adopts, restarts and removes the containers of its own
instance only. Those of others and of AceDesk 0.1.0, which named no instance, are orphans: they are
listed, and taken over or removed only when somebody asks for it.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Final

from acedesk.acestream_api.address_search import Check, EngineAddresses
from acedesk.containers.runtime import (
    ENGINE_LABEL,
    HOST_LABEL,
    INSTANCE_LABEL,
    REMOVING,
    ROLE_LABEL,
    ContainerEvent,
    ContainerInfo,
    ContainerRuntime,
    DockerLocation,
)
from acedesk.engines.backends.container_creator import ContainerCreator
from acedesk.engines.backends.engine_container import (
    ENGINE_ROLE,
    engine_addresses,
    engine_spec,
    is_network_lost,
    orphan_view,
)
from acedesk.engines.backends.vpn_network import VpnNetwork
from acedesk.engines.definitions.catalogue import catalogue
from acedesk.engines.definitions.define import define
from acedesk.engines.definitions.definition import EngineDefinition
from acedesk.errors import BadRequest, ContainerError, NotFound, RuntimeState
from acedesk.model.engine import (
    BackendId,
    BackendKind,
    EngineId,
    EngineSpec,
    Step,
    StepName,
    StepState,
)
from acedesk.model.host import Machine
from acedesk.model.snapshot import OrphanView
from acedesk.settings import Settings
from acedesk.store.instance import InstanceFile

# The Docker that `docker` on this computer uses.
LOCAL_ID: Final = BackendId("docker:local")

# Digits of the instance in container names, so that two AceDesks do not want the same name.
NAME_DIGITS: Final = 6


class DockerBackend:
    """Makes, adopts and removes engine containers.

    Args:
        instance: Which AceDesk this is; opened before the first operation.
        labels: Further labels every container gets and must have to be seen.
        backend_id: Which Docker the runtime is.
        check: Asks whether an engine answers at host and port, within so many seconds; by default
            none is asked, and engines are where Docker most likely put them.
        prefix: What container names start with, by default "acedesk-" and digits of the
            instance; "engine-1" follows.
        vpn: Where engines are put that are to be inside the VPN.
    """

    kind: Final = BackendKind.DOCKER

    def __init__(
        self,
        runtime: ContainerRuntime,
        settings: Callable[[], Settings],
        instance: InstanceFile,
        *,
        labels: Mapping[str, str] | None = None,
        prefix: str | None = None,
        backend_id: BackendId = LOCAL_ID,
        check: Check | None = None,
        vpn: VpnNetwork | None = None,
    ) -> None:
        self._runtime = runtime
        self._instance = instance
        self._labels = {ROLE_LABEL: ENGINE_ROLE, **(labels or {})}
        self._prefix = prefix
        self._orphans: dict[str, OrphanView] = {}
        self._id = backend_id
        self._settings = settings
        self._addresses = EngineAddresses(check)
        self._machine: Machine | None = None
        self._vpn = vpn or VpnNetwork(runtime, settings)
        self._creator = ContainerCreator(
            runtime,
            self._define,
            labels=self._own_labels,
            prefix=self._name_prefix,
            place=self._vpn.place,
        )

    @property
    def id(self) -> BackendId:
        """Which Docker this is."""
        return self._id

    @property
    def definition_hash(self) -> str:
        """Of what an engine would be made from now; "" before Docker was seen."""
        if self._machine is None:
            return ""
        try:
            return self._vpn.mark(self._define(self._machine)).hash
        except BadRequest:  # the arguments cannot be split: no engine can be made
            return ""

    def _define(self, machine: Machine) -> EngineDefinition:
        return define(self._settings(), catalogue(), machine)

    @property
    def orphans(self) -> tuple[OrphanView, ...]:
        """Engine containers of other AceDesks, as last seen."""
        return tuple(self._orphans.values())

    @property
    def is_ready(self) -> bool:
        """Whether this Docker could be used when it was last asked; so it is before that."""
        return self._runtime.view.state in (None, RuntimeState.READY)

    async def adopt(self) -> tuple[EngineSpec, ...]:
        """Return all own engine containers; those that do not run have port 0."""
        listed = await self._runtime.list_containers(self._labels)
        found = [info for info in listed if self._is_of_this_host(info)]
        self._orphans = {
            info.id: orphan_view(info, self._id) for info in found if not self._is_own(info)
        }
        location = await self._runtime.location()
        self._machine = location.machine
        own = [info for info in found if self._is_own(info)]
        return tuple(await asyncio.gather(*(self._spec(info, location) for info in own)))

    async def look(self, container: str) -> EngineSpec | None:
        """Return the engine in one container, None when it is gone or is not ours."""
        info = await self._inspect(container)
        self._orphans.pop(container, None)
        if info is None:
            return None
        if self._is_own(info):
            return await self._spec(info, await self._runtime.location())
        self._orphans[info.id] = orphan_view(info, self._id)
        return None

    def watch(self) -> AsyncGenerator[ContainerEvent]:
        """Yield what happens to engine containers, own ones and others, for ever."""
        return self._runtime.watch(self._labels)

    async def take_over(self, container: str, *, confirmed: bool) -> EngineSpec:
        """Make an orphan an engine of this AceDesk.

        Its labels cannot be changed, so it is remembered in the data folder until it is replaced
        by a container of our own, at its next restart.
        """
        info = await self._find_orphan(container, confirmed=confirmed)
        await asyncio.to_thread(self._instance.take_over, info.id)
        self._orphans.pop(info.id, None)
        return await self._spec(info, await self._runtime.location())

    async def remove_orphan(self, container: str, *, confirmed: bool) -> None:
        """Stop and delete an orphan."""
        info = await self._find_orphan(container, confirmed=confirmed)
        await self._runtime.remove(info.id)
        self._orphans.pop(info.id, None)

    async def _find_orphan(self, container: str, *, confirmed: bool) -> ContainerInfo:
        info = await self._inspect(container)
        if info is None or self._is_own(info):
            raise NotFound("there is no engine of another AceDesk with this id")
        if orphan_view(info, self._id).in_use and not confirmed:
            raise BadRequest(
                "This engine belongs to another AceDesk and runs; confirm=true is needed."
            )
        return info

    async def _inspect(self, container: str) -> ContainerInfo | None:
        """Return an engine container, whichever AceDesk made it; None for any other container.

        One that Docker is removing is none any more: it cannot be started.
        """
        info = await self._runtime.inspect(container)
        if info is None or info.status == REMOVING or self._labels.items() - info.labels.items():
            return None
        return info if self._is_of_this_host(info) else None

    def _is_of_this_host(self, info: ContainerInfo) -> bool:
        """Tell whether it is none of ours that was made for another host: the same Docker."""
        made_here = info.labels.get(INSTANCE_LABEL) == self._instance.id
        return not made_here or info.labels.get(HOST_LABEL, LOCAL_ID) == self._id

    def _is_own(self, info: ContainerInfo) -> bool:
        made_here = info.labels.get(INSTANCE_LABEL) == self._instance.id
        return made_here or info.id in self._instance.taken_over

    def _own_labels(self) -> Mapping[str, str]:
        own = {**self._labels, INSTANCE_LABEL: self._instance.id}
        return own if self._id == LOCAL_ID else {**own, HOST_LABEL: self._id}

    def _name_prefix(self) -> str:
        return self._prefix or f"acedesk-{self._instance.id[:NAME_DIGITS]}-"

    async def provision(self, name: str, report: Callable[[Step], None]) -> EngineSpec:
        """Pull the image if it is not here, create the container and start it.

        On cancel or failure: the container is removed; an unfinished pull is ended.
        """
        return await self._make(name, report)

    async def _make(
        self, name: str, report: Callable[[Step], None], *, key: str = ""
    ) -> EngineSpec:
        info = await self._creator.make(name, report, key=key)
        report(Step(name=StepName.ANSWER, state=StepState.RUNNING))
        try:
            return await self._started(info, "start")
        except BaseException:
            await self._creator.discard(info.id)
            raise

    async def _started(self, info: ContainerInfo, operation: str) -> EngineSpec:
        """Return the engine of a container that was just started.

        Raises:
            EngineUnreachable: It cannot be reached at any address.
            ContainerError: It has ended, was removed or was started anew meanwhile.
        """

        async def check_running() -> None:
            now = await self._creator.look_started(info.id, operation)
            if now.started_time != info.started_time:
                raise ContainerError(operation, "the engine ended and was started again by Docker")

        limit = self._settings().engine_start_timeout
        location = await self._runtime.location()
        candidates = engine_addresses(info, location, await self._vpn.owner(info))
        address = await self._addresses.wait(
            info, candidates, location, limit, check_running=check_running
        )
        return engine_spec(info, self._id, address)

    async def _spec(self, info: ContainerInfo, location: DockerLocation) -> EngineSpec:
        """Return the engine of a container that was found."""
        owner = await self._vpn.owner(info)
        address = await self._addresses.look(info, engine_addresses(info, location, owner))
        return engine_spec(info, self._id, address, network_lost=is_network_lost(info, owner))

    async def remove(self, engine_id: EngineId) -> None:
        """Stop and delete the container."""
        await self._runtime.remove(engine_id)
        self._addresses.forget(engine_id)
        await asyncio.to_thread(self._instance.forget, engine_id)

    async def restart(self, engine_id: EngineId) -> EngineSpec:
        """Restart the container; its port changes, because Docker chooses a free one again.

        One that was taken over is replaced by a container with our labels: another id. So is one
        that was made with an option that Docker's host has no more, and one in a wrong network.
        """
        info = await self._inspect(engine_id)
        misplaced = info is not None and self._vpn.is_misplaced(info, await self._vpn.owner(info))
        if misplaced or engine_id in self._instance.taken_over:
            return await self._replace(engine_id)
        try:
            await self._runtime.restart(engine_id)
        except ContainerError as exc:
            if not exc.option:
                raise
            return await self._replace(engine_id)
        info = await self._creator.look_started(engine_id, "restart")
        return await self._started(info, "restart")

    async def _replace(self, engine_id: EngineId) -> EngineSpec:
        """Make the engine anew, then remove the old container, which stays if that fails."""
        info = await self._inspect(engine_id)
        if info is None:
            raise ContainerError("restart", "the container does not exist")
        name, key = engine_spec(info, self._id).name, info.labels.get(ENGINE_LABEL, "")
        made = await self._make(name, lambda _: None, key=key)
        await self.remove(engine_id)
        return made

    async def outdated_in_vpn(self) -> frozenset[EngineId]:
        """Return the own engines inside the VPN that `restart` has to make anew."""
        found = await self._runtime.list_containers(self._labels)
        own = [info for info in found if self._is_own(info) and self._is_of_this_host(info)]
        owners = await asyncio.gather(*map(self._vpn.owner, own))
        pairs = zip(own, owners, strict=True)
        return frozenset(EngineId(one.id) for one, by in pairs if self._vpn.is_outdated(one, by))

    async def log(self, engine_id: EngineId, lines: int) -> str:
        """Return the last lines of the container's log."""
        return await self._runtime.log(engine_id, lines)

    async def close(self) -> None:
        """Wait until what was cancelled is removed; the engines go on running."""
        await self._creator.close()
