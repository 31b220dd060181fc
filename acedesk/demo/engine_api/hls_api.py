"""`/ace/m/...` and `/ace/c/...`: the media of a session as a list of segments.

One segment is one loop of the test card: it begins with PAT, PMT and a keyframe, and its length
is within what engines were measured to make (3.7 to 6.3 s).
"""

import asyncio
import math
from typing import Final

from aiohttp import web

from acedesk.demo.core import Core, own_address
from acedesk.demo.engine_api.replies import NOT_YET, PLAYLIST, UNKNOWN_SESSION, VIDEO, plain_error
from acedesk.demo.sessions import DemoSession, End, Output, seconds_to_ready

# To where the window of a real engine grew.
MOST_SEGMENTS: Final = 17


class HlsApi:
    """Serves lists and segments; an HLS session has any number of readers."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def playlist(self, request: web.Request) -> web.Response:
        """Answer `/ace/m/<infohash>/<token>.m3u8`, as late as the first media come."""
        session = self._core.sessions.find(request.match_info["token"])
        if session is None or session.output is not Output.HLS:
            return plain_error(UNKNOWN_SESSION)
        await self._until_ready(session)
        if session.ended is End.SUPERSEDED:
            return plain_error("access denied", 403)
        if session.ended is not None:
            return plain_error(UNKNOWN_SESSION)
        session.touch(self._core.now())
        text = self._list(session, own_address(request))
        return web.Response(body=text.encode(), headers={"Content-Type": PLAYLIST})

    async def segment(self, request: web.Request) -> web.Response:
        """Answer `/ace/c/<infohash>/<number>.ts`."""
        infohash, number = request.match_info["infohash"], int(request.match_info["number"])
        session = next(
            (
                session
                for session in self._core.sessions
                if session.output is Output.HLS and session.channel.infohash == infohash
            ),
            None,
        )
        if session is None or number not in self._numbers(session):
            return plain_error(NOT_YET)
        session.touch(self._core.now())
        data = self._core.card(session).loop(session.first_loop + number)
        return web.Response(body=data, headers={"Content-Type": VIDEO})

    async def _until_ready(self, session: DemoSession) -> None:
        while session.ended is None and not session.is_ready(self._core.now()):
            session.touch(self._core.now())
            missing = min(1.0, seconds_to_ready(session, self._core.now()))
            try:
                async with asyncio.timeout(missing):
                    await session.changed.wait()
            except TimeoutError:
                continue

    def _numbers(self, session: DemoSession) -> range:
        """Return the numbers of the segments that can be had now."""
        card = self._core.card(session)
        end = int(self._core.clock.now() / card.seconds) - session.first_loop
        return range(max(0, end - MOST_SEGMENTS), end)

    def _list(self, session: DemoSession, address: str) -> str:
        numbers = self._numbers(session)
        seconds = self._core.card(session).seconds
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:3",
            f"#EXT-X-TARGETDURATION:{math.ceil(seconds)}",
            f"#EXT-X-MEDIA-SEQUENCE:{numbers.start}",
        ]
        for number in numbers:
            lines.append(f"#EXTINF:{seconds:.6f},")
            lines.append(f"http://{address}/ace/c/{session.channel.infohash}/{number}.ts")
        return "\n".join(lines) + "\n"
