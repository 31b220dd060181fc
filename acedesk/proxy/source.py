"""The engine side of a stream: whichever engine plays it, its bytes end up in the ring.

`run` is the whole life: reserve an engine, open a session, open its body, feed the ring until the
engine fails; then go on with another engine, or give up.
"""

import asyncio
import dataclasses
import logging
from collections.abc import Callable
from typing import Final

from acedesk import clock, tasks
from acedesk.engines.client import EngineClient
from acedesk.engines.pool import EnginePool, Reservation
from acedesk.errors import Busy, EngineError, EngineRefused, EngineTooSlow, EngineUnreachable
from acedesk.formats.engine_reply import Session, is_warming_up
from acedesk.formats.getstream import PlayRequest
from acedesk.model.engine import EngineId, EngineSpec
from acedesk.mpegts.scan import Scanner
from acedesk.proxy.feed import Feed
from acedesk.proxy.pump import Pump
from acedesk.proxy.ring import MemoryBudget, Ring
from acedesk.proxy.sessions import Sessions
from acedesk.proxy.upstream import BLOCK, Upstream, open_upstream, wait_readable
from acedesk.rules import failover
from acedesk.rules.fanout import HELD_LAG_BYTES, hold_time
from acedesk.rules.retry import warm_up_delay
from acedesk.settings import Settings

logger = logging.getLogger(__name__)

# An engine that played this long failed anew; before that its failures add up.
SETTLED: Final = 10.0


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """What all streams share."""

    pool: EnginePool
    client: EngineClient
    sessions: Sessions
    pump: Pump
    budget: MemoryBudget
    settings: Callable[[], Settings]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """What a source tells its stream.

    Attributes:
        changed: Something of the state changed.
        delivered: The ring grew, at this monotonic time.
        least_behind: Asked for the bytes the fastest client is behind, None without clients.
    """

    changed: Callable[[], None]
    delivered: Callable[[float], None]
    least_behind: Callable[[], int | None]


class Source:
    """Feeds one ring with one content.

    Attributes:
        accepted_at: When an engine accepted the content, None before.
        first_at: When the first media byte came, None before.
        lost_at: When the engine was lost, None while one delivers.
        switches: How often the stream had to go on with another engine.
        last_at: When the last byte came.
    """

    def __init__(self, request: PlayRequest, plant: Plant, ring: Ring, watcher: Watcher) -> None:
        self.key = request.key
        self.started_at = clock.monotonic()
        self.accepted_at: float | None = None
        self.first_at: float | None = None
        self.lost_at: float | None = None
        self.last_at = self.started_at
        self.switches = 0
        self.session: Session | None = None
        self.engine: EngineSpec | None = None
        self.scanner = Scanner()
        self._request = request
        self._plant = plant
        self._ring = ring
        self._watcher = watcher
        self._feed: Feed | None = None
        self._feed_end: asyncio.Future[None] | None = None
        self._resumed_at = self.started_at
        self._held_until = 0.0
        self._fast_since: float | None = None
        self._fast_bytes = 0

    async def run(self) -> None:
        """Play until no engine can.

        Raises:
            Busy: No engine was free at the start.
            EngineError: What the last engine failed with.

        On cancel: the session is stopped in the background, its place released.
        """
        tries = 0
        avoid: set[EngineId] = set()
        failure: EngineError | None = None
        while True:
            reservation = self._reserve(avoid, failure)
            engine = reservation.engine
            try:
                await self._play_on(reservation)
            except EngineError as exc:
                failure = exc
                self._plant.pool.report_start(engine.id, self.first_at is not None)
                logger.info("stream %s: %s failed: %s", self.key.short, engine.name, exc.detail)
                if clock.monotonic() - self._resumed_at >= SETTLED:
                    tries = 0
                    avoid.clear()
                tries += 1
                avoid.add(engine.id)
                await self._await_retry(exc, tries)

    def _reserve(self, avoid: set[EngineId], failure: EngineError | None) -> Reservation:
        try:
            reservation = self._plant.pool.reserve(self.key, avoid=avoid)
        except Busy:
            if failure is None:
                raise
            if self.first_at is None:
                raise failure from None
            avoid.clear()  # the one that failed is better than none
            try:
                reservation = self._plant.pool.reserve(self.key)
            except Busy:
                raise failure from None
        self.engine = reservation.engine
        self._watcher.changed()
        return reservation

    async def _await_retry(self, failure: EngineError, tries: int) -> None:
        now = clock.monotonic()
        decision: failover.Retry | failover.GiveUp
        if self.first_at is None:
            left = self._plant.settings().start_timeout - (now - self.started_at)
            decision = failover.after_start_failure(failure, tries=tries, left=left)
        else:
            if self.lost_at is None:
                self.lost_at = now
                self.switches += 1
                self._watcher.changed()
            decision = failover.after_stream_failure(
                tries=tries - 1, failing_for=now - self.lost_at
            )
        if isinstance(decision, failover.GiveUp):
            raise failure
        await tasks.sleep(decision.delay)

    async def _play_on(self, reservation: Reservation) -> None:
        """Play on one engine until it fails.

        Raises:
            EngineError: Always, unless cancelled.
        """
        settings = self._plant.settings()
        session = await self._plant.sessions.open(
            reservation, extra=self._request.extra, timeout=settings.accept_timeout
        )
        try:
            self.session = session
            if self.accepted_at is None:
                self.accepted_at = clock.monotonic()
            self._watcher.changed()
            upstream = await self._open_body(session)
            try:
                await self._feed_from(upstream)
            finally:
                upstream.close()
        finally:
            self.session = None
            self._plant.sessions.retire(session, reservation)

    async def _open_body(self, session: Session) -> Upstream:
        """Open the playback URL; an engine that is still prebuffering is asked again."""
        limit = self._plant.settings().start_timeout
        since = self.started_at if self.first_at is None else clock.monotonic()
        tries = 0
        while True:
            left = limit - (clock.monotonic() - since)
            try:
                async with asyncio.timeout(max(left, 0.0)):
                    upstream = await open_upstream(session.playback_url)
            except TimeoutError as exc:
                raise EngineTooSlow(f"no media within {limit:.0f} s") from exc
            except EngineRefused as exc:
                if not is_warming_up(exc.detail):
                    raise
                delay = warm_up_delay(tries)
                if clock.monotonic() - since + delay >= limit:
                    raise EngineTooSlow(f"no media within {limit:.0f} s") from exc
                tries += 1
                await tasks.sleep(delay)
                continue
            try:
                await wait_readable(upstream, max(limit - (clock.monotonic() - since), 0.1))
            except BaseException:
                upstream.close()
                raise
            return upstream

    async def _feed_from(self, upstream: Upstream) -> None:
        if self.first_at is not None:
            self._ring.mark_splice()  # another feed, whose pictures do not continue the last
        self._feed = Feed(
            upstream,
            self._ring,
            self.scanner,
            now=clock.monotonic(),
            stall_timeout=self._plant.settings().stall_timeout,
        )
        self._feed_end = asyncio.get_running_loop().create_future()
        self._plant.pump.add_tick(self, self._tick)
        try:
            self._tick(clock.monotonic())
            await self._feed_end
        finally:
            self._plant.pump.remove_tick(self)
            self._feed = self._feed_end = None

    def _tick(self, now: float) -> None:
        feed, end = self._feed, self._feed_end
        if feed is None or end is None or end.done():
            return
        if now < self._held_until and self._engine_outruns():
            return
        before = self._ring.next
        count = 0
        try:
            count = feed.read(now)
        except EngineError as exc:
            end.set_exception(exc)
        self.last_at = feed.last_at
        if self._ring.next != before:
            if self.first_at is None or self.lost_at is not None:
                self._picture_came(now)
            self._watcher.delivered(now)
        self._pace(count, now)

    def _pace(self, count: int, now: float) -> None:
        """Read on at once while the engine has more; hold it back while it outruns everybody."""
        if count < BLOCK:
            self._fast_since = None
            return
        if self._fast_since is None:
            self._fast_since, self._fast_bytes = now, 0
        self._fast_bytes += count
        self._held_until = now + hold_time(self._fast_bytes, now - self._fast_since)
        if not self._engine_outruns():
            asyncio.get_running_loop().call_soon(self._read_on)

    def _engine_outruns(self) -> bool:
        behind = self._watcher.least_behind()
        return behind is None or behind > HELD_LAG_BYTES

    def _read_on(self) -> None:
        self._tick(clock.monotonic())

    def engine_lost(self, engine_id: EngineId) -> None:
        """Go on with another engine when this one was removed or died."""
        end = self._feed_end
        if end is not None and not end.done() and self.engine and self.engine.id == engine_id:
            end.set_exception(EngineUnreachable("it was removed"))

    def client_progressed(self) -> None:
        """Read on if the engine was held back for the clients."""
        if self._fast_since is not None:
            self._tick(clock.monotonic())

    def _picture_came(self, now: float) -> None:
        if self.first_at is None:
            self.first_at = now
            logger.info("stream %s plays after %.2f s", self.key.short, now - self.started_at)
        self.lost_at = None
        self._resumed_at = now
        self._watcher.changed()
