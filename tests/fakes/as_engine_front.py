"""AceDesk as an engine on a real port, over real fake engines."""

import asyncio
import contextlib
import pathlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp

from acedesk.api.as_engine import routes
from acedesk.proxy.data_plane import DataPlane
from acedesk.proxy.http.listener import Listener
from acedesk.proxy.streams.stream import Stream
from tests.fakes.engine import FakeEngine
from tests.fakes.engine_side import EngineSide, engine_side

CONTENT = "a" * 40
START = f"/ace/getstream?format=json&id={CONTENT}"


class AsEngineFront:
    """What programs ask that take AceDesk for an engine."""

    def __init__(self, side: EngineSide, http: aiohttp.ClientSession, folder: pathlib.Path) -> None:
        self.side = side
        self.http = http
        self.plane = DataPlane(side.pool, side.client, lambda: side.settings, data_dir=folder)
        self.listener = Listener(routes.build(self.plane, side.client, lambda: side.settings))

    @property
    def base(self) -> str:
        """What its addresses begin with."""
        return f"http://127.0.0.1:{self.listener.port}"

    @property
    def stream(self) -> Stream:
        """The only stream."""
        (stream,) = self.plane.streams
        return stream

    async def get(self, target: str) -> Any:
        """Return the JSON of one answer; each is HTTP 200."""
        url = target if target.startswith("http") else self.base + target
        async with self.http.get(url) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def start(self, target: str = START) -> dict[str, Any]:
        """Return what a start is answered with."""
        answer = await self.get(target)
        assert answer["error"] is None
        assert answer["response"] is not None
        found: dict[str, Any] = answer["response"]
        return found

    async def status(self, session: dict[str, Any]) -> str:
        """Return the word for how a session does."""
        return str((await self.get(session["stat_url"]))["response"]["status"])

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until `holds` after some change of the streams."""
        turn = asyncio.Event()
        disconnect = self.plane.streams.changed.connect(turn.set)
        async with asyncio.timeout(10):
            while not holds():
                turn.clear()
                await turn.wait()
        disconnect()

    async def until_dl(self, media: bytes) -> None:
        """Give the stream media and wait until it has them."""
        await self.side.engines[0].push(media)
        await self.until(lambda: self.stream.supply.first_at is not None)

    async def until_gone(self) -> None:
        """Wait until no stream is left."""
        await self.until(lambda: not len(self.plane.streams))


@contextlib.asynccontextmanager
async def as_engine_front(
    folder: pathlib.Path, engines: int = 1, kind: type[FakeEngine] = FakeEngine, **values: object
) -> AsyncIterator[AsEngineFront]:
    """Give a front that listens; all is closed afterwards."""
    connector = aiohttp.TCPConnector(force_close=True)
    async with (
        engine_side(engines, kind, **values) as side,
        aiohttp.ClientSession(connector=connector) as http,
    ):
        front = AsEngineFront(side, http, folder)
        await front.plane.open()
        await front.listener.open("127.0.0.1", 0)
        try:
            yield front
        finally:
            await front.plane.close()
            await front.listener.close()
