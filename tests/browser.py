"""A page in a real browser: headless Chromium, which tells the test what it sees."""

import asyncio
import contextlib
import dataclasses
import pathlib
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from aiohttp import web

from tests.needs import need_program

# Nothing but the page: no updates, no first-run questions, no telemetry; sound goes nowhere.
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--metrics-recording-only",
    "--mute-audio",
    "--no-first-run",
    "--no-default-browser-check",
    "--autoplay-policy=no-user-gesture-required",
)


@dataclasses.dataclass
class Page:
    """What the page reported so far, oldest first."""

    reports: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    _turn: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)

    def add(self, report: dict[str, Any]) -> None:
        """Take in one report."""
        self.reports.append(report)
        self._turn.set()

    async def until(
        self, holds: Callable[[dict[str, Any]], bool], timeout: float
    ) -> dict[str, Any]:
        """Return the first report for which `holds`; fail with the last ones if none comes."""
        at = 0
        try:
            async with asyncio.timeout(timeout):
                while True:
                    while at < len(self.reports):
                        if holds(self.reports[at]):
                            return self.reports[at]
                        at += 1
                    self._turn.clear()
                    await self._turn.wait()
        except TimeoutError:
            raise AssertionError(f"the page never said so; last: {self.reports[-3:]}") from None


def page_socket() -> tuple[socket.socket, str]:
    """Return a socket for the page's server, and the origin that the page will have."""
    sock = socket.create_server(("127.0.0.1", 0))
    return sock, f"http://127.0.0.1:{sock.getsockname()[1]}"


@contextlib.asynccontextmanager
async def open_page(
    html: str,
    folder: pathlib.Path,
    files: Mapping[str, bytes] | None = None,
    *,
    sock: socket.socket,
) -> AsyncIterator[Page]:
    """Show `html`, whose scripts report with `fetch("/report", {method: "POST", body: json})`.

    Args:
        folder: An empty one, for what the browser writes.
        files: More to fetch from the page's own server, by name.
        sock: Of `page_socket`; closed at the end.
    """
    page = Page()
    application = web.Application()

    async def report(request: web.Request) -> web.Response:
        page.add(await request.json())
        return web.Response()

    async def send(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name == "":
            return web.Response(text=html, content_type="text/html")
        if name not in (files or {}):
            return web.Response(status=404)
        return web.Response(body=(files or {})[name], content_type="text/javascript")

    application.router.add_post("/report", report)
    application.router.add_get("/{name:.*}", send)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.SockSite(runner, sock).start()
        async with _chromium(f"http://127.0.0.1:{runner.addresses[0][1]}/", folder):
            yield page
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def _chromium(url: str, folder: pathlib.Path) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        need_program("chromium"),
        *OPTIONS,
        f"--user-data-dir={folder / 'profile'}",
        url,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        stdin=asyncio.subprocess.DEVNULL,
        cwd=folder,
    )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
