"""`/ace/stat/`, `/ace/cmd/` and `/ace/event/`: what a player may ask about its session."""

import asyncio
from typing import Final

from aiohttp import web

from acedesk.demo.core import Core, flag, whole
from acedesk.demo.engine_api.replies import UNKNOWN_METHOD, UNKNOWN_SESSION, ace_error, ace_reply
from acedesk.demo.engine_api.stat_reply import WINDOW, build_stat
from acedesk.demo.sessions import DemoSession, End

# A poll that nobody answers is answered by its caller's timeout: 15 s in the official client.
_LOOK_AGAIN: Final = 1.0
_LONGEST_TIMEOUT: Final = 86_400


class SessionApi:
    """Answers for sessions; a superseded one answers as the session that took its place."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def _session(self, request: web.Request) -> DemoSession | None:
        return self._core.sessions.find_living(request.match_info["token"])

    async def stat(self, request: web.Request) -> web.Response:
        """Answer how the session does; asking keeps it alive unless the caller says otherwise."""
        session = self._session(request)
        if session is None:
            return ace_error(UNKNOWN_SESSION)
        core = self._core
        if not flag(request.query, "skip_player_activity"):
            session.touch(core.now())
        rate = core.byte_rate(session)
        return ace_reply(build_stat(session, core.now(), core.clock.now(), rate))

    async def command(self, request: web.Request) -> web.Response:
        """Do what `method` says."""
        session = self._session(request)
        if session is None:
            return ace_error(UNKNOWN_SESSION)
        query = request.query
        match query.get("method"):
            case "stop":
                self._core.sessions.end(session, End.STOP)
                self._core.log("session", f"stop {session.channel.infohash}")
            case "liveseek":
                self._seek(session, whole(query, "pos", -1))
            case "set_player_activity_timeout":
                seconds = whole(query, "timeout", 0)
                if not 0 < seconds <= _LONGEST_TIMEOUT:
                    return ace_error("bad timeout")
                session.timeout = float(seconds)
            case "set_stream":
                if whole(query, "stream_index", 0) != 0:
                    return ace_error("bad stream index")
            case _:
                return ace_error(UNKNOWN_METHOD)
        session.touch(self._core.now())
        return ace_reply("ok")

    async def event(self, request: web.Request) -> web.Response:
        """Answer the next event of the session, as late as it happens."""
        while (session := self._session(request)) is not None:
            if session.is_ready(self._core.now()) and not session.announced:
                session.announced = True
                session.push_event("live_changed", {"is_live": 1})
            if session.events:
                return ace_reply(session.events.popleft())
            try:
                async with asyncio.timeout(_LOOK_AGAIN):
                    await session.changed.wait()
            except TimeoutError:
                continue
        return ace_error(UNKNOWN_SESSION)

    def _seek(self, session: DemoSession, position: int) -> None:
        """Move the player within what the engine holds; -1 is the live edge."""
        behind = self._core.clock.now() - position
        session.behind = 0.0 if position < 0 else min(max(0.0, behind), float(WINDOW))
