"""A Redis of a test's own, at a socket in a folder."""

import asyncio
import pathlib

from tests.needs import need_program

START_SECONDS = 30.0


class RedisServer:
    """Runs from `start` to `stop`, and again when it is started again; it keeps nothing.

    Attributes:
        url: Its address.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self._folder = folder
        self._socket = folder / "redis.sock"
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"unix://{self._socket}"

    async def start(self) -> None:
        """Start it and wait until it says that it answers."""
        options = ("--port", "0", "--unixsocket", str(self._socket), "--save", "")
        self._process = await asyncio.create_subprocess_exec(
            *(need_program("redis-server"), *options, "--dir", str(self._folder)),
            stdout=asyncio.subprocess.PIPE,
            env={},
        )
        assert self._process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            async for line in self._process.stdout:
                if b"eady to accept connections" in line:
                    return
        raise AssertionError("Redis did not start")

    async def stop(self) -> None:
        """End it, if it runs."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            await process.wait()
