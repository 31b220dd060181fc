"""What happened and how engines and streams did, kept over restarts.

One thread owns the database (`acedesk.store.history.database`). What is to be written waits for a
second, so that a busy moment is one transaction. Nothing here holds up whoever hands something in,
and no trouble with the file ends anything: a damaged or locked one is moved aside and made anew,
on a full disk what is new waits, up to a bound. Each trouble is told once.
"""

import asyncio
import contextlib
import logging
import pathlib
import queue
import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

from acedesk import clock
from acedesk.model.history import HistoryRow, HistoryTrouble, Series
from acedesk.store.history.database import (
    FILE_NAME,
    Batch,
    DatabaseFailed,
    EventRow,
    HistoryDatabase,
)

logger = logging.getLogger(__name__)

T = TypeVar("T")
Tell = Callable[[HistoryTrouble, str], None]

BATCH_SECONDS: Final = 1.0
# The start does not wait longer for the events of the last run.
OPEN_LIMIT: Final = 3.0
CLOSE_LIMIT: Final = 3.0
READ_LIMIT: Final = 10.0
# A file that is locked for so long will stay locked; somebody has it open and was forgotten.
LOCKED_LIMIT: Final = 10.0
# What waits while nothing can be written: an hour of fifty engines, and all events that are kept.
MOST_ROWS: Final = 3000
MOST_EVENTS: Final = 1000
PRUNE_INTERVAL: Final = 3600.0
# The clock was set when it went so much faster or slower than the monotonic one within that time.
CLOCK_SET: Final = 300.0

_MOVED: Final = frozenset({HistoryTrouble.DAMAGED, HistoryTrouble.LOCKED, HistoryTrouble.NEWER})


class HistoryStore:
    """The history in one file.

    Args:
        folder: The data folder.
        tell: Takes what is wrong with the file and a detail, once for each trouble; called on the
            loop.

    Closes: the file, by `close`, when all that was handed in is written.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        tell: Tell,
        *,
        utc_seconds: Callable[[], float] = lambda: clock.utc_now().timestamp(),
        now: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._tell = tell
        self._keeper = _Keeper(
            HistoryDatabase(folder / FILE_NAME), self._tell_soon, utc_seconds=utc_seconds, now=now
        )
        self._loop: asyncio.AbstractEventLoop | None = None

    async def open(self, events: int) -> list[EventRow]:
        """Open the file and return the last events; none when that takes too long."""
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._keeper.run, name="history", daemon=True).start()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(OPEN_LIMIT):
                return await self._call(lambda db: db.last_events(events), default=[])
        logger.warning("the history could not be read in time; earlier events are not shown")
        return []

    async def close(self) -> None:
        """Write what waits and close the file; a disk that hangs is not waited for."""
        if self._loop is None:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_LIMIT):
                await self._call(lambda _: None, default=None)
        self._loop = None
        self._keeper.jobs.put(None)

    def add_event(self, event: EventRow) -> None:
        """Keep an event."""
        if self._loop is not None:
            self._keeper.jobs.put(event)

    def add_row(self, row: HistoryRow) -> None:
        """Keep how an engine or stream did for a minute."""
        if self._loop is not None:
            self._keeper.jobs.put(row)

    def add_test(self, time: float, stream: str, result: str) -> None:
        """Keep the result of a tried link, as JSON."""
        if self._loop is not None:
            self._keeper.jobs.put((time, stream, result))

    async def course(
        self, series: Series, subject: str, since: float, until: float
    ) -> list[tuple[int, tuple[float | None, ...]]]:
        """Return how it did between two times (Unix); see `HistoryDatabase.course`."""
        return await self._read(lambda db: db.course(series, subject, since, until), default=[])

    async def tests(self, count: int) -> list[str]:
        """Return the results of the last tests as JSON, newest first."""
        return await self._read(lambda db: db.last_tests(count), default=[])

    async def _read(self, job: Callable[[HistoryDatabase], T], *, default: T) -> T:
        if self._loop is None:
            return default
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READ_LIMIT):
                return await self._call(job, default=default)
        return default

    async def _call(self, job: Callable[[HistoryDatabase], T], *, default: T) -> T:
        """Do `job` in the thread, behind all that was handed in before."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def put(value: T) -> None:
            if not answer.done():
                answer.set_result(value)

        def work(database: HistoryDatabase) -> None:
            value = default
            try:
                value = job(database)
            finally:
                with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
                    loop.call_soon_threadsafe(put, value)

        self._keeper.jobs.put(work)
        return await answer

    def _tell_soon(self, trouble: HistoryTrouble, detail: str) -> None:
        """Tell it on the loop; called in the thread."""
        loop = self._loop
        if loop is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._tell, trouble, detail)


class _Keeper:
    """The thread that owns the database.

    Attributes:
        jobs: What is to be written or done, None to end.
    """

    def __init__(
        self,
        database: HistoryDatabase,
        tell: Tell,
        *,
        utc_seconds: Callable[[], float],
        now: Callable[[], float],
    ) -> None:
        self.jobs: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._database = database
        self._tell = tell
        self._utc_seconds = utc_seconds
        self._now = now
        self._waiting = Batch()
        self._trouble: HistoryTrouble | None = None
        self._locked_at: float | None = None
        self._pruned = 0.0, 0.0

    def run(self) -> None:
        """Work until None comes."""
        self._pruned = self._now(), self._utc_seconds()
        try:
            while (job := self.jobs.get()) is not None:
                ends = self._gather(job)
                self._write()
                self._prune()
                if ends:
                    break
        finally:
            self._write()
            self._database.close()

    def _gather(self, job: Any) -> bool:
        """Take what comes within a second of `job`; return whether None was among it.

        What is asked is answered at once, behind what was handed in before.
        """
        until = self._now() + BATCH_SECONDS
        while job is not None:
            match job:
                case EventRow():
                    self._waiting.events.append(job)
                case HistoryRow():
                    self._waiting.rows.append(job)
                case tuple():
                    self._waiting.tests.append(job)
                case _:
                    self._write()
                    self._do(job)
            try:
                job = self.jobs.get(timeout=max(0.0, until - self._now()))
            except queue.Empty:
                return False
        return True

    def _do(self, job: Callable[[HistoryDatabase], None]) -> None:
        try:
            self._database.open()
            job(self._database)
        except DatabaseFailed as exc:
            self._repair(exc)
            with contextlib.suppress(DatabaseFailed):
                job(self._database)

    def _write(self) -> None:
        """Write what waits; what cannot be written goes on waiting, the newest of it."""
        if not self._waiting:
            return
        try:
            self._write_now()
        except DatabaseFailed as exc:
            self._repair(exc)
            try:
                self._write_now()
            except DatabaseFailed:
                del self._waiting.events[:-MOST_EVENTS]
                del self._waiting.rows[:-MOST_ROWS]
                del self._waiting.tests[:-MOST_EVENTS]

    def _write_now(self) -> None:
        self._database.open()
        self._database.write(self._waiting)
        self._waiting = Batch()
        self._locked_at = None
        if self._trouble is not None:
            logger.info("the history is written again")
            self._trouble = None

    def _repair(self, failure: DatabaseFailed) -> None:
        """Do what can be done about a failure, and tell of it once."""
        trouble, detail = failure.trouble, str(failure)
        if trouble is HistoryTrouble.LOCKED and not self._is_locked_for_long():
            return
        if trouble in _MOVED:
            try:
                detail = f"{detail}; it was kept as {self._database.move_aside().name}"
                self._database.open()
            except DatabaseFailed as exc:
                trouble, detail = HistoryTrouble.UNWRITABLE, str(exc)
        if trouble is not self._trouble:
            self._trouble = trouble
            logger.warning("history: %s (%s)", trouble.value, detail)
            self._tell(trouble, detail)

    def _is_locked_for_long(self) -> bool:
        """Tell whether it is locked for good; at the start, when nothing is open, it is."""
        now = self._now()
        if not self._database.is_open:
            return True
        self._locked_at = now if self._locked_at is None else self._locked_at
        return now - self._locked_at >= LOCKED_LIMIT

    def _prune(self) -> None:
        """Drop what is old, once an hour; not within an hour in which the clock was set."""
        now, wall = self._now(), self._utc_seconds()
        since, wall_then = self._pruned
        if now - since < PRUNE_INTERVAL:
            return
        self._pruned = now, wall
        if abs((wall - wall_then) - (now - since)) <= CLOCK_SET:
            with contextlib.suppress(DatabaseFailed):  # the next write tells of it
                self._database.prune(wall)
