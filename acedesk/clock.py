"""The only place that reads a clock; everything else is handed the time."""

import datetime
import time


def monotonic() -> float:
    """Return seconds on a clock that never jumps; only differences mean anything."""
    return time.monotonic()


def utc_now() -> datetime.datetime:
    """Return the wall-clock time in UTC, timezone-aware."""
    return datetime.datetime.now(datetime.UTC)
