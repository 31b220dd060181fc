"""How many engines are made at once, and how far apart they are begun."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable

from acedesk import tasks
from acedesk.rules.engines import provisioning
from acedesk.settings import Settings


class ProvisionSlots:
    """Turns of those who make engines, in the order in which they asked.

    The settings that hold at the moment count.
    """

    def __init__(self, settings: Callable[[], Settings], now: Callable[[], float]) -> None:
        self._settings = settings
        self._now = now
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._last_started_at: float | None = None

    @contextlib.asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Wait for a turn, and until the last start is long enough ago; held in the block."""
        await self._enter()
        try:
            await self._keep_pace()
            yield
        finally:
            self._taken -= 1
            self._let_in()

    async def _enter(self) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._let_in()
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.remove(turn)
            else:  # it was given the turn, and then cancelled before it went on
                self._taken -= 1
                self._let_in()
            raise

    def _let_in(self) -> None:
        while self._waiting and self._taken < self._settings().max_concurrent_provisions:
            turn = self._waiting.popleft()
            if not turn.done():
                self._taken += 1
                turn.set_result(None)

    async def _keep_pace(self) -> None:
        now, interval = self._now(), self._settings().min_provision_interval
        delay = provisioning.start_delay(self._last_started_at, now, interval)
        self._last_started_at = now + delay
        if delay:
            await tasks.sleep(delay)
