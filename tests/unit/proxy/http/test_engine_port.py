"""The second port: opened while it is wanted, left to engines, and told when it cannot be had."""

import asyncio
import contextlib
import dataclasses
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from acedesk import tasks
from acedesk.model.event import EventKind
from acedesk.proxy.http import engine_port as module
from acedesk.proxy.http.engine_port import EnginePort
from acedesk.proxy.http.listener import Listener
from acedesk.settings import Settings
from tests.fakes.loop_steps import until
from tests.fakes.notes import Notes

LOCAL = "127.0.0.1"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind((LOCAL, 0))
        return int(sock.getsockname()[1])


async def _hello(_: web.Request) -> web.Response:
    return web.json_response("hello")


class _Parts:
    def __init__(self) -> None:
        self.settings = Settings(engine_port_too=True)
        self.engines: list[tuple[str, int, str]] = []
        self.notes = Notes()
        self.port = free_port()
        self.listener = Listener([web.get("/hello", _hello)])
        self.second = EnginePort(
            self.listener,
            lambda: self.settings,
            lambda: self.engines,
            note=self.notes,
            port=self.port,
        )

    def want(self, *, wanted: bool) -> None:
        self.settings = dataclasses.replace(self.settings, engine_port_too=wanted)
        self.second.apply_settings()

    async def ask(self, port: int = 0, host: str = LOCAL) -> str | None:
        """Return the answer at a port, None when nobody answers."""
        async with aiohttp.ClientSession() as session:
            with contextlib.suppress(aiohttp.ClientConnectionError):
                async with session.get(f"http://{host}:{port or self.port}/hello") as answer:
                    return str(await answer.json())
        return None


@pytest.fixture
async def parts() -> AsyncIterator[_Parts]:
    made = _Parts()
    await made.listener.open(LOCAL, 0)
    running = tasks.spawn(made.second.run(), name="second port")
    yield made
    await tasks.cancel(running)
    await made.listener.close()


async def test_the_same_is_answered_at_both_ports(parts: _Parts) -> None:
    await until(lambda: parts.second.is_open)

    assert await parts.ask() == await parts.ask(parts.listener.port) == "hello"
    assert parts.second.trouble == ""
    assert parts.notes.kinds == []


async def test_it_is_closed_and_opened_by_the_setting(parts: _Parts) -> None:
    await until(lambda: parts.second.is_open)

    parts.want(wanted=False)
    await until(lambda: not parts.second.is_open)
    assert await parts.ask() is None

    parts.want(wanted=True)
    await until(lambda: parts.second.is_open)
    assert await parts.ask() == "hello"


async def test_it_is_closed_when_acedesk_ends() -> None:
    parts = _Parts()
    await parts.listener.open(LOCAL, 0)
    running = tasks.spawn(parts.second.run(), name="second port")
    await until(lambda: parts.second.is_open)

    await tasks.cancel(running)

    assert await parts.ask() is None
    await parts.listener.close()


async def test_who_has_the_port_is_told_once_and_keeps_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "LOOK_INTERVAL", 0.01)
    parts = _Parts()
    with socket.create_server((LOCAL, parts.port)):
        await parts.listener.open(LOCAL, 0)
        running = tasks.spawn(parts.second.run(), name="second port")
        await until(lambda: parts.second.trouble != "")
        for _ in range(5):
            parts.second.apply_settings()
            await until(lambda: not parts.second._wake.is_set())
        told = parts.second.trouble
        assert await parts.ask(parts.listener.port) == "hello"

    assert told.startswith(f"Port {parts.port} on {LOCAL} is in use")
    assert parts.notes.kinds == [EventKind.PORT_TROUBLE]
    await until(lambda: parts.second.is_open)  # as soon as it is free
    assert parts.second.trouble == ""
    await tasks.cancel(running)
    await parts.listener.close()


@pytest.mark.parametrize("host", [LOCAL, "localhost", "0.0.0.0", "::1"])
async def test_an_engine_that_is_known_there_has_the_port(parts: _Parts, host: str) -> None:
    await until(lambda: parts.second.is_open)
    parts.engines = [("192.168.1.5", parts.port, "far"), (host, parts.port, "mine")]

    parts.second.apply_settings()
    await until(lambda: not parts.second.is_open)

    assert parts.second.trouble == f"Port {parts.port} belongs to the engine mine."
    with socket.create_server((LOCAL, parts.port)):
        pass


async def test_engines_elsewhere_do_not_matter(parts: _Parts) -> None:
    parts.engines = [("192.168.1.5", parts.port, "far"), (LOCAL, parts.port + 1, "other")]
    parts.second.apply_settings()

    await until(lambda: parts.second.is_open)


async def test_it_moves_with_the_address(parts: _Parts) -> None:
    await until(lambda: parts.second.is_open)

    await parts.listener.move("127.0.0.2", 0)
    parts.second.apply_settings()

    await until(lambda: parts.second._host == "127.0.0.2")
    assert await parts.ask(host="127.0.0.2") == "hello"
    assert await parts.ask() is None


async def test_where_it_is_acedesks_own_port_there_is_no_second() -> None:
    parts = _Parts()
    await parts.listener.open(LOCAL, parts.port)
    running = tasks.spawn(parts.second.run(), name="second port")
    await until(lambda: not parts.second._wake.is_set())
    await asyncio.wait([running], timeout=0.01)

    assert (parts.second.is_open, parts.second.trouble) == (False, "")
    await tasks.cancel(running)
    await parts.listener.close()
