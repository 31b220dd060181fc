"""The engine side of a stream: whichever engines play it, their packets end up in the ring.

`run` is the whole life: as many engines as wanted are asked to play; one that fails is replaced by
another while the stream stays open, until none can go on with it. What the engines bring becomes
one line of packets in `acedesk.proxy.line`.
"""

import asyncio
import contextlib
import dataclasses
import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from acedesk import clock
from acedesk.engines.client import EngineClient
from acedesk.engines.pool import EnginePool
from acedesk.errors import EngineAnswerInvalid, EngineError, EngineStalled
from acedesk.formats.engine_reply import Session
from acedesk.formats.getstream import PlayRequest
from acedesk.model.engine import EngineId, EngineSpec
from acedesk.model.failover import Failover
from acedesk.mpegts.scan import Scanner
from acedesk.proxy.crew import Crew
from acedesk.proxy.feed import Feed
from acedesk.proxy.lane import Lane, LaneLimits
from acedesk.proxy.line import Line
from acedesk.proxy.outage import Outage, lost_with
from acedesk.proxy.pace import Pace
from acedesk.proxy.pump import Pump
from acedesk.proxy.ring import MemoryBudget, Ring
from acedesk.proxy.sessions import Sessions
from acedesk.proxy.silence import SHORT, Silence
from acedesk.rules import failover
from acedesk.rules.retry import WARM_UP_FIRST, WARM_UP_LONGEST
from acedesk.settings import Settings

logger = logging.getLogger(__name__)

# An engine that played this long failed anew; before that its failures add up.
SETTLED: Final = 10.0
FAILOVERS_KEPT: Final = 50


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
        failovers: The last changes of engine, oldest first.
        last_at: When the ring grew last.
        protected: Two engines are to play at once; set by `protect`.
        pace: How fast the engines are read.
    """

    def __init__(self, request: PlayRequest, plant: Plant, ring: Ring, watcher: Watcher) -> None:
        settings = plant.settings()
        self.key = request.key
        self.started_at = clock.monotonic()
        self.accepted_at: float | None = None
        self.first_at: float | None = None
        self.lost_at: float | None = None
        self.last_at = self.started_at
        self.switches = 0
        self.failovers: deque[Failover] = deque(maxlen=FAILOVERS_KEPT)
        self.session: Session | None = None
        self.engine: EngineSpec | None = None
        self.protected = settings.protect_streams if request.protect is None else request.protect
        self._hedged = settings.hedged_start
        self._plant = plant
        self._ring = ring
        self._watcher = watcher
        self._line = Line(ring, plant.settings)
        self._crew = Crew(
            request,
            plant.pool,
            plant.sessions,
            on_change=self._lane_changed,
            on_failure=self._lane_failed,
        )
        self.pace = Pace(watcher.least_behind, lambda: self._tick(clock.monotonic()))
        self._primary: Lane | None = None
        self._outage: Outage | None = None
        self._given_up = False
        self._silence = Silence(self.started_at)
        self._resumed_at = self.started_at
        self._seen = 0
        self._wake = asyncio.Event()

    @property
    def scanner(self) -> Scanner:
        """What is known of the stream's tables."""
        return self._line.scanner

    @property
    def engines(self) -> tuple[EngineSpec, ...]:
        """All engines that play it or are asked to; two for a protected stream."""
        return tuple(lane.engine for lane in self._crew.lanes)

    def protect(self, on: bool) -> None:
        """Play on two engines at once from now on, or on one."""
        self.protected = on
        self._wake.set()

    async def run(self) -> None:
        """Play until no engine can.

        Raises:
            Busy: No engine was free at the start.
            EngineError: What the last engine failed with.

        On cancel: the sessions are stopped in the background, their places released.
        """
        try:
            while True:
                wait = self._staff(clock.monotonic())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._wake.wait()
                self._wake.clear()
        finally:
            self._plant.pump.remove_tick(self)
            self._primary = self.session = None
            await self._crew.close()

    def _staff(self, now: float) -> float | None:
        """See that as many engines play as should; return after how long to look again.

        Raises:
            Busy, EngineError: It is over.
        """
        self._check_over(now)
        wanted = self._wanted()
        self._dismiss_more_than(wanted, now)
        crew = self._crew
        while len(crew.lanes) < wanted and not self._given_up and now >= crew.retry_at:
            lane = crew.hire(self._limits(now), now)
            if lane is None:
                break
            if self._primary is None:
                self.engine = lane.engine
            self._watcher.changed()
        if self._hedged and not self.protected and self.first_at is None:
            self._settle_contest(now)
        times = [crew.retry_at] if len(crew.lanes) < wanted and not self._given_up else []
        if self._outage is not None:
            times.append(self._outage.at + self._plant.settings().switch_timeout)
        return max(0.0, min(times) - now) if times else None

    def _wanted(self) -> int:
        return failover.wanted_engines(
            playing=self.first_at is not None,
            protected=self.protected,
            hedged=self._hedged,
            suspect=self._silence.is_suspect,
        )

    def _check_over(self, now: float) -> None:
        failure, outage = self._crew.failure, self._outage
        if self._given_up and not self._crew.lanes and failure is not None:
            raise failure
        budget = self._plant.settings().switch_timeout
        if outage is not None and now - outage.at >= budget:
            raise outage.final(failure, budget)

    def _dismiss_more_than(self, wanted: int, now: float) -> None:
        """Let go of engines that are more than wanted, once one carries the stream."""
        if self._primary is None or len(self._crew.lanes) <= wanted:
            return
        self._line.settle_lead()
        self._look_for_lead(now)
        for lane in self._crew.lanes[:]:
            if len(self._crew.lanes) > wanted and lane is not self._primary:
                self._crew.dismiss(lane)
                if lane.feed is not None:
                    self._line.leave(lane.feed, now)

    def _settle_contest(self, now: float) -> None:
        self._line.contest = len(self._crew.lanes) > 1
        if not self._line.contest:
            self._line.end_contest(now)
            self._look_for_growth(now)

    def _limits(self, now: float) -> LaneLimits:
        settings, outage = self._plant.settings(), self._outage
        accept, start, since = settings.accept_timeout, settings.start_timeout, now
        if self.first_at is None:
            since = self.started_at + self._crew.waited
            accept = max(min(accept, since + start - now), SHORT)
        elif outage is not None:
            start = failover.try_limit(outage.at + settings.switch_timeout - now)
            accept = min(accept, start)
        return LaneLimits(
            accept=accept,
            start=start,
            media_at=since + start,
            warm_up=WARM_UP_LONGEST if outage is None else WARM_UP_FIRST,
            stall=settings.stall_timeout,
            replaces=self.first_at is not None,
        )

    # ------------------------------------------------------------------ engines come and go

    def _lane_changed(self, lane: Lane) -> None:
        if lane not in self._crew.lanes:
            return
        if self.accepted_at is None:
            self.accepted_at = clock.monotonic()
        if self._primary is None:
            self.engine, self.session = lane.engine, lane.session
        self._watcher.changed()
        if lane.feed is not None:
            self._plant.pump.add_tick(self, self._tick)
            self._tick(clock.monotonic())

    def engine_lost(self, engine_id: EngineId, error: EngineError, *, doubt: bool = False) -> None:
        """Go on with another engine; where this one is only in doubt, unless it sends something."""
        for lane in self._crew.lanes[:]:
            if lane.engine.id == engine_id and not (doubt and lane.is_flowing(clock.monotonic())):
                self._lane_failed(lane, error)

    def _lane_failed(self, lane: Lane, error: EngineError) -> None:
        if lane not in self._crew.lanes:
            return
        now = clock.monotonic()
        settled = self.first_at is not None and now - self._resumed_at >= SETTLED
        spare = self._primary is not None and lane is not self._primary
        self._crew.lose(lane, error, now, spare=spare, settled=settled)
        self._wake.set()
        if self.first_at is None:
            self._start_failed(error, now)
        elif lane is self._primary:
            self._begin_outage(lane, error, now)
        if lane.feed is not None:
            self._line.leave(lane.feed, now)
            self._look_for_growth(now)
        if not any(lane.feed for lane in self._crew.lanes):
            self._plant.pump.remove_tick(self)

    def _start_failed(self, error: EngineError, now: float) -> None:
        left = self._plant.settings().start_timeout + self._crew.waited - (now - self.started_at)
        decision = failover.after_start_failure(error, tries=self._crew.tries, left=left)
        self._given_up = self._given_up or isinstance(decision, failover.GiveUp)
        self.session = None
        for lane in self._crew.lanes:  # the other one, of two that were asked
            self.engine, self.session = lane.engine, lane.session
        self._watcher.changed()

    def _begin_outage(self, lane: Lane, error: EngineError, now: float) -> None:
        self._primary = self.session = None
        self.switches += 1
        self.lost_at = now
        self._outage = Outage(
            at=now,
            time=clock.utc_now(),
            silent_since=self.last_at,
            bridged=self._silence.bridged,
            error=error,
            engine=lane.engine.name,
            engine_id=lane.engine.id,
        )
        self._watcher.changed()

    # ------------------------------------------------------------------ packets

    def client_progressed(self) -> None:
        """Read on if the engine was held back for the clients."""
        if self.pace.is_fast:
            self._tick(clock.monotonic())

    def _tick(self, now: float) -> None:
        if self.pace.is_held(now):
            return
        most = 0
        for lane in tuple(self._crew.lanes):
            if lane.feed is not None and lane in self._crew.lanes:
                most = max(most, self._read(lane, lane.feed, now))
        self.pace.note(most, now)
        if now - self.last_at > SHORT:
            self._look_for_silence(now)

    def _read(self, lane: Lane, feed: Feed, now: float) -> int:
        """Take what one engine sent, and find out when it fails."""
        try:
            blocks = feed.read(now)
            for block in blocks:
                self._line.take(feed, block, now)
            if not blocks and feed is not self._line.lead:
                self._line.pass_time(feed, now)
            self._look_for_growth(now)
            feed.check(now)
        except EngineError as exc:
            self._lane_failed(lane, exc)
        except Exception:
            # A fault of ours, perhaps with what this engine sends; another one may be luckier.
            logger.exception("stream %s: %s: what it sent fails", self.key.short, lane.engine.name)
            self._lane_failed(lane, EngineAnswerInvalid("what it sent could not be handled"))
        return feed.count

    def _look_for_growth(self, now: float) -> None:
        """Tell of what came into the ring."""
        if self._ring.next == self._seen:
            return
        self._seen = self._ring.next
        self._look_for_lead(now)
        feed = self._primary.feed if self._primary is not None else None
        if feed is not None and self._silence.end(now, feed.last_at):
            self._wake.set()
        self.last_at = now
        self._plant.pump.hand_on(self._watcher.delivered, now)

    def _look_for_silence(self, now: float) -> None:
        """Have another engine made ready when this one is silent for too long."""
        standby_after = self._plant.settings().standby_after
        if self._primary is not None and self._silence.look(now, standby_after):
            logger.info("stream %s: %s is silent", self.key.short, self._primary.engine.name)
            self._line.doubt = True
            self._wake.set()

    def _look_for_lead(self, now: float) -> None:
        """Note which engine carries the stream now: the first, or the next."""
        lead = self._line.lead
        if lead is None or (self._primary is not None and self._primary.feed is lead):
            return
        lane = next((lane for lane in self._crew.lanes if lane.feed is lead), None)
        if lane is None:
            return
        if self._silence.is_suspect and self._primary is not None:
            self._replace_silent(self._primary, now)
        self._silence.begin(now)
        self._primary, self.engine, self.session = lane, lane.engine, lane.session
        if self.first_at is None:
            self.first_at = now
            self._given_up = False  # of two that were asked, one did not fail
            logger.info("stream %s plays after %.2f s", self.key.short, now - self.started_at)
            self._resumed_at = now
        if self._outage is not None:
            self._note_failover(self._outage, lane, now)
            self._outage = self.lost_at = None
            self._resumed_at = now
        self._dismiss_more_than(self._wanted(), now)
        self._wake.set()
        self._watcher.changed()

    def _replace_silent(self, lane: Lane, now: float) -> None:
        """Give up an engine whose place another one took while it was silent."""
        feed = lane.feed
        if feed is None or now - feed.last_at <= SHORT:
            return
        error = EngineStalled(f"no bytes for {now - feed.last_at:.1f} s")
        self._begin_outage(lane, error, now)
        self._crew.lose(lane, error, now, spare=False, settled=False)
        self._line.leave(feed, now)

    def _note_failover(self, outage: Outage, lane: Lane, now: float) -> None:
        method, lost = self._line.splice
        why = lost_with(outage.error, self._plant.pool.find(outage.engine_id))
        failed_over = outage.ended(lane.engine.name, now, why, method=method, lost=lost)
        self.failovers.append(failed_over)
        logger.info(
            "stream %s goes on with %s instead of %s after %.2f s (%s, %s): %s",
            self.key.short,
            failed_over.to_engine,
            failed_over.from_engine,
            failed_over.duration,
            method.value,
            "loss unknown" if lost is None else f"{lost} packets lost",
            failed_over.detail,
        )
