"""`/ace/getstream` and `/ace/manifest.m3u8` with `format=json`: a session instead of the media."""

import hashlib
from collections.abc import Callable
from typing import Final

from aiohttp import web

from acedesk import clock
from acedesk.api.as_engine.client_sessions import ClientSession, ClientSessions, Wanted
from acedesk.api.as_engine.envelopes import ace_error, ace_reply, error_text
from acedesk.api.as_engine.own_requests import check_sender
from acedesk.api.as_engine.stat import is_live
from acedesk.errors import AceDeskError, EngineTooSlow, NotFound, NotLive
from acedesk.formats.getstream import parse_query
from acedesk.formats.stream_key import infohash_in
from acedesk.model.content import Infohash, StreamKey
from acedesk.proxy.data_plane import DataPlane
from acedesk.proxy.http.access.arrival import own_address
from acedesk.proxy.http.errors import CORS, NO_STORE
from acedesk.proxy.http.refusals import Refusals
from acedesk.proxy.http.same_origin import check_start
from acedesk.proxy.streams.start_wait import follow_content
from acedesk.proxy.streams.stream import Stream
from acedesk.settings import Settings

# Seconds until it must be known which session an engine has for the content. Engines look an id up
# for 20 s and longer; acestream-launcher and Kodi add-ons wait for 30.
ACCEPT_LIMIT: Final = 25.0
_LARGEST_ID: Final = 2**31
_ON: Final = frozenset({"1", "true", "yes"})


class Starts:
    """Begins sessions."""

    def __init__(
        self,
        plane: DataPlane,
        sessions: ClientSessions,
        settings: Callable[[], Settings],
        refusals: Refusals,
    ) -> None:
        self._plane = plane
        self._sessions = sessions
        self._settings = settings
        self._refusals = refusals

    async def start(self, request: web.Request) -> web.StreamResponse:
        """Start the stream and answer with a session's addresses once an engine has accepted it.

        On cancel: the stream is not kept for this session any more.
        """
        if request.method == "HEAD":  # starts nothing, as everywhere
            return web.Response(
                headers={**NO_STORE, **CORS}, content_type="application/json", charset="utf-8"
            )
        try:
            check_sender(request)
            play = parse_query(request.query.items())
            authorization = request.headers.get("Authorization", "")
            await self._plane.sharing.check_asked(authorization, play.key)
            running = self._plane.streams.is_running(play.key)
            play = check_start(request, play, running=running, settings=self._settings())
            session = self._sessions.begin(play, _wanted(request))
            try:
                await self._prepare(session)
            except BaseException:
                session.end()
                raise
        except AceDeskError as exc:
            self._refusals.tell(request, exc)
            return ace_error(error_text(exc))
        return ace_reply(_control(session, request))

    async def _prepare(self, session: ClientSession) -> None:
        """See that the session's stream begins, and learn what its engine says of the content.

        Raises:
            Busy, LoopingStream, Forbidden, EngineError, NotFound.
        """
        key, files = session.play.key, self._plane.streams.files
        if not files.knows(key):
            try:
                session.infohash = await follow_content(lambda: self._open(session))
                return
            except NotLive:
                pass
        session.infohash = self._plane.sessions.infohash_of(key) or _made_infohash(key)
        session.learn_live(live=False)

    async def _open(self, session: ClientSession) -> Infohash:
        stream = self._plane.streams.open(session.play)
        session.hold(stream)
        until = clock.monotonic() + ACCEPT_LIMIT
        while stream.supply.session is None:
            _check(stream)
            left = until - clock.monotonic()
            if left <= 0 or not await stream.wait_change(left):
                raise EngineTooSlow(f"no engine gave a session within {ACCEPT_LIMIT:g} s")
        if stream.supply.session.is_live:
            session.learn_live(live=True)
        return stream.supply.session.infohash or _made_infohash(session.play.key)


def _check(stream: Stream) -> None:
    if stream.error is not None:
        raise stream.error.bare()
    if stream.leaving:
        raise NotFound("this stream was stopped")


def _made_infohash(key: StreamKey) -> Infohash:
    """Return what stands for an infohash that no engine told: programs expect 40 hex digits."""
    return infohash_in(key) or Infohash(hashlib.sha1(key.stream_id.encode()).hexdigest())  # noqa: S324 - a name


def _wanted(request: web.Request) -> Wanted:
    query = request.query
    try:
        number = int(query.get("client_session_id", "-1"))
    except ValueError:
        number = -1
    return Wanted(
        hls="manifest" in request.path,
        with_events=query.get("use_api_events", "").lower() in _ON,
        client_session_id=number if abs(number) < _LARGEST_ID else -1,
    )


def _control(session: ClientSession, request: web.Request) -> dict[str, object]:
    tail = f"{session.infohash}/{session.token}"
    base = f"{own_address(request)}/ace"
    media = f"{base}/m/{tail}.m3u8" if session.hls else f"{base}/r/{tail}"
    return {
        "playback_url": media,
        "stat_url": f"{base}/stat/{tail}",
        "command_url": f"{base}/cmd/{tail}",
        "event_url": f"{base}/event/{tail}" if session.with_events else "",
        "infohash": session.infohash,
        "playback_session_id": session.playback_id,
        "is_live": is_live(session),
        "is_encrypted": 0,
        "client_session_id": session.client_session_id,
    }
