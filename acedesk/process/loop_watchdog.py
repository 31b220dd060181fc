"""How long the event loop makes others wait, and what it was doing when it was too long.

A thread hands the loop a call four times a second and measures when it runs: that costs nothing
that could be seen, needs no timer of the loop (Qt's are inexact) and can look at a loop that hangs.
"""

import asyncio
import contextlib
import faulthandler
import logging
import math
import re
import tempfile
import threading
from array import array
from typing import Final

from acedesk import clock

logger = logging.getLogger(__name__)

BEAT: Final = 0.25
# Players hold a second of picture at least: so much nobody sees, more is told.
BLOCKED: Final = 0.2
# A minute.
BEATS_KEPT: Final = 240
STACK_DEPTH: Final = 8
# Seconds between two warnings: a computer that is busy blocks every loop again and again.
QUIET: Final = 60.0


class Watchdog:
    """Watches the loop it runs on."""

    def __init__(self) -> None:
        # Numbers, not objects: for ever being replaced, those would lie all over the heap.
        self._lags = array("d", (-1.0,)) * BEATS_KEPT
        self._beats = 0
        self._last = 0.0
        self._warned_at = -math.inf
        self._unsaid = 0

    @property
    def lag(self) -> float:
        """What 99 of 100 calls of the last minute waited at most, in seconds; 0 before any."""
        lags = sorted(self._lags[: self._beats])
        return lags[math.ceil(len(lags) * 0.99) - 1] if lags else 0.0

    async def run(self) -> None:
        """Watch until cancelled."""
        over = threading.Event()
        place = asyncio.get_running_loop(), threading.get_ident()
        threading.Thread(
            target=self._watch, args=(*place, over), name="watchdog", daemon=True
        ).start()
        try:
            await asyncio.Event().wait()
        finally:
            over.set()

    def _watch(self, loop: asyncio.AbstractEventLoop, ident: int, over: threading.Event) -> None:
        while not over.wait(BEAT):
            seen = threading.Event()
            try:
                loop.call_soon_threadsafe(self._answer, clock.monotonic(), seen)
            except RuntimeError:  # the loop is closed
                return
            if not seen.wait(BLOCKED):
                stack = _stack_of(ident)
                while not seen.wait(BEAT):
                    if over.is_set():
                        return
                self._tell(self._last, stack)

    def _tell(self, seconds: float, stack: str) -> None:
        """Log one line, at most once a minute; where it was is for who looks for it."""
        now = clock.monotonic()
        if now - self._warned_at >= QUIET:
            more = f", and {self._unsaid} more since the last report" if self._unsaid else ""
            logger.warning("the loop was blocked for %.0f ms%s", seconds * 1e3, more)
            self._warned_at, self._unsaid = now, 0
        else:
            self._unsaid += 1
        logger.debug("the loop was blocked for %.0f ms in\n%s", seconds * 1e3, stack)

    def _answer(self, asked_at: float, seen: threading.Event) -> None:
        self._last = clock.monotonic() - asked_at
        self._lags[self._beats % BEATS_KEPT] = self._last
        self._beats += 1
        seen.set()


def _stack_of(ident: int) -> str:
    """Return where a thread is, its innermost calls last.

    `sys._current_frames` makes objects of frames that are running, which under Qt crashes
    Python 3.11 now and then; the fault handler only reads.
    """
    told = ""
    # A full disk or too many open files must not end the watch.
    with contextlib.suppress(OSError), tempfile.TemporaryFile() as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        told = file.read().decode("utf-8", "replace")
    section = re.search(
        rf"(?m)^(?:Current thread|Thread) 0x0*{ident:x} .*\n((?: +File .*\n)+)", told
    )
    if section is None:
        return "(nothing is known)"
    return "\n".join(section[1].splitlines()[:STACK_DEPTH][::-1])
