"""Engines of an orchestrator on another address, as the manager sees them.

They are the orchestrator's: AceDesk asks for one more, and plays on them; it never restarts or
removes one.
"""

import datetime
from collections.abc import Callable
from typing import Final

from acedesk import clock
from acedesk.engines.backend import NOT_OURS
from acedesk.engines.backends.static_backend import static_id
from acedesk.engines.remote.container_names import ContainerNames
from acedesk.engines.remote.directory import Directory
from acedesk.errors import BadRequest, Busy, BusyReason, NotFound
from acedesk.formats.orchestrator.replies import RemoteEngine
from acedesk.model.engine import (
    BackendId,
    BackendKind,
    EngineId,
    EngineSpec,
    Step,
    StepName,
    StepState,
)
from acedesk.model.host import is_loopback, is_unspecified
from acedesk.settings import Settings, parse_address

BACKEND_ID: Final = BackendId("remote")


class RemoteBackend:
    """The engines that the directory lists.

    Args:
        host: Of the orchestrator, as AceDesk reaches it: an engine that it lists on its own
            loopback is there.
    """

    id: Final = BACKEND_ID
    kind: Final = BackendKind.REMOTE

    def __init__(
        self,
        directory: Directory,
        settings: Callable[[], Settings],
        host: str,
        *,
        utc_now: Callable[[], datetime.datetime] = clock.utc_now,
    ) -> None:
        self._directory = directory
        self._settings = settings
        self._host = host
        self._utc_now = utc_now
        self._names = ContainerNames()
        self._listed: dict[EngineId, RemoteEngine] = {}
        self._made: dict[str, datetime.datetime | None] = {}

    @property
    def definition_hash(self) -> str:
        """Nothing: what they are made from is the orchestrator's matter."""
        return ""

    @property
    def is_ready(self) -> bool:
        """False: how many engines it has is the orchestrator's matter, one is made on request."""
        return False

    async def adopt(self) -> tuple[EngineSpec, ...]:
        """Return the engines as they were listed last.

        One that the settings name, too, is left to them: it is one engine.
        """
        await self._names.look_up(self._directory.picture.engines.values())
        engines = self._directory.picture.engines
        self._made = {name: at for name, at in self._made.items() if name in engines}
        own = {parse_address(text) for text in self._settings().engines}
        specs = {one.id: self._spec(one) for one in engines.values()}
        self._listed = {spec.id: engines[name] for name, spec in specs.items()}
        return tuple(one for one in specs.values() if (one.host, one.port) not in own)

    def listed(self, engine_id: EngineId) -> RemoteEngine | None:
        """Return an engine as the orchestrator lists it, None for one that is not its own."""
        return self._listed.get(engine_id)

    def id_of(self, engine: str) -> EngineId | None:
        """Return our id of one of its engines, None for one that is not listed.

        One that the settings name has the id that it has from them.
        """
        found = self._directory.find(engine)
        if found is None:
            return None
        host, port = self.reach(found)
        for text in self._settings().engines:
            if parse_address(text) == (host, port):
                return static_id(host, port)
        return _id(engine)

    def reach(self, engine: RemoteEngine) -> tuple[str, int]:
        """Return host and port at which a listed engine is reached from here."""
        if engine.published and self._names.is_strange(engine.host):
            return self._host, engine.published
        local = is_loopback(engine.host) or is_unspecified(engine.host)
        host = self._host if local and not is_loopback(self._host) else engine.host
        return host, engine.port

    async def provision(self, name: str, report: Callable[[Step], None]) -> EngineSpec:
        """Ask the orchestrator for one more engine.

        Raises:
            Busy: It makes none now, or does not list the one it made.
            OrchestratorUnavailable: It does not answer.
        """
        report(Step(name=StepName.CREATE, state=StepState.RUNNING, detail="asked for"))
        made = await self._directory.provision()
        report(Step(name=StepName.CREATE, state=StepState.DONE))
        report(Step(name=StepName.START, state=StepState.RUNNING))
        found = self._directory.find(made)
        if found is None:
            raise Busy(BusyReason.STARTING, "The orchestrator makes an engine; it has no port yet.")
        await self._names.look_up(self._directory.picture.engines.values())
        report(Step(name=StepName.START, state=StepState.DONE))
        return self._spec(found)

    async def remove(self, engine_id: EngineId) -> None:
        """Leave it where it is: it is the orchestrator's."""

    async def restart(self, engine_id: EngineId) -> EngineSpec:
        """Refuse: the engine is not ours."""
        raise BadRequest(NOT_OURS)

    async def log(self, engine_id: EngineId, lines: int) -> str:
        """Refuse: the engine is not ours."""
        raise NotFound("the log of an orchestrator's engine cannot be read from here")

    async def close(self) -> None:
        """Do nothing: whoever made the client closes it."""

    def _spec(self, engine: RemoteEngine) -> EngineSpec:
        # One whose health is not known yet has just been made: it is waited for.
        fresh = engine.health not in ("healthy", "unhealthy") and not engine.draining
        made = self._made.setdefault(engine.id, self._utc_now() if fresh else None)
        host, port = self.reach(engine)
        return EngineSpec(
            id=_id(engine.id),
            name=engine.name,
            backend=BackendKind.REMOTE,
            backend_id=BACKEND_ID,
            host=host,
            port=port,
            started_time=made,
        )


def _id(engine: str) -> EngineId:
    return EngineId(f"remote-{engine}")
