"""The refused looping broadcasts over HTTP, as acestream-orchestrator once had them."""

from collections.abc import Callable

from aiohttp import web

from acedesk.api.endpoints import Endpoint
from acedesk.api.orchestrator.shapes import Cleared, LoopingStreams, StreamStopped
from acedesk.api.wire import to_json
from acedesk.store.blacklist import Blacklist


class LoopingRoutes:
    """`/looping-streams`: see them, allow one again, allow all."""

    def __init__(self, blacklist: Blacklist, minutes: Callable[[], int]) -> None:
        self._blacklist = blacklist
        self._minutes = minutes

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint(
                method="GET",
                path="/looping-streams",
                handler=self.show,
                answer=LoopingStreams,
            ),
            Endpoint(
                method="POST",
                path="/looping-streams/clear",
                handler=self.clear,
                answer=Cleared,
            ),
            Endpoint(
                method="DELETE",
                path="/looping-streams/{id:(?!clear$).+}",
                handler=self.remove,
                answer=StreamStopped,
                statuses=(404,),
            ),
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
