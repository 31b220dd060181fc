"""The file of the reports that were not taken yet; everything here blocks.

SQLite in the data folder: what waits, in order, and which streams were told of and have not ended.
It is no history: a file that is damaged is moved aside, and the next one begins empty.
"""

import contextlib
import pathlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from typing import Final

from acedesk.errors import StorageError

FILE_NAME: Final = "reports.sqlite3"
BUSY_SECONDS: Final = 1.0

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS waiting (number INTEGER PRIMARY KEY, kind TEXT, body TEXT);
CREATE TABLE IF NOT EXISTS playing (stream TEXT PRIMARY KEY, engine TEXT);
"""
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class ReportFile:
    """One file. Calls may come from several threads; each waits for the one before.

    So a read that nobody waits for any more has ended when the file is closed.

    Closes: its connection, by `close`.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._in_use = threading.RLock()

    def read(self) -> tuple[list[tuple[int, str, str]], dict[str, str]]:
        """Return what waits (number, kind, body), and the engine of each stream that was told of.

        Raises:
            StorageError: It cannot be used; one that is damaged was moved aside.
        """
        with self._translated():
            connection = self._open()
            waiting = connection.execute("SELECT number, kind, body FROM waiting ORDER BY number")
            playing = connection.execute("SELECT stream, engine FROM playing")
            return waiting.fetchall(), dict(playing.fetchall())

    def write(
        self,
        add: Iterable[tuple[int, str, str]],
        drop: Iterable[int],
        playing: Iterable[tuple[str, str]],
        over: Iterable[str],
    ) -> None:
        """Write what is new and take out what is over, all of it or nothing.

        Raises:
            StorageError: It could not be written.
        """
        with self._translated():
            connection = self._open()
            with connection:
                connection.executemany("INSERT OR REPLACE INTO waiting VALUES (?, ?, ?)", add)
                connection.executemany(
                    "DELETE FROM waiting WHERE number = ?", ((one,) for one in drop)
                )
                connection.executemany("INSERT OR REPLACE INTO playing VALUES (?, ?)", playing)
                connection.executemany(
                    "DELETE FROM playing WHERE stream = ?", ((one,) for one in over)
                )

    def close(self) -> None:
        """Close the file; it is opened again when it is needed."""
        with self._in_use:
            connection, self._connection = self._connection, None
            if connection is not None:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Each call may be in another thread.
            connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, check_same_thread=False)
            self._connection = connection
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(_TABLES)
        return self._connection

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            with self._in_use:
                yield
        except OSError as exc:
            raise StorageError(f"{self._path}: {exc.strerror}") from exc
        except (sqlite3.Error, ValueError) as exc:
            self.close()
            code = getattr(exc, "sqlite_errorcode", None)
            if code in _DAMAGED or isinstance(exc, ValueError):
                with contextlib.suppress(OSError):
                    self._path.replace(self._path.with_name(f"{FILE_NAME}.bad"))
            raise StorageError(f"{self._path}: {exc}") from exc
