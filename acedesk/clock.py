"""The only place that reads a clock; everything else is handed the time."""

import datetime
import time
from typing import Final

# Goes on while the computer sleeps: on Linux only this one does, on macOS CLOCK_MONOTONIC. Windows
# has neither, and its `time.monotonic` goes on.
_WITH_SLEEP: Final = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def monotonic() -> float:
    """Return seconds on a clock that never jumps; only differences mean anything."""
    return time.monotonic()


def with_sleep() -> float:
    """Return seconds on a clock that goes on while the computer sleeps, as `monotonic` does not."""
    return time.monotonic() if _WITH_SLEEP is None else time.clock_gettime(_WITH_SLEEP)


def utc_now() -> datetime.datetime:
    """Return the wall-clock time in UTC, timezone-aware."""
    return datetime.datetime.now(datetime.UTC)
