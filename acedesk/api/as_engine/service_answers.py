"""`/webui/api/service` and `/server/api`: whether there is an engine, what it knows of links."""

import secrets
import sys
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from acedesk.acestream_api.engine_client import EngineClient
from acedesk.api.as_engine.client_sessions import ClientSession, ClientSessions
from acedesk.api.as_engine.envelopes import (
    FAILED_TO_LOAD,
    UNKNOWN_METHOD,
    UNKNOWN_PROTOCOL,
    error_text,
    server_error,
    server_result,
    service_answer,
)
from acedesk.api.as_engine.own_requests import check_sender
from acedesk.errors import AceDeskError, LinkError
from acedesk.formats import links
from acedesk.formats.getstream import parse_query
from acedesk.formats.stream_key import infohash_in
from acedesk.model.content import KeyKind, StreamKey
from acedesk.proxy.data_plane import DataPlane
from acedesk.proxy.streams.stream import Stream

# What AceDesk answers as: programs choose names of parameters by it.
VERSION: Final = "3.2.11"
VERSION_CODE: Final = 3_021_100

Answer = Callable[[web.Request], Awaitable[web.Response]]


class ServiceAnswers:
    """Answers methods by name."""

    def __init__(self, plane: DataPlane, sessions: ClientSessions, client: EngineClient) -> None:
        self._plane = plane
        self._sessions = sessions
        self._client = client
        # Programs want one before they ask for more. Ours opens nothing.
        self._token = secrets.token_hex(32)
        self._methods: dict[str, Answer] = {
            "get_status": self._status,
            "get_network_connection_status": self._network,
            "get_api_access_token": self._access_token,
            "get_available_players": self._players,
            "get_media_files": self._media_files,
            "get_content_id": self._content_id,
            "analyze_content": self._analyze,
        }

    async def service(self, request: web.Request) -> web.Response:
        """Answer `/webui/api/service`; what AceDesk asks itself is refused, as below."""
        try:
            check_sender(request)
        except AceDeskError as exc:
            return service_answer(request, None, error_text(exc))
        match request.query.get("method"):
            case "get_version":
                return service_answer(request, _version())
            case "get_api_access_token":
                return service_answer(request, {"token": self._token})
            case _:
                return service_answer(request, None, UNKNOWN_METHOD)

    async def server(self, request: web.Request) -> web.Response:
        """Answer `/server/api`."""
        try:
            check_sender(request)
        except AceDeskError as exc:
            return server_error(error_text(exc))
        method = self._methods.get(request.query.get("method", ""))
        return server_error(UNKNOWN_METHOD) if method is None else await method(request)

    async def _status(self, _request: web.Request) -> web.Response:
        return server_result({"playlist_loaded": True, "version": _version()})

    async def _network(self, _request: web.Request) -> web.Response:
        return server_result({"connected": True})

    async def _access_token(self, _request: web.Request) -> web.Response:
        return server_result({"token": self._token})

    async def _players(self, _request: web.Request) -> web.Response:
        return server_result({"players": []})

    async def _media_files(self, request: web.Request) -> web.Response:
        """Tell of a content that is being played; others are not looked up."""
        key = _asked(request)
        stream = self._plane.streams.find(key) if key is not None else None
        session = self._session_of(key)
        if stream is None and session is not None:
            stream = session.stream
        if key is None or (stream is None and session is None):
            return server_error(FAILED_TO_LOAD)
        live = session is None or session.is_live is not False
        infohash = _infohash(key, stream) or (session.infohash if session is not None else "")
        name = await self._name(stream) or (session.play.title if session is not None else "")
        kind = "live" if live else "vod"
        file: dict[str, object] = {"index": key.file_index, "filename": name or infohash}
        if request.query.get("mode") == "full":
            mime = "video/mpeg" if live else "video/mp4"
            file |= {"infohash": infohash, "type": kind, "mime": mime, "transport_type": "bt"}
            file |= {"size": 0}
        return server_result(
            {
                "infohash": infohash,
                "name": name or infohash,
                "type": kind,
                "transport_type": "bt",
                "files": [file],
                "transport_file_cache_key": None,
            }
        )

    def _session_of(self, key: StreamKey | None) -> ClientSession | None:
        for session in self._sessions:
            if key == session.play.key:
                return session
            if key is not None and (key.kind, key.value) == (KeyKind.INFOHASH, session.infohash):
                return session
        return None

    async def _name(self, stream: Stream | None) -> str:
        """Return the broadcaster's name, asked for once more when the stream has none yet."""
        if stream is None or stream.title:
            return "" if stream is None else stream.title
        session, engine = stream.supply.session, stream.supply.engine
        if session is None or session.infohash is None or engine is None:
            return ""
        try:
            return await self._client.fetch_name(
                engine.host, engine.port, session.infohash, timeout=2.0
            )
        except AceDeskError:
            return ""

    async def _content_id(self, request: web.Request) -> web.Response:
        key = _asked(request)
        stream = self._plane.streams.find(key) if key is not None else None
        if stream is not None:
            for name in self._plane.streams.names(stream):
                if name.kind is KeyKind.CONTENT_ID:
                    return server_result({"content_id": name.value})
        return server_error(FAILED_TO_LOAD)

    async def _analyze(self, request: web.Request) -> web.Response:
        try:
            link = links.find(request.query.get("query", ""))
        except LinkError:
            return server_error(UNKNOWN_PROTOCOL)
        stream = self._plane.streams.find(link.key)
        is_id = link.key.kind is KeyKind.CONTENT_ID
        return server_result(
            {
                "is_live": -1 if stream is None else 1,
                "item_url": None,
                "transport_type": "bt",
                "content_type": "transport_file",
                "title": link.title or (stream.title if stream is not None else ""),
                "content_id": link.key.value if is_id else None,
                "infohash": _infohash(link.key, stream) or None,
                "categories": [],
            }
        )


def _version() -> dict[str, object]:
    platform = "win32" if sys.platform == "win32" else "linux"
    return {"platform": platform, "version": VERSION, "code": VERSION_CODE}


def _asked(request: web.Request) -> StreamKey | None:
    try:
        return parse_query(request.query.items()).key
    except AceDeskError:
        return None


def _infohash(key: StreamKey, stream: Stream | None) -> str:
    session = stream.supply.session if stream is not None else None
    if session is not None and session.infohash is not None:
        return session.infohash
    return infohash_in(key) or ""
