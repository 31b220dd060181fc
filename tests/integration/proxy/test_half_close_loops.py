"""A closed half of a connection means the same on every kind of event loop."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.loops import LOOPS, factory_of

PROGRAM = """
import asyncio, sys
from aiohttp import web
from acedesk.proxy.http.listener import Listener

async def at_once(request):
    return web.Response(text="at once")

async def waits(request):
    turn = asyncio.Event()
    asyncio.get_running_loop().call_later(0.5, turn.set)
    await turn.wait()
    return web.Response(text="at last")

async def forever(request):
    print("asked", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        print("left", flush=True)

async def main():
    paths = {"/at/once": at_once, "/waits": waits, "/forever": forever}
    listener = Listener([web.get(path, handler) for path, handler in paths.items()])
    await listener.open("127.0.0.1", 0)
    print(listener.port, flush=True)
    await asyncio.Event().wait()

with asyncio.Runner(loop_factory=factory) as runner:
    runner.run(main())
"""


class Desk:
    """A program that listens on one kind of loop."""

    def __init__(self, program: asyncio.subprocess.Process) -> None:
        self._program = program
        self.port = 0

    async def says(self) -> str:
        """Return its next line."""
        assert self._program.stdout is not None
        return (await self._program.stdout.readline()).decode().strip()

    async def ask(self, path: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Send a request; return both halves of the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: desk\r\n\r\n".encode())
        return reader, writer


@pytest.fixture(params=LOOPS)
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", f"{factory_of(request.param)}\n{PROGRAM}",
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    made = Desk(program)
    try:
        async with asyncio.timeout(25):
            made.port = int(await made.says())
            yield made
    finally:
        program.kill()
        await program.wait()


async def test_who_closes_its_half_is_answered_and_who_leaves_is_noticed(desk: Desk) -> None:
    for path, text in (("/at/once", "at once"), ("/waits", "at last")):
        reader, writer = await desk.ask(path)
        writer.write_eof()
        assert (await reader.read()).endswith(text.encode())
        writer.close()

    reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()

    _, writer = await desk.ask("/forever")
    assert await desk.says() == "asked"
    writer.close()
    assert await desk.says() == "left"
