"""A file from an engine over HTTP: any part of it, read only as fast as it is taken.

Broadcasts come through `acedesk.proxy.upstream`, where a hundred of them share one timer. A file
has one reader who sets the pace, so here every read is awaited.
"""

import asyncio
import dataclasses
from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin, urlsplit

import aiohttp

from acedesk.errors import (
    EngineAnswerInvalid,
    EngineRefused,
    EngineStalled,
    EngineTooSlow,
    EngineUnreachable,
)
from acedesk.formats.byte_range import parse_content_range
from acedesk.formats.text import clean_text

# Engine 3.2.3 redirects twice before it delivers (/ace/r -> /content -> body).
REDIRECT_LIMIT: Final = 5
ERROR_BODY_LIMIT: Final = 300
# So much waits in memory for a player that takes nothing; the engine is not read meanwhile.
READ_AHEAD: Final = 64 * 1024

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_GOOD: Final = frozenset({200, 206, 416})
_PAGES: Final = ("text/html", "application/json")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclasses.dataclass(frozen=True, slots=True)
class FileFacts:
    """What an engine tells of a file.

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
        headers: As the engine sent them.
        position: Where in the file the next byte is, None when that is not known.
        end: Where in the file this answer ends (not included), None when that is not known.

    Closes: its connection, by `close`.
    """

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self._answer = answer
        self.position: int | None = None
        self.end: int | None = None
        length = answer.content_length
        told = parse_content_range(answer.headers.get("Content-Range", ""))
        if self.status == 206 and told is not None:
            self.position, self.end = told.first, told.last + 1
        elif self.status == 200:
            self.position, self.end = 0, length
        self.size = told.size if told is not None else length if self.status == 200 else None

    @property
    def is_complete(self) -> bool:
        """All that was announced has been read; also when nothing was."""
        return self.end is None or self.position is None or self.position >= self.end

    async def read(self, timeout: float) -> bytes:
        """Return what comes next, b"" at the end of the answer.

        Raises:
            EngineUnreachable: The connection broke before the announced end.
            EngineStalled: Nothing came for `timeout` seconds.
        """
        try:
            async with asyncio.timeout(timeout):
                data = await self._answer.content.readany()
        except TimeoutError as exc:
            raise EngineStalled(f"no bytes for {timeout:.0f} s") from exc
        except (aiohttp.ClientError, OSError) as exc:
            raise EngineUnreachable(f"the connection broke ({type(exc).__name__})") from exc
        if self.position is not None:
            self.position += len(data)
        if not data and not self.is_complete:
            raise EngineUnreachable("it ended the file too early")
        return data

    def close(self) -> None:
        """Leave; the engine sees its reader go."""
        self._answer.close()


class FileClient:
    """Opens files on engines.

    Closes: its connections, by `close`.
    """

    def __init__(self) -> None:
        self._http: aiohttp.ClientSession | None = None

    async def open(
        self, url: str, headers: Mapping[str, str], *, method: str = "GET", timeout: float
    ) -> FileBody:
        """Ask for `url` with the player's range; redirects on the same engine are followed.

        Raises:
            EngineTooSlow: No answer within `timeout` seconds.
            EngineUnreachable: No connection.
            EngineRefused: Any status but 200, 206 and 416; `detail` is the engine's text.
            EngineAnswerInvalid: No HTTP, a redirect elsewhere, or a page instead of a file.

        On cancel: the connection is closed.
        """
        try:
            async with asyncio.timeout(timeout):
                return await self._follow(url, headers, method)
        except TimeoutError as exc:
            raise EngineTooSlow(f"no media within {timeout:.0f} s") from exc
        except aiohttp.ClientConnectorError as exc:
            raise EngineUnreachable(exc.strerror or "no connection") from exc
        except (aiohttp.ServerDisconnectedError, OSError) as exc:
            raise EngineUnreachable("it closed the connection without an answer") from exc
        except (aiohttp.ClientError, ValueError) as exc:
            raise EngineAnswerInvalid(f"its answer is not HTTP ({type(exc).__name__})") from exc

    async def close(self) -> None:
        """Close all connections."""
        http, self._http = self._http, None
        if http is not None:
            await http.close()

    async def _follow(self, url: str, headers: Mapping[str, str], method: str) -> FileBody:
        for _ in range(REDIRECT_LIMIT):
            answer = await self._connections().request(
                method, url, headers=headers, allow_redirects=False
            )
            if answer.status in _GOOD and not _is_page(answer):
                return FileBody(answer)
            try:
                if answer.status not in _REDIRECTS:
                    raise await _refusal(answer)
                url = _same_engine(url, answer.headers.get("Location", ""))
            finally:
                answer.close()
        raise EngineAnswerInvalid("it redirects in circles")

    def _connections(self) -> aiohttp.ClientSession:
        if self._http is None:
            self._http = aiohttp.ClientSession(
                # An engine's session has one reader: no connection outlives its answer.
                connector=aiohttp.TCPConnector(
                    limit=0, force_close=True, resolver=aiohttp.ThreadedResolver()
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
                headers={"Accept-Encoding": "identity", "User-Agent": "AceDesk"},
                auto_decompress=False,
                trust_env=False,
                read_bufsize=READ_AHEAD,
            )
        return self._http


def _is_page(answer: aiohttp.ClientResponse) -> bool:
    return answer.status != 416 and answer.content_type.startswith(_PAGES)


async def _refusal(answer: aiohttp.ClientResponse) -> EngineRefused | EngineAnswerInvalid:
    if answer.status in _GOOD:
        return EngineAnswerInvalid("it sent a page instead of media")
    text = await answer.content.read(ERROR_BODY_LIMIT)
    detail = clean_text(text.decode("utf-8", "replace"), ERROR_BODY_LIMIT)
    return EngineRefused(detail or f"HTTP {answer.status}")


def _same_engine(url: str, location: str) -> str:
    """Return where a redirect leads, as long as that is the engine that sent it."""
    asked, target = urlsplit(url), urlsplit(urljoin(url, location))
    hosts = {asked.hostname, target.hostname}
    same = len(hosts) == 1 or hosts <= _LOOPBACK  # engines name themselves 127.0.0.1
    if not location or target.scheme != "http" or target.port != asked.port or not same:
        raise EngineAnswerInvalid("it redirects to another host")
    return target._replace(netloc=asked.netloc).geturl()
