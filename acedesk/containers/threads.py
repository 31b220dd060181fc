"""A few daemon threads for calls that block, and a reader for streams that block.

Not `concurrent.futures`: its threads are joined at the interpreter's exit, so one call to a hung
Docker would keep AceDesk from quitting. A call that is abandoned here goes on in its thread; what
it made although nobody waits any more is undone there.
"""

import asyncio
import contextlib
import functools
import logging
import queue
import threading
from collections.abc import Callable, Generator
from typing import Any, Generic, Protocol, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")


class _Call(Generic[T]):
    """One call and who owns its result: the waiting coroutine, or nobody."""

    def __init__(self, job: Callable[[], T], undo: Callable[[T], object] | None) -> None:
        self._job = job
        self._undo = undo
        self._guard = threading.Lock()
        self._abandoned = threading.Event()
        self._result: list[T] = []
        self._loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self._loop.create_future()

    def run(self) -> Callable[[], None]:
        """Do the job, in a thread; return how its end is told."""
        if self._abandoned.is_set():
            return _nothing
        try:
            result = self._job()
        except Exception as exc:  # noqa: BLE001 - carried to the coroutine that waits
            return functools.partial(self._post, self._fail, exc)
        with self._guard:
            unwanted = self._abandoned.is_set()
            self._result.append(result)
        if unwanted:
            return self.take_back()
        return functools.partial(self._post, self._finish, result)

    def abandon(self) -> bool:
        """Give up waiting; True when the result is there already and must be undone."""
        with self._guard:
            self._abandoned.set()
            return bool(self._result)

    def take_back(self) -> Callable[[], None]:
        """Undo the result, in a thread; there is nobody to tell."""
        if self._undo is not None:
            try:
                self._undo(self._result[0])
            except Exception as exc:  # noqa: BLE001 - nobody waits any more; it is told in the log
                logger.warning("an abandoned call could not be undone: %s", exc)
        return _nothing

    def _post(self, callback: Callable[[Any], None], value: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            self._loop.call_soon_threadsafe(callback, value)

    def _finish(self, result: T) -> None:
        if not self.future.done():
            self.future.set_result(result)

    def _fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class DaemonThreads:
    """Runs blocking calls in at most `count` daemon threads, each started when no other is free."""

    def __init__(self, count: int, *, name: str) -> None:
        self._count = count
        self._name = name
        self._jobs: queue.SimpleQueue[Callable[[], Callable[[], None]] | None] = queue.SimpleQueue()
        self._free = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []

    async def call(self, job: Callable[[], T], *, undo: Callable[[T], object] | None = None) -> T:
        """Run `job` in a thread and return its result.

        On cancel: the job goes on in its thread; a result it still brings is handed to `undo`.
        """
        call = _Call(job, undo)
        self._submit(call.run)
        try:
            return await call.future
        except asyncio.CancelledError:
            if call.abandon():
                self._submit(call.take_back)
            raise

    def _submit(self, job: Callable[[], Callable[[], None]]) -> None:
        if not self._free.acquire(blocking=False) and len(self._threads) < self._count:
            name = f"{self._name}-{len(self._threads)}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()
        self._jobs.put(job)

    def close(self) -> None:
        """Let idle threads end; busy ones end after their call."""
        for _ in self._threads:
            self._jobs.put(None)
        self._threads.clear()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            tell = job()
            self._free.release()  # before anybody is told, who may have the next job
            tell()
            del job, tell  # a thread that waits keeps no answer, and no error with all its frames


def _nothing() -> None:
    """There is nobody to tell."""


class Closable(Protocol):
    """What a blocking stream is ended with, from another thread."""

    def close(self) -> None:
        """Make the thread that reads the stream go on."""
        ...


class StreamReader(Generic[T]):
    """Reads one blocking stream in a daemon thread of its own and hands it to the loop.

    Iterate over it with `async for`; an error of the stream is raised there.

    Closes: `close` ends the stream; one that has not been opened yet is closed as soon as it is.
    """

    def __init__(self, open_stream: Callable[["StreamReader[T]"], Generator[T]], *, name: str):
        self._open_stream = open_stream
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[tuple[T | None, Exception | None]] = asyncio.Queue()
        self._guard = threading.Lock()
        self._source: Closable | None = None
        self._closed = False
        threading.Thread(target=self._read, name=name, daemon=True).start()

    def attach(self, source: Closable) -> None:
        """Say what `close` has to close; called in the thread as soon as it is known."""
        with self._guard:
            self._source = source
            closed = self._closed
        if closed:
            self._close_source(source)

    def close(self) -> None:
        """End the stream; safe to call twice."""
        with self._guard:
            already, self._closed = self._closed, True
            source = self._source
        if source is not None and not already:
            self._close_source(source)

    @staticmethod
    def _close_source(source: Closable) -> None:
        # A stream that ended by itself in this moment has no socket any more.
        with contextlib.suppress(OSError, AttributeError, ValueError):
            source.close()

    def _read(self) -> None:
        error: Exception | None = None
        try:
            with contextlib.closing(self._open_stream(self)) as items:
                for item in items:
                    if self._closed:
                        break
                    self._post(item, None)
        except Exception as exc:  # noqa: BLE001 - carried to the coroutine that waits
            error = exc
        self._post(None, error or StopAsyncIteration())

    def _post(self, item: T | None, error: Exception | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            self._loop.call_soon_threadsafe(self._queue.put_nowait, (item, error))

    def __aiter__(self) -> "StreamReader[T]":
        return self

    async def __anext__(self) -> T:
        item, error = await self._queue.get()
        if error is not None:
            raise error
        assert item is not None
        return item
