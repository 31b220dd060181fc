"""What an orchestrator is asked and told: its engines and streams, one more engine, our reports.

The contract is that of acestream-orchestrator, which AceDesk serves, too. What only AceDesk has
(readiness, batches, a WebSocket) is used where it is there: of the Python era the answer is 404.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final

from acedesk.engines.remote.requests import OrchestratorRequests
from acedesk.errors import (
    Busy,
    BusyReason,
    OrchestratorTrouble,
    OrchestratorUnavailable,
)
from acedesk.formats.orchestrator import replies
from acedesk.formats.orchestrator.changes import Picture
from acedesk.formats.orchestrator.reports import STARTED
from acedesk.store.reports.report_queue import Report

READY_TIMEOUT: Final = 3.0
# The Python era makes the container before it answers.
PROVISION_TIMEOUT: Final = 40.0
REPORT_TIMEOUT: Final = 5.0

_OK, _NOT_FOUND, _NOT_ALLOWED, _BUSY = 200, 404, 405, 503
_SUCCESS: Final = range(200, 300)
# What may be taken at another time; any other refusal is for good.
_LATER: Final = frozenset({408, 425, 429})


class OrchestratorClient:
    """The orchestrator as a row of questions.

    Closes: its connections, by `close`.
    """

    def __init__(self, requests: OrchestratorRequests) -> None:
        self.requests = requests
        self._takes_batches = True

    async def close(self) -> None:
        """Close the connections."""
        await self.requests.close()

    async def fetch_picture(self, *, looking: bool = False) -> Picture:
        """Return its engines and the streams that play on them.

        Raises:
            OrchestratorUnavailable: It does not tell.
        """
        outcomes = await asyncio.gather(
            self.requests.read("/engines", looking=looking),
            self.requests.read("/streams?status=started", looking=looking),
            return_exceptions=True,
        )
        bodies = []
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            bodies.append(outcome)
        return Picture(
            engines=replies.parse_engines(bodies[0]), streams=replies.parse_streams(bodies[1])
        )

    def follow(self, since: str) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Open the WebSocket of changes; see `OrchestratorRequests.open_socket`.

        Args:
            since: The last revision that was seen, "" for everything.
        """
        self._takes_batches = True  # it may be another program by now
        return self.requests.open_socket("/ws/engines" + (f"?since={since}" if since else ""))

    async def provision(self, request_key: str) -> str:
        """Have one more engine made; return its id as soon as that is known.

        First it is asked whether it answers and would make one: a request that nobody takes would
        keep whoever waits for the engine.

        Args:
            request_key: The same for a request and its repetitions.

        Raises:
            Busy: It makes none now, or makes one already; the reason is its own.
            OrchestratorUnavailable: It does not answer.
        """
        await self._check_ready()
        blocked = replies.parse_blocked(await self.requests.read("/orchestrator/status"))
        if blocked is not None:
            raise blocked
        answer = await self.requests.ask(
            "POST",
            "/provision/acestream",
            body='{"labels": {}, "env": {}}',
            timeout=PROVISION_TIMEOUT,
            headers={"Idempotency-Key": request_key},
        )
        if answer.status != _OK:
            raise replies.parse_refusal(answer.body)
        return replies.parse_provisioned(answer.body)

    async def _check_ready(self) -> None:
        answer = await self.requests.ask("GET", "/health/ready", timeout=READY_TIMEOUT)
        if answer.status == _NOT_FOUND:
            return  # of the Python era
        if answer.status not in (_OK, _BUSY):
            raise OrchestratorUnavailable(
                OrchestratorTrouble.FAILING, f"it answered {answer.status}"
            )
        if replies.parse_readiness(answer.body).making:
            raise Busy(BusyReason.STARTING, "The orchestrator is making an engine.")

    async def send(self, reports: Sequence[Report]) -> int:
        """Tell it of streams, in order; return how many of the first it has dealt with.

        One that it does not take for good is dealt with. Where there are no batches, the first is
        sent alone.

        Raises:
            OrchestratorUnavailable: It took none.
        """
        if len(reports) > 1 and self._takes_batches and await self._send_batch(reports):
            return len(reports)
        await self._send_one(reports[0])
        return 1

    async def _send_batch(self, reports: Sequence[Report]) -> bool:
        """Send all at once; return False when they have to be sent one by one."""
        lists: dict[str, list[str]] = {"started": [], "ended": []}
        for one in reports:
            lists["started" if one.kind == STARTED else "ended"].append(one.body)
        parts = (f"{json.dumps(name)}: [{', '.join(rows)}]" for name, rows in lists.items())
        answer = await self.requests.ask(
            "POST", "/events/batch", body=f"{{{', '.join(parts)}}}", timeout=REPORT_TIMEOUT
        )
        if answer.status in (_NOT_FOUND, _NOT_ALLOWED):
            self._takes_batches = False
        return self._is_taken(answer.status)

    async def _send_one(self, report: Report) -> None:
        path = "/events/stream_started" if report.kind == STARTED else "/events/stream_ended"
        answer = await self.requests.ask("POST", path, body=report.body, timeout=REPORT_TIMEOUT)
        self._is_taken(answer.status)

    @staticmethod
    def _is_taken(status: int) -> bool:
        """Tell whether it was taken, or never will be.

        Raises:
            OrchestratorUnavailable: It may be taken at another time.
        """
        if status >= 500 or status in _LATER:
            raise OrchestratorUnavailable(OrchestratorTrouble.FAILING, f"it answered {status}")
        return status in _SUCCESS
