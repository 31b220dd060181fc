"""An orchestrator as its kinds are: an AceDesk, one of the Python era, down, silent, broken."""

import asyncio
import json
from typing import Any

from aiohttp import web

ID = "a" * 40


def engine_row(name: str, port: int, **more: Any) -> dict[str, Any]:
    """Return a row of `GET /engines`."""
    row = {
        "container_id": name,
        "container_name": f"{name}-name",
        "host": "127.0.0.1",
        "port": port,
        "health_status": "healthy",
        "draining": False,
    }
    return {**row, **more}


def stream_row(name: str, engine: str, **more: Any) -> dict[str, Any]:
    """Return a row of `GET /streams`."""
    row = {"id": name, "key_type": "content_id", "key": ID, "container_id": engine}
    return {**row, "status": "started", **more}


class FakeOrchestrator:
    """One on a free port of 127.0.0.1.

    Attributes:
        engines, streams: The rows it lists.
        modern: It has what only AceDesk has: readiness, batches, a WebSocket.
        key: Wanted as a bearer token, "" for none.
        statuses: Paths that answer with a status and nothing else.
        bodies: Paths that answer with this, whatever would be there.
        silent: Paths that are not answered while they are in here; the number is for how many
            requests.
        asked: Method and path of each request, in order.
        sent: Path and JSON of each body that came.
        keys: The `Idempotency-Key`s that came.
        traces: The `traceparent`s that came.
        readiness, status, made: What it answers about making engines.
        joining: Rows of engines that are listed once one is asked for.
        sinces: What the WebSockets wanted to resume from.
    """

    def __init__(self) -> None:
        self.engines: list[dict[str, Any]] = []
        self.streams: list[dict[str, Any]] = []
        self.modern = True
        self.key = ""
        self.statuses: dict[str, int] = {}
        self.bodies: dict[str, str] = {}
        self.silent: dict[str, int] = {}
        self.asked: list[tuple[str, str]] = []
        self.sent: list[tuple[str, Any]] = []
        self.keys: list[str] = []
        self.traces: list[str] = []
        self.readiness: dict[str, Any] = {"ready": True, "engines": 1, "provisioning": 0}
        self.status: dict[str, Any] = {"provisioning": {"can_provision": True}}
        self.made: tuple[int, dict[str, Any]] = (200, {"container_id": "made"})
        self.joining: list[dict[str, Any]] = []
        self.sinces: list[str] = []
        self.port = 0
        self._sockets: list[web.WebSocketResponse] = []
        self._stopping = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self, path: str) -> int:
        """Return how often a path was asked for."""
        return sum(one == path for _, one in self.asked)

    async def start(self, port: int = 0) -> None:
        self._stopping = asyncio.Event()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        self._stopping.set()
        for socket in self._sockets:
            await socket.close()
        self._sockets.clear()
        if self._runner is not None:
            await self._runner.cleanup()

    async def say(self, **message: Any) -> None:
        """Send a message to all who follow."""
        for socket in self._sockets:
            await socket.send_str(json.dumps(message))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        self.asked.append((request.method, path))
        self.traces += request.headers.getall("traceparent", [])
        if request.can_read_body:
            self.sent.append((path, await request.json()))
        if self.silent.get(path, 0):
            self.silent[path] -= 1
            await self._stopping.wait()
        if self.key and request.headers.get("Authorization") != f"Bearer {self.key}":
            return web.json_response({"detail": "invalid token"}, status=403)
        if path in self.statuses:
            return web.Response(status=self.statuses[path])
        if path in self.bodies:
            return web.Response(text=self.bodies[path])
        return await self._usual(request, path)

    async def _usual(self, request: web.Request, path: str) -> web.StreamResponse:
        if not self.modern and path in ("/ws/engines", "/events/batch", "/health/ready"):
            return web.json_response({"detail": "Not Found"}, status=404)
        match path:
            case "/engines":
                return web.json_response(self.engines)
            case "/streams":
                return web.json_response(self.streams)
            case "/ws/engines":
                return await self._follow(request)
            case "/health/ready":
                status = 200 if self.readiness["ready"] else 503
                return web.json_response(self.readiness, status=status)
            case "/orchestrator/status":
                return web.json_response(self.status)
            case "/provision/acestream":
                self.keys.append(request.headers.get("Idempotency-Key", ""))
                self.engines = [*self.engines, *self.joining]
                return web.json_response(self.made[1], status=self.made[0])
            case "/events/stream_started" | "/events/stream_ended" | "/events/batch":
                return web.json_response({})
            case _:
                return web.json_response({"detail": "Not Found"}, status=404)

    async def _follow(self, request: web.Request) -> web.WebSocketResponse:
        self.sinces.append(request.query.get("since", ""))
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._sockets.append(socket)
        lists = {"engines": self.engines, "streams": self.streams}
        await socket.send_str(json.dumps({"type": "snapshot", "revision": "r-1", **lists}))
        async for _ in socket:
            pass
        return socket
