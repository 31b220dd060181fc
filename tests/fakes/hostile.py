"""An engine that breaks every rule of HTTP: a raw socket server whose answers a test writes."""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable

from acedesk import tasks

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

MEDIA_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nConnection: close\r\n"


class HostileEngine:
    """Opens sessions as an engine does, unless `session` or `body` say otherwise.

    Attributes:
        session: Answers getstream instead.
        body: Answers the playback URL.
        is_live: What the session says of the content.
        opened, granted, stopped: Sessions asked for, given out, and ended by a stop.
        bodies: How often the playback URL was asked for.
        written: Bytes a handler wrote by `flood`.
        connections: Open connections.
    """

    def __init__(self) -> None:
        self.session: Handler | None = None
        self.body: Handler | None = None
        self.is_live = 1
        self.opened = 0
        self.granted = 0
        self.stopped = 0
        self.bodies = 0
        self.written = 0
        self.connections = 0
        self.port = 0
        self.quiet = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._handlers: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen on a free loopback port."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=1 << 20)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and end all handlers."""
        assert self._server is not None
        self._server.close()
        for task in tuple(self._handlers):
            task.cancel()
        if self._handlers:
            await asyncio.wait(self._handlers)
        await self._server.wait_closed()

    def control(self) -> dict[str, object]:
        """Return what getstream answers when nothing else is wanted."""
        base = f"http://127.0.0.1:{self.port}/ace"
        return {
            "response": {
                "playback_url": f"{base}/r/0",
                "stat_url": f"{base}/stat/0",
                "command_url": f"{base}/cmd/0",
                "event_url": "",
                "infohash": "c" * 40,
                "playback_session_id": "d" * 40,
                "is_live": self.is_live,
                "is_encrypted": 0,
            },
            "error": None,
        }

    async def flood(self, writer: asyncio.StreamWriter, data: bytes, limit: int) -> None:
        """Write `data` again and again until the reader leaves or `limit` bytes are out."""
        while self.written < limit:
            writer.write(data)
            await writer.drain()
            await tasks.sleep(0)  # drain waits only when the buffer is full
            self.written += len(data)

    async def drip(self, writer: asyncio.StreamWriter, data: bytes, every: float) -> None:
        """Write `data` a byte at a time, without an end."""
        while True:
            for at in range(len(data)):
                writer.write(data[at : at + 1])
                await writer.drain()
                await tasks.sleep(every)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._handlers.add(task)
        self.connections += 1
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._answer(reader, writer)
        except asyncio.CancelledError:
            pass  # this server ends; asyncio's own callback would log it as an error
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            self._handlers.discard(task)
            self.connections -= 1
            if not self.connections:
                self.quiet.set()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.quiet.clear()
        request = await reader.readuntil(b"\r\n\r\n")
        target = request.split(b" ", 2)[1]
        if target.startswith(b"/ace/getstream"):
            self.opened += 1
            if self.session is not None:
                await self.session(reader, writer)
                return
            self.granted += 1
            reply: object = self.control()
        elif target.startswith(b"/ace/cmd"):
            self.stopped += 1
            reply = {"response": "ok", "error": None}
        elif target.startswith(b"/ace/stat"):
            reply = {"response": {"status": "dl"}, "error": None}
        else:
            self.bodies += 1
            if self.body is not None:
                await self.body(reader, writer)
            return
        writer.write(answer(json.dumps(reply).encode()))
        await writer.drain()


def answer(body: bytes, kind: str = "application/json", status: str = "200 OK") -> bytes:
    """Return a whole HTTP answer."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body


def redirect(to: str) -> bytes:
    """Return a redirect."""
    return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()
