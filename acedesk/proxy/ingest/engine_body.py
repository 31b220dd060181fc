"""One media body from an engine, read without ever blocking.

The socket is our own and non-blocking: `read_into` is called by the shared tick
(`acedesk.proxy.ingest.read_ticker`) and takes what is there. No readiness event per engine write
reaches the loop, which is what makes a hundred streams cheap on a Qt loop, where each such event
costs a Python slot.
"""

import asyncio
import socket
from typing import Final

from acedesk.acestream_api import not_media
from acedesk.acestream_api.connect import connect, reason_of
from acedesk.acestream_api.redirects import RedirectFollower
from acedesk.acestream_api.request_head import build_request
from acedesk.acestream_api.response_head import read_head
from acedesk.errors import (
    EngineAnswerInvalid,
    EngineError,
    EngineRefused,
    EngineTooSlow,
    EngineUnreachable,
)
from acedesk.formats.engine_reply import refusal_text
from acedesk.formats.http_head import ChunkedBody, ResponseHead
from acedesk.model.host import join_port

# Bytes read from one engine, or a little more, before the next engine is read.
BLOCK: Final = 256 * 1024
ERROR_BODY_LIMIT: Final = 4096


class EngineBody:
    """An open body. Made by `open_engine_body`.

    Attributes:
        ended: Nothing more comes.
        broken_off: It ended before its framing said so.
        drained: The last read took all there was.
        beginning: The first bytes of the body, without framing, once they were waited for.

    Closes: its socket, by `close` or when the body ended.
    """

    __slots__ = (
        "_ahead",
        "_chunked",
        "_first",
        "_left",
        "_sock",
        "beginning",
        "broken_off",
        "content_type",
        "drained",
        "ended",
    )

    def __init__(self, sock: socket.socket, head: ResponseHead, first: bytes) -> None:
        self.ended = False
        self.broken_off = False
        self.drained = True
        self.content_type = head.content_type
        self._sock = sock
        self.beginning = b""
        self._first = first  # as it came, framing included
        self._ahead = b""  # without framing: `wait_readable` has looked at it
        self._chunked = ChunkedBody() if head.chunked else None
        self._left = head.length

    def read_into(self, space: memoryview) -> int:
        """Write what has arrived to the start of `space`; return the number of bytes.

        Raises:
            EngineUnreachable: The connection broke.
            EngineAnswerInvalid: The framing is broken.
        """
        if self._ahead:
            return self._take_ahead(space)
        if self._first:
            count = min(len(self._first), len(space))
            space[:count] = self._first[:count]
            self._first = self._first[count:]
        else:
            try:
                count = self._sock.recv_into(space)
            except (BlockingIOError, InterruptedError):
                self.drained = True
                return 0
            except OSError as exc:
                raise EngineUnreachable(f"the connection broke ({reason_of(exc)})") from exc
            if count == 0:
                self.ended = self.drained = True
                self.broken_off = self._chunked is not None or self._left is not None
                return 0
        self.drained = count < len(space)
        if self._chunked is not None:
            return self._unframe(self._chunked, space, count)
        if self._left is not None:
            count = min(count, self._left)
            self._left -= count
            self.ended = self._left == 0
        return count

    def _unframe(self, body: ChunkedBody, space: memoryview, count: int) -> int:
        """Move the payload together, to the start of `space`, over the framing of its chunks."""
        at = 0
        for part in body.feed(space[:count]):
            space[at : at + len(part)] = part
            at += len(part)
        self.ended = body.ended
        return at

    def _take_ahead(self, space: memoryview) -> int:
        count = min(len(self._ahead), len(space))
        space[:count] = self._ahead[:count]
        self._ahead = self._ahead[count:]
        self.drained = count < len(space)
        self.ended = not self._ahead and self._is_over()
        return count

    def _is_over(self) -> bool:
        return self._left == 0 or (self._chunked is not None and self._chunked.ended)

    async def look_ahead(self) -> bytes:
        """Wait for the first bytes behind the framing; b"" when the body ends without any.

        The caller sets the deadline.

        Raises:
            OSError: The connection broke.
            EngineAnswerInvalid: The framing is broken.
        """
        loop = asyncio.get_running_loop()
        while not self._ahead and not self._is_over():
            data, self._first = self._first, b""
            if not data and not (data := await loop.sock_recv(self._sock, BLOCK)):
                break
            if self._chunked is not None:
                data = b"".join(self._chunked.feed(memoryview(data)))
            elif self._left is not None:
                data = data[: self._left]
                self._left -= len(data)
            self._ahead = data
        self.beginning = self._ahead[: not_media.MOST]
        return self._ahead

    def close(self) -> None:
        """Close the connection; the engine sees its reader leave."""
        self.ended = True
        self._sock.close()


async def open_engine_body(url: str) -> EngineBody:
    """Ask for `url` and follow redirects on the same engine until a body begins.

    The caller sets the deadline (`asyncio.timeout`).

    Raises:
        EngineUnreachable: No connection, or no engine can have this address.
        EngineRefused: A status other than 200; `detail` is the engine's text.
        EngineAnswerInvalid: No HTTP, a redirect elsewhere, or a page instead of media.

    On cancel: the socket is closed.
    """
    follower = RedirectFollower(url)
    while True:
        sock, head, rest = await _request(follower.url)
        if head.status == 200 and not not_media.is_text_type(head.content_type):
            return EngineBody(sock, head, rest)
        try:
            if follower.follow(head):
                continue
            page = await _read_page(sock, head, rest)
        finally:
            sock.close()
        raise _refusal(head, page)


def _refusal(head: ResponseHead, page: bytes) -> EngineError:
    if head.status == 200:
        found = not_media.find_error(page, content_type=head.content_type, ended=True)
        return found or EngineAnswerInvalid("it sent a page instead of media")
    return EngineRefused(refusal_text(page) or f"HTTP {head.status}")


async def _request(url: str) -> tuple[socket.socket, ResponseHead, bytes]:
    host, port, request = build_request(url)
    loop = asyncio.get_running_loop()
    try:
        sock = await connect(host, port)
    except OSError as exc:
        raise EngineUnreachable(f"{join_port(host, port)}: {reason_of(exc)}") from exc
    try:
        await loop.sock_sendall(sock, request)
        head, rest = await read_head(lambda: loop.sock_recv(sock, 16 * 1024))
        return sock, head, rest
    except OSError as exc:
        sock.close()
        raise EngineUnreachable(f"{join_port(host, port)}: {reason_of(exc)}") from exc
    except BaseException:
        sock.close()
        raise


async def _read_page(sock: socket.socket, head: ResponseHead, rest: bytes) -> bytes:
    """Return the begin of an error page; what stays away is not waited for."""
    loop = asyncio.get_running_loop()
    wanted = ERROR_BODY_LIMIT if head.length is None else min(head.length, ERROR_BODY_LIMIT)
    try:
        async with asyncio.timeout(2.0):  # an error page is one line; a slow one is not waited for
            while len(rest) < wanted:
                more = await loop.sock_recv(sock, ERROR_BODY_LIMIT)
                if not more:
                    break
                rest += more
        if head.chunked:
            return b"".join(ChunkedBody().feed(memoryview(rest)))
    except (TimeoutError, OSError, EngineAnswerInvalid):
        pass
    return rest


async def wait_readable(body: EngineBody, timeout: float, *, is_file: bool = False) -> None:
    """Wait for the first bytes of the body.

    Args:
        is_file: It is a video file, in any format; a broadcast is a transport stream.

    Raises:
        EngineTooSlow: None came within `timeout` seconds.
        EngineUnreachable: The engine closed or broke the connection first, or the body is empty.
        EngineRefused, EngineAnswerInvalid: They are an error or a page, and no media.
    """
    try:
        async with asyncio.timeout(timeout):
            first = await body.look_ahead()
    except TimeoutError as exc:
        raise EngineTooSlow(f"no media within {timeout:.0f} s") from exc
    except OSError as exc:
        raise EngineUnreachable(f"the connection broke ({reason_of(exc)})") from exc
    if not first:
        raise EngineUnreachable("it closed the connection before the first media byte")
    find_error = not_media.find_file_error if is_file else not_media.find_error
    error = find_error(first, content_type=body.content_type, ended=False)
    if error is not None:
        raise error
