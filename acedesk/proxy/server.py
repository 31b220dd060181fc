"""The proxy's HTTP routes, and every error as the JSON a player or script can read."""

import json
import logging
import math
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from acedesk.errors import (
    AceDeskError,
    BadRequest,
    Busy,
    EngineError,
    EngineStalled,
    EngineTooSlow,
    Forbidden,
    LoopingStream,
    NotFound,
    RuntimeUnavailable,
)
from acedesk.formats.getstream import parse_query
from acedesk.proxy import getstream, player_urls
from acedesk.proxy.hls import CORS, Hls
from acedesk.proxy.same_origin import check_change
from acedesk.proxy.stream import Stream
from acedesk.proxy.streams import Streams
from acedesk.settings import Settings
from acedesk.words import explain

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# What fails now may work in a second: no proxy on the way may keep the answer.
NO_STORE: Final = {"Cache-Control": "no-store"}

# First match wins.
_STATUS: Final = (
    (BadRequest, 400),
    (Forbidden, 403),
    (NotFound, 404),
    (LoopingStream, 422),
    (Busy, 503),
    (RuntimeUnavailable, 503),
    (EngineTooSlow, 504),
    (EngineStalled, 504),
    (EngineError, 502),
)


def error_response(error: AceDeskError) -> web.Response:
    """Return `error` as HTTP: status, `{"error": sentence, "code": name}`, Retry-After."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    body: dict[str, object] = {"error": explain(error).line, "code": error.code}
    if isinstance(error, LoopingStream):  # the shape acestream-orchestrator had for it
        body = {"error": "stream_blacklisted", "code": error.code, "message": body["error"]}
    headers = {**NO_STORE}
    if error.retry_after is not None:
        body["retry_after"] = math.ceil(error.retry_after)
        headers["Retry-After"] = str(math.ceil(error.retry_after))
    return web.json_response(body, status=status, headers=headers)


@web.middleware
async def errors_to_http(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer our errors, aiohttp's own, and bugs alike as JSON; refuse other sites' changes."""
    try:
        check_change(request)
        return await handler(request)
    except AceDeskError as exc:
        return error_response(exc)
    except web.HTTPException as exc:
        if exc.status < 400:
            raise
        headers = {**NO_STORE}
        if "Allow" in exc.headers:
            headers["Allow"] = exc.headers["Allow"]
        text = "method not allowed" if exc.status == 405 else exc.reason.lower()
        return web.json_response({"error": text}, status=exc.status, headers=headers)
    except Exception:
        logger.exception("a request failed: %s %s", request.method, request.path)
        return web.json_response({"error": "AceDesk has a bug."}, status=500, headers=NO_STORE)


def _readable(handler: Handler) -> Handler:
    """Let pages of any origin read the handler's errors too: players in browsers need them."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except AceDeskError as exc:
            response = error_response(exc)
            response.headers.update(CORS)
            return response

    return answer


class ProxyRoutes:
    """`/ace/getstream`, `/ace/status` and `/ace/streams`, as acexy has them, and HLS.

    Closes: the HLS sessions, by `close`.
    """

    def __init__(self, streams: Streams, settings: Callable[[], Settings]) -> None:
        self._streams = streams
        self._settings = settings
        self._hls = Hls(streams, settings)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes for an aiohttp application."""
        return [
            route
            for path, handler in (
                ("/ace/getstream", _readable(self.getstream)),
                ("/ace/getstream/", _readable(self.getstream)),
                ("/ace/status", self.status),
                ("/ace/streams", self.streams),
            )
            for route in (web.get(path, handler),)
        ] + [
            route
            for path, answer in (
                ("/ace/manifest.m3u8", _readable(self._hls.manifest)),
                ("/ace/hls/{token}/{number:[0-9]{1,18}}.ts", _readable(self._hls.segment)),
            )
            for route in (web.get(path, answer), web.options(path, self._hls.preflight))
        ]

    def close(self) -> None:
        """End what players have here between two requests."""
        self._hls.close()

    async def getstream(self, request: web.Request) -> web.StreamResponse:
        """Play a content."""
        return await getstream.handle(request, self._streams, self._settings)

    async def status(self, request: web.Request) -> web.Response:
        """Count the streams or, with an id, the clients of one (acexy's contract)."""
        try:
            key = parse_query(request.query.items()).key
        except BadRequest:
            return _json({"streams": len(self._streams)})
        stream = self._streams.find(key)
        if stream is None:
            raise NotFound("Stream not found")
        session = stream.source.session
        return _json(
            {
                "clients": len(stream.audience),
                "stream_id": {"id": stream.key.value},
                "stat_url": session.stat_url if session is not None else "",
            }
        )

    async def streams(self, _request: web.Request) -> web.Response:
        """List the streams (contract of the acexy fork of November 2025)."""
        rows = [_row(stream) for stream in self._streams]
        return _json({"total_streams": len(rows), "streams": rows})


def _row(stream: Stream) -> dict[str, object]:
    session, engine = stream.source.session, stream.source.engine
    return {
        "id": f"{{id: {stream.key.value}}}",
        "playback_url": session.playback_url if session is not None else "",
        "stat_url": session.stat_url if session is not None else "",
        "command_url": session.command_url if session is not None else "",
        "clients": len(stream.audience),
        "created_at": stream.started_time.isoformat(),
        "has_player": stream.source.first_at is not None,
        "engine_host": engine.host if engine is not None else "",
        "engine_port": engine.port if engine is not None else 0,
        "engine_container_id": engine.container_id if engine is not None else "",
        "state": stream.state.value,
        "path": player_urls.stream_path(stream.key),
    }


def _json(body: dict[str, object]) -> web.Response:
    return web.json_response(body, dumps=lambda value: json.dumps(value, ensure_ascii=False))
