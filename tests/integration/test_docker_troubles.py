"""Sockets at which something else than a healthy Docker answers."""

import asyncio
import contextlib
import pathlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.errors import RuntimeState, RuntimeUnavailable
from acedesk.settings import Settings

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def _listening(
    folder: pathlib.Path, handler: Handler, *, named: bool
) -> AsyncIterator[DockerRuntime]:
    """Give a runtime whose Docker is `handler`, at the usual place or named by DOCKER_HOST."""
    path = folder / "var/run/docker.sock"
    path.parent.mkdir(parents=True)
    environment = {"HOME": str(folder), "PATH": ""}
    if named:
        environment["DOCKER_HOST"] = f"unix://{path}"

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await handler(reader, writer)
        writer.close()

    server = await asyncio.start_unix_server(handle, path)
    runtime = DockerRuntime(
        lambda: Settings(docker_timeout=1.0), environment=environment, root=folder
    )
    try:
        yield runtime
    finally:
        await runtime.close()
        server.close()


async def _say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def _talk_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    await writer.drain()


async def test_a_docker_that_hangs_is_given_up_in_time(tmp_path: pathlib.Path) -> None:
    async with _listening(tmp_path, _say_nothing, named=False) as runtime:
        async with asyncio.timeout(5):
            with pytest.raises(RuntimeUnavailable) as caught:
                await runtime.version()

        assert caught.value.state is RuntimeState.NOT_ANSWERING
        assert caught.value.detail == "Docker did not answer within 1 s"
        assert runtime.view.state is RuntimeState.NOT_ANSWERING


@pytest.mark.parametrize(
    ("named", "state"),
    [(True, RuntimeState.WRONG_CONTEXT), (False, RuntimeState.NOT_RUNNING)],
)
async def test_something_else_at_dockers_address_is_told(
    tmp_path: pathlib.Path, named: bool, state: RuntimeState
) -> None:
    async with _listening(tmp_path, _talk_nonsense, named=named) as runtime:
        with pytest.raises(RuntimeUnavailable) as caught:
            await runtime.list_containers({})

        assert caught.value.state is state
        assert "is no Docker" in caught.value.detail


async def test_the_state_is_signalled_when_it_changes(tmp_path: pathlib.Path) -> None:
    environment = {"HOME": str(tmp_path), "PATH": ""}
    runtime = DockerRuntime(Settings, environment=environment, root=tmp_path)
    told: list[RuntimeState | None] = []
    runtime.changed.connect(lambda: told.append(runtime.view.state))

    for _ in range(2):
        with pytest.raises(RuntimeUnavailable):
            await runtime.version()

    assert told == [RuntimeState.NOT_INSTALLED]
    await runtime.close()


THREADS_AT_ONCE = """
import threading

from acedesk.containers.docker_runtime import DockerRuntime
from acedesk.settings import Settings

faults = []
start = threading.Barrier(8)


def use(runtime):
    runtime._finder.find = lambda: None
    start.wait()
    try:
        runtime._daemon()
    except Exception as exc:
        faults.append(repr(exc))


threads = [threading.Thread(target=use, args=(DockerRuntime(Settings),)) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
raise SystemExit("; ".join(faults) or 0)
"""


async def test_threads_that_need_docker_first_at_once_all_get_it() -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", THREADS_AT_ONCE, stderr=asyncio.subprocess.PIPE
    )

    _, faults = await program.communicate()

    assert (program.returncode, faults) == (0, b"")
