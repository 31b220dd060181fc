"""Every task has a name, an owner and an end.

`spawn` is the only way to start a task outside a TaskGroup; `Supervisor` keeps the long-running
services alive and tells which of them are degraded. `turn` and `Slice` keep what takes long, and
what comes a thousand times at once, from holding the loop.
"""

import asyncio
import collections
import logging
import weakref
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from acedesk import clock
from acedesk.signals import Signal

logger = logging.getLogger(__name__)

T = TypeVar("T")

# Back-off of a failing service: quick at first (most failures are a moment's), then never more
# often than twice a minute, so that a broken service costs nothing.
FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
# A service that has run so long is well again: longer than it waits for between two tries.
SETTLED = 30.0

# Seconds that one piece of work has the loop for; a tick of a hundred streams takes as long.
SLICE: Final = 0.003
# Things that it does at least, about a millisecond of work: on a computer so busy that this takes
# ten times as long, who asks for hundreds would wait for seconds.
LEAST: Final = 25
# Pieces of work in a round of the loop, at most.
WIDEST: Final = 8

_tasks: set[asyncio.Task[Any]] = set()


async def sleep(seconds: float) -> None:
    """Wait `seconds`; in rules and tests nothing may."""
    await asyncio.sleep(seconds)


def spawn(coro: Coroutine[Any, Any, T], *, name: str) -> asyncio.Task[T]:
    """Start `coro` as a task that is kept until it ends; an unexpected error is logged.

    The caller owns the task: cancel it, or let it run to its own end.
    """
    task = asyncio.get_running_loop().create_task(coro, name=name)
    _tasks.add(task)
    task.add_done_callback(_ended)
    return task


def _ended(task: asyncio.Task[Any]) -> None:
    _tasks.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("task %r ended with an error", task.get_name(), exc_info=error)


async def cancel(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel the tasks and wait until they have ended; their errors are not raised here."""
    alive = [task for task in tasks if task is not None and not task.done()]
    for task in alive:
        task.cancel()
    if alive:
        await asyncio.wait(alive)


class _Rounds:
    """Gives turns in each round of a loop to what can wait, in the order of asking.

    Between two rounds the loop looks at its timers and sockets, which costs a busy computer more
    than a short answer: while rounds are short, the next one has twice as many turns.
    """

    def __init__(self) -> None:
        self._taken = False  # the turns of this round
        self._width = 1
        self._began_at = 0.0
        self._waiting: collections.deque[asyncio.Future[None]] = collections.deque()

    async def turn(self, *, worked: bool) -> None:
        is_free = not self._taken
        if is_free:
            self._take()
        if is_free and not worked:
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future

    def _take(self) -> None:
        self._taken = True
        self._began_at = clock.monotonic()
        asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        short = clock.monotonic() - self._began_at < SLICE
        self._width = left = min(2 * self._width, WIDEST) if short else 1
        self._taken = False
        while self._waiting and left:
            future = self._waiting.popleft()
            if not future.done():  # who waited is not gone
                future.set_result(None)
                left -= 1
        if left < self._width:
            self._take()


_rounds: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Rounds] = weakref.WeakKeyDictionary()


async def turn(*, worked: bool = False) -> None:
    """Wait until it is the caller's turn: few of all who call this, in each round of the loop.

    For answers that nobody's picture depends on: a thousand requests at once, or one that takes
    long, hold the loop no longer than a few pieces of their work.

    Args:
        worked: The caller has had its turn in this round.
    """
    loop = asyncio.get_running_loop()
    found = _rounds.get(loop)
    if found is None:
        found = _rounds[loop] = _Rounds()
    await found.turn(worked=worked)


class Slice:
    """A stretch of work on many things: when it is over, others have their turn first.

    The time of the processor would be fairer on a busy computer, but to read it is a system call,
    at which a busy computer gives the processor away.
    """

    __slots__ = ("_done", "_ends_at")

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._done = 0
        self._ends_at = clock.monotonic() + SLICE

    def is_over(self) -> bool:
        """Tell before each thing whether the work has had the loop for `SLICE` seconds."""
        self._done += 1
        return self._done > LEAST and clock.monotonic() >= self._ends_at

    async def go_on(self) -> None:
        """Let others have their turn, then go on."""
        await turn(worked=True)
        self._begin()


class Supervisor:
    """Runs services until stopped; restarts one that fails, with growing delays.

    Signals:
        changed: After a service became degraded or recovered.
    """

    def __init__(self) -> None:
        self.changed: Signal[()] = Signal()
        self._tasks: list[asyncio.Task[None]] = []
        self._degraded: dict[str, str] = {}

    @property
    def degraded(self) -> dict[str, str]:
        """Name of each service that failed and has not settled since, and why."""
        return dict(self._degraded)

    def run(self, name: str, service: Callable[[], Awaitable[None]]) -> None:
        """Keep `service` running; one that returns normally is not started again."""
        self._tasks.append(spawn(self._keep(name, service), name=f"service {name}"))

    async def stop(self) -> None:
        """Cancel all services, the last started first, and then wait for them.

        On cancel: they end nevertheless.
        """
        running, self._tasks = self._tasks, []
        await cancel(*reversed(running))

    async def _keep(self, name: str, service: Callable[[], Awaitable[None]]) -> None:
        delay, loop = FIRST_DELAY, asyncio.get_running_loop()
        while True:
            started_at = loop.time()
            settling = loop.call_later(SETTLED, self._set_degraded, name, None)
            try:
                await service()
            except Exception as exc:
                if loop.time() - started_at > SETTLED:
                    delay = FIRST_DELAY
                logger.exception("service %s failed; next try in %.1f s", name, delay)
                self._set_degraded(name, f"{type(exc).__name__}: {exc}")
            else:
                self._set_degraded(name, None)
                return
            finally:
                settling.cancel()
            await asyncio.sleep(delay)
            delay = min(delay * 2, LONGEST_DELAY)

    def _set_degraded(self, name: str, why: str | None) -> None:
        if why == self._degraded.get(name):
            return
        if why is None:
            del self._degraded[name]
        else:
            self._degraded[name] = why
        self.changed.emit()
