"""The one timer behind all streams.

Every `TICK` seconds each stream reads what its engine has sent since, and then hands it to its
clients; once a second each does its housekeeping. One timer instead of one readiness event
per engine write keeps a hundred streams cheap on any loop, and bounds the latency it adds to one
tick.
"""

import asyncio
import itertools
import logging
import math
from collections.abc import Callable
from typing import Final

from acedesk import clock

logger = logging.getLogger(__name__)

# At 8 Mbit/s a tick gathers 56 kB, a good size for a write; latency stays below 60 ms.
TICK: Final = 0.056
# Feeds are read together, at up to `PHASES` moments of a tick. Between two moments the processor's
# caches are filled with other things, so few moments cost less; but all share one event loop, so
# every other moment gets at most `FULL` feeds (about 3 ms) as long as another one of them has less,
# and `CROWDED` before those between them are used, too.
PHASES: Final = 8
FULL: Final = 25
CROWDED: Final = 50
# So many feeds are read before their clients get the packets: with more, the first would wait.
BATCH: Final = 5
HOUSEKEEPING: Final = 1.0
# Of what is due each second a tick does so much at most: all of a hundred streams take longer than
# their reading. Where there are several moments in a tick, each does its part, or these few.
SHARE: Final = 0.1
FEW: Final = 10
# Those that are due so much later, in seconds, are called with the first: one after the other they
# find the code of their steps in the processor's cache.
TOGETHER: Final = 0.09


class _Seconds:
    """What is called about once a second; streams that began together have their turns apart."""

    def __init__(self) -> None:
        # In the order of their times: what is called goes to the end.
        self._calls: dict[object, tuple[float, Callable[[float], None]]] = {}

    def add(self, owner: object, call: Callable[[float], None], at: float) -> None:
        self._calls.pop(owner, None)
        self._calls[owner] = at, call

    def remove(self, owner: object) -> None:
        self._calls.pop(owner, None)

    def next_at(self) -> float | None:
        """Return when the next one is due, None without any."""
        return next((at for at, _ in self._calls.values()), None)

    def take(self, now: float, moments: int = 1) -> list[Callable[[float], None]]:
        """Return what is due or nearly so, at most a share of all; each again a second later.

        Args:
            moments: How often it is called in a tick.
        """
        calls, next_at = self._calls, self.next_at()
        if next_at is None or next_at > now:
            return []
        due: list[object] = []
        share = len(calls) * SHARE
        most = math.ceil(min(share, max(share / max(moments, 1), FEW)))
        for owner, (at, _) in itertools.islice(calls.items(), most):
            if at > now + TOGETHER:
                break
            due.append(owner)
        taken: list[Callable[[float], None]] = []
        for owner in due:
            at, call = calls.pop(owner)
            again_at = at + HOUSEKEEPING
            calls[owner] = (again_at if again_at > now else now + HOUSEKEEPING), call
            taken.append(call)
        return taken


class ReadTicker:
    """Calls `tick` of every feed that is added, and `second` of everything that wants it.

    Feeds are run together, up to `FULL` of them, and then spread over the moments of each tick.
    Those of one moment are read, and their packets delivered, in batches: so the code of each step
    stays in the processor's cache. The timer runs only while there is something to call.
    """

    def __init__(self) -> None:
        self._phases: list[dict[object, Callable[[float], None]]] = [{} for _ in range(PHASES)]
        self._phase = 0
        self._seconds = _Seconds()
        self._handle: asyncio.TimerHandle | None = None
        self._next_at = 0.0
        self._reading = False
        self._read: list[Callable[[float], None]] = []
        self._due: int | None = None
        self._due_at = 0.0

    def add_tick(self, owner: object, tick: Callable[[float], None]) -> None:
        """Call `tick` every `TICK` seconds from now on."""
        self.remove_tick(owner)
        self._choose_phase()[owner] = tick
        self._restart()

    def _choose_phase(self) -> dict[object, Callable[[float], None]]:
        """Return where one more feed is read."""
        first = self._phases[::2]
        phase = next((phase for phase in first if len(phase) < FULL), min(first, key=len))
        return phase if len(phase) < CROWDED else min(self._phases, key=len)

    def hand_on(self, deliver: Callable[[float], None], now: float) -> None:
        """Call `deliver` after the batch that is being read; at once outside of a tick."""
        if self._reading:
            self._read.append(deliver)
        else:
            self._call(deliver, now)

    def remove_tick(self, owner: object) -> None:
        """Stop calling the tick of `owner`; unknown owners are ignored."""
        for phase in self._phases:
            phase.pop(owner, None)

    def add_second(self, owner: object, second: Callable[[float], None]) -> None:
        """Call `second` about once a second from now on."""
        self._seconds.add(owner, second, clock.monotonic() + HOUSEKEEPING)
        if self._handle is None:
            self._restart()

    def remove_second(self, owner: object) -> None:
        """Stop calling `second` of `owner`; unknown owners are ignored."""
        self._seconds.remove(owner)

    def _restart(self) -> None:
        """Set the timer anew: something may be due earlier now."""
        now = clock.monotonic()
        if self._handle is None:
            self._next_at = now
        else:
            self._handle.cancel()
        self._arm(now)

    def _arm(self, now: float) -> None:
        """Wait for the next phase that has feeds, or for the next second."""
        phases, at, steps = self._phases, self._phase, 1
        while steps <= PHASES and not phases[(at + steps) % PHASES]:
            steps += 1
        if steps > PHASES:
            second_at = self._seconds.next_at()
            if second_at is None:
                self._handle = None
                return
            self._due = None
            delay = second_at - now
        else:
            self._due = (at + steps) % PHASES
            self._due_at = max(self._next_at + steps * TICK / PHASES, now)
            delay = self._due_at - now
        self._handle = asyncio.get_running_loop().call_later(max(delay, 0.0), self._run)

    def _run(self) -> None:
        now = clock.monotonic()
        if self._due is None:
            self._next_at = now
        else:
            # When the loop is late, ticks are skipped and not run one after the other.
            self._phase = self._due
            self._next_at = max(self._due_at, now - TICK / PHASES)
            self._tick(now)
        for second in self._seconds.take(now, sum(map(bool, self._phases))):
            self._call(second, now)
        self._arm(clock.monotonic())

    def _tick(self, now: float) -> None:
        ticks = tuple(self._phases[self._phase].values())
        for first in range(0, len(ticks), BATCH):
            self._reading = True
            for tick in ticks[first : first + BATCH]:
                self._call(tick, now)
            self._reading = False
            read, self._read = self._read, []
            for deliver in read:
                self._call(deliver, now)

    @staticmethod
    def _call(function: Callable[[float], None], now: float) -> None:
        try:
            function(now)
        except Exception:
            # One stream's bug must not stop the others' picture.
            logger.exception("a stream's tick failed")
