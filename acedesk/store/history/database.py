"""The database of what happened and how engines and streams did; everything here blocks.

SQLite in one file of the data folder. `acedesk.store.history.history_store` calls it in a thread
of its own.

Tables: `events`; for engines and for streams one of minutes and one of hours, a row for each
subject and period; `tests`, the results of tried links. A period that is written twice, because
the clock was set back, holds the mean of both.
"""

import contextlib
import dataclasses
import errno
import json
import pathlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from acedesk.model.history import DAY_STEP, HistoryRow, HistoryTrouble, Series
from acedesk.values import frozen_value

FILE_NAME: Final = "history.sqlite3"
# Counted up when a table changes; a file of a newer AceDesk is not touched.
VERSION: Final = 1
# Nobody else uses the file; a backup program may hold it for a moment.
BUSY_SECONDS: Final = 1.0
MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 24 * HOUR
# For how long it is kept. Fifty engines write 70,000 rows of minutes a day, some 8 MB.
MINUTES_KEPT: Final = 3 * DAY
HOURS_KEPT: Final = 400 * DAY
EVENTS_KEPT: Final = 30 * DAY
MOST_EVENTS: Final = 50_000
MOST_TESTS: Final = 1000
LONGEST_TEXT: Final = 4096

_PERIODS: Final = (("minutes", MINUTE), ("hours", HOUR))


@frozen_value
class EventRow:
    """One event as it is kept; `number` is 0 for one that is to be written."""

    time: float
    kind: str
    subject: str
    cause: str
    data: Mapping[str, bool | int | float | str | None]
    number: int = 0


@frozen_value(kw_only=False)
class Batch:
    """What is written together.

    Attributes:
        tests: Time (Unix), the tried content, and the result as JSON.
    """

    events: list[EventRow] = dataclasses.field(default_factory=list)
    rows: list[HistoryRow] = dataclasses.field(default_factory=list)
    tests: list[tuple[float, str, str]] = dataclasses.field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.events or self.rows or self.tests)


class DatabaseFailed(Exception):
    """An operation failed.

    Attributes:
        trouble: What is wrong with the file.
    """

    def __init__(self, trouble: HistoryTrouble, detail: str) -> None:
        super().__init__(detail)
        self.trouble = trouble


class HistoryDatabase:
    """One open file.

    Every operation raises `DatabaseFailed` and nothing else; what was to be written together is
    written as a whole or not at all.

    Closes: its connection, by `close` and before the file is moved aside.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    @property
    def is_open(self) -> bool:
        """It was opened and is still where it was."""
        return self._connection is not None and self._path.exists()

    def open(self) -> None:
        """Open the file, make what is missing; again when it is open already does nothing."""
        if self.is_open:
            return
        self.close()
        with _translated():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # The thread that opens it is the only one that uses it.
            connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
            try:
                _prepare(connection)
            except BaseException:
                connection.close()
                raise
        self._connection = connection

    def close(self) -> None:
        """Close the file; one that is closed already stays so."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def move_aside(self) -> pathlib.Path:
        """Rename the file, and what belongs to it, to `NAME.bad`; a former one is replaced.

        Raises:
            DatabaseFailed: It cannot be renamed.
        """
        self.close()
        aside = self._path.with_name(f"{self._path.name}.bad")
        with _translated():
            for end in ("", "-wal", "-shm"):
                file = self._path.with_name(self._path.name + end)
                if file.exists():
                    file.replace(aside.with_name(aside.name + end))
        return aside

    # ------------------------------------------------------------------ writing

    def write(self, batch: Batch) -> None:
        """Add all of `batch`."""
        with self._transaction() as run:
            run.executemany(
                "INSERT INTO events (time, kind, subject, cause, data) VALUES (?, ?, ?, ?, ?)",
                [_event_columns(event) for event in batch.events],
            )
            for series in Series:
                rows = [row for row in batch.rows if row.series is series]
                for name, seconds in _PERIODS:
                    run.executemany(
                        _upsert(series, name),
                        [
                            (row.subject, row.start // seconds * seconds, row.samples, *row.values)
                            for row in rows
                        ],
                    )
            run.executemany(
                "INSERT INTO tests (time, stream, result) VALUES (?, ?, ?)", batch.tests
            )

    def prune(self, now: float) -> None:
        """Drop what is too old.

        What is from the future stays: the clock may be wrong now, not then.

        Args:
            now: Unix time; the caller has made sure that the clock was not set just now.
        """
        with self._transaction() as run:
            for series in Series:
                for (name, _), kept in zip(_PERIODS, (MINUTES_KEPT, HOURS_KEPT), strict=True):
                    run.execute(
                        f"DELETE FROM {series.value}_{name} WHERE start < ?",  # noqa: S608 - names of ours
                        (now - kept,),
                    )
            run.execute("DELETE FROM events WHERE time < ?", (now - EVENTS_KEPT,))
            for table, most in (("events", MOST_EVENTS), ("tests", MOST_TESTS)):
                run.execute(
                    f"DELETE FROM {table} WHERE id <= (SELECT MAX(id) FROM {table}) - ?",  # noqa: S608
                    (most,),
                )

    # ------------------------------------------------------------------ reading

    def last_events(self, count: int) -> list[EventRow]:
        """Return the last events, oldest first."""
        found = self._all("SELECT * FROM events ORDER BY id DESC LIMIT ?", (count,))
        return [row for one in reversed(found) if (row := _event_row(one)) is not None]

    def course(
        self, series: Series, subject: str, since: float, until: float
    ) -> list[tuple[int, tuple[float | None, ...]]]:
        """Return the means of every `DAY_STEP` seconds, oldest first; empty steps are left out."""
        means = ", ".join(
            f"SUM({name} * samples) / SUM(CASE WHEN {name} IS NULL THEN 0 ELSE samples END)"
            for name in series.names
        )
        found = self._all(
            f"SELECT start / {DAY_STEP} * {DAY_STEP} AS step, {means} "  # noqa: S608 - names of ours
            f"FROM {series.value}_minutes WHERE subject = ? AND start >= ? AND start < ? "
            "GROUP BY step ORDER BY step",
            (subject, since, until),
        )
        return [(row[0], tuple(row[1:])) for row in found]

    def last_tests(self, count: int) -> list[str]:
        """Return the results of the last tests as JSON, newest first."""
        found = self._all("SELECT result FROM tests ORDER BY id DESC LIMIT ?", (count,))
        return [str(result) for (result,) in found]

    def _all(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        if self._connection is None:
            return []
        with _translated():
            return self._connection.execute(sql, values).fetchall()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        if self._connection is None:
            raise DatabaseFailed(HistoryTrouble.UNWRITABLE, "it is not open")
        with _translated(), _together(self._connection) as connection:
            yield connection


def _prepare(connection: sqlite3.Connection) -> None:
    """Set the file up and make the tables that are missing."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA cache_size=-256")  # KiB; what is asked for is newest first
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise DatabaseFailed(HistoryTrouble.NEWER, "a newer AceDesk has written it")
    with _together(connection):
        for statement in _tables():
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={VERSION}")


@contextlib.contextmanager
def _together(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Make one transaction of the block."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # SQLite has ended it by itself
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError, OverflowError, ValueError) as exc:
        raise DatabaseFailed(_judge(exc), str(exc)) from exc


_TROUBLES: Final = {
    sqlite3.SQLITE_CORRUPT: HistoryTrouble.DAMAGED,
    sqlite3.SQLITE_NOTADB: HistoryTrouble.DAMAGED,
    sqlite3.SQLITE_BUSY: HistoryTrouble.LOCKED,
    sqlite3.SQLITE_LOCKED: HistoryTrouble.LOCKED,
    sqlite3.SQLITE_FULL: HistoryTrouble.FULL,
    # A table that is not as we made it.
    sqlite3.SQLITE_ERROR: HistoryTrouble.DAMAGED,
}
_PRIMARY: Final = 0xFF  # an extended code has the usual one in its lowest byte


def _judge(error: BaseException) -> HistoryTrouble:
    if isinstance(error, OSError):
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        return HistoryTrouble.FULL if full else HistoryTrouble.UNWRITABLE
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:  # the module's own: text that is none, a value that does not fit
        return HistoryTrouble.DAMAGED
    return _TROUBLES.get(code & _PRIMARY, HistoryTrouble.UNWRITABLE)


def _tables() -> Iterable[str]:
    yield (
        "CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL, "
        "kind TEXT, subject TEXT, cause TEXT, data TEXT)"
    )
    yield (
        "CREATE TABLE IF NOT EXISTS tests (id INTEGER PRIMARY KEY AUTOINCREMENT, time REAL, "
        "stream TEXT, result TEXT)"
    )
    for series in Series:
        columns = ", ".join(f"{name} REAL" for name in series.names)
        for name, _ in _PERIODS:
            yield (
                f"CREATE TABLE IF NOT EXISTS {series.value}_{name} (subject TEXT, start INTEGER, "
                f"samples INTEGER, {columns}, PRIMARY KEY (subject, start)) WITHOUT ROWID"
            )


def _upsert(series: Series, period: str) -> str:
    names = series.names
    marks = ", ".join("?" * (3 + len(names)))
    means = ", ".join(
        f"{name} = CASE WHEN excluded.{name} IS NULL THEN {name} "
        f"WHEN {name} IS NULL THEN excluded.{name} "
        f"ELSE ({name} * samples + excluded.{name} * excluded.samples) "
        "/ (samples + excluded.samples) END"
        for name in names
    )
    return (
        f"INSERT INTO {series.value}_{period} (subject, start, samples, {', '.join(names)}) "  # noqa: S608 - names of ours
        f"VALUES ({marks}) ON CONFLICT (subject, start) DO UPDATE SET {means}, "
        "samples = samples + excluded.samples"
    )


def _event_columns(event: EventRow) -> tuple[float, str, str, str, str]:
    data = json.dumps(dict(event.data))
    if len(data) > LONGEST_TEXT:
        data = "{}"
    return (event.time, event.kind, event.subject[:LONGEST_TEXT], event.cause, data)


def _event_row(columns: Sequence[object]) -> EventRow | None:
    """Return an event as it was written, None for what somebody else has put there."""
    number, time, kind, subject, cause, data = columns
    try:
        read = json.loads(str(data))
    except (ValueError, RecursionError):
        return None
    plain = isinstance(read, dict) and all(
        isinstance(value, None | bool | int | float | str) for value in read.values()
    )
    if not plain or not isinstance(time, int | float) or not isinstance(number, int):
        return None
    return EventRow(
        number=number,
        time=float(time),
        kind=str(kind),
        subject=str(subject),
        cause=str(cause),
        data=read,
    )
