"""Runs the machine of `acedesk.rules.supply` for one stream: events in, commands out, in order."""

import asyncio
import contextlib
import dataclasses
import math
from collections import deque
from collections.abc import Callable, Mapping

from acedesk import clock
from acedesk.errors import AceDeskError
from acedesk.model.engine import EngineId
from acedesk.rules.supply.machine import step
from acedesk.rules.supply.state import (
    Command,
    Event,
    Failures,
    GiveUp,
    Limits,
    SupplyState,
    WakeAt,
)
from acedesk.settings import Settings


class SupplyRunner:
    """One stream's machine.

    Args:
        carry_out: Carries out a command at once; it may call `send` again.
        coming: Tells whether an engine is being made or started.
        due: Tells whether it is about to be looked if one more is needed.
        changed: Called with the former state, when an event and all that followed are done.

    Attributes:
        state: What is known of the engines.
        error: What the stream ended with, None while it runs.
    """

    __slots__ = (
        "_carry_out",
        "_changed",
        "_coming",
        "_due",
        "_events",
        "_settings",
        "_sleeps_until",
        "_stepping",
        "_wake",
        "_wake_at",
        "error",
        "state",
    )

    def __init__(
        self,
        state: SupplyState,
        settings: Callable[[], Settings],
        *,
        carry_out: Callable[[Command], None],
        changed: Callable[[SupplyState], None],
        coming: Callable[[], bool] = lambda: False,
        due: Callable[[], bool] = lambda: False,
    ) -> None:
        self.state = state
        self.error: AceDeskError | None = None
        self._settings = settings
        self._carry_out = carry_out
        self._changed = changed
        self._coming = coming
        self._due = due
        self._events: deque[tuple[Event, float]] = deque()
        self._stepping = False
        self._wake = asyncio.Event()
        self._wake_at = self._sleeps_until = math.inf

    def leave_out(self, failed: Mapping[EngineId, Failures]) -> None:
        """Begin with other engines than these; to be told before the first event."""
        self.state = dataclasses.replace(self.state, failures=failed)

    def limits(self) -> Limits:
        """Return what the settings say now."""
        settings = self._settings()
        return Limits(
            accept=settings.accept_timeout,
            start=settings.start_timeout,
            switch=settings.switch_timeout,
            stall=settings.stall_timeout,
            standby_after=settings.standby_after,
            coming=self._coming(),
            due=self._due(),
        )

    def send(self, event: Event, now: float | None = None) -> None:
        """Tell the machine what happened, now or at `now`, and carry out what it wants.

        An event that is sent while a command is carried out waits until those before it are done.
        """
        self._events.append((event, clock.monotonic() if now is None else now))
        if self._stepping:
            return
        before, self._stepping = self.state, True
        try:
            while self._events:
                following, at = self._events.popleft()
                self.state, commands = step(self.state, following, self.limits(), at)
                for command in commands:
                    self._take(command)
        finally:
            self._stepping = False
        self._changed(before)

    def _take(self, command: Command) -> None:
        match command:
            case WakeAt():
                self._wake_at = command.at
                if command.at < self._sleeps_until:
                    self._wake.set()
            case GiveUp():
                self.error = command.error.bare()
                self._wake.set()
            case _:
                self._carry_out(command)

    async def sleep(self) -> None:
        """Wait until the machine wants to look at the clock, or the stream is over."""
        if self.error is not None:
            return
        self._sleeps_until = self._wake_at
        wait = None if math.isinf(self._wake_at) else max(0.0, self._wake_at - clock.monotonic())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await self._wake.wait()
        self._wake.clear()
