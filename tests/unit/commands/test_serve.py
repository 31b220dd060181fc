"""Serving begins with one line, ends when it is asked to, and leaves nothing open."""

import asyncio
import gc
import io
import os
import pathlib
import socket
import sys
from collections.abc import Iterator

import aiohttp
import pytest

from acedesk import tasks
from acedesk.commands import arguments, serve
from acedesk.commands.start import Start, prepare
from acedesk.errors import DataDirInUse, PortInUse
from acedesk.store.lock import DataDirLock, find_running
from tests.fakes.loop_steps import until

pytestmark = pytest.mark.usefixtures("own_logging", "environ")


@pytest.fixture(autouse=True)
def own_collector() -> Iterator[None]:
    """Give the collector back as it was: serving leaves what exists out of it."""
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def _start(folder: pathlib.Path, *options: str) -> Start:
    words = ["serve", "--demo", "--data-dir", str(folder), *options]
    return prepare(arguments.read(words), os.environ)


class _Output(io.StringIO):
    """An output that tells when a line was written and flushed."""

    def __init__(self) -> None:
        super().__init__()
        self.flushed = asyncio.Event()

    def flush(self) -> None:
        super().flush()
        if "\n" in self.getvalue():
            self.flushed.set()


async def test_the_line_comes_when_players_can_connect_and_the_end_when_it_is_asked_for(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output, stopping = _Output(), asyncio.Event()
    monkeypatch.setattr(sys, "stdout", output)
    serving = tasks.spawn(serve._serve(_start(tmp_path, "--port", "0"), stopping), name="serve")
    await output.flushed.wait()

    line = output.getvalue()
    running = find_running(tmp_path)
    async with aiohttp.ClientSession() as http:
        async with http.get(line.split()[-1] + "/health/ready") as answer:
            ready = await answer.json()
        stopping.set()
        code = await serving

    assert running is not None
    assert line == f"AceDesk listening on {running.base_url}\n"
    assert ready["ready"] is True
    assert code == 0
    assert find_running(tmp_path) is None
    lock = DataDirLock(tmp_path)
    lock.acquire()  # nobody has the folder any more
    lock.release()


async def test_who_is_stopped_before_it_listens_says_nothing(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output, stopping = _Output(), asyncio.Event()
    monkeypatch.setattr(sys, "stdout", output)
    stopping.set()

    code = await serve._serve(_start(tmp_path, "--port", "0"), stopping)

    assert (code, output.getvalue()) == (0, "")
    assert find_running(tmp_path) is None


async def test_a_taken_port_is_told_and_the_folder_given_back(tmp_path: pathlib.Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(PortInUse) as caught:
            await serve._serve(_start(tmp_path, "--port", str(port)), asyncio.Event())

    assert caught.value.port == port
    lock = DataDirLock(tmp_path)
    lock.acquire()
    lock.release()


async def test_a_folder_in_use_is_told_and_left_to_who_has_it(tmp_path: pathlib.Path) -> None:
    other = DataDirLock(tmp_path)
    other.acquire()
    other.announce("http://127.0.0.1:1")

    with pytest.raises(DataDirInUse):
        await serve._serve(_start(tmp_path, "--port", "0"), asyncio.Event())

    assert find_running(tmp_path) is not None
    other.release()


async def test_who_reads_no_more_does_not_end_it(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    output = os.fdopen(writing, "w")
    monkeypatch.setattr(sys, "stdout", output)
    stopping = asyncio.Event()
    serving = tasks.spawn(serve._serve(_start(tmp_path, "--port", "0"), stopping), name="serve")
    await until(lambda: sys.stdout is not output, seconds=30)

    replaced = sys.stdout
    alive = not serving.done()
    stopping.set()

    assert await serving == 0
    assert alive
    assert replaced.name == os.devnull
    replaced.close()
    with pytest.raises(OSError, match=r"Broken pipe|Invalid argument"):
        output.close()
