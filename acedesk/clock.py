"""The only place that reads a clock; everything else is handed the time."""

import datetime
import sys
import time
from typing import Final

# Goes on while the computer sleeps: on Linux only this one does, on macOS CLOCK_MONOTONIC. Windows
# has neither, and its `time.monotonic` goes on.
_WITH_SLEEP: Final[int] = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", 0))


def monotonic() -> float:
    """Return seconds on a clock that never jumps; only differences mean anything."""
    return time.monotonic()


def with_sleep() -> float:
    """Return seconds on a clock that goes on while the computer sleeps, as `monotonic` does not."""
    if sys.platform != "win32":
        return time.clock_gettime(_WITH_SLEEP)
    else:  # noqa: RET505 - without it mypy calls the other system's line unreachable
        return time.monotonic()


def utc_now() -> datetime.datetime:
    """Return the wall-clock time in UTC, timezone-aware."""
    return datetime.datetime.now(datetime.UTC)
