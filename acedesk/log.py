"""Logging: one format, a ring for the Logs page, a rotated file, and redaction of secrets.

What repeats is written once a minute, with a count: a fault in a tick comes many times a second.
Ids of streams are shortened in the text ("94c2…d1e0"), because logs are what people post.
"""

import collections
import contextlib
import dataclasses
import datetime
import itertools
import logging
import logging.handlers
import pathlib
import re
import sys
import threading
import traceback
from collections.abc import Sequence
from typing import Final

from acedesk import trace
from acedesk.values import frozen_value

RING_ROWS: Final = 50_000
FILE_BYTES: Final = 5 * 1024 * 1024
FILE_COUNT: Final = 3
# Nothing is written again for so long, and so many lines are compared with what comes.
REPEAT_SECONDS: Final = 60.0
REMEMBERED: Final = 200

_ID_LENGTH: Final = 40
_HASH = re.compile(
    r"(?<![0-9a-zA-Z])([0-9a-fA-F]{4})[0-9a-fA-F]{32}([0-9a-fA-F]{4})(?![0-9a-zA-Z])"
)
# A bearer token, and one in a path: "/t/TOKEN/ace/getstream".
_BEARER = re.compile(r"(?i)(\bbearer +|/t/+)[^\s/?#\"',;&]+")
# Secrets of tokens, wherever they stand; `acedesk.rules.access.secret` makes them.
_TOKEN = re.compile(r"(?<![0-9A-Za-z])ad[a-km-np-z2-9]{26}(?![0-9A-Za-z])")
# The password in an address: redis://user:password@host.
_USER_INFO = re.compile(r"(?<=://)[^\s/@]*:[^\s/@]*(?=@)")
_SECRET = re.compile(r"(?i)((?:token|api_?key|password|x-api-key)[=: ]+)[^\s&,;]+")


@frozen_value(kw_only=False)
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
        """Append the record; called by `logging`. Never raises."""
        try:
            text = redact(self.format(record))
        except Exception as exc:  # noqa: BLE001 - what is logged must not fail who logs it
            text = f"a line of the log cannot be shown: {type(exc).__name__}"
        source = sys.intern(_part_of(record.name))
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


def _part_of(name: str) -> str:
    """Return a logger's part of AceDesk and its module; the folders between are nobody's concern.

    "acedesk.proxy.ingest.supply_log" is "proxy.supply_log".
    """
    first, *rest = name.removeprefix("acedesk.").split(".")
    return f"{first}.{rest[-1]}" if rest else first


@dataclasses.dataclass(slots=True)
class _Repeat:
    """A line that was written, and how often it came again.

    Attributes:
        text: Without the traceback.
        since: When it or its count was written; seconds of the wall clock.
        last_at: When it came last.
        count: How often it came since then.
    """

    name: str
    level: int
    text: str
    since: float
    last_at: float
    count: int = 0


class RepeatLimiter(logging.Handler):
    """Passes records on to other handlers, the same one only once a minute.

    The same are those of one logger, level and text; with an exception, those of one logger and
    type that came the same way through the code. How often one came again is written a minute
    later, when the next record of any kind comes, or by `flush`. Time is that of the records.

    Args:
        outputs: Get what is passed on.

    Closes: its outputs, by `close`.
    """

    def __init__(self, *outputs: logging.Handler) -> None:
        super().__init__()
        self._outputs = outputs
        self._repeats: collections.OrderedDict[object, _Repeat] = collections.OrderedDict()

    def emit(self, record: logging.LogRecord) -> None:
        """Pass the record on, or count it; called by `logging`. Never raises."""
        try:
            is_new = self._is_new(record)
        except Exception:  # noqa: BLE001 - it cannot be formatted, which the outputs tell of
            is_new = True
        if is_new:
            _name_trace(record)
            self._pass_on(record)

    def flush(self) -> None:
        """Write the counts that wait."""
        self.acquire()
        try:
            for repeat in tuple(self._repeats.values()):
                self._tell(repeat, repeat.last_at)
                repeat.count = 0
        finally:
            self.release()

    def close(self) -> None:
        """Write the counts that wait, and close the outputs."""
        self.flush()
        for output in self._outputs:
            output.close()
        super().close()

    def _is_new(self, record: logging.LogRecord) -> bool:
        now = record.created
        self._tell_what_is_over(now)
        text = record.getMessage()
        key = _sameness(record, text)
        repeat = self._repeats.get(key)
        if repeat is not None:
            repeat.count += 1
            repeat.last_at = now
            return False
        if len(self._repeats) >= REMEMBERED:
            self._tell(self._repeats.popitem(last=False)[1], now)
        if record.exc_info and record.exc_info[0] is not None:
            text = f"{text}: {record.exc_info[0].__name__}"
        self._repeats[key] = _Repeat(record.name, record.levelno, text, now, now)
        return True

    def _tell_what_is_over(self, now: float) -> None:
        """Write the counts whose minute is over; those lines are counted for one more minute."""
        while self._repeats:
            key, repeat = next(iter(self._repeats.items()))
            if abs(now - repeat.since) < REPEAT_SECONDS:  # a clock may be set back, too
                return
            del self._repeats[key]
            if repeat.count:
                self._tell(repeat, now)
                self._repeats[key] = dataclasses.replace(repeat, since=now, count=0)

    def _tell(self, repeat: _Repeat, now: float) -> None:
        if not repeat.count:
            return
        times = "time" if repeat.count == 1 else "times"
        text = f"{repeat.text} (repeated {repeat.count} {times} in the last minute)"
        record = logging.LogRecord(repeat.name, repeat.level, __file__, 0, text, None, None)
        record.created, record.msecs = now, now % 1 * 1000
        self._pass_on(record)

    def _pass_on(self, record: logging.LogRecord) -> None:
        for output in self._outputs:
            with contextlib.suppress(Exception):  # such as a stderr that nobody reads any more
                output.handle(record)


def _name_trace(record: logging.LogRecord) -> None:
    """Let a line that is written for a request say which trace that is part of."""
    if (found := trace.current()) is not None:
        record.msg, record.args = f"{record.getMessage()} (trace {found.id})", None


def _sameness(record: logging.LogRecord, text: str) -> object:
    """Return what is equal for records that are the same for a reader."""
    kind, _, trace = record.exc_info or (None, None, None)
    if trace is None:
        return record.name, record.levelno, text
    frames = traceback.walk_tb(trace)
    return record.name, kind, tuple((frame.f_code.co_filename, line) for frame, line in frames)


def redact(text: str) -> str:
    """Return `text` with 40-hex ids shortened and tokens, keys and passwords removed."""
    # Nearly no line has any of these. To look for their fixed parts takes a tenth of the time of
    # the patterns; casefold finds what (?i) does: the Kelvin sign is a k, and the long s an s.
    if len(text) >= _ID_LENGTH:
        text = _HASH.sub(r"\1…\2", text)
    if "ad" in text:
        text = _TOKEN.sub("***", text)
    if "://" in text:
        text = _USER_INFO.sub("***", text)
    folded = text.casefold()
    if "token" in folded or "key" in folded or "password" in folded:
        text = _SECRET.sub(r"\1***", text)
    if "bearer" in folded or "/t/" in folded:
        text = _BEARER.sub(r"\1***", text)
    return text


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
    close()
    root = logging.getLogger()
    ring = LogRing()
    ring.setFormatter(logging.Formatter("%(message)s"))
    outputs: list[logging.Handler] = [ring]
    line = _Formatter("%(asctime)s %(levelname)-7s %(name)s  %(message)s")
    if to_stderr:
        stream = logging.StreamHandler()
        stream.setFormatter(line)
        outputs.append(stream)
    no_file: OSError | None = None
    if folder is not None:
        try:
            outputs.append(_open_file(folder, line))
        except OSError as exc:
            no_file = exc
    root.addHandler(RepeatLimiter(*outputs))
    if no_file is not None:
        logging.getLogger(__name__).warning("no log file: %s", no_file)
    set_level(level)
    return ring


def _open_file(folder: pathlib.Path, line: logging.Formatter) -> logging.Handler:
    folder.mkdir(parents=True, exist_ok=True)
    file = _RotatingFile(
        folder / "acedesk.log",
        maxBytes=FILE_BYTES,
        backupCount=FILE_COUNT - 1,
        delay=True,
        encoding="utf-8",
    )
    file.setFormatter(line)
    return file


def close() -> None:
    """End what `set_up` began; its file is closed."""
    root = logging.getLogger()
    for handler in tuple(root.handlers):
        if isinstance(handler, RepeatLimiter):
            root.removeHandler(handler)
            handler.close()


def flush() -> None:
    """Write what waits, so that what is said next is the last."""
    for handler in logging.getLogger().handlers:
        handler.flush()


def set_level(level: str) -> None:
    """Change how much is logged from now on; other libraries stay at warnings."""
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger("acedesk").setLevel(level.upper())


class _RotatingFile(logging.handlers.RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging names it
        """Lose the line silently: a full disk must not flood stderr or stop the program."""
