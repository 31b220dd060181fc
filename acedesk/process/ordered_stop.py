"""Stops the parts of AceDesk in reverse order of their start, each within a limit."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Final

logger = logging.getLogger(__name__)

# The longest a part may take to stop; a player or an engine that hangs must not keep us.
STOP_LIMIT: Final = 6.0
# The longest all of them may take together: the desktop waits 10 s (`acedesk.ui.shell.desktop`),
# and Docker as long before it kills a container.
STOP_TOTAL: Final = 8.0
# Of what is left of that a part may take so much; some is left for those after it.
STOP_SHARE: Final = 0.75


class OrderedStop:
    """Collects how the parts are stopped, and stops them."""

    def __init__(self) -> None:
        self._stack = contextlib.AsyncExitStack()
        self._stop_by = 0.0
        self._stopped = False

    def push(self, *stops: Callable[[], Awaitable[None]]) -> None:
        """Stop these parts, too: before all that were pushed earlier, the last one first."""
        for stop in stops:
            self._stack.push_async_callback(self._within, stop)

    def push_call(self, call: Callable[[], object]) -> None:
        """Call this, too; it does not wait."""
        self._stack.callback(call)

    async def stop(self) -> None:
        """Stop all parts; again it does nothing."""
        self._stop_by = asyncio.get_running_loop().time() + STOP_TOTAL
        await self._stack.aclose()
        if not self._stopped:
            self._stopped = True
            logger.info("AceDesk has stopped")

    async def _within(self, stop: Callable[[], Awaitable[None]]) -> None:
        """Stop a part, in the time that is left for it; then the others have their turn."""
        left = self._stop_by - asyncio.get_running_loop().time()
        limit = min(STOP_LIMIT, left * STOP_SHARE)
        try:
            async with asyncio.timeout(limit):
                await stop()
        except TimeoutError:
            logger.warning("a part did not stop within %.1f s", limit)
