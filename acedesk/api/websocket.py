"""`/ws/engines`: everything, then changes, over a WebSocket (RFC 6455).

The first message is a snapshot; `?since=REVISION` asks for what came behind a revision instead,
and gets "resumed" and the changes when they are still known. What a client sends is not read.
"""

import asyncio
import contextlib
from typing import Any, Final

from aiohttp import WSCloseCode, web

from acedesk import tasks
from acedesk.api.endpoints import CONTRACT, OWN, Endpoint, Parameter, read_query
from acedesk.api.publisher import Follower, Publisher
from acedesk.errors import InvalidValue
from acedesk.proxy.http.half_close import end_with_half
from acedesk.proxy.http.same_origin import check_reader

# A ping so often; a client that does not read does not answer it and is cut off.
HEARTBEAT: Final = 20.0
WRITE_LIMIT: Final = 10.0
CLOSE_LIMIT: Final = 1.0
# Clients have nothing to say; a longer message ends the connection.
LONGEST_MESSAGE: Final = 4096

_QUERY: Final = (Parameter(name="since", about="The last revision that was seen.", default=""),)


class EngineSocket:
    """The handler over a publisher."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint(
                method="GET",
                path="/ws/engines",
                handler=self.follow,
                query=_QUERY,
                statuses=(422, 503),
                success=(101,),
                prefixes=(*CONTRACT, *OWN),
            )
        ]

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Follow engines and streams over a WebSocket: everything first, then what changes."""
        check_reader(request)
        since = read_query(request, _QUERY)["since"]
        socket = web.WebSocketResponse(
            heartbeat=HEARTBEAT, max_msg_size=LONGEST_MESSAGE, compress=False, timeout=CLOSE_LIMIT
        )
        if not socket.can_prepare(request).ok:
            raise InvalidValue("This address takes WebSockets only.")
        await self._publisher.prepare()
        with self._publisher.follow(since) as follower:
            await socket.prepare(request)
            end_with_half(request)
            reader = tasks.spawn(_read(socket, follower), name="websocket reader")
            try:
                await _send_all(socket, follower)
            except (ConnectionError, TimeoutError):
                if request.transport is not None:
                    request.transport.abort()
            finally:
                await tasks.cancel(reader)
        return socket


async def _send_all(socket: web.WebSocketResponse, follower: Follower) -> None:
    while not socket.closed:
        for update in await follower.take(HEARTBEAT):
            async with asyncio.timeout(WRITE_LIMIT):
                await socket.send_str(update.data)
        if follower.cut:
            async with asyncio.timeout(CLOSE_LIMIT):
                await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=b"too slow")
            raise TimeoutError


async def _read(socket: web.WebSocketResponse, follower: Follower) -> None:
    """Read what the client sends, so that its pongs and its end are noticed."""
    message: Any
    with contextlib.suppress(ConnectionError):
        async for message in socket:
            del message
    follower.cut_off()
