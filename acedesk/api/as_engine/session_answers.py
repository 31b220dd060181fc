"""What a program asks about its session: media, stat, command, event."""

import dataclasses
from collections.abc import Callable
from typing import Final

from aiohttp import web

from acedesk import clock
from acedesk.api.as_engine import stat
from acedesk.api.as_engine.client_sessions import ClientSession, ClientSessions
from acedesk.api.as_engine.envelopes import (
    UNKNOWN_METHOD,
    UNKNOWN_SESSION,
    ace_error,
    ace_reply,
)
from acedesk.errors import NotFound
from acedesk.model.join_point import LIVE, JoinPoint
from acedesk.proxy.data_plane import DataPlane
from acedesk.proxy.streams.stream import Stream

_OFF: Final = frozenset({"", "0", "false", "no"})
# From the address of a session's playlist to that of the playlists.
_TO_PLAYLISTS: Final = "../../"


class SessionAnswers:
    """Answers for sessions by their token."""

    def __init__(self, plane: DataPlane, sessions: ClientSessions) -> None:
        self._plane = plane
        self._sessions = sessions
        # What each does, returning why not; and its parameter.
        self._commands: dict[str, tuple[Callable[[ClientSession, str], str | None], str]] = {
            "stop": (self._stop, ""),
            "liveseek": (self._seek, "pos"),
            "set_player_activity_timeout": (self._keep, "timeout"),
            "set_stream": (self._choose, "stream_index"),
        }

    def _find(self, request: web.Request) -> ClientSession | None:
        return self._sessions.find(request.match_info["token"])

    async def media(self, request: web.Request) -> web.StreamResponse:
        """Play; any number of players may read one session.

        Raises:
            NotFound: There is no such session, or it ended.
            AceDeskError: As for a player of `/ace/getstream`.
        """
        session, players = self._find(request), self._plane.player_routes
        if session is None:
            raise NotFound(UNKNOWN_SESSION)
        with session.request():
            if request.method != "HEAD":
                self._follow(session)
            if session.hls:
                return await players.play_hls(
                    request, session.play, owner=session.token, base=_TO_PLAYLISTS
                )
            return await players.play(request, session.play, session.add_client)

    async def stat(self, request: web.Request) -> web.Response:
        """Answer how the session does; asking keeps it alive unless the program says otherwise."""
        session = self._find(request)
        if session is None:
            return ace_error(UNKNOWN_SESSION)
        stream = self._follow(session)
        if stream is None and session.is_live is not False:
            return ace_error(UNKNOWN_SESSION)
        if request.query.get("skip_player_activity", "").lower() in _OFF:
            session.touch()
        return ace_reply(stat.build(session, stream, clock.utc_now().timestamp()))

    async def command(self, request: web.Request) -> web.Response:
        """Do what `method` says, to this session only."""
        problem = self._do(request)
        if problem is None:
            return ace_reply("ok", readable=False)
        return ace_error(problem, readable=False)

    def _do(self, request: web.Request) -> str | None:
        """Do what `method` says; return why not."""
        session = self._find(request)
        if session is None:
            return UNKNOWN_SESSION
        command = self._commands.get(request.query.get("method", ""))
        if command is None:
            return UNKNOWN_METHOD
        do, parameter = command
        return do(session, request.query.get(parameter, ""))

    async def event(self, request: web.Request) -> web.Response:
        """Answer the next event of the session, as late as it happens."""
        session = self._find(request)
        event = await session.next_event() if session is not None else None
        return ace_error(UNKNOWN_SESSION) if event is None else ace_reply(event)

    def _follow(self, session: ClientSession) -> Stream | None:
        """Return the session's stream; one that was begun again is followed."""
        stream = self._plane.streams.find(session.play.key)
        if session.stream is None and stream is not None and not stream.leaving:
            session.hold(stream)
        return session.stream

    def _stop(self, session: ClientSession, _value: str) -> None:
        session.end()

    def _seek(self, session: ClientSession, value: str) -> str | None:
        """Let the next connection begin at that moment; -1 is the newest."""
        position = _whole(value)
        if position is None:
            return "bad position"
        back = JoinPoint(max(0.0, clock.utc_now().timestamp() - position))
        point = LIVE if position < 0 else back
        session.play = dataclasses.replace(session.play, join=point)
        return None

    def _keep(self, session: ClientSession, value: str) -> str | None:
        seconds = _whole(value)
        if seconds is None or seconds <= 0:
            return "bad timeout"
        session.set_timeout(seconds)
        return None

    def _choose(self, session: ClientSession, value: str) -> str | None:
        """There is one stream of each content: the first."""
        return None if _whole(value or "0") == 0 else "bad stream index"


def _whole(text: str) -> int | None:
    try:
        return int(text[:20])
    except ValueError:
        return None
