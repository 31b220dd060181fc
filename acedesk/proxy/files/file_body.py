"""A file from an engine over HTTP: any part of it, read only as fast as the player takes it.

Broadcasts are read by `acedesk.proxy.ingest.engine_body`, where a hundred of them share one timer.
A file has one reader, whose speed counts, so here every read is awaited.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

from acedesk.acestream_api import not_media
from acedesk.acestream_api.exchange import EngineResponse, Exchange
from acedesk.acestream_api.redirects import RedirectFollower
from acedesk.errors import (
    EngineAnswerInvalid,
    EngineRefused,
    EngineStalled,
    EngineTooSlow,
    EngineUnreachable,
)
from acedesk.formats.byte_range import parse_content_range
from acedesk.formats.engine_reply import refusal_text
from acedesk.values import frozen_value

# Seconds: an engine that has the beginning of a file sends it with the head.
LOOK_LIMIT: Final = 1.0

_GOOD: Final = frozenset({200, 206, 416})
_PAGES: Final = ("text/html", "application/json")


@frozen_value(kw_only=False)
class FileFacts:
    """What an engine says about a file.

    Attributes:
        size: Bytes of the whole file, None when it does not tell.
        headers: Those that are handed on to players: type, validators, ranges.
    """

    size: int | None
    headers: Mapping[str, str]


class FileBody:
    """One open answer.

    Attributes:
        status: 200, 206 or 416.
        headers: As the engine sent them, by their names in small letters.
        position: Where in the file the next byte is, None when that is not known.
        end: Where in the file this answer ends (not included), None when that is not known.

    Closes: its connection, by `close`.
    """

    def __init__(self, answer: EngineResponse) -> None:
        self.status = answer.head.status
        self.headers = answer.head.headers
        self._answer = answer
        self._ahead = b""
        self.position: int | None = None
        self.end: int | None = None
        length = answer.head.length
        content_range = parse_content_range(self.headers.get("content-range", ""))
        if self.status == 206 and content_range is not None:
            self.position, self.end = content_range.first, content_range.last + 1
        elif self.status == 200:
            self.position, self.end = 0, length
        self.size = (
            content_range.size
            if content_range is not None
            else length
            if self.status == 200
            else None
        )

    @property
    def is_complete(self) -> bool:
        """All that was announced has been read; also when nothing was."""
        return self.end is None or self.position is None or self.position >= self.end

    async def look(self) -> None:
        """Look at the beginning of the file, if it comes soon and is in this answer.

        Raises:
            EngineUnreachable: The connection broke.
            EngineAnswerInvalid: It is no file that can be played; the connection stays open.
        """
        if self.position != 0:
            return
        try:
            async with asyncio.timeout(LOOK_LIMIT):
                self._ahead = await self._answer.read()
        except TimeoutError:
            return  # the player gets the head now, and what comes later as it is
        ended = self.end is not None and len(self._ahead) >= self.end
        content_type = self._answer.head.content_type
        error = not_media.find_file_error(self._ahead, content_type=content_type, ended=ended)
        if error is not None:
            raise error

    async def read(self, timeout: float) -> bytes:
        """Return what comes next, b"" at the end of the answer.

        Raises:
            EngineUnreachable: The connection broke before the announced end.
            EngineAnswerInvalid: The framing is broken.
            EngineStalled: Nothing came for `timeout` seconds.
        """
        try:
            async with asyncio.timeout(timeout):
                data, self._ahead = self._ahead or await self._answer.read(), b""
        except TimeoutError as exc:
            raise EngineStalled(f"no bytes for {timeout:.0f} s") from exc
        if self.position is not None:
            self.position += len(data)
        if not data and not self.is_complete:
            raise EngineUnreachable("it ended the file too early")
        return data

    def close(self) -> None:
        """Close the connection; the engine sees its reader leave."""
        self._answer.close()


class FileClient:
    """Opens files on engines.

    Closes: its connections, by `close`.
    """

    def __init__(self) -> None:
        self._exchange = Exchange()

    async def open(
        self, url: str, headers: Mapping[str, str], *, method: str = "GET", timeout: float
    ) -> FileBody:
        """Ask for `url` with the player's range; redirects on the same engine are followed.

        Raises:
            EngineTooSlow: No answer within `timeout` seconds.
            EngineUnreachable: No connection.
            EngineRefused: Any status but 200, 206 and 416; `detail` is the engine's text.
            EngineAnswerInvalid: No HTTP, a redirect elsewhere, or no file that can be played.

        On cancel: the connection is closed.
        """
        try:
            async with asyncio.timeout(timeout):
                return await self._follow(url, headers, method)
        except TimeoutError as exc:
            raise EngineTooSlow(f"no media within {timeout:.0f} s") from exc

    def close(self) -> None:
        """Close all connections; later requests raise EngineUnreachable."""
        self._exchange.close()

    async def _follow(self, url: str, headers: Mapping[str, str], method: str) -> FileBody:
        follower = RedirectFollower(url)
        while True:
            answer = await self._exchange.ask(follower.url, method=method, headers=headers)
            if answer.head.status in _GOOD and not _is_page(answer):
                return await _looked_at(FileBody(answer), method)
            try:
                if not follower.follow(answer.head):
                    raise await _refusal(answer)
            finally:
                answer.close()


async def _looked_at(body: FileBody, method: str) -> FileBody:
    """Return an answer that is no page or text instead of a file; else it is closed."""
    if method == "GET":
        try:
            await body.look()
        except BaseException:
            body.close()
            raise
    return body


def _is_page(answer: EngineResponse) -> bool:
    return answer.head.status != 416 and answer.head.content_type.startswith(_PAGES)


async def _refusal(answer: EngineResponse) -> EngineRefused | EngineAnswerInvalid:
    if answer.head.status in _GOOD:
        return EngineAnswerInvalid("it sent a page instead of media")
    # An error page is one line: only its first piece is waited for.
    detail = refusal_text(await answer.read())
    return EngineRefused(detail or f"HTTP {answer.head.status}")
