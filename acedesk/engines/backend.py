"""The port between the engine manager and the places engines come from."""

from collections.abc import Callable
from typing import Protocol

from acedesk.model.engine import BackendId, BackendKind, EngineId, EngineSpec, Step


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

    async def adopt(self) -> tuple[EngineSpec, ...]:
        """Return the engines of this backend that exist already. Never stops or starts one.

        One whose container does not run has port 0.

        Raises:
            RuntimeUnavailable: The container runtime cannot be used.
        """
        ...

    async def provision(self, name: str, report: Callable[[Step], None]) -> EngineSpec:
        """Make an engine and start it; the caller then waits until its HTTP API answers.

        Reports every change of PULL (where there is an image), CREATE and START.

        Raises:
            RuntimeUnavailable, ContainerError.

        On cancel or failure: nothing of it is left behind.
        """
        ...

    async def remove(self, engine_id: EngineId) -> None:
        """Stop and delete the engine; one that is already gone is no error."""
        ...

    async def restart(self, engine_id: EngineId) -> EngineSpec:
        """Restart the engine in place; its spec may have changed afterwards."""
        ...

    async def log(self, engine_id: EngineId, lines: int) -> str:
        """Return the last `lines` lines the engine wrote, oldest first."""
        ...

    async def close(self) -> None:
        """Let go of everything that dies with AceDesk; containers go on running."""
        ...
