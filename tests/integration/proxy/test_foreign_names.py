"""Engines whose host or media have names beyond ASCII."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from acedesk.errors import EngineAnswerInvalid, EngineUnreachable
from acedesk.proxy.ingest.engine_body import open_engine_body

HOST = "motör.local"
ASCII = "xn--motr-7qa.local"
MEDIA = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n"


class Engine:
    """Answers each connection with the next of `answers`; keeps what it was asked."""

    def __init__(self) -> None:
        self.heads: list[list[str]] = []
        self.answers: list[bytes] = []
        self.port = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode("ascii").split("\r\n"))
        writer.write(self.answers.pop(0))
        writer.close()


@pytest.fixture
async def engine(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Engine]:
    """Return an engine on 127.0.0.1, known as `HOST`: there is no DNS here."""

    def found(host: str, port: int, *_: object) -> list[tuple[object, ...]]:
        assert host.encode("idna").decode() == ASCII
        address = ("127.0.0.1", port)
        return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)]

    made = Engine()
    server = await asyncio.start_server(made.talk, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    monkeypatch.setattr(socket, "getaddrinfo", found)
    yield made
    server.close()
    await server.wait_closed()


async def test_it_is_asked_in_ascii(engine: Engine) -> None:
    engine.answers = [MEDIA]

    (await open_engine_body(f"http://{HOST}:{engine.port}/ace/é?name=ü x&q=%26")).close()

    first, *fields = engine.heads[0]
    assert first == "GET /ace/%C3%A9?name=%C3%BC%20x&q=%26 HTTP/1.1"
    assert f"Host: {ASCII}:{engine.port}" in fields


async def test_a_redirect_under_its_ascii_name_is_followed(engine: Engine) -> None:
    there = f"http://{ASCII}:{engine.port}/content/1"
    engine.answers = [f"HTTP/1.1 302 Found\r\nLocation: {there}\r\n\r\n".encode(), MEDIA]

    (await open_engine_body(f"http://{HOST}:{engine.port}/ace/r/0")).close()

    assert engine.heads[1][0] == "GET /content/1 HTTP/1.1"


async def test_a_redirect_to_another_name_is_not_followed(engine: Engine) -> None:
    there = f"http://motor.local:{engine.port}/content/1"
    engine.answers = [f"HTTP/1.1 302 Found\r\nLocation: {there}\r\n\r\n".encode()]

    with pytest.raises(EngineAnswerInvalid):
        await open_engine_body(f"http://{HOST}:{engine.port}/ace/r/0")

    assert len(engine.heads) == 1


@pytest.mark.parametrize("host", [f"é{'a' * 70}.example", "[", "127.0.0.1:99999"])
async def test_an_address_that_cannot_be_is_a_named_error(host: str) -> None:
    with pytest.raises(EngineUnreachable, match="address is not valid"):
        await open_engine_body(f"http://{host}/ace/r/0")
