"""The engines that play one stream: asking them, replacing those that fail, letting them go."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from acedesk.engines.pool import EnginePool
from acedesk.engines.reservation import Reservation
from acedesk.errors import Busy, EngineError, NotLive
from acedesk.formats.getstream import PlayRequest
from acedesk.model.engine import EngineId
from acedesk.proxy.lane import Lane, LaneLimits
from acedesk.proxy.sessions import Sessions
from acedesk.rules.failover import Span, covered, spare_delay
from acedesk.rules.retry import switch_delay

logger = logging.getLogger(__name__)

# How soon an engine that still ends the failed session is asked for a place again.
PLACE_DELAY: Final = 0.25


class Crew:
    """At most a few lanes for one content.

    Attributes:
        lanes: The engines that play or are asked to, the oldest first.
        failure: What the last one failed with.
        tries: How many failed the stream without a settled picture in between.
        retry_at: Before this time nobody else is asked.
    """

    __slots__ = (
        "_avoid",
        "_in_line",
        "_on_change",
        "_on_failure",
        "_pool",
        "_request",
        "_sessions",
        "_spare_tries",
        "failure",
        "lanes",
        "retry_at",
        "tries",
    )

    def __init__(
        self,
        request: PlayRequest,
        pool: EnginePool,
        sessions: Sessions,
        *,
        on_change: Callable[[Lane], None],
        on_failure: Callable[[Lane, EngineError], None],
    ) -> None:
        self.lanes: list[Lane] = []
        self.failure: EngineError | None = None
        self.tries = 0
        self.retry_at = 0.0
        self._spare_tries = 0
        self._request = request
        self._pool = pool
        self._sessions = sessions
        self._on_change = on_change
        self._on_failure = on_failure
        self._avoid: frozenset[EngineId] = frozenset()
        self._in_line: list[Span] = []

    @property
    def waited(self) -> float:
        """Seconds that were spent in line before engines that failed were asked."""
        return covered(self._in_line)

    def hire(self, limits: LaneLimits, now: float) -> Lane | None:
        """Ask one more engine; None when there is none for now.

        Raises:
            Busy, EngineError: There is none, and the stream has not begun: it is over.
        """
        reservation = self._reserve(now, begun=limits.replaces)
        if reservation is None:
            return None
        lane = Lane(
            reservation,
            self._sessions,
            limits,
            extra=self._request.extra,
            on_change=self._on_change,
            on_failure=self._on_failure,
        )
        self.lanes.append(lane)
        return lane

    def lose(
        self, lane: Lane, error: EngineError, now: float, *, spare: bool, settled: bool
    ) -> None:
        """Let go of an engine that failed; it is asked again only when no other is left.

        Args:
            spare: Another one plays on.
            settled: The stream had played for so long that earlier failures do not count.
        """
        self.dismiss(lane)
        if lane.in_line is not None:
            self._in_line.append(lane.in_line)
        received = lane.feed is not None and lane.feed.received > 0
        if not isinstance(error, NotLive):
            self._pool.report_start(lane.engine.id, received)
        logger.info(
            "stream %s: %s failed: %s", self._request.key.short, lane.engine.name, error.detail
        )
        if settled:
            self.tries = 0
            self._avoid = frozenset()
        self._avoid |= {lane.engine.id}
        if spare:
            self._spare_tries = 1 if received else self._spare_tries + 1
            self.retry_at = now + spare_delay(self._spare_tries - 1)
            return
        self.failure = error
        self.tries += 1
        # Waiting spares engines that failed a moment ago; one that did not is asked at once.
        fresh = self._pool.has_place(self._request.key, avoid=self._avoid)
        self.retry_at = now if fresh else now + switch_delay(self.tries - 1)

    def dismiss(self, lane: Lane) -> None:
        """Let go of an engine; it is told in the background."""
        self.lanes.remove(lane)
        lane.close()

    async def close(self) -> None:
        """Let go of all engines; returns when all are being told.

        On cancel: all are told nevertheless.
        """
        lanes, self.lanes = self.lanes, []
        for lane in lanes:
            lane.close()
        await asyncio.gather(*(lane.wait_closed() for lane in lanes))

    def _reserve(self, now: float, *, begun: bool) -> Reservation | None:
        key = self._request.key
        try:
            return self._pool.reserve(key, avoid=self._avoid)
        except Busy as busy:
            if not begun and not self.lanes:
                raise self.failure or busy from None
        if self.lanes:  # a second engine would be welcome; the first plays on without
            self._spare_tries += 1
            self.retry_at = now + max(spare_delay(self._spare_tries), PLACE_DELAY)
            if begun:
                self._avoid = frozenset()
            return None
        self._avoid = frozenset()  # the one that failed is better than none
        try:
            return self._pool.reserve(key)
        except Busy:
            self.retry_at = now + max(PLACE_DELAY, switch_delay(self.tries))
            return None
