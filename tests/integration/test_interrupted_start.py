"""A start that fails or is broken off leaves nothing behind, at whatever step that happens."""

import asyncio
import contextlib
import gc
import operator
import pathlib
import sys
import threading
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from typing import Any

import pytest

from acedesk.compose import App, RunOptions, build
from acedesk.demo.channels import channels
from acedesk.demo.engine import DemoEngine
from acedesk.errors import StorageError
from acedesk.settings import Settings
from acedesk.store.lock import RUNNING_NAME, DataDirLock
from tests.fakes.loop_steps import until
from tests.redis_server import RedisServer

pytestmark = [
    pytest.mark.usefixtures("own_logging"),
    pytest.mark.timeout(120),
    pytest.mark.xdist_group("redis"),
]

CONTENT = channels()[0].id
# All that a start waits for, in its order.
STEPS = (
    "history.open",
    "_plane.open",
    "access.open",
    "_listener.open",
    "_plane.sharing.open",
    "_orchestrator.open",
    "_manager.start",
    "_manager.add_engine",
    "engines.wait_until_settled",
)
# From here on players can connect.
LISTENING = STEPS.index("_listener.open")


class Surroundings:
    """What a start reaches: an engine and a Redis of others."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.engine = DemoEngine()
        self.redis = RedisServer(folder)
        self.player: asyncio.StreamWriter | None = None

    @property
    def sessions(self) -> list[object]:
        """Return the sessions that are open on the engine."""
        return list(self.engine.core.sessions)

    def build(self) -> App:
        data = self.folder / "data"
        options = RunOptions(demo=True, data_dir=data, config_file=data / "settings.toml")
        settings = Settings(
            port=0,
            redis_url=self.redis.url,
            orchestrator_url="http://127.0.0.1:9",  # nobody is there
            engines=(f"127.0.0.1:{self.engine.port}",),
        )
        return build(settings, options=options)

    async def play(self, app: App) -> None:
        """Be a player of the AceDesk that starts, as soon as its port is open."""
        reader, self.player = await asyncio.open_connection("127.0.0.1", app._listener.port)
        self.player.write(f"GET /ace/getstream?id={CONTENT} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        del reader
        await until(lambda: app._plane.totals.streams > 0)  # it may have failed since

    async def hang_up(self) -> None:
        player, self.player = self.player, None
        if player is not None:
            player.close()
            with contextlib.suppress(ConnectionError):
                await player.wait_closed()


class Things:
    """What may be left of an AceDesk in this process."""

    def __init__(self) -> None:
        self.tasks = asyncio.all_tasks()
        self.threads = set(threading.enumerate())
        self.files = _open_files()

    async def check(self, around: Surroundings, app: App) -> None:
        """Find nothing that was not there before."""
        assert not tuple(app._plane.streams)  # they have ended although their player is there
        await around.hang_up()
        try:
            await until(lambda: not self._left())
        except TimeoutError:
            raise AssertionError(f"left behind: {self._left()}") from None
        assert not (around.folder / "data" / RUNNING_NAME).exists()
        lock = DataDirLock(around.folder / "data")
        lock.acquire()  # nobody holds it
        lock.release()
        kept = {"acedesk:events"}  # for the others, and for an hour
        assert set(await around.redis.keys()) <= kept
        await until(lambda: not around.sessions)

    def _left(self) -> list[str]:
        gc.collect()
        tasks = [one.get_name() for one in asyncio.all_tasks() - self.tasks]
        threads = [
            one.name
            for one in set(threading.enumerate()) - self.threads
            if not one.name.startswith("asyncio_")  # the loop's own, ended with it
        ]
        return [*tasks, *threads, *(_open_files() - self.files)]


def _open_files() -> set[str]:
    """Return the files and sockets that are open, without the log."""
    found = set[str]()
    for one in pathlib.Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            target = str(one.readlink())
            if not target.endswith(".log") and not target.startswith("/proc"):
                found.add(f"{target}")
    return found


@pytest.fixture
async def around(tmp_path: pathlib.Path) -> AsyncIterator[Surroundings]:
    made = Surroundings(tmp_path)
    await made.engine.start()
    await made.redis.start()
    yield made
    await made.hang_up()
    await made.redis.stop()
    await made.engine.close()


def break_at(app: App, step: str, *, then: Callable[[], Awaitable[object]]) -> None:
    """Let a step of the start be done, and something happen behind it."""
    owner, _, name = step.rpartition(".")
    part = operator.attrgetter(owner)(app)
    real = getattr(part, name)

    async def do(*given: object, **named: object) -> object:
        done = await real(*given, **named)
        await then()
        return done

    setattr(part, name, do)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells which files are open")
@pytest.mark.parametrize("step", STEPS)
async def test_a_step_that_fails_leaves_nothing(step: str, around: Surroundings) -> None:
    app = around.build()
    before = Things()

    async def fail() -> None:
        if STEPS.index(step) >= LISTENING:
            await around.play(app)
        raise StorageError("the disk is full")

    break_at(app, step, then=fail)
    with pytest.raises(StorageError):
        await app.start()

    await before.check(around, app)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells which files are open")
@pytest.mark.parametrize("step", STEPS)
async def test_a_start_that_is_broken_off_in_a_step_leaves_nothing(
    step: str, around: Surroundings
) -> None:
    app = around.build()
    before = Things()
    reached = asyncio.Event()

    async def wait_for_ever() -> None:
        if STEPS.index(step) >= LISTENING:
            await around.play(app)
        reached.set()
        await asyncio.get_running_loop().create_future()

    break_at(app, step, then=wait_for_ever)
    starting = asyncio.get_running_loop().create_task(app.start())
    await reached.wait()
    starting.cancel()  # as a signal does
    with pytest.raises(asyncio.CancelledError):
        await starting

    await before.check(around, app)


@types.coroutine
def _cancelled_at(work: Coroutine[Any, Any, object], number: int) -> Generator[Any, Any, None]:
    """Do some work; when it waits for the so-and-so-many-th time, its task is cancelled."""
    thrown: BaseException | None = None
    for step in range(sys.maxsize):
        try:
            waits_for = work.send(None) if thrown is None else work.throw(thrown)
        except StopIteration:
            return
        thrown = None
        if step == number:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
        try:
            yield waits_for
        except BaseException as exc:  # noqa: BLE001 - it is the work's to deal with
            thrown = exc


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells which files are open")
async def test_a_start_may_be_broken_off_whenever_it_waits(around: Surroundings) -> None:
    loop, number, broken_off = asyncio.get_running_loop(), 0, True
    while broken_off:
        app = around.build()
        before = Things()

        async def start(app: App = app, number: int = number) -> None:
            await _cancelled_at(app.start(), number)

        starting = loop.create_task(start())
        await asyncio.wait({starting})
        broken_off = starting.cancelled()
        if not broken_off:
            starting.result()
            await app.stop()
        await before.check(around, app)
        number += 1

    assert number > len(STEPS)
