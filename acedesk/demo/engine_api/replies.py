"""The engine's three envelopes, its error texts, and its unusual answers."""

import json
from typing import Any, Final

from aiohttp import web

UNKNOWN_SESSION: Final = "unknown playback session id"
FAILED_TO_LOAD: Final = "failed to load content"
NOT_YET: Final = "download not found"
UNKNOWN_METHOD: Final = "unknown method"
ACCESS_DENIED: Final = "access denied"

VIDEO: Final = "video/mp2t"
PLAYLIST: Final = "application/vnd.apple.mpegurl"

# Two answers in a row where one is due: what 3.2.3 sends to a second reader of a session.
CORRUPT: Final = (
    b"HTTP/1.1 200 OK\r\n"
    b"HTTP/1.1 500 Internal Server Error\r\n"
    b"Content-Type: text/plain\r\n\r\n"
    b"download not found"
)
PAGE: Final = (
    "<!DOCTYPE html><html><head><title>Welcome</title></head>"
    "<body><h1>Please sign in to use this network</h1></body></html>"
)


def ace_reply(payload: object) -> web.Response:
    """Answer of `/ace/*`."""
    return _json({"response": payload, "error": None})


def ace_error(text: str) -> web.Response:
    """Refusal of `/ace/*`: HTTP 200 all the same."""
    return _json({"response": None, "error": text})


def service_result(payload: object) -> web.Response:
    """Answer of `/webui/api/service`."""
    return _json({"result": payload, "error": None})


def service_error(text: str) -> web.Response:
    """Refusal of `/webui/api/service`."""
    return _json({"result": None, "error": text})


def server_result(payload: object) -> web.Response:
    """Answer of `/server/api`."""
    return _json({"result": payload})


def server_error(text: str) -> web.Response:
    """Refusal of `/server/api`: the error is an object."""
    return _json({"error": {"code": 0, "message": text}})


def plain_error(text: str, status: int = 500) -> web.Response:
    """Refusal where media or a list was asked for."""
    return web.Response(status=status, text=text)


def redirect(location: str) -> web.Response:
    """Send the player on to `location`."""
    return web.Response(status=302, text=f"Redirect to {location}", headers={"Location": location})


def _json(value: dict[str, Any]) -> web.Response:
    return web.Response(text=json.dumps(value), content_type="application/json")
