"""A real HTTP server as the engine, whose answers a test chooses by path."""

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.test_utils import TestServer

HASH = "0a4848271c91ce2d8965ce416267c25047dc8141"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Engine:
    """A server whose answers a test chooses by path; it keeps what it was asked."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.host = host
        self.handlers: dict[str, Handler] = {}
        self.requests: list[web.Request] = []
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._server = TestServer(app, host=host)

    async def start(self) -> None:
        await self._server.start_server()

    async def stop(self) -> None:
        await self._server.close()

    @property
    def port(self) -> int:
        assert self._server.port is not None
        return self._server.port

    def answer(self, path: str, body: object, status: int = 200) -> None:
        async def handler(_: web.Request) -> web.Response:
            return web.json_response(body, status=status)

        self.handlers[path] = handler

    def control(self) -> dict[str, object]:
        # As real engines do: every URL carries an address that is not the one that was asked.
        base = "http://engine.invalid:6878/ace"
        return {
            "response": {
                "playback_url": f"{base}/r/{HASH}/t0",
                "stat_url": f"{base}/stat/{HASH}/t0",
                "command_url": f"{base}/cmd/{HASH}/t0?key=1",
                "event_url": f"{base}/event/{HASH}/t0",
                "infohash": HASH,
                "playback_session_id": "s1",
                "is_live": 1,
                "is_encrypted": 0,
                "client_session_id": -1,
            },
            "error": None,
        }

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        handler = self.handlers.get(request.path)
        return await handler(request) if handler else web.Response(status=404, text="not found")


class Slow:
    """Holds back getstream until told, and tells which sessions were stopped."""

    def __init__(self, engine: Engine) -> None:
        self.asked = asyncio.Queue[str]()
        self.release = asyncio.Event()
        self.stopped = asyncio.Queue[str]()
        self._engine = engine
        engine.handlers["/ace/getstream"] = self._getstream
        engine.handlers[f"/ace/cmd/{HASH}/t0"] = self._command

    async def _getstream(self, request: web.Request) -> web.Response:
        self.asked.put_nowait(request.query["pid"])
        await self.release.wait()
        return web.json_response(self._engine.control())

    async def _command(self, request: web.Request) -> web.Response:
        self.stopped.put_nowait(request.query_string)
        return web.json_response({"response": "ok", "error": None})
