"""Engines the user runs: AceDesk knows their address and leaves them alone."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from acedesk.errors import BadRequest, NotFound
from acedesk.model.engine import BackendId, BackendKind, EngineId, EngineSpec, Step
from acedesk.model.host import join_port
from acedesk.settings import Settings, parse_address

BACKEND_ID: Final = BackendId("static")


class StaticBackend:
    """The engines of the setting `engines`.

    Args:
        save: Checks, saves and applies changed settings.
    """

    id: Final = BACKEND_ID
    kind: Final = BackendKind.STATIC

    def __init__(
        self,
        settings: Callable[[], Settings],
        save: Callable[[Mapping[str, object]], Awaitable[object]],
    ) -> None:
        self._settings = settings
        self._save = save

    @property
    def definition_hash(self) -> str:
        """Nothing: all its engines are alike."""
        return ""

    @property
    def is_ready(self) -> bool:
        """Always: there is nothing to be reached."""
        return True

    async def adopt(self) -> tuple[EngineSpec, ...]:
        """Return one engine per address, in the order of the setting."""
        addresses = dict.fromkeys(parse_address(text) for text in self._settings().engines)
        return tuple(_spec(host, port) for host, port in addresses)

    async def provision(self, name: str, report: Callable[[Step], None]) -> EngineSpec:
        """Refuse: engines on other addresses are not made here."""
        raise BadRequest("Engines on other addresses are named in the settings.")

    async def remove(self, engine_id: EngineId) -> None:
        """Take the engine out of the settings: it is not ours and goes on running.

        Raises:
            StorageError: The settings could not be saved; it is forgotten for this run only.
        """
        named = self._settings().engines
        kept = tuple(text for text in named if _spec(*parse_address(text)).id != engine_id)
        if kept != named:
            await self._save({"engines": kept})

    async def restart(self, engine_id: EngineId) -> EngineSpec:
        """Refuse: the engine is not ours."""
        raise BadRequest("AceDesk did not start this engine and cannot restart it.")

    async def log(self, engine_id: EngineId, lines: int) -> str:
        """Refuse: the engine is not ours."""
        raise NotFound("the log of an engine on another address cannot be read")

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""


def static_id(host: str, port: int) -> EngineId:
    """Return the id of the engine at an address of the settings."""
    return EngineId(f"static-{join_port(host, port)}")


def _spec(host: str, port: int) -> EngineSpec:
    address = join_port(host, port)
    return EngineSpec(
        id=static_id(host, port),
        name=address,
        backend=BackendKind.STATIC,
        backend_id=BACKEND_ID,
        host=host,
        port=port,
    )
