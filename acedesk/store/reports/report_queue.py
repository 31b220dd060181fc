"""Reports in the order in which they are to be told, bounded, and kept over a restart.

What is taken at once never touches the disk: only `flush` writes, in a thread. Trouble with the
file costs the restart only; it is told once.
"""

import asyncio
import logging
import pathlib
from collections.abc import Iterable
from typing import Final

from acedesk.errors import StorageError
from acedesk.store.reports.report_file import FILE_NAME, ReportFile
from acedesk.values import frozen_value

logger = logging.getLogger(__name__)

# A day of an outage while fifty streams change once in ten minutes; some 6 MB.
MOST: Final = 10_000
OPEN_LIMIT: Final = 2.0


@frozen_value(kw_only=False)
class Report:
    """One thing that is to be told.

    Attributes:
        number: Counts up.
        kind: Which kind of event it is.
        body: JSON.
    """

    number: int
    kind: str
    body: str


class ReportQueue:
    """The reports that wait.

    Closes: its file, by `close`.
    """

    def __init__(self, folder: pathlib.Path, *, most: int = MOST) -> None:
        self._file = ReportFile(folder / FILE_NAME)
        self._most = most
        self._all: dict[int, Report] = {}
        self._next = 1
        self._written: set[int] = set()
        self._playing: dict[str, str] = {}
        self._written_playing: dict[str, str] = {}
        self._lock = asyncio.Lock()
        self._filled = asyncio.Event()
        self._failed = False
        self._overflowed = False

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._all)

    async def open(self) -> dict[str, str]:
        """Read what the last run left; return the streams that it told of and did not end.

        They are by their name, each with its engine's; a run that ended well leaves none.
        """
        try:
            async with asyncio.timeout(OPEN_LIMIT):
                waiting, playing = await asyncio.to_thread(self._file.read)
        except (StorageError, TimeoutError) as exc:
            self._tell(exc)
            return {}
        for number, kind, body in waiting[-self._most :]:
            self._all[number] = Report(number, kind, body)
        if self._all:
            self._filled.set()
        self._written = {number for number, _, _ in waiting}
        self._next = max(self._written, default=0) + 1
        self._written_playing = dict(playing)
        return dict(playing)

    def add(self, kind: str, body: str) -> None:
        """Let a report wait; where there are far too many, the oldest is dropped."""
        report = Report(self._next, kind, body)
        self._next += 1
        self._all[report.number] = report
        self._filled.set()
        if len(self._all) > self._most:
            del self._all[next(iter(self._all))]
            if not self._overflowed:
                self._overflowed = True
                logger.warning("more than %d reports wait; the oldest are dropped", self._most)

    async def wait(self) -> None:
        """Return as soon as a report waits."""
        await self._filled.wait()

    def note_playing(self, stream: str, engine: str) -> None:
        """Note that a stream was told of, to end it after a crash."""
        self._playing[stream] = engine

    def note_over(self, stream: str) -> None:
        """Note that the end of a stream is told, too."""
        self._playing.pop(stream, None)

    def first(self, count: int, size: int) -> list[Report]:
        """Return the first ones, at most so many and of so many characters together."""
        found: list[Report] = []
        for report in self._all.values():
            size -= len(report.body)
            if len(found) >= count or (found and size < 0):
                break
            found.append(report)
        return found

    def remove(self, reports: Iterable[Report]) -> None:
        """Take out those that were dealt with."""
        for one in reports:
            self._all.pop(one.number, None)
        if not self._all:
            self._filled.clear()
        self._overflowed = self._overflowed and len(self._all) >= self._most

    async def flush(self) -> None:
        """Write what has changed since the last time."""
        async with self._lock:
            add = [one for number, one in self._all.items() if number not in self._written]
            drop = [number for number in self._written if number not in self._all]
            playing = dict(self._playing)
            known = self._written_playing
            new = {name: one for name, one in playing.items() if known.get(name) != one}
            over = [name for name in known if name not in playing]
            if not (add or drop or new or over):
                return
            rows = [(one.number, one.kind, one.body) for one in add]
            try:
                await asyncio.to_thread(self._file.write, rows, drop, new.items(), over)
            except StorageError as exc:
                self._tell(exc)
                # What is in the file is not known any more: all of it is written anew.
                self._written, self._written_playing = set(), {}
                return
            self._failed = False
            self._written = (self._written | {one.number for one in add}) - set(drop)
            self._written_playing = playing

    async def close(self) -> None:
        """Write what waits and close the file."""
        await self.flush()
        await asyncio.to_thread(self._file.close)

    def _tell(self, exc: Exception) -> None:
        if not self._failed:
            self._failed = True
            logger.warning("reports for the orchestrator are kept in memory only: %s", exc)
