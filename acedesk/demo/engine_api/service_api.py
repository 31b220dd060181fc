"""`/webui/api/service`, `/server/api` and `/search`: what does not belong to a session."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiohttp import web

from acedesk.demo.channels import DemoChannel, channel_in_text, find_channel
from acedesk.demo.core import Core, whole
from acedesk.demo.engine_api.replies import (
    ACCESS_DENIED,
    FAILED_TO_LOAD,
    UNKNOWN_METHOD,
    server_error,
    server_result,
    service_error,
    service_result,
)

VERSION: Final = "3.2.11"
VERSION_CODE: Final = 3_021_100
PLATFORM: Final = "linux"
# Engines draw one at random; nothing listens there, as nothing here speaks the websocket.
_WEBSOCKET_PORT: Final = 37_293
_CATEGORIES: Final = ("informational",)
_MOST_RESULTS: Final = 200

Query = Mapping[str, str]


class ServiceApi:
    """Answers methods by name; the token opens the private ones."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._token = secrets.token_hex(32)
        self._public: dict[str, Callable[[Query], web.Response]] = {
            "get_status": self._status,
            "get_network_connection_status": self._network,
            "get_api_access_token": self._access_token,
            "analyze_content": self._analyze,
            "get_media_files": self._media_files,
            "get_content_id": self._content_id,
            "get_available_players": self._players,
        }
        self._private: dict[str, Callable[[Query], web.Response]] = {
            "search": self._search,
            "set_allow_remote_access": self._done,
            "set_allow_intranet_access": self._done,
        }

    async def webui(self, request: web.Request) -> web.Response:
        """Answer `/webui/api/service`."""
        match request.query.get("method"):
            case "get_version":
                version = _version() | {"websocket_port": _WEBSOCKET_PORT}
                if request.query.get("params") == "device-id":
                    version["device_id"] = "demo"
                return service_result(version)
            case "get_api_access_token":
                return service_result({"token": self._token})
            case _:
                return service_error(UNKNOWN_METHOD)

    async def server(self, request: web.Request) -> web.Response:
        """Answer `/server/api`."""
        method = request.query.get("method", "")
        if (answer := self._public.get(method)) is not None:
            return answer(request.query)
        if (answer := self._private.get(method)) is None:
            return server_error(UNKNOWN_METHOD)
        if not secrets.compare_digest(
            request.query.get("token", "").encode(), self._token.encode()
        ):
            return server_error(ACCESS_DENIED)
        return answer(request.query)

    async def search(self, request: web.Request) -> web.Response:
        """Answer `/search`, which needs no token."""
        return self._search(request.query)

    def _status(self, query: Query) -> web.Response:
        return server_result({"playlist_loaded": True, "version": _version()})

    def _network(self, query: Query) -> web.Response:
        return server_result({"connected": True})

    def _access_token(self, query: Query) -> web.Response:
        return server_result({"token": self._token})

    def _done(self, query: Query) -> web.Response:
        return server_result("ok")

    def _players(self, query: Query) -> web.Response:
        return server_result({"players": []})

    def _analyze(self, query: Query) -> web.Response:
        text = query.get("query", "")
        channel = channel_in_text(text, self._core.channels)
        if channel is None:
            looks_right = text.startswith(("acestream:", "magnet:", "http://", "https://"))
            return server_error(FAILED_TO_LOAD if looks_right else "unknown protocol")
        return server_result(
            {
                "is_live": 1,
                "item_url": None,
                "transport_type": "bt",
                "content_type": "transport_file",
                "title": channel.name,
                "content_id": channel.id,
                "infohash": channel.infohash,
                "categories": list(_CATEGORIES),
            }
        )

    def _media_files(self, query: Query) -> web.Response:
        channel = find_channel(query, self._core.channels)
        if channel is None:
            return server_error(FAILED_TO_LOAD)
        file: dict[str, Any] = {"index": 0, "filename": channel.name}
        if query.get("mode") == "full":
            file |= {
                "infohash": channel.infohash,
                "type": "live",
                "mime": "video/mpeg",
                "transport_type": "bt",
                "size": 0,
            }
        return server_result(
            {
                "infohash": channel.infohash,
                "name": channel.name,
                "type": "live",
                "transport_type": "bt",
                "files": [file],
                "transport_file_cache_key": None,
            }
        )

    def _content_id(self, query: Query) -> web.Response:
        channel = find_channel(query, self._core.channels)
        return (
            server_error(FAILED_TO_LOAD)
            if channel is None
            else server_result({"content_id": channel.id})
        )

    def _search(self, query: Query) -> web.Response:
        words = query.get("query", "").lower().split()
        found = [
            channel
            for channel in self._core.channels
            if all(word in channel.name.lower() for word in words)
        ]
        size = min(max(1, whole(query, "page_size", 10)), _MOST_RESULTS)
        first = max(0, whole(query, "page", 0)) * size
        rows = [self._row(channel) for channel in found[first : first + size]]
        return server_result({"total": len(found), "results": rows, "time": 0.01})

    def _row(self, channel: DemoChannel) -> dict[str, Any]:
        item = {
            "infohash": channel.infohash,
            "name": channel.name,
            "status": 2,
            "availability": 1.0,
            "availability_updated_at": int(self._core.clock.now()),
            "categories": list(_CATEGORIES),
            "languages": [],
            "countries": [],
        }
        return {"name": channel.name, "icons": [], "items": [item]}


def _version() -> dict[str, Any]:
    return {"platform": PLATFORM, "version": VERSION, "code": VERSION_CODE}
