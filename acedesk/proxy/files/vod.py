"""Files (`is_live: 0`): passed through one to one, with every range a player asks for.

Nothing is shared and nothing kept: a request reads its own engine session as fast as its player
takes it. When an engine fails in the middle, another one goes on at the same byte. A player that
takes nothing for `paused_viewer_timeout` is disconnected, one whose device does not answer after
`slow_client_timeout`; a paused one gives way before that when limits are reached.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from aiohttp import web

from acedesk import clock
from acedesk.engines.pool import EnginePool
from acedesk.errors import Busy, BusyReason, EngineError, NotFound
from acedesk.formats.byte_range import parse_range
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import StreamKey
from acedesk.model.event import Note, StopCause, note_nothing
from acedesk.model.snapshot import StreamView
from acedesk.proxy.counters.totals import TotalCounters
from acedesk.proxy.delivery.client import Client, EndReason
from acedesk.proxy.delivery.stuck_connection import reset
from acedesk.proxy.files.file_body import FileBody, FileFacts
from acedesk.proxy.files.file_engines import FileEngines, FileSession
from acedesk.proxy.files.file_events import FileEvents
from acedesk.proxy.files.file_playback import FilePlayback, Reading, agent_of, file_view
from acedesk.proxy.files.file_reader import FileReader
from acedesk.proxy.files.playback_table import PlaybackTable
from acedesk.proxy.ingest.engine_sessions import EngineSessions
from acedesk.proxy.ingest.read_ticker import ReadTicker
from acedesk.settings import Settings
from acedesk.signals import Signal

logger = logging.getLogger(__name__)

# How many contents are remembered as files, so that the next request does not try a broadcast.
KNOWN: Final = 256

_HANDED_ON: Final = (
    "Content-Type",
    "Content-Length",
    "Content-Range",
    "Accept-Ranges",
    "ETag",
    "Last-Modified",
)
_OURS: Final = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Length, Content-Range",
    "X-Content-Type-Options": "nosniff",
    "Server": "AceDesk",
}
# What comes from strangers is never a page of ours.
_MEDIA: Final = ("video/", "audio/", "application/ogg", "application/x-matroska")


class Admit(Protocol):
    """Raises an `AceDeskError` for a file that may not be played, or not by one more player."""

    def __call__(self, key: StreamKey, *, new: bool) -> None:
        """Let a player go on, or a new one in."""


class Vod:
    """All files that are played.

    Args:
        admit: Asked before each request is answered.
        settle: See `acedesk.proxy.files.file_engines.FileEngines`.

    Attributes:
        playbacks: Who plays.

    Signals:
        changed: A player came or went.

    Closes: every playback, in `close`.
    """

    def __init__(
        self,
        pool: EnginePool,
        sessions: EngineSessions,
        read_ticker: ReadTicker,
        settings: Callable[[], Settings],
        admit: Admit,
        totals: TotalCounters | None = None,
        note: Note = note_nothing,
        settle: Callable[[StreamKey], Awaitable[None]] | None = None,
    ) -> None:
        self.changed: Signal[()] = Signal()
        self.playbacks = PlaybackTable()
        self._engines = FileEngines(pool, sessions, settings, settle)
        self._reader = FileReader(self._engines, self.changed.emit)
        self._sessions = sessions
        self._read_ticker = read_ticker
        self._settings = settings
        self._admit = admit
        self._totals = totals or TotalCounters()
        self._events = FileEvents(note)
        self._known: OrderedDict[StreamKey, FileFacts] = OrderedDict()
        self._closing = False

    # ------------------------------------------------------------------ requests

    def knows(self, key: StreamKey) -> bool:
        """Tell whether this content was a file the last time."""
        return bool(self.playbacks.of(key)) or key in self._known or self._sessions.holds(key)

    async def head(self, request: web.Request, play: PlayRequest) -> web.StreamResponse | None:
        """Answer a HEAD by what an engine tells of the file; None for a content not known."""
        facts = await self._ask_head(play.key) or self._known.get(play.key)
        if facts is None:
            return None
        response = web.StreamResponse(headers={**facts.headers, **_OURS})
        response.content_length = facts.size
        await response.prepare(request)
        return response

    async def serve(self, request: web.Request, play: PlayRequest) -> web.StreamResponse:
        """Pass the file, or the wanted part of it, on to the player.

        Raises:
            Busy, LoopingStream, EngineError: Before the head was sent.
            NotFound: Before the head was sent, too: the playback was stopped meanwhile.

        On cancel: the session waits for the player's next request, then it is stopped.
        """
        if self._closing:
            raise Busy(BusyReason.SHUTTING_DOWN)
        self._admit(play.key, new=False)
        playback = await self._find_or_begin(play, request)
        reading = playback.take(request.transport)
        try:
            reading.body = await self._reader.open(playback, reading, _asked(request))
            response = _response(reading.body)
            self._learn(playback.play.key, reading.body)
            await response.prepare(request)
            await self._copy(playback, reading, response)
            return response
        finally:
            reading.close()
            self._leave(playback, reading)

    async def _copy(
        self, playback: FilePlayback, reading: Reading, response: web.StreamResponse
    ) -> None:
        try:
            while data := await self._reader.read(playback, reading):
                await reading.write(response, data)
                playback.progress(len(data))
            await reading.write(response, b"")
        except (EngineError, NotFound, ConnectionError) as exc:
            # The length was promised: only a broken connection says that the rest is missing.
            if not reading.over and isinstance(exc, EngineError):
                logger.warning("file %s broke off: %s", playback.play.key.short, exc.detail)
            if reading.transport is not None:
                reset(reading.transport)

    # ------------------------------------------------------------------ playbacks

    async def _find_or_begin(self, play: PlayRequest, request: web.Request) -> FilePlayback:
        """Return the playback this request goes on with, or a new one.

        Raises:
            Busy: There are as many players as are allowed, or no engine has a place.
            EngineError: No engine opens the file.
        """
        wanted = parse_range(request.headers.get("Range", ""))
        # A request for all of the file is another player.
        is_seek = wanted is not None and not wanted.is_all
        found = await self.playbacks.find_free(play, request, may_take_over=is_seek)
        if found is not None:
            return found
        try:
            return await self._begin(play, request)
        except Busy:
            found = await self.playbacks.find_still(play, request) if is_seek else None
            if found is None or self._closing:
                raise
            return found

    async def _begin(self, play: PlayRequest, request: web.Request) -> FilePlayback:
        self._admit(play.key, new=True)
        client = Client(
            address=request.remote or "",
            user_agent=agent_of(request),
            now=clock.monotonic(),
            time=clock.utc_now(),
        )
        try:
            with self.playbacks.starting(play.key):
                session = await self._start(play)
        except EngineError:
            self._known.pop(play.key, None)  # it may be a broadcast by now
            raise
        if self._closing:
            self._engines.retire(session)
            raise Busy(BusyReason.SHUTTING_DOWN)
        playback = FilePlayback(play, client, session, self._totals)
        first = not self.playbacks.of(play.key)
        self._totals.streams += first
        self._totals.clients += 1
        self._events.joined(playback, first=first)
        if not self.playbacks:
            self._read_ticker.add_second(self, self._second)
        self.playbacks.add(playback)
        self.changed.emit()
        return playback

    async def _start(self, play: PlayRequest) -> FileSession:
        """Open a session; when no engine has a place, on that of a player that may give way."""
        try:
            return await self._engines.start(play)
        except Busy as exc:
            spare = self.playbacks.spare()
            if not spare or exc.reason is not BusyReason.MAX_CAPACITY:
                raise
            self.end(spare[0])
            await self._engines.wait_retired(spare[0].session)
            return await self._engines.start(play)

    async def _ask_head(self, key: StreamKey) -> FileFacts | None:
        """Ask an engine whose session nobody reads: a second reader would disturb the first."""
        for playback in self.playbacks.of(key):
            if playback.reading is None and not playback.session.retired:
                try:
                    body = await self._engines.open_head(playback.session.session)
                except EngineError:
                    return None
                body.close()
                return _facts(body)
        return None

    def _leave(self, playback: FilePlayback, reading: Reading) -> None:
        if playback.reading is not reading or playback not in self.playbacks:
            return
        playback.reading = None
        playback.left_at = clock.monotonic()
        grace = 0.0 if self._closing else self._settings().file_grace
        playback.timer = asyncio.get_running_loop().call_later(grace, self.end, playback)
        self.changed.emit()

    def end(self, playback: FilePlayback, reason: EndReason = EndReason.LEFT) -> None:
        """End a playback, whoever reads it; one that is over already is left alone."""
        if playback.timer is not None:
            playback.timer.cancel()
        if playback.reading is not None:
            playback.reading.stop()
        if playback not in self.playbacks:
            return
        self.playbacks.remove(playback)
        playback.add_to_totals()
        if not self.playbacks:
            self._read_ticker.remove_second(self)
        playback.client.close(reason)
        self._events.left(playback, reason, last=not self.playbacks.of(playback.play.key))
        self._engines.retire(playback.session)
        self.changed.emit()

    def _second(self, now: float) -> None:
        for playback in self.playbacks:
            playback.sample(now)
            reading = playback.reading
            if reading is None:
                continue
            reading.look(now)
            if (reason := reading.end_reason(now, self._settings())) is not None:
                logger.info("file %s: a player %s", playback.play.key.short, reason.value)
                self.end(playback, reason)

    def _learn(self, key: StreamKey, body: FileBody) -> None:
        if body.status == 416:
            return
        self._known[key] = _facts(body)
        self._known.move_to_end(key)
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)

    # ------------------------------------------------------------------ for the window

    def views(self) -> tuple[StreamView, ...]:
        """Return a picture of every file that is played, one for all its players."""
        files: dict[StreamKey, list[FilePlayback]] = {}
        for playback in self.playbacks:
            files.setdefault(playback.play.key, []).append(playback)
        return tuple(file_view(playbacks) for playbacks in files.values())

    def stop(self, stream_id: str, cause: StopCause = StopCause.PERSON) -> bool:
        """End all playbacks of a file; return whether there was one."""
        ended = [one for one in self.playbacks if one.play.key.stream_id == stream_id]
        for playback in ended:
            self._events.stopping(playback, cause)
            self.end(playback, EndReason.STREAM_ENDED)
        return bool(ended)

    def close_client(self, client_id: str) -> bool:
        """Disconnect one player; return whether it was there."""
        ended = [one for one in self.playbacks if one.client.id == client_id]
        for playback in ended:
            self.end(playback, EndReason.CLOSED)
        return bool(ended)

    async def close(self) -> None:
        """End everything for good; sessions are stopped by `EngineSessions.drain`."""
        self._closing = True
        self.stop_all(StopCause.SHUTDOWN)
        self._engines.close()

    def stop_all(self, cause: StopCause = StopCause.PERSON) -> None:
        """End all playbacks."""
        for stream_id in {playback.play.key.stream_id for playback in self.playbacks}:
            self.stop(stream_id, cause)


def _asked(request: web.Request) -> dict[str, str]:
    return {
        name: request.headers[name] for name in ("Range", "If-Range") if name in request.headers
    }


def _response(body: FileBody) -> web.StreamResponse:
    return web.StreamResponse(status=body.status, headers={**_headers(body), **_OURS})


def _headers(body: FileBody) -> dict[str, str]:
    given = body.headers
    headers = {name: given[name.lower()] for name in _HANDED_ON if name.lower() in given}
    if not headers.get("Content-Type", "").lower().startswith(_MEDIA):
        headers["Content-Type"] = "application/octet-stream"
    return headers


def _facts(body: FileBody) -> FileFacts:
    partial = ("Content-Length", "Content-Range")
    kept = {name: value for name, value in _headers(body).items() if name not in partial}
    return FileFacts(size=body.size, headers=kept)
