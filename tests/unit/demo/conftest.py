"""A demo engine on a real port, and somebody who asks it."""

import dataclasses
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from acedesk.demo.channels import channels
from acedesk.demo.engine import DemoEngine
from acedesk.demo.sessions import DemoSession
from tests.fakes.loop_steps import until

NORMAL, SECOND, NEVER, *_ = channels()
# Ready at once, so that a test does not wait for prebuffering.
QUICK = dataclasses.replace(NORMAL, start_delay=0.0)
QUICK_SECOND = dataclasses.replace(SECOND, start_delay=0.0)


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, read to its end."""

    status: int
    content_type: str
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Caller:
    """Asks one engine; follows no redirect unless told to."""

    def __init__(self, engine: DemoEngine, http: aiohttp.ClientSession) -> None:
        self.engine = engine
        self.http = http

    async def ask(
        self, path: str, *, method: str = "GET", host: str | None = None, **query: str
    ) -> Answer:
        """Return the whole answer to one request."""
        headers = {} if host is None else {"Host": host}
        async with self.http.request(
            method, path, params=query, headers=headers, allow_redirects=False
        ) as answer:
            body = await answer.read()
            return Answer(answer.status, answer.content_type, dict(answer.headers), body)

    async def json(self, path: str, **query: str) -> Any:
        """Return what an answer says."""
        async with self.http.get(path, params=query) as answer:
            return await answer.json()

    async def open(self, **query: str) -> dict[str, Any]:
        """Open a session and return what the engine told of it."""
        wanted = {"id": NORMAL.id, "format": "json", **query}
        answer = await self.json("/ace/getstream", **wanted)
        assert answer["error"] is None
        found: dict[str, Any] = answer["response"]
        return found

    async def open_list(self, **query: str) -> dict[str, Any]:
        """Open a session that is read as a list of segments."""
        wanted = {"id": NORMAL.id, "format": "json", **query}
        found: dict[str, Any] = (await self.json("/ace/manifest.m3u8", **wanted))["response"]
        return found

    def session(self, told: dict[str, Any]) -> DemoSession:
        """Return the engine's own side of a session."""
        token = told["command_url"].rpartition("/")[2]
        session = self.engine.core.sessions.find(token)
        assert session is not None
        return session

    async def until(self, holds: Callable[[], bool]) -> None:
        """Let the loop go on until something holds."""
        await until(holds)


@pytest.fixture
async def engine() -> AsyncIterator[DemoEngine]:
    made = DemoEngine((QUICK, QUICK_SECOND, NEVER))
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def caller(engine: DemoEngine) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{engine.port}") as http:
        yield Caller(engine, http)
