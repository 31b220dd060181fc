"""Services that other AceDesks made, or none that told: taken over or removed on request only.

Swarm starts the task of a service anew when its labels are changed, so one that is taken over is
remembered in the data folder, as containers are, and goes on running.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final, Protocol, TypeVar

from acedesk.containers.runtime import INSTANCE_LABEL, NAME_LABEL
from acedesk.engines.backends.swarm_services import SwarmService
from acedesk.errors import BadRequest, NotFound
from acedesk.model.engine import BackendId
from acedesk.model.snapshot import OrphanView
from acedesk.store.instance import InstanceFile

T = TypeVar("T")

NEEDS_CONFIRMATION: Final = (
    "This engine belongs to another AceDesk and runs; confirm=true is needed."
)


class Asker(Protocol):
    """The Docker of a manager of the swarm."""

    async def ask(self, operation: str, job: Callable[[Any], T]) -> T:
        """Let `job` ask with the client of the library, in a thread."""
        ...


class SwarmOrphans:
    """The orphans of one swarm, as they were last seen.

    Args:
        find: Returns an engine's service by its id, whoever made it; None when there is none.
    """

    def __init__(
        self,
        runtime: Asker,
        find: Callable[[str], Awaitable[SwarmService | None]],
        instance: InstanceFile,
        backend_id: BackendId,
    ) -> None:
        self._runtime = runtime
        self._find = find
        self._instance = instance
        self._backend_id = backend_id
        self._views: dict[str, OrphanView] = {}

    @property
    def views(self) -> tuple[OrphanView, ...]:
        """Them as last seen."""
        return tuple(self._views.values())

    def see_all(self, found: Collection[SwarmService]) -> tuple[SwarmService, ...]:
        """Note the services of others among all that there are; return our own."""
        others = [one for one in found if not self.is_own(one)]
        self._views = {one.id: self._view(one) for one in others}
        return tuple(one for one in found if self.is_own(one))

    def see(self, service_id: str, found: SwarmService | None) -> None:
        """Note what one service is now."""
        self._views.pop(service_id, None)
        if found is not None and not self.is_own(found):
            self._views[service_id] = self._view(found)

    def is_own(self, service: SwarmService) -> bool:
        """Tell whether the service is ours."""
        made_here = service.labels.get(INSTANCE_LABEL) == self._instance.id
        return made_here or service.id in self._instance.taken_over

    async def take_over(self, service_id: str, *, confirmed: bool) -> SwarmService:
        """Make a service one of ours.

        Raises:
            NotFound: There is no such orphan.
            BadRequest: It runs and belongs to another AceDesk; that has to be confirmed.
            StorageError: It cannot be remembered.
        """
        found = await self._find_orphan(service_id, confirmed=confirmed)
        await asyncio.to_thread(self._instance.take_over, found.id)
        self._views.pop(service_id, None)
        return found

    async def remove(self, service_id: str, *, confirmed: bool) -> None:
        """Remove a service; raises as `take_over`."""
        found = await self._find_orphan(service_id, confirmed=confirmed)
        await self._runtime.ask("remove", lambda client: client.remove_service(found.id))
        self._views.pop(service_id, None)

    async def _find_orphan(self, service_id: str, *, confirmed: bool) -> SwarmService:
        found = await self._find(service_id)
        if found is None or self.is_own(found):
            raise NotFound("there is no engine of another AceDesk with this id")
        if self._view(found).in_use and not confirmed:
            raise BadRequest(NEEDS_CONFIRMATION)
        return found

    def _view(self, service: SwarmService) -> OrphanView:
        return OrphanView(
            container_id=service.id,
            name=service.labels.get(NAME_LABEL) or service.name,
            backend_id=self._backend_id,
            instance=service.labels.get(INSTANCE_LABEL, ""),
            image=service.image,
            running=service.address is not None,
            created_time=service.created_time,
        )
