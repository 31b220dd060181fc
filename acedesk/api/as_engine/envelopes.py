"""The engine's three envelopes, exact: programs decode them strictly.

`/ace/*` answers `{"response", "error"}`, `/webui/api/service` `{"result", "error"}` and
`/server/api` `{"result"}` or `{"error": {"code", "message"}}`. A refusal is HTTP 200 all the same,
and without one `error` is null.
"""

import json
import re
from typing import Final

from aiohttp import web

from acedesk.errors import AceDeskError, EngineRefused
from acedesk.proxy.http.errors import CORS, NO_STORE
from acedesk.words.errors import explain

UNKNOWN_SESSION: Final = "unknown playback session id"
UNKNOWN_METHOD: Final = "unknown method"
FAILED_TO_LOAD: Final = "failed to load content"
UNKNOWN_PROTOCOL: Final = "unknown protocol"

# What may be called: a name, or names with dots. Anything else would be a script of the caller's.
_CALLBACK: Final = re.compile(r"[A-Za-z_$][\w$]{0,63}(?:\.[A-Za-z_$][\w$]{0,63}){0,4}", re.ASCII)


def ace_reply(payload: object, *, readable: bool = True) -> web.Response:
    """Answer of `/ace/*`.

    Args:
        readable: By pages of any origin, as players in pages need it.
    """
    return _json({"response": payload, "error": None}, CORS if readable else {})


def ace_error(text: str, *, readable: bool = True) -> web.Response:
    """Refusal of `/ace/*`; see `ace_reply`."""
    return _json({"response": None, "error": text}, CORS if readable else {})


def service_answer(request: web.Request, payload: object, error: str | None = None) -> web.Response:
    """Answer of `/webui/api/service`, as a call of `callback` where JSONP is asked for."""
    body: dict[str, object] = {"result": payload, "error": error}
    callback = request.query.get("callback", "")
    if request.query.get("format", "").lower() == "jsonp" and _CALLBACK.fullmatch(callback):
        return web.Response(
            text=f"{callback}({json.dumps(body)});",
            content_type="application/javascript",
            headers={**NO_STORE, "X-Content-Type-Options": "nosniff"},
        )
    return _json(body)


def server_result(payload: object) -> web.Response:
    """Answer of `/server/api`."""
    return _json({"result": payload})


def server_error(text: str) -> web.Response:
    """Refusal of `/server/api`."""
    return _json({"error": {"code": 0, "message": text}})


def error_text(error: AceDeskError) -> str:
    """Return an error as an engine tells it: in an engine's own words where one refused."""
    if isinstance(error, EngineRefused) and error.detail:
        return error.detail
    return explain(error).line


def _json(body: dict[str, object], headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(body, headers={**NO_STORE, **(headers or {})})
