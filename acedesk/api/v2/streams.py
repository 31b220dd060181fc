"""Health, status and the part of the orchestrator contract that provisions engines."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp import web

from acedesk.api import wire
from acedesk.errors import NotFound
from acedesk.model.engine import EngineSpec
from acedesk.model.snapshot import Snapshot, StreamView
from acedesk.proxy.http.errors import NO_STORE

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# Our own shapes. What the orchestrator contract has stands at the root and under /api/v1, because
# clients of either kind are in the field.
OWN_PREFIX = "/api/v2"
CONTRACT_PREFIXES = ("", "/api/v1")


class StreamsApi(Protocol):
    """What the API may do with streams; `acedesk.application.streams.StreamControl` is it."""

    async def stop(self, stream_id: str) -> None:
        """Stop a stream and its viewers."""
        ...

    async def switch_engine(self, stream_id: str) -> None:
        """Let a stream go on with another engine."""
        ...


class EnginesApi(Protocol):
    """What the API may do with engines; `acedesk.application.engines.EngineControl` is it."""

    async def provision(self, request_key: str) -> EngineSpec:
        """Make an engine and wait until it answers; a request repeated makes no second one."""
        ...


class ApiRoutes:
    """The handlers over what the application offers."""

    def __init__(
        self, snapshot: Callable[[], Snapshot], streams: StreamsApi, engines: EnginesApi
    ) -> None:
        self._snapshot = snapshot
        self._streams = streams
        self._engines = engines

    def routes(self) -> list[web.RouteDef]:
        """Return the routes for an aiohttp application."""
        own: tuple[tuple[str, str, Handler], ...] = (
            ("GET", "/snapshot", self.snapshot),
            ("GET", "/streams", self.streams),
            ("GET", "/streams/{id}", self.stream),
            ("GET", "/streams/{id}/history", self.history),
        )
        both: tuple[tuple[str, str, Handler], ...] = (
            ("DELETE", "/streams/{id}", self.stop_stream),
            ("POST", "/streams/{id}/switch-engine", self.switch_engine),
        )
        contract: tuple[tuple[str, str, Handler], ...] = (
            ("GET", "/health/ready", self.ready),
            ("GET", "/engines", self.engines),
            ("POST", "/provision/acestream", self.provision),
        )
        return [
            web.route(method, prefix + path, handler)
            for pairs, prefixes in (
                (own, (OWN_PREFIX,)),
                (both, (OWN_PREFIX, *CONTRACT_PREFIXES)),
                (contract, CONTRACT_PREFIXES),
            )
            for method, path, handler in pairs
            for prefix in prefixes
        ]

    async def ready(self, _request: web.Request) -> web.Response:
        """Answer 200 when a stream could start now, else 503."""
        answer = wire.ready(self._snapshot())
        return web.json_response(answer, status=200 if answer["ready"] else 503, headers=NO_STORE)

    async def snapshot(self, _request: web.Request) -> web.Response:
        """Give everything at once."""
        return web.json_response(text=wire.text(self._snapshot()))

    async def engines(self, _request: web.Request) -> web.Response:
        """List the engines, lowest port first."""
        snapshot = self._snapshot()
        rows = [
            wire.engine(view, [s.id for s in snapshot.streams if s.engine_id == view.id])
            for view in sorted(snapshot.engines, key=lambda view: view.port)
        ]
        return web.json_response(rows)

    async def streams(self, _request: web.Request) -> web.Response:
        """List the streams."""
        views = self._snapshot().streams
        rows = (wire.text(wire.stream(view)) for view in views)
        return web.json_response(text=f"[{', '.join(rows)}]")

    async def stream(self, request: web.Request) -> web.Response:
        """Give one stream."""
        return web.json_response(wire.stream(self._find(request)))

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

    async def provision(self, request: web.Request) -> web.Response:
        """Make one engine; answers when it is ready to play.

        A client that waits no longer asks the same again: that is the same engine, unless it says
        by another `Idempotency-Key` that it wants one more (draft-ietf-httpapi-idempotency-key).
        """
        engine = await self._engines.provision(await request_key(request))
        return web.json_response(
            {
                "container_id": engine.container_id or str(engine.id),
                "container_name": engine.name,
                "host_http_port": engine.port,
                "container_http_port": engine.port,
                "container_https_port": 0,
            }
        )


async def request_key(request: web.Request) -> str:
    """Return what is the same for a request and its repetitions."""
    named = request.headers.get("Idempotency-Key")
    said = await request.read() if named is None else named.encode(errors="surrogateescape")
    return f"{'body' if named is None else 'key'}:{hashlib.sha256(said).hexdigest()}"
