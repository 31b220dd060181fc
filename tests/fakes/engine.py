"""An engine whose media comes when a test says so: every byte is pushed, nothing is timed.

It speaks the HTTP API as engine 3.2 does as far as the proxy uses it.
"""

import asyncio
import dataclasses
import json

from aiohttp import web


@dataclasses.dataclass
class FakeSession:
    """One session a proxy opened.

    Attributes:
        readers: Bodies open now.
        opened: Bodies ever opened.
    """

    number: int
    player_id: str
    query: dict[str, str]
    stopped: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    body: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    response: web.StreamResponse | None = None
    transport: asyncio.Transport | None = None
    over: asyncio.Event = dataclasses.field(default_factory=asyncio.Event)
    opened: int = 0


class FakeEngine:
    """Answers sessions; bodies stay open until `end` or until the reader leaves.

    Attributes:
        refusal: Error text of getstream, None to accept.
        warming_up: How many times the body is first answered with 500 "download not found".
        silent: getstream never answers.
        stat: What the stat URL answers.
        stat_silent: The stat URL never answers.
        stat_questions: How often the stat URL was asked.
        body_status: Status of the body request; other than 200 ends it with `body_text`.
    """

    def __init__(self, infohash: str = "b" * 40) -> None:
        self.infohash = infohash
        self.refusal: str | None = None
        self.silent = False
        self.stat: dict[str, object] = {"status": "dl", "peers": 7}
        self.stat_silent = False
        self.stat_questions = 0
        self.warming_up = 0
        self.body_status = 200
        self.body_text = "failed to start"
        self.body_type = "video/mp2t"
        self.sessions: list[FakeSession] = []
        self.asked = asyncio.Event()
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on a free loopback port."""
        application = web.Application()
        application.router.add_get("/ace/getstream", self._getstream)
        application.router.add_get("/ace/r/{number}", self._body)
        application.router.add_get("/ace/cmd/{number}", self._command)
        application.router.add_get("/ace/stat/{number}", self._stat)
        application.router.add_get("/webui/api/service", self._service)
        self._runner = web.AppRunner(
            application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def _service(self, _request: web.Request) -> web.Response:
        return web.json_response({"result": {"version": "3.2.11", "code": 3021100}, "error": None})

    async def close(self) -> None:
        """Stop listening and cut all connections."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def body_of(self, number: int = 0) -> FakeSession:
        """Return the session once its body is being read."""
        while len(self.sessions) <= number:
            self.asked.clear()
            await self.asked.wait()
        session = self.sessions[number]
        await session.body.wait()
        return session

    async def push(self, data: bytes, number: int = 0) -> None:
        """Send media to the reader of a session."""
        session = await self.body_of(number)
        assert session.response is not None
        await session.response.write(data)

    def end(self, number: int = 0) -> None:
        """End the body of a session in good order."""
        self.sessions[number].over.set()

    def reset(self, number: int = 0) -> None:
        """Cut the connection of a session's reader."""
        transport = self.sessions[number].transport
        assert transport is not None
        transport.abort()

    async def _getstream(self, request: web.Request) -> web.Response:
        if self.silent:
            self.asked.set()
            await asyncio.Event().wait()
        if self.refusal is not None:
            return web.json_response({"response": None, "error": self.refusal})
        number = len(self.sessions)
        session = FakeSession(number, request.query.get("pid", ""), dict(request.query))
        self.sessions.append(session)
        self.asked.set()
        base = f"http://{request.host}/ace"
        return web.json_response(
            {
                "response": {
                    "playback_url": f"{base}/r/{number}",
                    "stat_url": f"{base}/stat/{number}",
                    "command_url": f"{base}/cmd/{number}",
                    "event_url": "",
                    "infohash": self.infohash,
                    "playback_session_id": f"{number:040x}",
                    "is_live": 1,
                    "is_encrypted": 0,
                    "client_session_id": -1,
                },
                "error": None,
            }
        )

    async def _body(self, request: web.Request) -> web.StreamResponse:
        session = self.sessions[int(request.match_info["number"])]
        session.opened += 1
        if self.warming_up > 0:
            self.warming_up -= 1
            return web.Response(status=500, text="download not found")
        if self.body_status != 200:
            return web.Response(status=self.body_status, text=self.body_text)
        response = web.StreamResponse(headers={"Content-Type": self.body_type})
        response.force_close()
        await response.prepare(request)
        session.response, session.transport = response, request.transport
        session.body.set()
        await session.over.wait()
        return response

    async def _command(self, request: web.Request) -> web.Response:
        session = self.sessions[int(request.match_info["number"])]
        if request.query.get("method") == "stop":
            session.stopped.set()
            session.over.set()
        return web.json_response({"response": "ok", "error": None})

    async def _stat(self, _request: web.Request) -> web.Response:
        self.stat_questions += 1
        if self.stat_silent:
            await asyncio.Event().wait()
        return web.Response(text=json.dumps({"response": self.stat, "error": None}))
