"""What every request passes: an ordered fault is shown."""

import math
import os
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from acedesk import tasks
from acedesk.demo.channels import find_channel
from acedesk.demo.core import Core, break_connection
from acedesk.demo.engine_api.replies import PAGE, plain_error
from acedesk.demo.fault_injection.faults import Fault, FaultBook, FaultKind, FaultPlace

_GARBAGE_BYTES: Final = 2048

# The beginning of a path, and which part of the API it is.
_PLACES: Final = (
    ("/ace/getstream", FaultPlace.GETSTREAM),
    ("/ace/manifest.m3u8", FaultPlace.GETSTREAM),
    ("/ace/r/", FaultPlace.PLAYBACK),
    ("/content/", FaultPlace.PLAYBACK),
    ("/ace/m/", FaultPlace.HLS),
    ("/ace/c/", FaultPlace.HLS),
    ("/ace/stat/", FaultPlace.STAT),
    ("/ace/cmd/", FaultPlace.COMMAND),
    ("/ace/event/", FaultPlace.EVENT),
    ("/webui/", FaultPlace.API),
    ("/server/", FaultPlace.API),
    ("/search", FaultPlace.API),
)


def fault_middleware(core: Core, book: FaultBook) -> Middleware:
    """Return the middleware of one engine."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        for start, place in _PLACES:
            if request.path.startswith(start):
                fault = book.take(place, _infohash(core, request), core.now())
                if fault is not None:
                    return await _strike(core, fault, request, handler)
                break
        return await handler(request)

    return middleware


def _infohash(core: Core, request: web.Request) -> str:
    in_path = request.match_info.get("infohash")
    if in_path is not None:
        return in_path
    channel = find_channel(request.query, core.channels)
    return channel.infohash if channel is not None else ""


async def _strike(
    core: Core, fault: Fault, request: web.Request, handler: Handler
) -> web.StreamResponse:
    core.log("demo", f"fault strikes: {fault.kind.value} at {fault.where.value}")
    match fault.kind:
        case FaultKind.ERROR:
            return plain_error("Internal Server Error")
        case FaultKind.HTML:
            return web.Response(text=PAGE, content_type="text/html")
        case FaultKind.GARBAGE:
            return web.Response(
                body=os.urandom(_GARBAGE_BYTES), content_type="application/octet-stream"
            )
        case FaultKind.CLOSE | FaultKind.RESET:
            break_connection(request, reset=fault.kind is FaultKind.RESET)
            return plain_error("")
        case FaultKind.SLOW:
            await tasks.sleep(0 if math.isinf(fault.duration) else fault.duration)
            return await handler(request)
        case FaultKind.STALL | FaultKind.HANG:
            # Until the caller gives up, which cancels this, or the engine closes.
            await core.closing.wait()
            break_connection(request, reset=False)
            return plain_error("")
