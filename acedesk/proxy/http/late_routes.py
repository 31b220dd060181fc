"""Routes that are made when the first request comes that may be for them.

What only some programs ask for costs those nothing who do not ask: no memory, no time at the start.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from typing import NoReturn, TypeVar

from aiohttp import web

from acedesk import tasks

T = TypeVar("T")


class LateRoutes(web.AbstractResource):
    """Stands in the router behind all other routes, and looks into a router of its own.

    Of a thousand requests that come at once a few have their turn, and media go on between them.

    Args:
        make: Returns the routes; called once, in a thread, because it imports them.
    """

    def __init__(self, make: Callable[[], Iterable[web.RouteDef]]) -> None:
        super().__init__()
        self._make = make
        self._router: web.UrlDispatcher | None = None
        self._making: asyncio.Task[web.UrlDispatcher] | None = None

    async def resolve(
        self, request: web.Request
    ) -> tuple[web.UrlMappingMatchInfo | None, set[str]]:
        """Return the route of a request, or None and the methods that its path has."""
        router = self._router if self._router is not None else await self._made()
        await tasks.turn()  # whoever asks for what is no media
        found = await router.resolve(request)
        error = found.http_exception
        if error is None:
            return found, set()
        return None, set(error.allowed_methods) if isinstance(
            error, web.HTTPMethodNotAllowed
        ) else set()

    async def _made(self) -> web.UrlDispatcher:
        """Return the router; everybody who asks meanwhile waits for the same one."""
        if self._making is None:
            self._making = tasks.spawn(asyncio.to_thread(self._build), name="make routes")
        try:
            # Whoever hangs up must not end it for the others.
            self._router = await asyncio.shield(self._making)
        finally:
            if self._making is not None and self._making.done():
                self._making = None
        return self._router

    def _build(self) -> web.UrlDispatcher:
        router = web.UrlDispatcher()
        router.add_routes(self._make())
        return router

    # The rest of a resource: it has no path of its own that anybody could ask for.

    @property
    def canonical(self) -> str:
        """Where it stands: behind all that have a longer path."""
        return "/"

    def raw_match(self, path: str) -> bool:
        """Tell whether it is exactly this path: never."""
        return False

    def get_info(self) -> NoReturn:
        """Nobody asks."""
        raise LookupError("routes that are made late have no description")

    def url_for(self, **_: str) -> NoReturn:
        """Nobody asks."""
        raise LookupError("routes that are made late have no address")

    def add_prefix(self, prefix: str) -> NoReturn:
        """Nobody asks."""
        raise LookupError("routes that are made late take no prefix")

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[web.AbstractRoute]:
        return iter(())
