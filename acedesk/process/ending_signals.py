"""The signals that ask a process to end: each of them lets AceDesk stop its engine sessions."""

import signal
import sys
from typing import Final

# Ctrl+C, the system's shutdown, the terminal that is closed, Ctrl+Backslash; on Windows Ctrl+Break
# and the console that is closed are one signal.
_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK")


def ending_signals() -> tuple[signal.Signals, ...]:
    """Return those of this system; `nohup` has told us to ignore SIGHUP where it is ignored."""
    there = (getattr(signal, name, None) for name in _NAMES)
    return tuple(number for number in there if number is not None and not _left_out(number))


def _left_out(number: signal.Signals) -> bool:
    if sys.platform == "win32" or number != signal.SIGHUP:
        return False
    return signal.getsignal(number) is signal.SIG_IGN
