"""The proxy's HTTP routes, and every error as the JSON a player or script can read."""

import json
from collections.abc import Callable
from typing import Final

from aiohttp import web

from acedesk.errors import (
    AceDeskError,
    BadRequest,
    NotFound,
)
from acedesk.formats.getstream import PlayRequest, parse_query, wants_json
from acedesk.model.event import Note, note_nothing
from acedesk.proxy.delivery.client import Client
from acedesk.proxy.http import getstream, player_urls
from acedesk.proxy.http.errors import Handler
from acedesk.proxy.http.hls import HlsRoutes
from acedesk.proxy.http.refusals import Refusals
from acedesk.proxy.streams.registry import StreamRegistry
from acedesk.proxy.streams.stream import Stream
from acedesk.proxy.streams.stream_state import state_of
from acedesk.settings import Settings

# A reverse proxy may put a path before ours and not take it off again. Three parts are enough.
_PREFIX: Final = "/{prefix:(?:[^/{}]+/){0,2}[^/{}]+}"


def _places(path: str) -> tuple[str, str]:
    """Return the path, and the same behind what a reverse proxy put before it."""
    return path, _PREFIX + path


class ProxyRoutes:
    """`/ace/getstream`, `/ace/status` and `/ace/streams`, as acexy has them, and HLS.

    Closes: the HLS sessions, by `close`.
    """

    def __init__(
        self,
        streams: StreamRegistry,
        settings: Callable[[], Settings],
        note: Note = note_nothing,
    ) -> None:
        self._streams = streams
        self._settings = settings
        self._hls = HlsRoutes(streams, settings)
        self._refusals = Refusals(note)

    def routes(self, answer_json: Handler | None = None) -> list[web.RouteDef]:
        """Return the routes for an aiohttp application.

        Args:
            answer_json: Answers who asks with `format=json`; None: such requests are refused.
        """
        getstream, manifest = (
            _json_apart(self._noting_refusals(handler), answer_json)
            for handler in (self.getstream, self._hls.manifest)
        )
        return [
            route
            for path, handler in (
                ("/ace/getstream", getstream),
                ("/ace/getstream/", getstream),
                ("/ace/status", self.status),
                ("/ace/streams", self.streams),
            )
            for place in _places(path)
            for route in (web.get(place, handler),)
        ] + [
            route
            for path, answer in (
                ("/ace/manifest.m3u8", manifest),
                ("/ace/manifest.m3u8/", self._hls.without_slash),
                ("/ace/hls/{token}/{number:[0-9]{1,18}}.ts", self._hls.segment),
            )
            for place in _places(path)
            for route in (web.get(place, answer), web.options(place, self._hls.preflight))
        ]

    def _noting_refusals(self, handler: Handler) -> Handler:
        """Note requests that are refused, because players do not show why."""

        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except AceDeskError as exc:
                self._refusals.tell(request, exc)
                raise

        return answer

    async def play(
        self, request: web.Request, play: PlayRequest, on_client: Callable[[Client], object]
    ) -> web.StreamResponse:
        """Play a content for a request at another address; see `getstream.serve`."""
        return await getstream.serve(request, play, self._streams, self._settings, on_client)

    async def play_hls(
        self, request: web.Request, play: PlayRequest, *, owner: str, base: str
    ) -> web.StreamResponse:
        """Answer with the playlist of a content at another address; see `HlsRoutes.serve`."""
        return await self._hls.serve(request, play, owner=owner, base=base)

    def end_hls(self, owner: str) -> None:
        """End what `play_hls` began for this owner."""
        self._hls.end_owner(owner)

    def close(self) -> None:
        """End all HLS sessions."""
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
        session = stream.supply.session
        return _json(
            {
                "clients": len(stream.clients),
                "stream_id": {"id": stream.key.value},
                "stat_url": session.stat_url if session is not None else "",
            }
        )

    async def streams(self, _request: web.Request) -> web.Response:
        """List the streams (contract of the acexy fork of November 2025)."""
        rows = [_row(stream) for stream in self._streams]
        return _json({"total_streams": len(rows), "streams": rows})


def _json_apart(handler: Handler, answer_json: Handler | None) -> Handler:
    """Return the handler, with requests for an engine's JSON answered by `answer_json`."""
    if answer_json is None:
        return handler

    async def answer(request: web.Request) -> web.StreamResponse:
        return await (answer_json if wants_json(request.query.items()) else handler)(request)

    return answer


def _row(stream: Stream) -> dict[str, object]:
    session, engine = stream.supply.session, stream.supply.engine
    return {
        "id": f"{{id: {stream.key.value}}}",
        "playback_url": session.playback_url if session is not None else "",
        "stat_url": session.stat_url if session is not None else "",
        "command_url": session.command_url if session is not None else "",
        "clients": len(stream.clients),
        "created_at": stream.started_time.isoformat(),
        "has_player": stream.supply.first_at is not None,
        "engine_host": engine.host if engine is not None else "",
        "engine_port": engine.port if engine is not None else 0,
        "engine_container_id": engine.container_id if engine is not None else "",
        "state": state_of(stream).value,
        "path": player_urls.stream_path(stream.key),
    }


def _json(body: dict[str, object]) -> web.Response:
    return web.json_response(body, dumps=lambda value: json.dumps(value, ensure_ascii=False))
