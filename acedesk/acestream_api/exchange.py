"""HTTP/1.1 to engines: one request, one connection, one answer.

No engine must be able to block the event loop. A general HTTP library goes on parsing as long as
something comes: an endless row of "100 Continue" keeps it busy, and every stream waits. Here the
head and all that comes before it is limited, a body is read a piece at a time, and only a limited
part of what an engine sends ahead is read.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from acedesk.acestream_api.connect import connect, reason_of
from acedesk.acestream_api.request_head import build_request
from acedesk.acestream_api.response_head import read_head
from acedesk.errors import EngineAnswerInvalid, EngineUnreachable
from acedesk.formats.http_head import ChunkedBody, ResponseHead

# Bytes of one read; with twice as many in memory the connection is not read for a while.
BLOCK: Final = 64 * 1024

_BODILESS: Final = frozenset({204, 304})


class EngineResponse:
    """What an engine answered; the head is there, the body is read as it is wanted.

    Attributes:
        head: Status and headers.
        received: Bytes of the body that came so far, framing included.

    Args:
        first: Bytes of the body that came with the head.

    Closes: its connection, by `close`; a read that waits then raises.
    """

    def __init__(
        self,
        exchange: "Exchange",
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        head: ResponseHead,
        *,
        has_body: bool,
        first: bytes = b"",
    ) -> None:
        self.head = head
        self.received = 0
        self._exchange = exchange
        self._reader, self._writer = streams
        self._chunked = ChunkedBody() if head.chunked else None
        self._left = head.length
        self._over = not has_body
        self._first = first
        self._closed = False

    async def read(self) -> bytes:
        """Return what comes next of the body, b"" at its end; the caller sets the deadline.

        Raises:
            EngineUnreachable: The connection broke or was closed before the end.
            EngineAnswerInvalid: The framing is broken.
        """
        while not self._over and self._left != 0:
            data = await self._receive(BLOCK if self._left is None else min(BLOCK, self._left))
            if not data:
                self._end()
                break
            if payload := self._unframe(data):
                return payload
        return b""

    async def read_all(self, limit: int) -> bytes:
        """Return the body; the caller sets the deadline.

        Raises:
            EngineUnreachable: The connection broke before the end.
            EngineAnswerInvalid: The framing is broken, or the body longer than `limit` bytes.
        """
        body = bytearray()
        while data := await self.read():
            body += data
            # Nor is an answer accepted whose framing is longer than its content may be.
            if len(body) > limit or self.received > 2 * limit:
                raise EngineAnswerInvalid(f"the answer is longer than {limit >> 20} MiB")
        return bytes(body)

    def close(self) -> None:
        """Close the connection; the engine sees its reader leave."""
        self._closed = True
        self._exchange.hang_up(self._writer)

    async def _receive(self, most: int) -> bytes:
        if self._first:
            data, self._first = self._first[:most], self._first[most:]
        else:
            try:
                data = await self._reader.read(most)
            except OSError as exc:
                raise EngineUnreachable(f"the answer broke off ({reason_of(exc)})") from exc
        if self._closed or self._exchange.closed:
            raise EngineUnreachable("the connection was closed")
        self.received += len(data)
        return data

    def _unframe(self, data: bytes) -> bytes:
        if self._left is not None:
            self._left -= len(data)
        if self._chunked is None:
            return data
        parts = self._chunked.feed(memoryview(data))
        self._over = self._chunked.ended
        return b"".join(parts)

    def _end(self) -> None:
        self._over = True
        if self._chunked is not None or self._left is not None:
            raise EngineUnreachable("the answer broke off")


class Exchange:
    """Asks engines; any number of requests at once, each on a connection of its own.

    No connection is used twice: old engines close them at odd moments, and a request that is
    repeated on a new one would open a second session.

    Attributes:
        closed: No more requests are made.

    Closes: every connection, by `close`.
    """

    def __init__(self) -> None:
        self.closed = False
        self._open: set[asyncio.StreamWriter] = set()

    async def ask(
        self, url: str, *, method: str = "GET", headers: Mapping[str, str] | None = None
    ) -> EngineResponse:
        """Send a request and return the answer; redirects are answers like others.

        The caller sets the deadline (`asyncio.timeout`) and closes the answer.

        Raises:
            EngineUnreachable: No connection, or it closed without an answer.
            EngineAnswerInvalid: No HTTP, or a head without end.

        On cancel: the connection is closed.
        """
        self._check_open()
        host, port, request = build_request(url, method=method, headers=headers)
        try:
            reader, writer = await _open(host, port)
        except OSError as exc:
            raise EngineUnreachable(reason_of(exc)) from exc
        self._open.add(writer)
        try:
            self._check_open()
            writer.write(request)
            head, first = await read_head(lambda: _read_or_end(reader))
        except OSError as exc:
            self.hang_up(writer)
            raise EngineUnreachable(reason_of(exc)) from exc
        except BaseException:
            self.hang_up(writer)
            raise
        has_body = method != "HEAD" and head.status not in _BODILESS
        return EngineResponse(self, (reader, writer), head, has_body=has_body, first=first)

    def hang_up(self, writer: asyncio.StreamWriter) -> None:
        """Close a connection at once; what was not sent or read is dropped."""
        self._open.discard(writer)
        writer.transport.abort()

    def close(self) -> None:
        """Drop every connection; later requests raise EngineUnreachable."""
        self.closed = True
        for writer in tuple(self._open):
            self.hang_up(writer)

    def _check_open(self) -> None:
        if self.closed:
            raise EngineUnreachable("AceDesk is closing")


async def _read_or_end(reader: asyncio.StreamReader) -> bytes:
    """Return what comes next, b"" at the end; that of a program that did not listen is a reset."""
    try:
        return await reader.read(BLOCK)
    except ConnectionError:
        return b""


async def _open(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    sock = await connect(host, port)
    try:
        return await asyncio.open_connection(sock=sock, limit=BLOCK)
    except BaseException:
        sock.close()
        raise
