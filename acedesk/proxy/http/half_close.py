"""A player that closes its own half of the connection behind its request, and waits for the answer.

Programs that have nothing more to say do that, as `printf ... | nc -N`. To the system one that has
left looks the same until something is written to it: then a player that has left resets the
connection. So while the answer is waited for, the bytes with which every answer begins are written
early, one after the other; the second one fails when the first was answered with a reset. Once the
answer itself is written, its bytes tell.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

from aiohttp import web

# Every answer begins with it, whatever version was asked with.
BEGINNING: Final = b"HTTP/1."
# When each of these bytes is written, in seconds behind the closed half, or the request if that is
# later. Most answers need none; a reset takes less than 0.1 s in the house, some seconds elsewhere.
PROBES: Final = (0.1, 0.2, 0.5, 1.5, 4.0, 10.0, 30.0)
# A request that has come whole is begun within three turns of the loop. So many looks, with so many
# seconds before each, say that there is none.
_LOOKS: Final = 2
_LOOK_AFTER: Final = 0.05


class _BegunTransport(asyncio.Transport):
    """The transport of an answer whose first bytes may have been written before it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._written = 0
        self._answered = False

    def begin_answer(self) -> None:
        """Expect an answer; the former one is over."""
        self._written, self._answered = 0, False

    def write_ahead(self) -> bool:
        """Write one more byte of the answer, unless it is written itself by now."""
        if self._answered or self.is_closing() or self._written == len(BEGINNING):
            return False
        self._written += 1
        self._transport.write(BEGINNING[self._written - 1 : self._written])
        return True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write what was not written ahead."""
        self._answered = True
        ahead = min(self._written, len(data))
        self._written -= ahead
        self._transport.write(memoryview(data)[ahead:] if ahead else data)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Write what was not written ahead."""
        self.write(b"".join(list_of_data))

    # ------------------------------------------------------------------ all else is the transport's

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._transport.get_protocol()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._transport.set_protocol(protocol)

    def is_reading(self) -> bool:
        return self._transport.is_reading()

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def get_write_buffer_size(self) -> int:
        return self._transport.get_write_buffer_size()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._transport.get_write_buffer_limits()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._transport.set_write_buffer_limits(high, low)

    def can_write_eof(self) -> bool:
        return self._transport.can_write_eof()

    def write_eof(self) -> None:
        self._transport.write_eof()


class HalfCloseConnection(web.RequestHandler):
    """A connection of the HTTP server; needs `note_request` as the first middleware.

    Attributes:
        is_half_closed: The player closed its half, and is answered nevertheless.
        ends_with_half: It will not be answered when it does so from now on.
    """

    __slots__ = ("_request", "ends_with_half", "is_half_closed")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.ends_with_half = self.is_half_closed = False
        self._request: web.BaseRequest | None = None
        super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End."""
        self._request = None
        super().connection_lost(exc)

    def begin(self, request: web.BaseRequest) -> None:
        """Note the request that is answered from now on."""
        self._request = request
        if not self.is_half_closed or self.transport is None:
            return
        if self._lacks_body:
            self.transport.close()
        else:
            self._watch(request)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Answer the request."""
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self._request = None
            self.ends_with_half = False
            if self.is_half_closed:
                self._look_again(_LOOKS)

    def eof_received(self) -> bool | None:  # type: ignore[override] # asyncio takes an answer
        """Keep the connection until what was asked is answered; close it if nothing was."""
        if self._lacks_body or self.ends_with_half:
            return None
        self.is_half_closed = True
        if self._request is None:
            self._look_again(_LOOKS)
        else:
            self._watch(self._request)
        return True

    @property
    def _lacks_body(self) -> bool:
        """The request's body has not come whole."""
        return self._request is not None and not self._request.content.is_eof()

    def _watch(self, request: web.BaseRequest) -> None:
        """Notice if the player leaves before it is answered."""
        if request.writer.output_size or self.transport is None:
            return
        if not isinstance(self.transport, _BegunTransport):
            self.transport = _BegunTransport(self.transport)
        self.transport.begin_answer()
        loop = asyncio.get_running_loop()
        loop.call_later(PROBES[0], self._probe, request, loop.time(), 1)

    def _probe(self, request: web.BaseRequest, since: float, number: int) -> None:
        transport = self.transport
        if self._request is not request or not isinstance(transport, _BegunTransport):
            return
        if transport.write_ahead() and number < len(PROBES):
            loop = asyncio.get_running_loop()
            loop.call_at(since + PROBES[number], self._probe, request, since, number + 1)

    def _look_again(self, looks: int) -> None:
        asyncio.get_running_loop().call_later(_LOOK_AFTER, self._close_if_idle, looks - 1)

    def _close_if_idle(self, looks: int) -> None:
        if self._request is not None or self.transport is None:
            return
        if looks:
            self._look_again(looks)
        else:
            self.transport.close()


@web.middleware
async def note_request(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Tell the connection which request it answers."""
    if isinstance(connection := request.protocol, HalfCloseConnection):
        connection.begin(request)
    return await handler(request)


def end_with_half(request: web.BaseRequest) -> None:
    """Take a closed half for a player that left: nothing may be written to it for long."""
    if isinstance(connection := request.protocol, HalfCloseConnection):
        connection.ends_with_half = True
