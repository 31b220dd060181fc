"""Engine containers of other AceDesks over HTTP: listed, taken over, removed."""

from collections.abc import Callable
from typing import Final, Protocol

from aiohttp import web

from acedesk.api import wire
from acedesk.api.endpoints import OWN, Endpoint, Parameter, read_own_query
from acedesk.api.v2.shapes import ContainerMessage
from acedesk.model.snapshot import OrphanView

_QUERY: Final = (
    Parameter(
        name="confirm",
        about="Also one that others may use.",
        kind="boolean",
        default=False,
    ),
)


class OrphansApi(Protocol):
    """What the API may do with them; `acedesk.application.engines.EngineControl` is it."""

    async def take_over(self, container_id: str, *, confirmed: bool) -> None:
        """Make one an engine of this AceDesk."""
        ...

    async def remove_orphan(self, container_id: str, *, confirmed: bool) -> None:
        """Stop and delete one."""
        ...


class OrphanRoutes:
    """The handlers over what the application offers."""

    def __init__(self, views: Callable[[], tuple[OrphanView, ...]], orphans: OrphansApi) -> None:
        self._views = views
        self._orphans = orphans

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        changes = (
            ("POST", "/orphans/{id}/take-over", self.take_over),
            ("DELETE", "/orphans/{id}", self.remove),
        )
        return [
            Endpoint(
                method="GET",
                path="/orphans",
                handler=self.orphans,
                answer=list[OrphanView],
                prefixes=OWN,
            ),
            *(
                Endpoint(
                    method=method,
                    path=path,
                    handler=handler,
                    answer=ContainerMessage,
                    query=_QUERY,
                    statuses=(404, 503),
                    prefixes=OWN,
                )
                for method, path, handler in changes
            ),
        ]

    async def orphans(self, _request: web.Request) -> web.Response:
        """List them."""
        return web.json_response(wire.to_json(self._views()))

    async def take_over(self, request: web.Request) -> web.Response:
        """Make one an engine of this AceDesk; `confirm=true` also one that others may use."""
        container = request.match_info["id"]
        await self._orphans.take_over(
            container, confirmed=read_own_query(request, _QUERY)["confirm"]
        )
        return web.json_response({"message": "taken over", "container_id": container})

    async def remove(self, request: web.Request) -> web.Response:
        """Stop and delete one; `confirm=true` also one that others may use."""
        container = request.match_info["id"]
        await self._orphans.remove_orphan(
            container, confirmed=read_own_query(request, _QUERY)["confirm"]
        )
        return web.json_response({"message": "removed", "container_id": container})
