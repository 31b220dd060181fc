"""One player's request: understand it, join the stream, hand the connection over."""

import asyncio
import contextlib
from collections.abc import Callable

from aiohttp import web

from acedesk import clock
from acedesk.errors import NotLive
from acedesk.formats.getstream import PlayRequest, parse_play
from acedesk.proxy.delivery.client import Client, EndReason
from acedesk.proxy.files.file_playback import agent_of
from acedesk.proxy.http.same_origin import check_start
from acedesk.proxy.streams.registry import StreamRegistry
from acedesk.proxy.streams.start_wait import follow_content, wait_started
from acedesk.proxy.streams.stream import Stream
from acedesk.settings import Settings

# No length and no ranges: live streams have neither, and players that ask for
# "Range: bytes=0-" (VLC, mpv, ffmpeg) take a plain 200.
HEADERS = {
    "Content-Type": "video/mp2t",
    "Accept-Ranges": "none",
    "Cache-Control": "no-store",
    # A reverse proxy must not keep for a slow reader what it reads fast (nginx).
    "X-Accel-Buffering": "no",
    "Access-Control-Allow-Origin": "*",
    "X-Content-Type-Options": "nosniff",
    "Server": "AceDesk",
}


class MediaResponse(web.StreamResponse):
    """A response whose head and body are written to the transport by us.

    aiohttp would frame every HTTP/1.1 body in chunks; some players ask not to.
    """

    def __init__(self, *, chunked: bool) -> None:
        super().__init__()  # without headers: `write_head` writes them
        self._in_chunks = chunked
        self.force_close()

    def write_head(self, transport: asyncio.Transport) -> None:
        """Send status and headers."""
        framing = "Transfer-Encoding: chunked\r\n" if self._in_chunks else ""
        headers = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
        head = f"HTTP/1.1 200 OK\r\n{headers}{framing}Connection: close\r\n\r\n"
        transport.write(head.encode("ascii"))

    async def prepare(self, request: web.BaseRequest) -> None:
        """Do nothing: `write_head` was called."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: the body was ended by `Client.close`, or by the player."""


async def handle(
    request: web.Request, streams: StreamRegistry, settings: Callable[[], Settings]
) -> web.StreamResponse:
    """Answer `GET` and `HEAD /ace/getstream`; ends when the player or the stream does.

    Raises:
        BadRequest, Forbidden, NotFound, Busy, EngineError: Before the head was sent; the server
            turns them into HTTP.
    """
    return await serve(request, parse_play(request.query.items()), streams, settings)


async def serve(
    request: web.Request,
    play: PlayRequest,
    streams: StreamRegistry,
    settings: Callable[[], Settings],
    on_client: Callable[[Client], object] = lambda _: None,
) -> web.StreamResponse:
    """Answer a player that wants the media of `play`; see `handle`.

    Args:
        on_client: Told of the client that the player becomes; a file's player is none.
    """
    if request.method == "HEAD":  # starts no engine: Kodi and ExoPlayer ask twice
        return await streams.files.head(request, play) or web.Response(headers=HEADERS)
    play = check_start(request, play, running=streams.is_running(play.key), settings=settings())
    if streams.files.knows(play.key):
        return await streams.files.serve(request, play)
    # Not served in the `except`: the stream and its error would be held as long as it plays.
    with contextlib.suppress(NotLive):
        return await follow_content(lambda: _play(request, play, streams, settings, on_client))
    return await streams.files.serve(request, play)


async def _play(
    request: web.Request,
    play: PlayRequest,
    streams: StreamRegistry,
    settings: Callable[[], Settings],
    on_client: Callable[[Client], object],
) -> web.StreamResponse:
    """Make the player a client of the stream; ends when either does."""
    client = Client(
        address=request.remote or "",
        user_agent=agent_of(request),
        now=clock.monotonic(),
        time=clock.utc_now(),
        join_point=play.join,
    )
    on_client(client)
    with streams.join(play, client) as stream:
        await wait_started(stream, settings().header_wait, client)
        response = _hand_over(request, stream, client)
        await client.wait_ended()
        return response


def _hand_over(request: web.Request, stream: Stream, client: Client) -> MediaResponse:
    transport = request.transport
    chunked = request.version >= (1, 1) and not _wants_close(request)
    response = MediaResponse(chunked=chunked)
    if transport is None:  # the player has left
        client.close(EndReason.LEFT)
        return response
    response.write_head(transport)
    stream.attach(client, transport, chunked=chunked)
    return response


def _wants_close(request: web.Request) -> bool:
    return "close" in request.headers.get("Connection", "").lower()
