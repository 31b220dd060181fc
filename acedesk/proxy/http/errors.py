"""Every error as the JSON that a player or a script can read."""

import logging
import math
import re
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from acedesk import trace
from acedesk.errors import (
    AceDeskError,
    BadRequest,
    Busy,
    EngineError,
    EngineStalled,
    EngineTooSlow,
    Forbidden,
    InvalidValue,
    LoopingStream,
    NoSpareEngine,
    NotFound,
    RuntimeUnavailable,
    SameContent,
    TooManyRequests,
    Unauthorized,
)
from acedesk.proxy.http.same_origin import check_change
from acedesk.words.errors import explain

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


# What fails now may work in a second: no proxy on the way may keep the answer.
NO_STORE: Final = {"Cache-Control": "no-store"}
# Players in pages of any origin may read the media, and why there is none.
CORS: Final = {"Access-Control-Allow-Origin": "*"}
_MEDIA_PATH: Final = re.compile(
    r"(?:/+[^/]+){0,3}/+ace/+(?:getstream/*|manifest\.m3u8/*|hls/.*|[rm]/.*)"
)


# First match wins.
_STATUS: Final = (
    (InvalidValue, 422),
    (BadRequest, 400),
    (Unauthorized, 401),
    (Forbidden, 403),
    (TooManyRequests, 429),
    (NotFound, 404),
    (LoopingStream, 422),
    (Busy, 503),
    (NoSpareEngine, 503),
    (SameContent, 503),
    (RuntimeUnavailable, 503),
    (EngineTooSlow, 504),
    (EngineStalled, 504),
    (EngineError, 502),
)


def error_response(error: AceDeskError) -> web.Response:
    """Return `error` as HTTP: status, `{"error", "detail": sentence, "code": name}`, Retry-After.

    Players' proxies read `error`, clients of an orchestrator `detail`.
    """
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    line = explain(error).line
    body: dict[str, object] = {"error": line, "detail": line, "code": error.code}
    if isinstance(error, LoopingStream):  # the shape acestream-orchestrator had for it
        body |= {"error": "stream_blacklisted", "message": line}
    headers = {**NO_STORE}
    if error.retry_after is not None:
        body["retry_after"] = math.ceil(error.retry_after)
        headers["Retry-After"] = str(math.ceil(error.retry_after))
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = 'Bearer realm="AceDesk"'
    response = web.json_response(body, status=status, headers=headers)
    if status in (401, 429):  # who may not ask holds no connection
        response.force_close()
    return response


def _plain_error(text: str, status: int) -> web.Response:
    return web.json_response({"error": text, "detail": text}, status=status, headers=NO_STORE)


@web.middleware
async def errors_to_http(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer our errors, aiohttp's own and bugs as JSON; refuse changes by pages of other sites."""
    try:
        with trace.following(request.headers):
            check_change(request)
            return await handler(request)
    except AceDeskError as exc:
        response = error_response(exc)
    except web.HTTPException as exc:
        if exc.status < 400:
            raise
        text = "method not allowed" if exc.status == 405 else exc.reason.lower()
        response = _plain_error(text, exc.status)
        if "Allow" in exc.headers:
            response.headers["Allow"] = exc.headers["Allow"]
    except Exception:
        logger.exception("a request failed: %s %s", request.method, request.path)
        response = _plain_error("AceDesk has a bug.", 500)
    if _MEDIA_PATH.fullmatch(request.path):
        response.headers.update(CORS)
    return response
