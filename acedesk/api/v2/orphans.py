"""Engine containers of other AceDesks over HTTP: listed, taken over, removed."""

from collections.abc import Callable
from typing import Final, Protocol

from aiohttp import web

from acedesk.api import wire
from acedesk.api.v2.streams import OWN_PREFIX
from acedesk.errors import BadRequest
from acedesk.model.snapshot import Snapshot

_ANSWERS: Final = {"": False, "false": False, "true": True}


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

    def __init__(self, snapshot: Callable[[], Snapshot], orphans: OrphansApi) -> None:
        self._snapshot = snapshot
        self._orphans = orphans

    def routes(self) -> list[web.RouteDef]:
        """Return the routes for an aiohttp application."""
        return [
            web.get(f"{OWN_PREFIX}/orphans", self.orphans),
            web.post(f"{OWN_PREFIX}/orphans/{{id}}/take-over", self.take_over),
            web.delete(f"{OWN_PREFIX}/orphans/{{id}}", self.remove),
        ]

    async def orphans(self, _request: web.Request) -> web.Response:
        """List them."""
        return web.json_response(wire.to_json(self._snapshot().orphans))

    async def take_over(self, request: web.Request) -> web.Response:
        """Make one an engine of this AceDesk; `confirm=true` also one that others may use."""
        container = request.match_info["id"]
        await self._orphans.take_over(container, confirmed=_is_confirmed(request))
        return web.json_response({"message": "taken over", "container_id": container})

    async def remove(self, request: web.Request) -> web.Response:
        """Stop and delete one; `confirm=true` also one that others may use."""
        container = request.match_info["id"]
        await self._orphans.remove_orphan(container, confirmed=_is_confirmed(request))
        return web.json_response({"message": "removed", "container_id": container})


def _is_confirmed(request: web.Request) -> bool:
    answer = request.query.get("confirm", "")
    if answer not in _ANSWERS:
        raise BadRequest("confirm is true or false.")
    return _ANSWERS[answer]
