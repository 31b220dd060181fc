"""A socket before the real Docker's: it counts what is asked, and can be slow, silent or closed."""

import asyncio
import collections
import contextlib
import pathlib
import re
from collections.abc import AsyncIterator
from typing import Final

from acedesk import tasks

DOCKER: Final = "/var/run/docker.sock"
_QUESTION: Final = re.compile(rb"(GET|POST|DELETE|HEAD) (\S+) HTTP/1\.[01]\r\n")
_ID: Final = re.compile(r"[0-9a-f]{64}")


class DockerSocket:
    """Passes everything on.

    Attributes:
        path: Where it listens.
        asked: How often what was asked, without ids and filters.
        delay: How long every question is held back, in seconds.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self.path = folder / "docker.sock"
        self.asked: collections.Counter[str] = collections.Counter()
        self.delay = 0.0
        self._speaks = asyncio.Event()
        self._speaks.set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """What DOCKER_HOST is to be."""
        return f"unix://{self.path}"

    def say_nothing(self) -> None:
        """Hold every question back from now on."""
        self._speaks.clear()

    def answer(self) -> None:
        """Pass on what was held back, and what comes."""
        self._speaks.set()

    async def hang_up(self) -> None:
        """Close all connections."""
        await tasks.cancel(*self._tasks)

    def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        task = tasks.spawn(self._serve(reader, writer), name="a connection to Docker")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(DOCKER)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._ask(reader, back))
                group.create_task(_pass(there, writer))
        except* OSError:  # one of the two hung up; suppress() knows no groups before Python 3.12
            pass
        finally:
            back.close()
            writer.close()

    async def _ask(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            for method, path in _QUESTION.findall(data):
                plain = re.sub(r"^/v[0-9.]+", "", _ID.sub("ID", path.decode().partition("?")[0]))
                self.asked[f"{method.decode()} {plain}"] += 1
            await tasks.sleep(self.delay)
            await self._speaks.wait()
            target.write(data)
            await target.drain()
        target.close()


async def _pass(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        target.write(data)
        await target.drain()
    target.close()


@contextlib.asynccontextmanager
async def docker_socket(folder: pathlib.Path) -> AsyncIterator[DockerSocket]:
    """Listen in a folder."""
    made = DockerSocket(folder)
    server = await asyncio.start_unix_server(made.connect, made.path)
    try:
        yield made
    finally:
        server.close()
        await made.hang_up()
