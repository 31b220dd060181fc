"""How numbers are written for people: rates, durations, sizes and counts."""

import datetime
import math

NOTHING = "—"


def format_rate(rate: float | None) -> str:
    """Return bit/s as "5.4 Mbit/s", "820 kbit/s" or "0 Mbit/s"; a dash for None."""
    if rate is None or not math.isfinite(rate):
        return NOTHING
    if rate >= 999_500:
        return f"{format_mega(rate)} Mbit/s"
    return f"{rate / 1000:.0f} kbit/s" if rate >= 500 else "0 Mbit/s"


def format_mega(rate: float) -> str:
    """Return bit/s in Mbit/s without the unit: "5.4", "124"."""
    if not math.isfinite(rate):
        return NOTHING
    mega = rate / 1_000_000
    return f"{mega:.1f}" if mega < 99.95 else f"{mega:.0f}"


def format_duration(seconds: float) -> str:
    """Return "0:42", "12:05", "3:07:09" or "2 d 3 h"."""
    if not math.isfinite(seconds):
        return NOTHING
    whole = max(0, int(seconds))
    if whole >= 24 * 3600:
        return f"{whole // 86400} d {whole % 86400 // 3600} h"
    hours, minutes = whole // 3600, whole % 3600 // 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def format_since(then: datetime.datetime | None, now: datetime.datetime) -> str:
    """Return how long ago `then` was; a dash when it is not known."""
    return NOTHING if then is None else format_duration((now - then).total_seconds())


def format_span(seconds: float) -> str:
    """Return a duration in words for sentences: "8 s", "3 min", "3 h 12 min", "2 d 4 h"."""
    if not math.isfinite(seconds):
        return NOTHING
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} s"
    days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"


def format_ago(then: datetime.datetime | None, now: datetime.datetime) -> str:
    """Return "just now", "8 s ago", "3 h 12 min ago"; a dash when it is not known."""
    if then is None:
        return NOTHING
    seconds = (now - then).total_seconds()
    return "just now" if seconds < 2 else f"{format_span(seconds)} ago"


def format_seconds(seconds: float) -> str:
    """Return a short time: "0.4 s", "18 s"."""
    if not math.isfinite(seconds):
        return NOTHING
    seconds = max(0.0, seconds)
    return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"


def format_wait(seconds: float) -> str:
    """Return a time somebody waits: "8 s", "3 min 20 s"."""
    if not math.isfinite(seconds):
        return NOTHING
    whole = max(0, int(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def format_bytes(count: float) -> str:
    """Return "812 kB", "31.4 MB" or "1.20 GB"."""
    if not math.isfinite(count):
        return NOTHING
    if count >= 1e9:
        return f"{count / 1e9:.2f} GB"
    return f"{count / 1e6:.1f} MB" if count >= 999_500 else f"{count / 1e3:.0f} kB"


def count(number: int, one: str, many: str = "") -> str:
    """Return "1 stream", "3 streams"; `many` is given where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
