"""Every error as the JSON that a player or a script can read, or as a page for a person.

A page is for who opens an address in a browser: it has the same status and the same words.
"""

import html
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
from acedesk.words.errors import Explanation, explain

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


# What fails now may work in a second: no proxy on the way may keep the answer.
NO_STORE: Final = {"Cache-Control": "no-store"}
# Players in pages of any origin may read the media, and why there is none.
CORS: Final = {"Access-Control-Allow-Origin": "*"}
_MEDIA_PATH: Final = re.compile(
    r"(?:/+[^/]+){0,3}/+ace/+(?:getstream/*|manifest\.m3u8/*|hls/.*|[rm]/.*)"
)


_NOTHING_HERE: Final = Explanation(
    "There is nothing at this address.", action="AceDesk’s own page at / names the others."
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


def is_for_a_person(request: web.Request) -> bool:
    """Tell whether a browser opens an address to show it: it wants a page before all else.

    Browsers say so over HTTPS and to the loopback; elsewhere they want text/html first and XHTML,
    too, as no player and no script does. (Java's own client wants text/html first, but no XHTML.)
    """
    accepted = [one.strip() for one in request.headers.get("Accept", "").lower().split(",")]
    if request.method not in ("GET", "HEAD") or accepted[0] != "text/html":
        return False
    mode = request.headers.get("Sec-Fetch-Mode", "").lower()
    return mode == "navigate" or (not mode and "application/xhtml+xml" in accepted)


def _as_page(response: web.Response, said: Explanation) -> web.Response:
    """Return the same answer for a person: what happened, why, and what AceDesk does now."""
    parts = ((said.why, "p"), (said.now, "p"), (said.advice, "p"))
    rows = "".join(f"<{tag}>{html.escape(text)}</{tag}>" for text, tag in parts if text)
    response.text = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>AceDesk</title>'
        '<meta name="viewport" content="width=device-width"><style>'
        ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:40em;"
        "margin:12vh auto;padding:0 1.5em}h1{font-size:1.4em}</style>"
        f"<h1>{html.escape(said.what)}</h1>{rows}</html>"
    )
    response.content_type = "text/html"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    return response


def _plain_error(text: str, status: int) -> web.Response:
    return web.json_response({"error": text, "detail": text}, status=status, headers=NO_STORE)


@web.middleware
async def errors_to_http(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer our errors, aiohttp's own and bugs; refuse changes by pages of other sites."""
    try:
        with trace.following(request.headers):
            check_change(request)
            return await handler(request)
    except AceDeskError as exc:
        response, said = error_response(exc), explain(exc)
    except web.HTTPException as exc:
        if exc.status < 400:
            raise
        text = "method not allowed" if exc.status == 405 else exc.reason.lower()
        response, said = _plain_error(text, exc.status), _NOTHING_HERE
        if exc.status != 404:
            said = Explanation(f"AceDesk cannot answer this: {text}.")
        if "Allow" in exc.headers:
            response.headers["Allow"] = exc.headers["Allow"]
    except Exception:
        logger.exception("a request failed: %s %s", request.method, request.path)
        response = _plain_error("AceDesk has a bug.", 500)
        said = Explanation("AceDesk has a bug.", now="It goes on; the log has the details.")
    if is_for_a_person(request):
        response = _as_page(response, said)
    if _MEDIA_PATH.fullmatch(request.path):
        response.headers.update(CORS)
    return response
