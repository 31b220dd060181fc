"""An engine that plays files: `is_live` is 0 and the body has a length and ranges."""

import asyncio
import dataclasses
import json
import re
from collections.abc import Callable

from aiohttp import web

from tests.fakes.engine import FakeEngine


@dataclasses.dataclass
class FileRequest:
    """One request for a file's bytes.

    Attributes:
        sent: Bytes given to the connection so far.
        left: Set when the reader is gone or all was sent.
    """

    session: int
    method: str
    headers: dict[str, str]
    sent: int = 0
    left: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)


class EndlessFilm:
    """A file that is longer than any player reads; it takes no memory."""

    def __init__(self, size: int = 1 << 40) -> None:
        self._size = size
        self._block = bytes(range(256)) * 1024

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, wanted: slice) -> bytes:
        first, end, _ = wanted.indices(self._size)
        shift = first % 256
        return self._block[shift : shift + end - first]


def _nothing() -> None:
    """Be told of nothing."""


class FileEngine(FakeEngine):
    """Serves `files` by `_idx`.

    Attributes:
        is_live: What the engine says of the content; -1 when it does not know.
        drop_at: Offset in the file at which it cuts the connection, once.
        silent_at: Offset in the file at which it sends no more and keeps the connection.
        endless: Served instead of all files.
        on_drop: Called when it does.
        stops: Numbers of the sessions that were stopped, one for each stop.
        requests: All requests for bytes, in their order.
    """

    def __init__(self, infohash: str = "b" * 40) -> None:
        super().__init__(infohash)
        self.files = {0: bytes(range(256)) * 4096}
        self.media_type = "video/x-matroska"
        self.etag = '"one"'
        self.is_live = 0
        self.drop_at: int | None = None
        self.silent_at: int | None = None
        self.endless: EndlessFilm | None = None
        self.on_drop: Callable[[], None] = _nothing
        self.stops: list[int] = []
        self.requests: list[FileRequest] = []

    async def _getstream(self, request: web.Request) -> web.Response:
        answer = await super()._getstream(request)
        body = json.loads(answer.text or "")
        if body["response"] is not None:
            body["response"]["is_live"] = self.is_live
        return web.json_response(body)

    async def _command(self, request: web.Request) -> web.Response:
        if request.query.get("method") == "stop":
            self.stops.append(int(request.match_info["number"]))
        return await super()._command(request)

    async def _body(self, request: web.Request) -> web.StreamResponse:
        session = self.sessions[int(request.match_info["number"])]
        session.opened += 1
        asked = FileRequest(session.number, request.method, dict(request.headers))
        self.requests.append(asked)
        if self.warming_up > 0:
            self.warming_up -= 1
            return web.Response(status=500, text="download not found")
        if self.body_status != 200 or session.stopped.is_set():
            return web.Response(status=500, text=self.body_text)
        data = self.endless or self.files[int(session.query.get("_idx", "0"))]
        response, first, end = self._answer(request, len(data))
        response.content_length = end - first
        response.force_close()
        await response.prepare(request)
        session.body.set()
        try:
            if request.method == "GET":
                await self._send(request, response, asked, data, first, end)
        finally:
            asked.left.set()
        return response

    async def _send(
        self,
        request: web.Request,
        response: web.StreamResponse,
        asked: FileRequest,
        data: bytes | EndlessFilm,
        first: int,
        end: int,
    ) -> None:
        for at in range(first, end, 16384):
            if self.drop_at is not None and at >= self.drop_at:
                self.drop_at = None
                self.on_drop()
                assert request.transport is not None
                request.transport.abort()
                return
            if self.silent_at is not None and at >= self.silent_at:
                await self.sessions[asked.session].over.wait()
                return
            part = data[at : min(at + 16384, end)]
            await response.write(part)
            asked.sent += len(part)

    def _answer(self, request: web.Request, size: int) -> tuple[web.StreamResponse, int, int]:
        headers = {
            "Content-Type": self.media_type,
            "Accept-Ranges": "bytes",
            "ETag": self.etag,
            "Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT",
        }
        wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", ""))
        if wanted is None or request.headers.get("If-Range", self.etag) != self.etag:
            return web.StreamResponse(headers=headers), 0, size
        if not wanted[1]:
            first, end = max(0, size - int(wanted[2])), size
        else:
            first, end = int(wanted[1]), min(int(wanted[2] or size) + 1, size)
        if first >= size:
            headers["Content-Range"] = f"bytes */{size}"
            return web.StreamResponse(status=416, headers=headers), 0, 0
        headers["Content-Range"] = f"bytes {first}-{end - 1}/{size}"
        return web.StreamResponse(status=206, headers=headers), first, end
