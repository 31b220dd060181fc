"""The port between the engine manager and the places engines come from."""

from collections.abc import AsyncGenerator, Callable
from typing import Final, Protocol, runtime_checkable

from acedesk.containers.runtime import ContainerEvent
from acedesk.model.engine import BackendId, BackendKind, EngineId, EngineSpec, Step
from acedesk.model.snapshot import OrphanView

# Said by backends whose engines belong to somebody else.
NOT_OURS: Final = "This engine belongs to the orchestrator, which alone may do that."


class Backend(Protocol):
    """Makes, finds and removes engines of one kind. Several operations may run at once."""

    @property
    def id(self) -> BackendId:
        """What distinguishes this backend from others of its kind."""
        ...

    @property
    def kind(self) -> BackendKind:
        """Which kind of engine this backend makes."""
        ...

    @property
    def definition_hash(self) -> str:
        """Of what an engine would be made from now; compare with that of an `EngineSpec`.

        "" when engines cannot be told apart by it, or nobody knows yet.
        """
        ...

    @property
    def is_ready(self) -> bool:
        """Whether it could be reached when it was last asked for anything."""
        ...

    async def adopt(self) -> tuple[EngineSpec, ...]:
        """Return the engines of this backend that exist already. Never stops or starts one.

        One whose container does not run has port 0.

        Raises:
            RuntimeUnavailable: The container runtime cannot be used.
        """
        ...

    async def provision(self, name: str, report: Callable[[Step], None]) -> EngineSpec:
        """Make an engine and start it; the caller then waits until its HTTP API answers.

        Reports every change of PULL (where there is an image), CREATE and START, and that ANSWER
        began where it takes part in it.

        Raises:
            RuntimeUnavailable, ContainerError.

        On cancel or failure: nothing of it is left behind.
        """
        ...

    async def remove(self, engine_id: EngineId) -> None:
        """Stop and delete the engine; one that is already gone is no error."""
        ...

    async def restart(self, engine_id: EngineId) -> EngineSpec:
        """Restart the engine; its spec may be another afterwards, even its id."""
        ...

    async def log(self, engine_id: EngineId, lines: int) -> str:
        """Return the last `lines` lines the engine wrote, oldest first."""
        ...

    async def close(self) -> None:
        """Close everything that ends with AceDesk; containers go on running."""
        ...


@runtime_checkable
class ContainerBackend(Backend, Protocol):
    """A backend whose engines may end, come back and be removed without our doing."""

    @property
    def orphans(self) -> tuple[OrphanView, ...]:
        """Engine containers of other AceDesks, as `adopt` and `look` last saw them."""
        ...

    async def look(self, container: str) -> EngineSpec | None:
        """Return the engine in one container, None when it is gone or is not ours.

        Raises:
            RuntimeUnavailable: The container runtime cannot be used.
        """
        ...

    def watch(self) -> AsyncGenerator[ContainerEvent]:
        """Yield what happens to engine containers, own ones and others, for ever."""
        ...

    async def take_over(self, container: str, *, confirmed: bool) -> EngineSpec:
        """Make an orphan an engine of this AceDesk.

        Args:
            confirmed: Also one that runs and belongs to another AceDesk.

        Raises:
            NotFound: There is no such orphan.
            BadRequest: It has to be confirmed.
            StorageError: It cannot be remembered.
            RuntimeUnavailable: The container runtime cannot be used.
        """
        ...

    async def remove_orphan(self, container: str, *, confirmed: bool) -> None:
        """Stop and delete an orphan.

        Args:
            confirmed: Also one that runs and belongs to another AceDesk.

        Raises:
            NotFound: There is no such orphan.
            BadRequest: It has to be confirmed.
            RuntimeUnavailable, ContainerError: It could not be removed.
        """
        ...
