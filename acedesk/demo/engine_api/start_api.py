"""`/ace/getstream` and `/ace/manifest.m3u8`: a link is asked for, a session is the answer."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from acedesk.demo.channels import find_channel
from acedesk.demo.core import Core, flag, own_address, whole
from acedesk.demo.engine_api.replies import (
    FAILED_TO_LOAD,
    ace_error,
    ace_reply,
    plain_error,
    redirect,
)
from acedesk.demo.sessions import SHARED_PLAYER, DemoSession, Output

# Segments that a list shows at once: engines start from what they have of the broadcast.
FIRST_SEGMENTS = 3


class StartApi:
    """Opens sessions."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def getstream(self, request: web.Request) -> web.Response:
        """Open a session that is read as one endless body."""
        return self._open(request, Output.STREAM)

    async def manifest(self, request: web.Request) -> web.Response:
        """Open a session that is read as a list of segments."""
        return self._open(request, Output.HLS)

    def _open(self, request: web.Request, output: Output) -> web.Response:
        query = request.query
        as_json = query.get("format") == "json"
        channel = find_channel(query, self._core.channels)
        if channel is None:
            self._core.log("httpserver", "failed to load content")
            return ace_error(FAILED_TO_LOAD) if as_json else plain_error(FAILED_TO_LOAD)
        player = query.get("pid") or query.get("sid") or SHARED_PLAYER
        session, is_new = self._core.sessions.open(channel, player, output, self._core.now())
        if is_new:
            self._prepare(session, query)
        address = own_address(request)
        if as_json:
            return ace_reply(_control(session, address))
        return redirect(_playback_url(session, address))

    def _prepare(self, session: DemoSession, query: Mapping[str, str]) -> None:
        core = self._core
        session.with_events = flag(query, "use_api_events")
        session.many_readers = flag(query, "allow_multiple_threads_reading")
        session.new_reader_wins = flag(query, "stop_prev_read_thread")
        session.client_session_id = whole(query, "client_session_id", -1)
        session.first_loop = int(core.clock.now() / core.card(session).seconds) - FIRST_SEGMENTS
        core.log("session", f"start {session.channel.infohash} token={session.token[:8]}")


def _control(session: DemoSession, address: str) -> dict[str, Any]:
    tail = f"{session.channel.infohash}/{session.token}"
    return {
        "playback_url": _playback_url(session, address),
        "stat_url": f"http://{address}/ace/stat/{tail}",
        "command_url": f"http://{address}/ace/cmd/{tail}",
        "event_url": f"http://{address}/ace/event/{tail}" if session.with_events else "",
        "infohash": session.channel.infohash,
        "playback_session_id": session.playback_session_id,
        "is_live": 1,
        "is_encrypted": 0,
        "client_session_id": session.client_session_id,
    }


def _playback_url(session: DemoSession, address: str) -> str:
    ending = ".m3u8" if session.output is Output.HLS else ""
    kind = session.output.value
    return f"http://{address}/ace/{kind}/{session.channel.infohash}/{session.token}{ending}"
