"""A Redis of a test's own, at a socket in a folder."""

import asyncio
import pathlib
import signal

import redis.asyncio as redis

from tests.needs import need_program

START_SECONDS = 30.0


class RedisServer:
    """Runs from `start` to `stop`, and again when it is started again; it keeps nothing.

    Args:
        options: Further ones of redis-server.

    Attributes:
        url: Its address.
    """

    def __init__(self, folder: pathlib.Path, *options: str) -> None:
        self._folder = folder
        self._socket = folder / "redis.sock"
        self._options = options
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"unix://{self._socket}"

    async def start(self) -> None:
        """Start it and wait until it says that it answers."""
        options = ("--port", "0", "--unixsocket", str(self._socket), "--save", "", *self._options)
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

    async def keys(self) -> list[str]:
        """Return the names of all that is kept."""
        async with redis.from_url(self.url, decode_responses=True) as client:
            return sorted(map(str, await client.keys()))

    async def ask(self, *words: str, password: str = "") -> str:
        """Return what it answers to a command."""
        async with redis.from_url(
            self.url, decode_responses=True, password=password or None
        ) as client:
            return str(await client.execute_command(*words))  # type: ignore[no-untyped-call]

    def freeze(self) -> None:
        """Let it hang; connections to it stay open."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def stop(self) -> None:
        """End it, if it runs."""
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.send_signal(signal.SIGCONT)  # one that is frozen, too
            await process.wait()
