"""The refused looping broadcasts over HTTP, as acestream-orchestrator once had them."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from acedesk.api.wire import to_json
from acedesk.store.blacklist import Blacklist

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PREFIX = "/api/v1"


class LoopingRoutes:
    """`/looping-streams`: see them, allow one again, allow all."""

    def __init__(self, blacklist: Blacklist, minutes: Callable[[], int]) -> None:
        self._blacklist = blacklist
        self._minutes = minutes

    def routes(self) -> list[web.RouteDef]:
        """Return the routes for an aiohttp application."""
        pairs: tuple[tuple[str, str, Handler], ...] = (
            ("GET", "/looping-streams", self.show),
            ("POST", "/looping-streams/clear", self.clear),
            ("DELETE", "/looping-streams/{id:.+}", self.remove),
        )
        return [
            web.route(method, prefix + path, handler)
            for method, path, handler in pairs
            for prefix in ("", PREFIX)
        ]

    async def show(self, _request: web.Request) -> web.Response:
        """List them with the time each was found, oldest first."""
        entries = self._blacklist.entries()
        return web.json_response(
            {
                "stream_ids": [entry.stream_id for entry in entries],
                "streams": {entry.stream_id: to_json(entry.time) for entry in entries},
                "retention_minutes": self._minutes(),
            }
        )

    async def remove(self, request: web.Request) -> web.Response:
        """Allow one to be played again."""
        stream_id = request.match_info["id"]
        self._blacklist.remove(stream_id)
        return web.json_response({"message": "removed", "stream_id": stream_id})

    async def clear(self, _request: web.Request) -> web.Response:
        """Allow all to be played again."""
        return web.json_response({"message": "cleared", "count": self._blacklist.clear()})
