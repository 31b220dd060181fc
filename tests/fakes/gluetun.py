"""Gluetun's control server as its versions are: open, with a key, old, broken or silent."""

import asyncio

from aiohttp import web

PUBLIC_IP = '{"public_ip": "185.1.2.3", "country": "Netherlands", "city": "Delft"}'


class FakeGluetun:
    """A control server on a free port of 127.0.0.1.

    Attributes:
        key: Wanted in X-API-Key on every route, "" for none.
        bodies: What each route answers; a route that is not here is 404.
        refused: Routes that answer 401 whatever the key.
        silent: Nothing is answered while this is set.
        keys_seen: The keys that came, one for each request.
    """

    def __init__(self) -> None:
        self.key = ""
        self.bodies = {
            "/v1/publicip/ip": PUBLIC_IP,
            "/v1/portforward": '{"port": 51234, "ports": [51234]}',
            "/v1/vpn/status": '{"status": "running"}',
        }
        self.refused: set[str] = set()
        self.silent = False
        self.keys_seen: list[str | None] = []
        self.port = 0
        self._stopping = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        self._stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        if self.silent:
            await self._stopping.wait()
        self.keys_seen.append(request.headers.get("X-API-Key"))
        if request.path in self.refused or (self.key and self.keys_seen[-1] != self.key):
            return web.Response(status=401, text="Unauthorized")
        body = self.bodies.get(request.path)
        if body is None:
            return web.Response(status=404, text="404 page not found")
        return web.Response(text=body)
