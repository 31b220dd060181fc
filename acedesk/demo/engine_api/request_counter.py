"""What every request passes first: it is counted, and HEAD is answered."""

from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from acedesk.demo.core import Core
from acedesk.demo.engine_api.replies import PLAYLIST, VIDEO

_JSON: Final = "application/json"
# The beginning of a path, and what comes from there.
_PLACES: Final = (
    ("/ace/getstream", VIDEO),
    ("/ace/manifest.m3u8", PLAYLIST),
    ("/ace/r/", VIDEO),
    ("/content/", VIDEO),
    ("/ace/m/", PLAYLIST),
    ("/ace/c/", VIDEO),
    ("/ace/stat/", _JSON),
    ("/ace/cmd/", _JSON),
    ("/ace/event/", _JSON),
    ("/webui/", _JSON),
    ("/server/", _JSON),
    ("/search", _JSON),
)


def request_counter(core: Core) -> Middleware:
    """Return the middleware of one engine."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        for start, content_type in _PLACES:
            if request.path.startswith(start):
                core.requests[_counter(start)] += 1
                if request.method == "HEAD":
                    # Players and televisions probe; a probe must not start anything.
                    return web.Response(headers={"Content-Type": content_type})
                return await handler(request)
        core.requests["demo" if request.path.startswith("/demo/") else "other"] += 1
        return await handler(request)

    return middleware


def _counter(start: str) -> str:
    """Return "getstream" for "/ace/getstream", "r" for "/ace/r/", and so on."""
    return start.strip("/").split("/")[-1]
