"""HLS: a player that polls a playlist and fetches segments counts as a client of the stream.

A session begins with the first request for the playlist and ends when nobody polls any more. Its
token is in the addresses of its segments. A player that asks for the playlist again is recognised
by address and user agent, so that polling never makes a second session.
"""

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from aiohttp import web

from acedesk import clock
from acedesk.errors import AceDeskError, Busy, BusyReason, NotFound, NotLive
from acedesk.formats import m3u8
from acedesk.formats.byte_range import ContentRange, parse_range, unsatisfied
from acedesk.formats.getstream import PlayRequest, parse_play
from acedesk.model.content import StreamKey
from acedesk.proxy.buffer.ring_follower import RingFollower
from acedesk.proxy.delivery.client import Client, EndReason
from acedesk.proxy.delivery.hls_segmenter import Segmenter
from acedesk.proxy.delivery.hls_segments import Segment
from acedesk.proxy.delivery.stuck_connection import reset
from acedesk.proxy.files.file_playback import agent_of
from acedesk.proxy.http import player_urls
from acedesk.proxy.http.errors import CORS
from acedesk.proxy.http.same_origin import check_start
from acedesk.proxy.streams.registry import StreamRegistry
from acedesk.proxy.streams.start_wait import follow_content
from acedesk.proxy.streams.stream import Stream
from acedesk.rules import hls_segmenting
from acedesk.settings import Settings

# A session without a playlist ends when its player has not asked again for so many seconds; hls.js
# asks again after one.
UNSERVED: Final = 5.0
# Seconds until a player should ask again while there is no first segment: about one segment.
RETRY: Final = 4.0
# A player that has all waits so many target durations for the next segment; it asks again after as
# many when nothing is new.
HOLD: Final = 0.5
# Three segments of the usual length: a rate over less time shows the pauses between them.
RATE_WINDOW: Final = 12.0

_PLAYLIST: Final = {**CORS, "Content-Type": "application/vnd.apple.mpegurl"}
_SEGMENT: Final = {
    **CORS,
    "Content-Type": "video/mp2t",
    "X-Accel-Buffering": "no",
    "Accept-Ranges": "bytes",
    "Access-Control-Expose-Headers": "Content-Length, Content-Range",
}
_ALWAYS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Server": "AceDesk",
}
_PREFLIGHT: Final = {
    **CORS,
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}

_PlayerKey = tuple[StreamKey, str, str]


class HlsClient(Client):
    """A client that takes a segment at once and then nothing for seconds."""

    def __init__(self, *, address: str, user_agent: str) -> None:
        self._taken: deque[tuple[float, int]] = deque()
        super().__init__(
            address=address, user_agent=user_agent, now=clock.monotonic(), time=clock.utc_now()
        )

    @property
    def rate(self) -> float:
        """Bit/s over so many seconds that the pauses do not show."""
        now = clock.monotonic()
        while self._taken and self._taken[0][0] < now - RATE_WINDOW:
            self._taken.popleft()
        bits = 8 * sum(count for _, count in self._taken)
        return bits / max(min(RATE_WINDOW, now - self.connected_at), 1.0)

    @rate.setter
    def rate(self, _measured: float) -> None:
        """Ignore what the client table measures: it jumps between zero and a whole segment."""

    def took(self, count: int) -> None:
        """Note that so many bytes of a segment went to it."""
        self.sent_bytes += count
        self.note_first()
        self._taken.append((clock.monotonic(), count))


class HlsStream:
    """The segments of one stream, and the sessions that read them.

    When another stream turns out to have the same content, and this one ends for it, the segments
    go on with what that one gets, in the ring of the one that ended.
    """

    def __init__(self, stream: Stream, target: float, on_end: Callable[[Stream], None]) -> None:
        self.stream = stream
        self.sessions: set[HlsSession] = set()
        self._ring = stream.ring
        self._usual = stream.ring.rewind, stream.ring.limit
        self._follower: RingFollower | None = None
        self.segmenter = Segmenter(
            stream.ring,
            lambda: self.stream.supply.scanner.tables,
            target=target,
            # Seconds since 1970: a stream that is opened again later goes on with higher numbers.
            first_number=int(clock.utc_now().timestamp()),
        )
        self._on_end = on_end
        self._more = asyncio.Event()
        self._watching: list[Callable[[], None]] = []
        self._watch(stream)
        self._grown()

    @property
    def has_moved(self) -> bool:
        """It goes on with another stream than that in whose ring its segments are."""
        return self._follower is not None

    def _watch(self, stream: Stream) -> None:
        self._stop_watching()
        self._watching = [
            stream.grown.connect(self._grown),
            stream.ending.connect(self._ending),
            stream.replaced.connect(self._replaced),
        ]

    def _stop_watching(self) -> None:
        for disconnect in self._watching:
            disconnect()

    def add(self, session: "HlsSession") -> None:
        """Keep the end of the stream for the session, too."""
        self.sessions.add(session)
        self._ring.kept = True

    def remove(self, session: "HlsSession") -> None:
        """Forget the session; after the last one, the memory of an ended stream is freed."""
        self.sessions.discard(session)
        if not self.sessions:
            self._ring.kept = False
            self._ring.rewind, self._ring.limit = self._usual
            if self.has_moved:
                self._stop_watching()
            if self.has_moved or self.stream.ended:
                self._ring.clear()

    def _replaced(self, other: Stream) -> None:
        """Go on with the stream that stays; the players go with it."""
        if not self.sessions:
            return
        former, self.stream = self.stream, other
        for session in self.sessions:
            if former.clients.get(session.client.id) is not None:
                session.client.position = None  # its numbers are not those of the other ring
                former.clients.let_go(session.client)
                other.add(session.client)
        self._watch(other)
        self._follower = RingFollower(self._ring, other.ring)
        self._grown()
        self._on_end(former)

    def _grown(self) -> None:
        if self._follower is not None:
            self._follower.follow()
        scanner = self.stream.supply.scanner
        video = scanner.program.video if scanner.program is not None else None
        before = self.segmenter.segments.count
        self.segmenter.update(
            has_video=scanner.has_video, video_pid=video.pid if video is not None else None
        )
        if self.segmenter.segments.count != before:
            self._tell_more()

    def _tell_more(self) -> None:
        more, self._more = self._more, asyncio.Event()
        more.set()

    async def wait_more(self, limit: float) -> None:
        """Wait for the next segment or the end, at most `limit` seconds."""
        if not self.segmenter.ended:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(limit):
                    await self._more.wait()

    def _ending(self) -> None:
        if self._follower is not None:
            self._follower.follow()
        self.segmenter.finish()
        self._tell_more()
        self._on_end(self.stream)


class HlsSession:
    """One player that polls.

    Attributes:
        client: The player as a client of the stream.
        served: It got a playlist.
        newest: Number of the newest segment that it was sent whole, -1 before the first.
        timer: When it is looked at next; cancelled by `leave`.
    """

    def __init__(
        self, hls_stream: HlsStream, client: HlsClient, player: _PlayerKey, membership: ExitStack
    ) -> None:
        self.token = secrets.token_urlsafe(12)
        self.hls_stream = hls_stream
        self.client = client
        self.player = player
        self.served = False
        self.newest = -1
        self.timer: asyncio.TimerHandle | None = None
        self._membership = membership
        self._requests = 0
        self._seen_at = client.connected_at

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count a request; a session with one is never idle."""
        self._requests += 1
        try:
            yield
        finally:
            self._requests -= 1
            if self.client.reason is not EndReason.CLOSED:
                self._seen_at = clock.monotonic()

    def time_left(self, hls_idle: float) -> float:
        """Return after how many seconds without a request the session is over."""
        limit = UNSERVED
        if self.served:
            limit = hls_segmenting.idle_limit(
                hls_idle, self.hls_stream.segmenter.segments.target_duration
            )
        return limit if self._requests else self._seen_at + limit - clock.monotonic()

    async def wait_ready(self, limit: float) -> None:
        """Wait for a first playlist, at most `limit` seconds.

        Raises:
            Busy: It is not there yet.
            NotFound: The stream was stopped.
            AceDeskError: What the start failed with.
        """
        segmenter = self.hls_stream.segmenter
        try:
            async with asyncio.timeout(limit):
                await segmenter.settled.wait()
        except TimeoutError as exc:
            raise Busy(BusyReason.BUFFERING, retry_after=RETRY) from exc
        if not segmenter.segments:
            stream = self.hls_stream.stream
            if stream.error is not None:
                raise stream.error.bare()
            raise NotFound("this stream was stopped")

    async def wait_news(self) -> None:
        """Wait for the next segment if the player has all: so it gets it at once.

        A player that finds nothing new asks again half a target duration later, while its picture
        may stand still.
        """
        segments = self.hls_stream.segmenter.segments
        if self.served and segments.target_duration and self.newest == segments.newest:
            await self.hls_stream.wait_more(HOLD * segments.target_duration)

    def leave(self) -> None:
        """End the session: the stream loses its client."""
        if self.timer is not None:
            self.timer.cancel()
        self.client.close(EndReason.LEFT)
        self._membership.close()
        self.hls_stream.remove(self)

    def playlist(self, base: str = "") -> str:
        """Return the playlist of now; `base` as in `HlsRoutes.serve`."""
        self.served = True
        return m3u8.build(
            self.hls_stream.segmenter.playlist(
                lambda number: base + player_urls.segment_reference(self.token, number)
            )
        )


class HlsRoutes:
    """All HLS sessions, and the requests they come with.

    Closes: its sessions and their timers, by `close`.
    """

    def __init__(self, streams: StreamRegistry, settings: Callable[[], Settings]) -> None:
        self._streams = streams
        self._settings = settings
        self._sessions: dict[str, HlsSession] = {}
        self._players: dict[_PlayerKey, HlsSession] = {}
        self._hls_streams: dict[Stream, HlsStream] = {}

    def close(self) -> None:
        """End all sessions."""
        for session in tuple(self._sessions.values()):
            self._end(session)

    # ------------------------------------------------------------------ requests

    async def manifest(self, request: web.Request) -> web.StreamResponse:
        """Answer `/ace/manifest.m3u8` with the playlist of now; the first one opens the stream.

        Raises:
            BadRequest, Forbidden, Busy, EngineError: The server turns them into HTTP.
            NotFound: The viewer was disconnected by the user a moment ago.
        """
        return await self.serve(request, parse_play(request.query.items()))

    async def serve(
        self, request: web.Request, play: PlayRequest, *, owner: str = "", base: str = ""
    ) -> web.StreamResponse:
        """Answer a player that wants the playlist of `play`; see `manifest`.

        Args:
            owner: Who asks, where that is known better than from address and user agent.
            base: Leads from the address that was asked to that of `manifest`.
        """
        if request.method == "HEAD":  # answered without an engine, as getstream is
            return web.Response(headers={**_ALWAYS, **_PLAYLIST})
        if self._streams.files.knows(play.key):
            return _redirect_to_file(play, base)
        running = self._streams.is_running(play.key)
        play = check_start(request, play, running=running, settings=self._settings())
        return await follow_content(lambda: self._playlist(request, play, owner, base))

    def end_owner(self, owner: str) -> None:
        """End the sessions of one who asked as `owner`."""
        for player, session in tuple(self._players.items()):
            if player[1] == owner:
                self._end(session)

    async def _playlist(
        self, request: web.Request, play: PlayRequest, owner: str, base: str
    ) -> web.StreamResponse:
        session = self._session(request, play, owner)
        with session.request():
            await session.wait_news()
            if session.client.reason is EndReason.CLOSED:
                raise NotFound("this viewer was disconnected")
            try:
                await session.wait_ready(self._settings().hls_start_wait)
            except AceDeskError:
                if session.hls_stream.stream.ended:
                    self._end(session)
                if isinstance(session.hls_stream.stream.error, NotLive):
                    return _redirect_to_file(play, base)
                raise
            if session.hls_stream.segmenter.ended and self._players.get(session.player) is session:
                # This playlist says that the stream is over: who asks again wants to play again.
                del self._players[session.player]
            body = session.playlist(base).encode("ascii")
            return web.Response(body=body, headers={**_ALWAYS, **_PLAYLIST})

    async def segment(self, request: web.Request) -> web.StreamResponse:
        """Answer `/ace/hls/TOKEN/NUMBER.ts`.

        Raises:
            NotFound: No such session, or the segment is not in memory any more.
        """
        session = self._sessions.get(request.match_info["token"])
        if session is None or session.client.reason is EndReason.CLOSED:
            raise NotFound("this HLS session is over")
        segment = session.hls_stream.segmenter.segments.find(int(request.match_info["number"]))
        if segment is None:
            raise NotFound("this segment is not there any more")
        with session.request():
            return await self._send(request, session, segment)

    async def without_slash(self, request: web.Request) -> web.Response:
        """Send a player to the playlist's own address: what it names is relative to that."""
        query = f"?{request.rel_url.raw_query_string}" if request.rel_url.raw_query_string else ""
        return web.Response(status=307, headers={**CORS, "Location": f"../manifest.m3u8{query}"})

    async def preflight(self, _request: web.Request) -> web.Response:
        """Allow pages of other origins to play."""
        return web.Response(status=204, headers=_PREFLIGHT)

    async def _send(
        self, request: web.Request, session: HlsSession, segment: Segment
    ) -> web.StreamResponse:
        parts = session.hls_stream.segmenter.segments.parts(segment)
        response = web.StreamResponse(headers={**_ALWAYS, **_SEGMENT})
        first, end = _apply_range(request, response, segment.size)
        response.content_length = end - first
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        if not session.hls_stream.has_moved:
            session.client.position = segment.end.number
        try:
            for part in _between(parts, first, end):
                async with asyncio.timeout(self._settings().slow_client_timeout):
                    await response.write(part)
                session.client.took(len(part))
            await response.write_eof()
            session.newest = max(session.newest, segment.number)
        except (OSError, TimeoutError):
            # The player left, or takes nothing; it asks again for a segment that ended early.
            if request.transport is not None:
                reset(request.transport)
        return response

    # ------------------------------------------------------------------ sessions

    def _session(self, request: web.Request, play: PlayRequest, owner: str) -> HlsSession:
        agent = agent_of(request)
        player = (play.key, owner, "") if owner else (play.key, request.remote or "", agent)
        session = self._players.get(player)
        if session is not None:
            return session
        client = HlsClient(address=request.remote or "", user_agent=agent)
        with ExitStack() as membership:
            stream = membership.enter_context(self._streams.join(play, client))
            hls_stream = self._hls_streams.get(stream)
            if hls_stream is None:
                target = self._settings().hls_segment
                hls_stream = self._hls_streams[stream] = HlsStream(
                    stream, target, self._stream_over
                )
            session = HlsSession(hls_stream, client, player, membership.pop_all())
        hls_stream.add(session)
        self._sessions[session.token] = self._players[player] = session
        self._end_when_idle(session)
        return session

    def _stream_over(self, stream: Stream) -> None:
        self._hls_streams.pop(stream, None)

    def _end_when_idle(self, session: HlsSession) -> None:
        left = session.time_left(self._settings().hls_idle)
        if left <= 0:
            self._end(session)
        elif session.token in self._sessions:
            session.timer = asyncio.get_running_loop().call_later(
                left, self._end_when_idle, session
            )

    def _end(self, session: HlsSession) -> None:
        if self._sessions.pop(session.token, None) is None:
            return
        if self._players.get(session.player) is session:
            del self._players[session.player]
        session.leave()


def _redirect_to_file(play: PlayRequest, base: str) -> web.Response:
    """Send a player that wants HLS of a file to the file itself."""
    return web.Response(
        status=302, headers={**CORS, "Location": base + player_urls.stream_reference(play.key)}
    )


def _apply_range(request: web.Request, response: web.StreamResponse, size: int) -> tuple[int, int]:
    """Set status and Content-Range; return the bytes to send, from-to (to not included)."""
    wanted = parse_range(request.headers.get("Range", ""))
    if wanted is None or wanted.is_all:
        return 0, size
    place = wanted.within(size)
    if place is None:
        response.set_status(416)
        response.headers["Content-Range"] = unsatisfied(size)
        return 0, 0
    response.set_status(206)
    response.headers["Content-Range"] = ContentRange(place[0], place[1] - 1, size).header
    return place


def _between(parts: list[bytes | memoryview], first: int, end: int) -> Iterator[bytes | memoryview]:
    position = 0
    for part in parts:
        start, stop = max(first - position, 0), min(end - position, len(part))
        if stop > start:
            yield part[start:stop]
        position += len(part)
