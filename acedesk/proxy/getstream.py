"""One player's request: understand it, join the stream, hand the connection over."""

from collections.abc import Callable

from aiohttp import web

from acedesk import clock
from acedesk.errors import EngineUnreachable
from acedesk.formats.getstream import parse_query
from acedesk.proxy.client import Client
from acedesk.proxy.stream import Stream
from acedesk.proxy.streams import Streams
from acedesk.settings import Settings

# No length and no ranges: live streams have neither, and players that ask for
# "Range: bytes=0-" (VLC, mpv, ffmpeg) take a plain 200.
HEADERS = {
    "Content-Type": "video/mp2t",
    "Accept-Ranges": "none",
    "Cache-Control": "no-store",
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
    "Server": "AceDesk",
}


class MediaResponse(web.StreamResponse):
    """A response whose body the stream writes; the server must not end it a second time."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: the body was ended by `Client.close`, or by the player."""


async def handle(
    request: web.Request, streams: Streams, settings: Callable[[], Settings]
) -> web.StreamResponse:
    """Answer `GET` and `HEAD /ace/getstream`; ends when the player or the stream does.

    Raises:
        BadRequest, Busy, EngineError: Before the head was sent; the server turns them into HTTP.
    """
    play = parse_query(request.query.items())
    if request.method == "HEAD":  # answered without an engine: Kodi and ExoPlayer ask twice
        return web.Response(headers=HEADERS)
    client = Client(
        address=request.remote or "",
        user_agent=request.headers.get("User-Agent", "")[:400],
        now=clock.monotonic(),
        time=clock.utc_now(),
    )
    with streams.join(play, client) as stream:
        await stream.wait_started(settings().header_wait)
        response = await _hand_over(request, stream, client)
        await client.ended.wait()
    return response


async def _hand_over(request: web.Request, stream: Stream, client: Client) -> MediaResponse:
    chunked = request.version >= (1, 1) and not _wants_close(request)
    response = MediaResponse(headers=HEADERS)
    response.force_close()
    if chunked:
        response.enable_chunked_encoding()
    await response.prepare(request)
    transport = request.transport
    if transport is None:
        raise EngineUnreachable("the player left")
    stream.attach(client, transport, chunked=chunked)
    return response


def _wants_close(request: web.Request) -> bool:
    return "close" in request.headers.get("Connection", "").lower()
