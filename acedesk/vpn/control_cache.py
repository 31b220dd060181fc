"""What the control server told lately: it is asked at most once in each interval, whoever looks.

The forwarded port changes rarely and is kept longer. A change of the container or of its health
drops everything; another address or state of the VPN drops the port.
"""

import asyncio
import dataclasses
from collections.abc import Callable, Hashable, Sequence
from typing import Final

from acedesk import clock
from acedesk.vpn.gluetun import ControlReport, GluetunControl

# As often as Gluetun checks its own health.
INTERVAL: Final = 5.0
# As acestream-orchestrator keeps it (app/services/gluetun.py).
PORT_AGE: Final = 60.0


@dataclasses.dataclass(slots=True)
class _Kept:
    """What one run of a container told.

    Attributes:
        asked_at, port_at: When it was asked, and when for its port, monotonic.
    """

    report: ControlReport
    asked_at: float
    port_at: float


class ControlCache:
    """Stands between all who want to know and the control server."""

    def __init__(
        self, control: GluetunControl, *, now: Callable[[], float] = clock.monotonic
    ) -> None:
        self._control = control
        self._now = now
        self._kept: dict[Hashable, _Kept] = {}
        self._lock = asyncio.Lock()

    async def read(self, state: Hashable, base_urls: Sequence[str], api_key: str) -> ControlReport:
        """Return what the control server tells, at most `INTERVAL` seconds old.

        Who comes while it is being asked waits for that answer. (A lock is held across I/O, limited
        by the deadline of the questions.)

        Args:
            state: The container, its run and its health: with another one nothing kept counts.
            base_urls: Where it may be reached, at least one, the likeliest first.
            api_key: "" for none.
        """
        key = (state, tuple(base_urls), api_key)
        async with self._lock:
            kept = self._kept.get(key)
            if kept is not None and self._now() - kept.asked_at < INTERVAL:
                return kept.report
            asked_at = self._now()
            young = kept is not None and asked_at - kept.port_at < PORT_AGE
            before = kept.report if kept is not None and young else None
            report = await self._ask(base_urls, api_key, before)
            fresh = before is None or report.forwarded_port is None or _moved(report, before)
            port_at = asked_at if kept is None or fresh else kept.port_at
            self._kept = {key: _Kept(report, asked_at, port_at)}
            return report

    async def _ask(
        self, base_urls: Sequence[str], api_key: str, before: ControlReport | None
    ) -> ControlReport:
        report = ControlReport()
        for base_url in base_urls:
            report = await self._control.read(base_url, api_key, before=before)
            if report.answered:
                break
        return report


def _moved(report: ControlReport, before: ControlReport) -> bool:
    return (report.public_ip, report.status) != (before.public_ip, before.status)
