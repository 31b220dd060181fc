"""What the run loop needs of the application beyond what the windows need."""

from collections.abc import Callable, Mapping
from typing import Protocol

from acedesk.ui.desk import Desk


class StartableDesk(Desk, Protocol):
    """A `Desk` that can be started and stopped."""

    async def start(self) -> None:
        """Start everything; nothing is left running when it raises.

        Raises:
            AceDeskError: It cannot start: `PortInUse`, `DataDirInUse`, `StorageError`, ...
        """
        ...

    async def stop(self) -> None:
        """Stop everything in reverse order; a second call, or one without a start, is harmless."""
        ...


# Gets settings to be changed for this run.
MakeDesk = Callable[[Mapping[str, object]], StartableDesk]
