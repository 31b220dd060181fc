"""Engines and their containers, as the contract has them. Only our own containers are known."""

import re
from typing import Final, Protocol

from aiohttp import web

from acedesk.api.endpoints import Endpoint, Parameter, answer, read_query, reads, text_answer
from acedesk.api.orchestrator.facts import ContractFacts, container_stats, public_id
from acedesk.api.orchestrator.shapes import (
    ContainerInfo,
    ContainerLogs,
    ContainerStats,
    Deleted,
    EngineState,
    EngineWithStreams,
    NoEngine,
    PortBinding,
    TotalStats,
    wire_time,
)
from acedesk.errors import NotFound
from acedesk.model.engine import FOREIGN, REMOVED_BY_PROGRAM, EngineHealth, EngineId
from acedesk.model.snapshot import EngineView

_NO_CONTAINER: Final = "container not found"
_LINES: Final = Parameter(
    name="tail",
    about="How many lines at most.",
    kind="integer",
    minimum=1,
    maximum=10_000,
    default=500,
)
_STATUS: Final = {
    EngineHealth.STARTING: "running",
    EngineHealth.READY: "running",
    EngineHealth.SLOW: "running",
    EngineHealth.HUNG: "running",
    EngineHealth.UNREACHABLE: "running",
    EngineHealth.CRASHED: "exited",
    EngineHealth.STOPPED: "exited",
}


class EnginesApi(Protocol):
    """What may be done with engines; `acedesk.application.engines.EngineControl` is it."""

    async def remove(self, engine_id: EngineId, why: str) -> None:
        """Stop and delete one."""
        ...

    async def read_log(self, engine_id: EngineId, lines: int = 500) -> str:
        """Return the last lines one wrote."""
        ...


class EngineRoutes:
    """The handlers over the facts and what the application offers."""

    def __init__(self, facts: ContractFacts, engines: EnginesApi) -> None:
        self._facts = facts
        self._engines = engines

    def endpoints(self) -> list[Endpoint]:
        """Return the routes; fixed paths before those with an id."""
        one, container = "/engines/{id}", "/containers/{id}"
        read = (
            ("/engines", self.engines, list[EngineState], ()),
            ("/engines/stats/all", self.all_stats, dict[str, ContainerStats], ()),
            ("/engines/stats/total", self.total_stats, TotalStats, ()),
            (one, self.engine, EngineWithStreams | NoEngine, ()),
            (f"{one}/stats", self.stats, ContainerStats, (404,)),
            (container, self.container, ContainerInfo, (404,)),
        )
        return [
            *reads(read),
            Endpoint(
                method="GET",
                path=f"{container}/logs",
                handler=self.logs,
                answer=ContainerLogs,
                query=(_LINES,),
                statuses=(404, 422, 503),
            ),
            Endpoint(
                method="DELETE",
                path=container,
                handler=self.delete,
                answer=Deleted,
                statuses=(400, 404, 503),
            ),
        ]

    async def engines(self, _request: web.Request) -> web.Response:
        """List the engines, lowest port first."""
        rows = self._facts.engine_rows(await self._facts.read_rows())
        return text_answer(f"[{', '.join(row.text for row in rows)}]")

    async def engine(self, request: web.Request) -> web.Response:
        """Give one engine and its streams; one that is not there is no error to clients."""
        try:
            found, streams = self._facts.engine(request.match_info["id"])
        except NotFound:
            return answer(NoEngine())
        return answer(EngineWithStreams(engine=found, streams=streams))

    async def stats(self, request: web.Request) -> web.Response:
        """Tell what the container of one engine uses."""
        view = self._container(request.match_info["id"])
        found = container_stats(view)
        if found is None:
            raise NotFound("what this container uses is not known")
        return answer(found)

    async def all_stats(self, _request: web.Request) -> web.Response:
        """Tell what each engine's container uses, by its id."""
        return answer(self._facts.container_stats())

    async def total_stats(self, _request: web.Request) -> web.Response:
        """Tell what all containers of engines use together."""
        rows = self._facts.container_stats().values()
        return answer(
            TotalStats(
                total_cpu_percent=round(sum(one.cpu_percent for one in rows), 2),
                total_memory_usage=sum(one.memory_usage for one in rows),
                total_network_rx_bytes=sum(one.network_rx_bytes for one in rows),
                total_network_tx_bytes=sum(one.network_tx_bytes for one in rows),
                total_block_read_bytes=sum(one.block_read_bytes for one in rows),
                total_block_write_bytes=sum(one.block_write_bytes for one in rows),
                container_count=len(rows),
            )
        )

    async def container(self, request: web.Request) -> web.Response:
        """Describe one of our containers, without its environment."""
        view = self._container(request.match_info["id"])
        address = view.host if re.fullmatch(r"[0-9.]+", view.host) else ""
        bindings = [PortBinding(HostIp=address, HostPort=str(view.port))] if view.port else []
        return answer(
            ContainerInfo(
                id=view.container_id,
                name=view.name,
                image=view.image,
                created=None if view.started_time is None else wire_time(view.started_time),
                status=_STATUS[view.health],
                labels={},
                ports={f"{view.port}/tcp": bindings} if view.port else {},
            )
        )

    async def logs(self, request: web.Request) -> web.Response:
        """Give the last lines that one of our containers wrote."""
        lines = read_query(request, (_LINES,))["tail"]
        view = self._container(request.match_info["id"])
        text = await self._engines.read_log(view.id, lines)
        return answer(ContainerLogs(container_id=view.container_id, logs=text))

    async def delete(self, request: web.Request) -> web.Response:
        """Stop and delete an engine that AceDesk made; its streams go on with other engines.

        Its id is that of its container, or that which `/provision/acestream` told.
        """
        try:
            view = self._facts.view(request.match_info["id"])
        except NotFound:
            raise NotFound(_NO_CONTAINER) from None
        if not view.container_id and view.backend in FOREIGN:
            raise NotFound(_NO_CONTAINER)
        await self._engines.remove(view.id, REMOVED_BY_PROGRAM)
        return answer(Deleted(deleted=public_id(view)))

    def _container(self, name: str) -> EngineView:
        try:
            view = self._facts.view(name)
        except NotFound:
            raise NotFound(_NO_CONTAINER) from None
        if not view.container_id:
            raise NotFound(_NO_CONTAINER)
        return view
