"""Engine containers of other AceDesks: listed, and taken over or removed on request only."""

from collections.abc import Mapping

from acedesk.engines.adoption import Adoption
from acedesk.engines.backend import Backend, ContainerBackend
from acedesk.errors import NotFound
from acedesk.model.engine import BackendId, EngineId
from acedesk.model.snapshot import OrphanView


class Orphans:
    """The engine containers of other AceDesks; nothing here touches them unasked."""

    def __init__(self, adoption: Adoption, backends: Mapping[BackendId, Backend]) -> None:
        self._adoption = adoption
        self._backends = backends

    def views(self) -> tuple[OrphanView, ...]:
        """Return them as last seen."""
        return self._adoption.orphans

    async def take_over(self, container_id: str, *, confirmed: bool = False) -> None:
        """Make an orphan an engine of this AceDesk.

        Args:
            confirmed: Also one that runs and belongs to another AceDesk.

        Raises:
            NotFound: There is no such orphan.
            BadRequest: It has to be confirmed.
            StorageError: It cannot be remembered.
            RuntimeUnavailable: Docker cannot be used.
        """
        backend = self._backend_of(container_id)
        with self._adoption.changing(EngineId(container_id), backend.id):
            spec = await backend.take_over(container_id, confirmed=confirmed)
        self._adoption.take_in(spec)
        self._adoption.show_orphans()

    async def remove(self, container_id: str, *, confirmed: bool = False) -> None:
        """Stop and delete an orphan.

        Args:
            confirmed: Also one that runs and belongs to another AceDesk.

        Raises:
            NotFound: There is no such orphan.
            BadRequest: It has to be confirmed.
            RuntimeUnavailable, ContainerError: It could not be removed.
        """
        backend = self._backend_of(container_id)
        with self._adoption.changing(EngineId(container_id), backend.id):
            await backend.remove_orphan(container_id, confirmed=confirmed)
        self._adoption.show_orphans()

    def _backend_of(self, container_id: str) -> ContainerBackend:
        for orphan in self._adoption.orphans:
            backend = self._backends.get(orphan.backend_id)
            if orphan.container_id == container_id and isinstance(backend, ContainerBackend):
                return backend
        raise NotFound("there is no engine of another AceDesk with this id")
