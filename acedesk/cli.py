"""The command line: `acedesk [LINK]`, `acedesk serve` and the small commands beside them.

Nothing heavy is imported before it is known what is wanted: `--version` and `--help` answer at
once, and headless commands never load Qt.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from acedesk.process.ending_signals import ending_signals


def main(argv: Sequence[str] | None = None) -> int:
    """Run AceDesk with `argv` (without the program's name); return the exit code.

    0 is a clean end (also by a signal), 2 bad arguments, 1 everything else, with one
    line on stderr that says why.
    """
    # Before any import that takes time, so that Ctrl+C during start-up is no traceback. The
    # commands that run for long put handlers of their loop in their place.
    for number in ending_signals():
        signal.signal(number, _end_quietly)
    try:
        from acedesk.commands import dispatch
    except ImportError as exc:
        return _incomplete(exc)
    return dispatch.run(sys.argv[1:] if argv is None else argv)


def _incomplete(error: ImportError) -> int:
    """Say that AceDesk lacks a part of itself, with nothing but what Python brings."""
    from acedesk.commands import native_message

    text = native_message.incomplete(error)
    print(f"acedesk: {text}", file=sys.stderr)
    if native_message.is_unseen():
        native_message.show(*native_message.split(text), environ=os.environ)
    return 1


def _end_quietly(number: int, frame: FrameType | None) -> NoReturn:
    # At once, not by an exception: one raised in a finalizer or while a compiled module is set
    # up is swallowed or turned into another. Nothing is open yet that needs closing.
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(0)
