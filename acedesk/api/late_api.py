"""The API beside the media, made when the first request for it comes.

Most programs ask for media only. The rest is more than a hundred routes and their types: 3 MB, and
a fifth of the time of a start.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from aiohttp import web

from acedesk.api.parts import ApiParts


class LateApi:
    """All of it, or the promise of it.

    Closes: everybody who follows changes, by `close`.
    """

    def __init__(self, parts: ApiParts) -> None:
        self.parts = parts
        self._closers: list[Callable[[], Awaitable[None]]] = []
        self._services: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self._made = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def routes(self) -> list[web.RouteDef]:
        """Make it and return its routes; takes 0.2 s, so not on the loop."""
        from acedesk.api.routes import Api

        api = Api(self.parts)
        self._closers.append(api.close)
        self._services.append(api.run)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._made.set)
        return api.routes()

    async def run(self) -> None:
        """Keep what is read of many streams from the first request on, until cancelled."""
        self._loop = asyncio.get_running_loop()
        if not self._services:
            await self._made.wait()
        for run in tuple(self._services):
            await run()

    async def close(self) -> None:
        """Cut off all who follow, where somebody has asked."""
        for close in self._closers:
            await close()
