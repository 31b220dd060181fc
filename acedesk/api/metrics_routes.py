"""`/metrics`, at the root and under /api/v1: what Prometheus scrapes."""

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import hdrs, web

from acedesk.api.endpoints import CONTRACT, OPEN_METRICS, TEXT, Endpoint
from acedesk.application.figures import Figures
from acedesk.proxy.http.errors import NO_STORE

PATH: Final = "/metrics"

Write = Callable[[Figures, str], tuple[bytes, str]]


class MetricsRoutes:
    """The handler over the figures.

    Only they are read on the loop; the text is made in a thread, and so is what makes it.
    """

    def __init__(self, figures: Callable[[], Figures]) -> None:
        self._figures = figures
        self._write: Write | None = None

    def endpoints(self) -> list[Endpoint]:
        """Return the routes that are described."""
        return [
            Endpoint(
                method="GET", path=PATH, handler=self.show, media=TEXT, other_media=(OPEN_METRICS,)
            )
        ]

    def more_routes(self) -> list[web.RouteDef]:
        """Return the same with a slash: acestream-orchestrator leads everybody there."""
        return [web.get(f"{prefix}{PATH}/", self.show) for prefix in CONTRACT]

    async def show(self, request: web.Request) -> web.Response:
        """Give everything that is measured, as text or in the OpenMetrics format."""
        accept = request.headers.get(hdrs.ACCEPT, "")
        if self._write is None:
            self._write = await asyncio.to_thread(_make_writer)
        text, content_type = await asyncio.to_thread(self._write, self._figures(), accept)
        return web.Response(body=text, headers={hdrs.CONTENT_TYPE: content_type, **NO_STORE})


def _make_writer() -> Write:
    from acedesk.api.metrics import MetricsText

    return MetricsText().write
