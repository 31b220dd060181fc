"""Everything at once, and streams in full: what windows show."""

from collections.abc import Callable
from typing import Protocol

from aiohttp import web

from acedesk.api import wire
from acedesk.api.endpoints import CONTRACT, OWN, Endpoint, reads
from acedesk.api.v2.shapes import StreamDiagnosis, StreamMessage
from acedesk.errors import NotFound
from acedesk.model.history import StreamHistory
from acedesk.model.snapshot import Snapshot, StreamView


class StreamsApi(Protocol):
    """What the API may do with streams; `acedesk.application.streams.StreamControl` is it."""

    async def stop(self, stream_id: str) -> None:
        """Stop a stream and its viewers."""
        ...

    async def switch_engine(self, stream_id: str) -> None:
        """Let a stream go on with another engine."""
        ...


class StreamRoutes:
    """The handlers over what the application offers."""

    def __init__(self, snapshot: Callable[[], Snapshot], streams: StreamsApi) -> None:
        self._snapshot = snapshot
        self._streams = streams

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        one = "/streams/{id}"
        read = (
            ("/snapshot", self.snapshot, Snapshot, ()),
            ("/streams", self.streams, list[StreamView], ()),
            ("/diagnosis", self.diagnosis, list[StreamDiagnosis], ()),
            (one, self.stream, StreamView, (404,)),
            (f"{one}/history", self.history, StreamHistory, (404,)),
        )
        return [
            *reads(read, OWN),
            Endpoint(
                method="DELETE",
                path=one,
                handler=self.stop_stream,
                answer=StreamMessage,
                statuses=(404,),
                prefixes=OWN,
            ),
            Endpoint(
                method="POST",
                path=f"{one}/switch-engine",
                handler=self.switch_engine,
                answer=StreamMessage,
                statuses=(404, 503),
                prefixes=(*OWN, *CONTRACT),
            ),
        ]

    async def snapshot(self, _request: web.Request) -> web.Response:
        """Give everything at once."""
        return web.json_response(text=wire.text(self._snapshot()))

    async def streams(self, _request: web.Request) -> web.Response:
        """List the streams."""
        views = self._snapshot().streams
        rows = (wire.text(wire.stream(view)) for view in views)
        return web.json_response(text=f"[{', '.join(rows)}]")

    async def stream(self, request: web.Request) -> web.Response:
        """Give one stream."""
        return web.json_response(wire.stream(self._find(request)))

    async def diagnosis(self, _request: web.Request) -> web.Response:
        """Tell of each stream why it is as it is."""
        found = [
            {"stream_id": view.id, "name": view.name, "diagnosis": wire.to_json(view.diagnosis)}
            for view in self._snapshot().streams
        ]
        return web.json_response(found)

    async def history(self, request: web.Request) -> web.Response:
        """Give the course of rate and buffer of one stream: five minutes, and an hour."""
        return web.json_response(wire.to_json(self._find(request).history))

    def _find(self, request: web.Request) -> StreamView:
        wanted = request.match_info["id"]
        for view in self._snapshot().streams:
            if view.id == wanted:
                return view
        raise NotFound("this stream is not running")

    async def stop_stream(self, request: web.Request) -> web.Response:
        """Stop one stream."""
        stream_id = request.match_info["id"]
        await self._streams.stop(stream_id)
        return web.json_response({"message": "stopped", "stream_id": stream_id})

    async def switch_engine(self, request: web.Request) -> web.Response:
        """Let one stream go on with another engine; its viewers stay connected."""
        stream_id = request.match_info["id"]
        await self._streams.switch_engine(stream_id)
        return web.json_response({"message": "switching", "stream_id": stream_id})
