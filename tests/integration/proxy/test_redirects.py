"""A media address that leads elsewhere: nobody there is ever asked."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from acedesk.errors import EngineAnswerInvalid
from acedesk.proxy.ingest.engine_body import open_engine_body
from tests.fakes.engine import FakeEngine
from tests.integration.proxy.conftest import MakeProxy


class Elsewhere:
    """A server that is no engine of ours.

    Attributes:
        visitors: How many connections it got.
    """

    def __init__(self) -> None:
        self.visitors = 0
        self.port = 0
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen on a free port."""
        self._server = await asyncio.start_server(self._visited, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening."""
        assert self._server is not None
        self._server.close()

    def _visited(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visitors += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n")
        writer.close()


class Misleading(FakeEngine):
    """Redirects whoever wants the media to `target`."""

    target = ""

    async def _body(self, _request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": self.target})


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    """Return a server that is no engine."""
    server = Elsewhere()
    await server.open()
    yield server
    await server.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "user@127.0.0.1"])
async def test_a_redirect_to_another_server_is_not_followed(
    make_proxy: MakeProxy, elsewhere: Elsewhere, host: str
) -> None:
    proxy = await make_proxy(kind=Misleading)
    (engine,) = proxy.engines
    assert isinstance(engine, Misleading)
    engine.target = f"http://{host}:{elsewhere.port}/stream"

    player = await proxy.play()

    assert await player.head() == 502
    body = await player.reader.readexactly(int(player.headers["content-length"]))
    assert json.loads(body)["code"] == "engine_answer_invalid"
    assert elsewhere.visitors == 0


async def test_that_server_would_have_been_heard(elsewhere: Elsewhere) -> None:
    upstream = await open_engine_body(f"http://127.0.0.1:{elsewhere.port}/stream")

    upstream.close()

    assert elsewhere.visitors == 1


async def test_a_redirect_to_no_address_is_none(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(kind=Misleading)
    (engine,) = proxy.engines
    assert isinstance(engine, Misleading)
    engine.target = "http://[nowhere/stream"

    with pytest.raises(EngineAnswerInvalid):
        await open_engine_body(f"http://127.0.0.1:{engine.port}/ace/r/0")
