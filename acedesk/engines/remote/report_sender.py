"""Sends what waits in the queue: a second after the first report, or when there are a hundred.

What the orchestrator does not take now stays, on disk, too, and is sent when it answers again.
"""

import asyncio
import contextlib
import logging
from typing import Final

from acedesk import tasks
from acedesk.engines.remote.client import OrchestratorClient
from acedesk.errors import OrchestratorUnavailable
from acedesk.store.reports.report_queue import Report, ReportQueue

logger = logging.getLogger(__name__)

BATCH_SECONDS: Final = 1.0
BATCH: Final = 100
# An orchestrator takes bodies of 1 MiB.
BATCH_SIZE: Final = 256 * 1024
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 5.0
# The end of all streams is told before AceDesk ends, if that is quick.
CLOSE_LIMIT: Final = 2.0
LOOK_INTERVAL: Final = 0.1


class ReportSender:
    """Empties the queue while `run` runs.

    Closes: nothing itself; `close` sends what is left.
    """

    def __init__(self, client: OrchestratorClient, queue: ReportQueue) -> None:
        self._client = client
        self._queue = queue

    async def run(self) -> None:
        """Send until cancelled."""
        tries = 0
        while True:
            await self._gather()
            try:
                while self._queue:
                    await self._send_first()
                    tries = 0
            except OrchestratorUnavailable as exc:
                tries += 1
                if tries == 1:
                    logger.info("%d reports wait for the orchestrator: %s", len(self._queue), exc)
                await self._queue.flush()
                pause = self._client.requests.pause(tries, first=FIRST_PAUSE, longest=LONGEST_PAUSE)
                await tasks.sleep(pause)
            await self._queue.flush()

    async def _gather(self) -> None:
        """Wait for a report, and then for a moment or for many."""
        await self._queue.wait()
        until = asyncio.get_running_loop().time() + BATCH_SECONDS
        while len(self._queue) < BATCH and asyncio.get_running_loop().time() < until:
            await tasks.sleep(LOOK_INTERVAL)

    async def close(self) -> None:
        """Send what is left, in the time there is; the rest is kept on disk."""
        with contextlib.suppress(TimeoutError, OrchestratorUnavailable):
            async with asyncio.timeout(CLOSE_LIMIT):
                while self._queue:
                    await self._send_first()

    async def _send_first(self) -> list[Report]:
        reports = self._queue.first(BATCH, BATCH_SIZE)
        dealt_with = await self._client.send(reports)
        self._queue.remove(reports[:dealt_with])
        return reports[:dealt_with]
