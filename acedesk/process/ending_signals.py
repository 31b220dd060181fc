"""The signals that ask a process to end: each of them lets AceDesk stop its engine sessions."""

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import Final

from acedesk.process.end_request import listen_for_end

# Ctrl+C, the system's shutdown, the terminal that is closed, Ctrl+Backslash; on Windows Ctrl+Break
# and the console that is closed are one signal.
_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK")


def ending_signals() -> tuple[signal.Signals, ...]:
    """Return those of this system; `nohup` has told us to ignore SIGHUP where it is ignored."""
    there = (getattr(signal, name, None) for name in _NAMES)
    return tuple(number for number in there if number is not None and not _left_out(number))


def handle_ending_signals(loop: asyncio.AbstractEventLoop, end: Callable[[], object]) -> None:
    """Let each of them call `end` in the loop, in place of what it does now.

    So does an AceDesk that asks this one to end, where no signal can say that.
    """
    for number in ending_signals():
        try:
            loop.add_signal_handler(number, end)
        except RuntimeError:  # Windows: its loops have no handlers
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(end))

    def end_from_elsewhere() -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended before
            loop.call_soon_threadsafe(end)

    listen_for_end(end_from_elsewhere)


def _left_out(number: signal.Signals) -> bool:
    return number.name == "SIGHUP" and signal.getsignal(number) is signal.SIG_IGN
