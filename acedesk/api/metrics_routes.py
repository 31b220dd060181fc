"""`/metrics`, at the root and under /api/v1: what Prometheus scrapes."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, Protocol

from aiohttp import hdrs, web

from acedesk import tasks
from acedesk.api.endpoints import CONTRACT, OPEN_METRICS, TEXT, Endpoint
from acedesk.application.figures import Figures
from acedesk.proxy.http.errors import NO_STORE

PATH: Final = "/metrics"


class Writer(Protocol):
    """Makes the text; `acedesk.api.metrics.MetricsText` is it."""

    def read_process(self) -> list[Any]:
        """Return what the system tells of this process; reads files."""
        ...

    def write(self, figures: Figures, process: list[Any], accept: str) -> tuple[bytes, str]:
        """Return the text and its content type."""
        ...


class MetricsRoutes:
    """The handler over the figures.

    Files are read in a thread, and what makes the text is imported there. The text itself takes
    half a millisecond: in a thread it would wait for the loop, and the loop for it.
    """

    def __init__(self, figures: Callable[[], Figures]) -> None:
        self._figures = figures
        self._writer: Writer | None = None

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
        if self._writer is None:
            self._writer = await asyncio.to_thread(_make_writer)
        process = await asyncio.to_thread(self._writer.read_process)
        figures = self._figures()
        await tasks.turn(worked=True)
        text, content_type = self._writer.write(figures, process, accept)
        return web.Response(body=text, headers={hdrs.CONTENT_TYPE: content_type, **NO_STORE})


def _make_writer() -> Writer:
    from acedesk.api.metrics import MetricsText

    return MetricsText()
