"""The API beside the media, made when the first request for it comes.

Most programs ask for media only. The rest is more than a hundred routes and their types: 3 MB, and
a fifth of the time of a start.
"""

from collections.abc import Awaitable, Callable

from aiohttp import web

from acedesk.api.parts import ApiParts


class LateApi:
    """All of it, or the promise of it.

    Closes: everybody who follows changes and what renews rows, by `close`.
    """

    def __init__(self, parts: ApiParts) -> None:
        self.parts = parts
        self._closers: list[Callable[[], Awaitable[None]]] = []

    def routes(self) -> list[web.RouteDef]:
        """Make it and return its routes; takes 0.2 s, so not on the loop."""
        from acedesk.api.routes import Api

        api = Api(self.parts)
        self._closers.append(api.close)
        return api.routes()

    async def close(self) -> None:
        """Cut off all who follow, where somebody has asked."""
        for close in self._closers:
            await close()
