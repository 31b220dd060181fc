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

    @property
    def reads_at_once(self) -> bool:
        """Whether `read_process` may be called on the loop."""
        ...

    def read_process(self) -> list[Any]:
        """Return what the system tells of this process."""
        ...

    def write(self, figures: Figures, process: list[Any], accept: str) -> tuple[bytes, str]:
        """Return the text and its content type."""
        ...


class MetricsRoutes:
    """The handler over the figures.

    What makes the text is imported in a thread, and where files have to be listed, that is done
    there. All else takes less than two milliseconds with 500 streams: in a thread it would wait for
    the loop, and the loop for it.
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
        if self._writer.reads_at_once:
            process = self._writer.read_process()
        else:
            process = await asyncio.to_thread(self._writer.read_process)
        figures = self._figures()
        await tasks.turn(worked=True)
        text, content_type = self._writer.write(figures, process, accept)
        return web.Response(body=text, headers={hdrs.CONTENT_TYPE: content_type, **NO_STORE})


def _make_writer() -> Writer:
    from acedesk.api.metrics import MetricsText

    return MetricsText()
