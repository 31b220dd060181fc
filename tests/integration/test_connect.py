"""Connections to hosts with several addresses, some of which never answer."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator

import pytest

from acedesk import clock
from acedesk.acestream_api.connect import connect

Named = Callable[..., None]
NAME = "desk.example"


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> Named:
    """Return what gives `NAME` its addresses, in this order: there is no DNS here."""

    def name(*hosts: str) -> None:
        def found(host: str, port: int, *_: object) -> list[tuple[object, ...]]:
            assert host == NAME
            return [
                (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))
                for address in hosts
            ]

        monkeypatch.setattr(socket, "getaddrinfo", found)

    return name


@pytest.fixture
def port() -> Iterator[int]:
    """Return a port where 127.0.0.1 listens, 127.0.0.2 drops every SYN, and 127.0.0.3 refuses."""
    with contextlib.ExitStack() as stack:
        alive = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = int(alive.getsockname()[1])
        # A queue that is full: the kernel answers no further SYN.
        dead = stack.enter_context(socket.create_server(("127.0.0.2", port), backlog=0))
        for _ in range(3):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(dead.getsockname())
        yield port


async def test_an_address_that_never_answers_leaves_time_for_the_next(
    named: Named, port: int
) -> None:
    named("127.0.0.2", "127.0.0.1")

    async with asyncio.timeout(3.0):  # what an engine has to tell its version
        sock = await connect(NAME, port)

    assert sock.getpeername()[0] == "127.0.0.1"
    sock.close()


async def test_an_address_that_refuses_is_passed_over_at_once(named: Named, port: int) -> None:
    named("127.0.0.3", "127.0.0.1")

    async with asyncio.timeout(1.0):
        sock = await connect(NAME, port)

    assert sock.getpeername()[0] == "127.0.0.1"
    sock.close()


async def test_the_only_address_has_all_the_time_of_the_caller(named: Named, port: int) -> None:
    named("127.0.0.2")
    began = clock.monotonic()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.6):
            await connect(NAME, port)

    assert clock.monotonic() - began >= 1.6


async def test_a_slow_address_is_waited_for_when_the_others_refuse(named: Named, port: int) -> None:
    named("127.0.0.2", "127.0.0.3")
    began = clock.monotonic()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.6):
            await connect(NAME, port)

    assert clock.monotonic() - began >= 1.6


async def test_when_all_refuse_the_last_refusal_is_told(named: Named, port: int) -> None:
    named("127.0.0.3", "127.0.0.4")

    with pytest.raises(ConnectionRefusedError):
        await connect(NAME, port)
