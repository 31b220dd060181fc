"""A listener with a gate on a real port. A named proxy on 127.0.0.1 speaks for other devices."""

import contextlib
import pathlib
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

from acedesk import clock, trace
from acedesk.model.access.token import AccessToken, Scope
from acedesk.proxy.http.access.arrival import own_address, visit_of
from acedesk.proxy.http.access.gate import Gate
from acedesk.proxy.http.listener import Listener
from acedesk.proxy.http.recent_uses import RecentUses
from acedesk.settings import Settings
from acedesk.store.access.token_book import TokenBook
from tests.fakes.notes import Notes

PLAY = "/ace/getstream?id=1"
API = "/api/v2/snapshot"
TV = "192.168.1.20"
COMMAND = "the secret of commands"
PROXY = "what other AceDesks send"
SHARED = "adwhatcopiedaddresseshaveabc"


class GuardedFront:
    """Answers each request with what is known of it.

    Attributes:
        clock: What the gate takes for the time.
    """

    def __init__(self, folder: pathlib.Path, http: aiohttp.ClientSession, **values: object) -> None:
        self.settings = Settings().changed({"trusted_proxies": ("127.0.0.1",), **values})
        self.book = TokenBook(folder)
        self.book.open()
        self.notes = Notes()
        self.clock = 1000.0
        self.recent = RecentUses()
        self.gate = Gate(
            self.book,
            lambda: self.settings,
            command_secret=COMMAND,
            proxy_secret=PROXY,
            player_secret=lambda: SHARED,
            note=self.notes,
            recent=self.recent,
            monotonic=lambda: self.clock,
        )
        players = [
            web.get("/ace/getstream", self._tell),
            web.options("/ace/getstream", self._tell),
            web.get("/{prefix:(?:[^/{}]+/){0,2}[^/{}]+}/ace/getstream", self._tell),
        ]
        others = [
            web.get(API, self._answer),
            web.get("/orchestrator/status", self._answer),
            web.post("/change", self._answer),
            web.get("/{prefix:(?:[^/{}]+/){0,2}[^/{}]+}" + API, self._answer),
        ]
        self.listener = Listener([*players, *others], self.gate, players)
        self._http = http

    async def _tell(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "remote": request.remote,
                "path": request.path_qs,
                "raw": request.raw_path,
                "address": own_address(request),
                "own": visit_of(request).own,
                "trace": trace.headers().get("traceparent", ""),
            }
        )

    async def _answer(self, request: web.Request) -> web.Response:
        return await self._tell(request)

    def add(self, secret: str, scope: Scope = Scope.ALL) -> AccessToken:
        """Make a token."""
        name = f"token {len(self.book.tokens)}"
        return self.book.add(name, secret, scope=scope, time=clock.utc_now())

    def ask(
        self, target: str = PLAY, method: str = "GET", client: str = TV, **headers: str
    ) -> aiohttp.client._RequestContextManager:
        """Ask as another device would, through the proxy; "" asks as a program beside it."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if client:
            named["X-Forwarded-For"] = client
        url = f"http://127.0.0.1:{self.listener.port}{target}"
        return self._http.request(method, url, headers=named, allow_redirects=False)

    async def status(
        self, target: str = PLAY, method: str = "GET", client: str = TV, **headers: str
    ) -> int:
        """Return the status of an answer."""
        async with self.ask(target, method, client, **headers) as answer:
            await answer.read()
            return answer.status


@contextlib.asynccontextmanager
async def guarded_front(folder: pathlib.Path, **values: object) -> AsyncIterator[GuardedFront]:
    """Listen; everything is closed at the end."""
    async with aiohttp.ClientSession() as http:
        front = GuardedFront(folder, http, **values)
        await front.listener.open("127.0.0.1", 0)
        try:
            yield front
        finally:
            await front.listener.close()
