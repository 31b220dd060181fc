"""For whom something is done, as W3C Trace Context names it, and how long it took.

A request may name the trace it is part of. What is done for it passes that on: to engines, to an
orchestrator on another address, and into the log. Nothing is made up where none was named.
"""

import contextlib
import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Final

from acedesk import clock
from acedesk.values import frozen_value

PARENT: Final = "traceparent"
STATE: Final = "tracestate"
# Seconds. A stream goes on for hours: what it does then is not done for who began it.
LONGEST: Final = 300.0
LONGEST_STATE: Final = 512

# A later version has the same four fields first, and may have more behind a hyphen.
_FORM: Final = re.compile(
    r"(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<parent>[0-9a-f]{16})-"
    r"(?P<flags>[0-9a-f]{2})(?P<more>-[\x21-\x7e]*)?"
)
_STATE: Final = re.compile(r"[\x20-\x7e]+")


@frozen_value
class Trace:
    """What a request named.

    Attributes:
        id, parent: Hex digits of the trace, and of the span in it that asked.
        flags: Hex digits; their last bit says whether the trace is recorded.
        state: What tracing systems keep with it, "" for nothing.
        since: Seconds of the monotonic clock.
    """

    id: str
    parent: str
    flags: str
    state: str = ""
    since: float = 0.0


@frozen_value
class Span:
    """Something that took a while and has just ended.

    Attributes:
        failure: Why it failed, as a code; "" where it did not.
        trace: For whom it was done, None for nobody.
    """

    name: str
    seconds: float
    failure: str = ""
    attributes: Mapping[str, str | int | float] = dataclasses.field(default_factory=dict)
    trace: Trace | None = None


_current: ContextVar[Trace | None] = ContextVar("trace", default=None)
_exporters: list[Callable[[Span], None]] = []


def parse(parent: str, state: str = "") -> Trace | None:
    """Return what the two headers name, None where they make no sense."""
    found = _FORM.fullmatch(parent.strip())
    if found is None or found["version"] == "ff" or (found["version"] == "00" and found["more"]):
        return None
    if not int(found["trace"], 16) or not int(found["parent"], 16):
        return None
    kept = len(state) <= LONGEST_STATE and _STATE.fullmatch(state) is not None
    return Trace(
        id=found["trace"],
        parent=found["parent"],
        flags=found["flags"],
        state=state if kept else "",
        since=clock.monotonic(),
    )


@contextlib.contextmanager
def following(headers: Mapping[str, str]) -> Iterator[None]:
    """Do what is in the block, and the tasks begun in it, for what a request's headers name."""
    parent = headers.get(PARENT)
    if parent is None:
        yield
        return
    token = _current.set(parse(parent, headers.get(STATE, "")))
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Trace | None:
    """Return for whom something is done now, None for nobody."""
    found = _current.get()
    return None if found is None or clock.monotonic() - found.since > LONGEST else found


def headers() -> dict[str, str]:
    """Return what to send with a request to somebody else."""
    found = current()
    if found is None:
        return {}
    sent = {PARENT: f"00-{found.id}-{found.parent}-{found.flags}"}
    return {**sent, STATE: found.state} if found.state else sent


def ended(name: str, seconds: float, *, failure: str = "", **attributes: str | float) -> None:
    """Tell that something has just ended; without anybody who exports spans this does nothing."""
    if not _exporters:
        return
    span = Span(name=name, seconds=seconds, failure=failure, attributes=attributes, trace=current())
    for export in tuple(_exporters):
        export(span)


@contextlib.contextmanager
def exporting(export: Callable[[Span], None]) -> Iterator[None]:
    """Hand every span that ends within the block to `export`; it must be quick and not fail."""
    _exporters.append(export)
    try:
        yield
    finally:
        _exporters.remove(export)
