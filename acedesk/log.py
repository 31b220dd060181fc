"""Logging: one format, a ring for the Logs page, a rotated file, and redaction of secrets.

Ids of streams are shortened in the text ("94c2…d1e0"), because logs are what people post.
"""

import collections
import dataclasses
import datetime
import itertools
import logging
import logging.handlers
import pathlib
import re
import threading
from collections.abc import Sequence
from typing import Final

RING_ROWS: Final = 50_000
FILE_BYTES: Final = 5 * 1024 * 1024
FILE_COUNT: Final = 3

_HASH = re.compile(
    r"(?<![0-9a-zA-Z])([0-9a-fA-F]{4})[0-9a-fA-F]{32}([0-9a-fA-F]{4})(?![0-9a-zA-Z])"
)
_SECRET = re.compile(r"(?i)((?:token|api_?key|password|x-api-key)[=: ]+)[^\s&,;]+")


@dataclasses.dataclass(frozen=True, slots=True)
class LogRow:
    """One line of the log.

    Attributes:
        number: Counts up by one from 0 in this run; gaps never occur.
        time: Timezone-aware UTC.
        level: `logging` level number.
        source: Part of AceDesk it came from: "proxy.stream", "engines.manager".
        text: One or more lines, secrets removed.
    """

    number: int
    time: datetime.datetime
    level: int
    source: str
    text: str


class LogRing(logging.Handler):
    """Keeps the last 50,000 rows in memory; safe to fill from any thread."""

    def __init__(self, rows: int = RING_ROWS) -> None:
        super().__init__()
        self._rows: collections.deque[LogRow] = collections.deque(maxlen=rows)
        self._numbers = itertools.count()
        self._next = 0
        self._guard = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        """Append the record; called by `logging`."""
        text = redact(self.format(record))
        source = record.name.removeprefix("acedesk.")
        time = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        with self._guard:
            number = next(self._numbers)
            self._next = number + 1
            self._rows.append(LogRow(number, time, record.levelno, source, text))

    @property
    def next_number(self) -> int:
        """The number the next row will get."""
        return self._next

    def since(self, number: int) -> Sequence[LogRow]:
        """Return the rows from `number` on that are still kept, oldest first."""
        with self._guard:
            kept = len(self._rows)
            skip = max(0, number - (self._next - kept))
            return tuple(itertools.islice(self._rows, skip, None)) if skip < kept else ()


def redact(text: str) -> str:
    """Return `text` with 40-hex ids shortened and the values of tokens and keys removed."""
    return _SECRET.sub(r"\1***", _HASH.sub(r"\1…\2", text))


class _Formatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def set_up(level: str, *, folder: pathlib.Path | None = None, to_stderr: bool = True) -> LogRing:
    """Send everything logged below `acedesk` to a ring, and where asked to stderr and a file.

    Args:
        level: "debug", "info", "warning" or "error".
        folder: Where `acedesk.log` is kept (rotated, 3 x 5 MiB); a folder that cannot be
            written is only a warning.
    """
    root = logging.getLogger()
    for handler in tuple(root.handlers):
        if isinstance(handler, _OWN):
            root.removeHandler(handler)
            handler.close()
    ring = LogRing()
    ring.setFormatter(logging.Formatter("%(message)s"))
    root.addHandler(ring)
    line = _Formatter("%(asctime)s %(levelname)-7s %(name)s  %(message)s")
    if to_stderr:
        stream = _Stderr()
        stream.setFormatter(line)
        root.addHandler(stream)
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            file = _RotatingFile(
                folder / "acedesk.log",
                maxBytes=FILE_BYTES,
                backupCount=FILE_COUNT - 1,
                delay=True,
                encoding="utf-8",
            )
            file.setFormatter(line)
            root.addHandler(file)
        except OSError as exc:
            logging.getLogger(__name__).warning("no log file: %s", exc)
    set_level(level)
    return ring


def set_level(level: str) -> None:
    """Change how much is logged from now on; other libraries stay at warnings."""
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger("acedesk").setLevel(level.upper())


class _Stderr(logging.StreamHandler):  # type: ignore[type-arg]  # generic only in stubs
    pass


class _RotatingFile(logging.handlers.RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging names it
        """Lose the line silently: a full disk must not flood stderr or stop the program."""


_OWN = (LogRing, _Stderr, _RotatingFile)
