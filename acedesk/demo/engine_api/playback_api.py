"""`/ace/r/...` and `/content/...`: the media of a session as one endless body."""

import os
import secrets

from aiohttp import web

from acedesk import tasks
from acedesk.demo.core import Core, break_connection, own_address
from acedesk.demo.disturbances import BodyState
from acedesk.demo.engine_api.replies import (
    CORRUPT,
    NOT_YET,
    UNKNOWN_SESSION,
    VIDEO,
    plain_error,
    redirect,
)
from acedesk.demo.sessions import BodyReader, DemoSession, End, Output, seconds_to_ready
from acedesk.mpegts.packets import PACKET

# A player that asks a moment too early is kept waiting; one that asks much too early is refused.
LONGEST_HOLD = 1.0
SHORTEST_WAIT = 0.001  # the resolution of Qt's timers
# A reader that falls so far behind (in seconds) has lost its place in the engine's buffer.
_LONGEST_LAG = 30.0


class PlaybackApi:
    """Sends media to readers, one per session unless the player asked for more."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def start(self, request: web.Request) -> web.Response:
        """Answer `/ace/r/<infohash>/<token>`: wait for media, then send on to the body."""
        token = request.match_info["token"]
        session = self._core.sessions.find(token)
        if session is None or session.output is not Output.STREAM:
            return plain_error(UNKNOWN_SESSION)
        if session.ended is End.SUPERSEDED:
            return plain_error("access denied", 403)
        session.touch(self._core.now())
        # Timers of some loops fire a moment early, so one wait may not be enough.
        while session.ended is None and 0 < self._missing(session) <= LONGEST_HOLD:
            await tasks.sleep(max(self._missing(session), SHORTEST_WAIT))
        if session.ended is not None:
            return plain_error(UNKNOWN_SESSION)
        if not session.is_ready(self._core.now()):
            return plain_error(NOT_YET)
        name = f"{secrets.randbits(53) / (1 << 53):.16f}"
        session.contents.append(name)
        return redirect(f"http://{own_address(request)}/content/{session.channel.infohash}/{name}")

    def _missing(self, session: DemoSession) -> float:
        return seconds_to_ready(session, self._core.now())

    async def content(self, request: web.Request) -> web.StreamResponse:
        """Answer `/content/<infohash>/<name>` with the media."""
        session = self._core.sessions.find_content(request.match_info["name"])
        if session is None:
            return plain_error(UNKNOWN_SESSION)
        if session.readers and not session.many_readers and not session.new_reader_wins:
            return self._refuse_second(request)
        if session.new_reader_wins:
            for other in session.readers:
                other.stopped = True
        response = web.StreamResponse(headers={"Content-Type": VIDEO})
        reader = BodyReader(session)
        session.readers.append(reader)
        self._core.log("httpserver", f"reader joins {session.channel.infohash}")
        try:
            await response.prepare(request)
            if await _BodySender(self._core, reader, request, response).run():
                await response.write_eof()
        except ConnectionError:
            self._core.log("httpserver", f"reader of {session.channel.infohash} is gone")
        finally:
            session.readers.remove(reader)
            session.flow = 1.0
            session.touch(self._core.now())
        return response

    def _refuse_second(self, request: web.Request) -> web.Response:
        """Send what no HTTP client can read, as 3.2.3 does; the first reader goes on."""
        self._core.log("httpserver", "a second reader of one session")
        if request.transport is not None:
            request.transport.write(CORRUPT)
            request.transport.close()
        return plain_error(NOT_YET)


class _BodySender:
    """The broadcast on its way to one reader."""

    def __init__(
        self,
        core: Core,
        reader: BodyReader,
        request: web.Request,
        response: web.StreamResponse,
    ) -> None:
        session = reader.session
        self._core = core
        self._reader = reader
        self._request = request
        self._response = response
        self._card = core.card(session)
        self._began_at = core.now()
        self._faults = core.faults.of_body(session.channel.infohash, self._began_at)
        self._behind = session.behind
        self._next = self._live() - self._packets(core.burst)

    async def run(self) -> bool:
        """Send until the session or the connection ends; True when the end is a regular one."""
        while not self._reader.stopped:
            now = self._core.now()
            state = self._faults.state(now)
            if self._breaks(state, now):
                return False
            await self._send(state)
            await tasks.sleep(self._core.tick)
        return True

    def _breaks(self, state: BodyState, now: float) -> bool:
        """Break the connection when its time has come, and tell whether that was so."""
        session = self._reader.session
        limit = session.channel.closes_after
        if limit is not None and now - self._began_at >= limit:
            self._core.log("httpserver", f"connection of {session.channel.infohash} closed")
            self._core.sessions.end(session, End.BROKEN)
        elif not state.breaks:
            return False
        break_connection(self._request, reset=state.reset)
        return True

    async def _send(self, state: BodyState) -> None:
        session = self._reader.session
        if session.behind != self._behind:  # the player has rewound
            self._behind = session.behind
            self._next = self._live()
        until = self._live()
        flow = state.flow
        if flow != session.flow:
            session.downloaded(self._core.now(), self._card.byte_rate)
            session.flow = flow
        if until - self._next > self._packets(_LONGEST_LAG) and flow == 1:
            self._next = until - self._packets(self._core.burst)
        if flow < 1:
            until = min(until, self._next + self._packets(self._core.tick * flow))
        if until > self._next:
            await self._response.write(self._bytes(until, garbage=state.garbage))
            self._next = until

    def _bytes(self, until: int, *, garbage: bool) -> bytes:
        if garbage:
            return os.urandom((until - self._next) * PACKET)
        return self._card.read(self._next, until)

    def _live(self) -> int:
        return self._card.position(self._core.air_time(self._reader.session))

    def _packets(self, seconds: float) -> int:
        return round(seconds / self._card.seconds * self._card.packets)
