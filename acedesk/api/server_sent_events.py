"""Changes over HTTP as server-sent events (WHATWG HTML, 9.2)."""

import asyncio
from typing import Final

from aiohttp import web

from acedesk.api.endpoints import EVENT_STREAM
from acedesk.api.publisher import Follower, Publisher, Update
from acedesk.proxy.http.half_close import end_with_half

# Proxies on the way cut what is silent for a minute; the Go-era server sends one so often.
KEEP_ALIVE: Final = 15.0
# Who takes nothing for so long is cut off.
WRITE_LIMIT: Final = 10.0
_HEADERS: Final = {
    "Content-Type": EVENT_STREAM,
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}


async def stream(
    request: web.Request, publisher: Publisher, *, since: str = ""
) -> web.StreamResponse:
    """Send what a publisher tells until the reader leaves.

    A browser that comes back says by Last-Event-ID what it has seen.

    Raises:
        Busy: Too many follow already.
    """
    await publisher.prepare()
    with publisher.follow(request.headers.get("Last-Event-ID", since)) as follower:
        response = web.StreamResponse(headers=_HEADERS)
        try:
            await response.prepare(request)
            end_with_half(request)
            await _send_all(response, follower)
        except (ConnectionError, TimeoutError):
            _cut(request)
    return response


async def _send_all(response: web.StreamResponse, follower: Follower) -> None:
    while True:
        updates = await follower.take(KEEP_ALIVE)
        if follower.cut:
            raise TimeoutError
        data = b"".join(map(_event, updates)) or b": keep-alive\n\n"
        async with asyncio.timeout(WRITE_LIMIT):
            await response.write(data)


def _event(update: Update) -> bytes:
    return f"id: {update.number}\nevent: {update.event}\ndata: {update.data}\n\n".encode()


def _cut(request: web.Request) -> None:
    """End the connection at once: what waits in its buffer would be kept for who does not read."""
    if request.transport is not None:
        request.transport.abort()
