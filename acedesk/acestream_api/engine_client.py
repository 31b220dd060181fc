"""The only place that talks the engine's HTTP API; the media bytes are the proxy's.

Every call has a deadline, reads at most 1 MiB and follows redirects only within the same engine.
What comes back is a value of `acedesk.formats.engine_reply` or an `EngineError`.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import TypeVar
from urllib.parse import quote, urlencode

from acedesk import clock, tasks
from acedesk.acestream_api.exchange import Exchange
from acedesk.acestream_api.redirects import RedirectFollower
from acedesk.errors import (
    AceDeskError,
    EngineAnswerInvalid,
    EngineError,
    EngineRefused,
    EngineTooSlow,
    NotAnEngine,
)
from acedesk.formats import engine_reply
from acedesk.formats.engine_reply import EngineVersion, Session
from acedesk.model.content import Infohash, KeyKind, StreamKey
from acedesk.model.engine_stat import EngineStat
from acedesk.model.host import http_url, join_port

logger = logging.getLogger(__name__)

T = TypeVar("T")

# `id` is deprecated but the only name every version knows (3.0 to 3.2).
_PARAMETERS = {
    KeyKind.CONTENT_ID: "id",
    KeyKind.INFOHASH: "infohash",
    KeyKind.URL: "url",
    KeyKind.MAGNET: "magnet",
}
_STATUS_PATH = "/server/api?api_version=3&method=get_status"
_FILES_PATH = "/server/api?api_version=3&method=get_media_files"
_VERSION_PATH = "/webui/api/service?method=get_version&format=json"

# The engine itself redirects at most twice (getstream, then /ace/r/ to /content/).
MOST_REDIRECTS = 3
# An engine resolves an id in 20 to 60 s. A session that comes after its caller gave up is still
# waited for that long, to be stopped.
LATE_ANSWER = 60.0

_FIRST_ERROR_STATUS = 400

_Asked = tuple[str, int, StreamKey]


class EngineClient:
    """Asks engines; one for the whole application, any number of calls at once.

    Closes: its connections, and the requests nobody waits for any more, in `close`.
    """

    def __init__(self) -> None:
        self._exchange = Exchange()
        self._closed = False
        self._requests: set[asyncio.Task[None] | asyncio.Task[Session | EngineError]] = set()
        # The player id of the last request that was given up, by engine and content: its session
        # is to be stopped when it comes after all.
        self._given_up: dict[_Asked, str] = {}
        self._failed_stops: set[str] = set()

    async def open_session(
        self,
        host: str,
        port: int,
        key: StreamKey,
        *,
        player_id: str,
        extra: Iterable[tuple[str, str]] = (),
        timeout: float,
    ) -> Session:
        """Start a playback of `key` on the engine at `host` and `port`.

        Args:
            player_id: Fresh and random for each session; the engine tells players apart by it.
            extra: Further parameters for the engine.
            timeout: Seconds; an engine needs up to 60 to resolve an id it has not met.

        Raises:
            EngineRefused: The engine said no.
            EngineTooSlow, EngineUnreachable, EngineAnswerInvalid.

        On cancel or timeout: the engine may open the session nevertheless. The request goes on
        in the background and the session is stopped as soon as it is known, unless the same
        content was asked for again meanwhile (engines join such sessions, and a stop of one
        ends both).
        """
        asked = (host, port, key)
        self._given_up.pop(asked, None)
        url = _session_url(asked, player_id, extra)
        asking = self._keep(
            tasks.spawn(
                self._ask_session(url, host, port, player_id, timeout + LATE_ANSWER),
                name=f"open session {key.short}",
            )
        )
        try:
            async with asyncio.timeout(timeout):
                outcome = await asyncio.shield(asking)
        except TimeoutError as exc:
            self._give_up(asked, player_id, asking)
            raise EngineTooSlow(
                f"{join_port(host, port)} gave no session within {timeout:g} s"
            ) from exc
        except asyncio.CancelledError:
            self._give_up(asked, player_id, asking)
            raise
        if isinstance(outcome, EngineError):
            raise outcome
        return outcome

    async def fetch_stat(self, session: Session, *, timeout: float = 5.0) -> EngineStat:
        """Return the state of the session; asking does not keep it alive.

        Raises:
            EngineRefused: Also when the session is gone (`is_unknown_session` tells).
            EngineTooSlow, EngineUnreachable, EngineAnswerInvalid.
        """
        if not session.stat_url:
            raise EngineAnswerInvalid("the session has no stat URL")
        url = _with_parameter(session.stat_url, "skip_player_activity=1")
        return await self._ask(url, engine_reply.parse_stat, timeout)

    async def check_stat(
        self, host: str, port: int, path: str, *, timeout: float = 5.0
    ) -> EngineStat:
        """Ask about a session that somebody else opened; return how it does.

        Args:
            path: Path and query of its stat URL.

        Raises:
            EngineRefused: Also when the session is gone (`is_unknown_session` tells).
            EngineTooSlow, EngineUnreachable, EngineAnswerInvalid.
        """
        url = _with_parameter(http_url(host, port) + path, "skip_player_activity=1")
        return await self._ask(url, engine_reply.parse_stat, timeout)

    async def stop(self, session: Session, *, timeout: float = 3.0) -> bool:
        """End the session; return whether it is over as far as the engine tells.

        Never raises an AceDeskError: an engine ends a session that nobody reads by itself.
        """
        if not session.command_url:
            return False
        engine = session.command_url.split("/")[2]
        url = _with_parameter(session.command_url, "method=stop")
        try:
            await self._ask(url, engine_reply.payload, timeout)
        except AceDeskError as exc:
            if not (isinstance(exc, EngineRefused) and engine_reply.is_unknown_session(exc)):
                self._note_failed_stop(engine, exc)
                return False
        self._failed_stops.discard(engine)
        return True

    async def fetch_version(self, host: str, port: int, *, timeout: float = 3.0) -> EngineVersion:
        """Return which engine answers there.

        Raises:
            EngineRefused, EngineTooSlow, EngineUnreachable, EngineAnswerInvalid.
        """
        url = http_url(host, port) + _VERSION_PATH
        return await self._ask(url, engine_reply.parse_version, timeout)

    async def fetch_name(
        self, host: str, port: int, infohash: Infohash, *, timeout: float = 5.0
    ) -> str:
        """Return what the broadcaster calls the content, "" when it has no name.

        Raises:
            EngineRefused, EngineTooSlow, EngineUnreachable, EngineAnswerInvalid.
        """
        url = f"{http_url(host, port)}{_FILES_PATH}&infohash={infohash}"
        return await self._ask(url, engine_reply.parse_media_name, timeout)

    async def check(self, host: str, port: int, *, timeout: float = 5.0) -> float:
        """Probe the engine once; return the seconds it took to answer correctly.

        An engine without the server API (or one that forbids it) is asked for its version.

        Raises:
            NotAnEngine: It answers neither as an engine does.
            EngineRefused, EngineTooSlow, EngineUnreachable.
        """
        started_at = clock.monotonic()
        base = http_url(host, port)
        try:
            await self._ask(base + _STATUS_PATH, engine_reply.parse_status, timeout)
        except (EngineRefused, EngineAnswerInvalid):
            left = max(0.0, timeout - (clock.monotonic() - started_at))
            await self._check_version(base, left)
        return clock.monotonic() - started_at

    async def _check_version(self, base: str, timeout: float) -> None:
        try:
            await self._ask(base + _VERSION_PATH, engine_reply.parse_version, timeout)
        except EngineAnswerInvalid as exc:
            raise NotAnEngine(exc.detail) from exc
        except EngineRefused as exc:
            # An error page that no engine wrote: there was no envelope around it.
            if isinstance(exc.__cause__, EngineAnswerInvalid):
                raise NotAnEngine(exc.detail) from exc
            raise

    async def close(self) -> None:
        """Drop every connection; later calls raise EngineUnreachable."""
        self._closed = True
        await tasks.cancel(*self._requests)
        self._exchange.close()

    async def _ask_session(
        self, url: str, host: str, port: int, player_id: str, timeout: float
    ) -> Session | EngineError:
        """Return the session or the error: nobody may be left to catch one."""

        def parse(data: bytes) -> Session:
            return engine_reply.parse_session(data, host=host, port=port, player_id=player_id)

        try:
            return await self._ask(url, parse, timeout)
        except EngineError as exc:
            return exc

    def _give_up(
        self, asked: _Asked, player_id: str, asking: asyncio.Task[Session | EngineError]
    ) -> None:
        if self._closed:
            return
        self._given_up[asked] = player_id
        self._keep(
            tasks.spawn(
                self._stop_late(asked, player_id, asking), name=f"stop late {asked[2].short}"
            )
        )

    async def _stop_late(
        self, asked: _Asked, player_id: str, asking: asyncio.Task[Session | EngineError]
    ) -> None:
        outcome = await asking
        if self._given_up.get(asked) == player_id:
            del self._given_up[asked]
            if isinstance(outcome, Session):
                await self.stop(outcome)

    def _keep(self, task: asyncio.Task[T]) -> asyncio.Task[T]:
        self._requests.add(task)  # type: ignore[arg-type]  # a set of tasks of any result
        task.add_done_callback(self._requests.discard)
        return task

    def _note_failed_stop(self, engine: str, error: AceDeskError) -> None:
        """Log the first of several failed stops in a row."""
        if engine not in self._failed_stops:
            self._failed_stops.add(engine)
            logger.warning("the engine %s did not take a stop: %s", engine, error.detail)

    async def _ask(self, url: str, parse: Callable[[bytes], T], timeout: float) -> T:
        status, body = await self._get(url, timeout)
        try:
            return parse(body)
        except EngineAnswerInvalid as exc:
            if status < _FIRST_ERROR_STATUS:
                raise
            reason = engine_reply.refusal_text(body) or f"HTTP status {status}"
            raise EngineRefused(reason) from exc

    async def _get(self, url: str, timeout: float) -> tuple[int, bytes]:
        """Return status and body; every way a request can fail becomes an EngineError."""
        try:
            async with asyncio.timeout(timeout):
                return await self._follow(url)
        except TimeoutError as exc:
            raise EngineTooSlow(f"no answer within {timeout:g} s") from exc

    async def _follow(self, url: str) -> tuple[int, bytes]:
        follower = RedirectFollower(url, most=MOST_REDIRECTS)
        while True:
            answer = await self._exchange.ask(follower.url)
            try:
                if not follower.follow(answer.head):
                    body = await answer.read_all(engine_reply.LONGEST_ANSWER)
                    return answer.head.status, body
            finally:
                answer.close()


def _session_url(asked: _Asked, player_id: str, extra: Iterable[tuple[str, str]]) -> str:
    host, port, key = asked
    pairs = [("format", "json"), ("pid", player_id), (_PARAMETERS[key.kind], key.value)]
    if key.file_index:
        pairs.append(("_idx", str(key.file_index)))
    query = urlencode([*pairs, *extra], quote_via=quote, safe="", errors="replace")
    return f"{http_url(host, port)}/ace/getstream?{query}"


def _with_parameter(url: str, parameter: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{parameter}"
