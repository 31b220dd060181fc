"""`/`: what a person sees who opens AceDesk's address in a browser."""

import html
from typing import Final

from aiohttp import web

from acedesk import __version__
from acedesk.api.endpoints import Endpoint
from acedesk.api.openapi import PAGE_HEADERS, STYLE
from acedesk.proxy.http.access.arrival import own_address

# Links are relative: behind a reverse proxy or a token the same page stands under a longer path.
_PLACES: Final = (
    ("docs", "All addresses of the API, with what each takes and answers"),
    ("api/v2/snapshot", "Streams, engines and the VPN as they are now (JSON)"),
    ("health/ready", "Whether a stream could start now (JSON)"),
    ("metrics", "Figures for Prometheus"),
    ("openapi.json", "The API for programs (OpenAPI 3.1)"),
)


class FrontPage:
    """The handler; it shows nothing of what plays."""

    def endpoints(self) -> list[Endpoint]:
        """Return the route."""
        return [
            Endpoint(method="GET", path="/", handler=self.show, prefixes=("",), media="text/html")
        ]

    async def show(self, request: web.Request) -> web.Response:
        """Tell people what answers here, and where."""
        text = build_front_page(own_address(request))
        return web.Response(text=text, content_type="text/html", headers=PAGE_HEADERS)


def build_front_page(address: str) -> str:
    """Return the page; it runs no script.

    Args:
        address: What addresses for players begin with.
    """
    play = html.escape(f"{address}/ace/getstream?id=")
    rows = "".join(
        f'<li><a href="{path}">/{path}</a><br>{html.escape(about)}</li>' for path, about in _PLACES
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>AceDesk</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{STYLE}</style><h1>AceDesk {html.escape(__version__)}</h1>"
        "<p>AceDesk runs here. Its window shows streams and engines; players open</p>"
        f"<p><code>{play}</code> and the 40 digits of a content id behind it.</p>"
        f"<h2>For programs</h2><ul>{rows}</ul></html>"
    )
