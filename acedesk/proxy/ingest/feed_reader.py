"""Reads the engines of one stream, fills its ring, and reports what the packets show.

Every byte takes this path; the machine that decides about engines gets events only.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final

from acedesk import clock
from acedesk.errors import EngineAnswerInvalid, EngineError
from acedesk.proxy.buffer.ring import Ring
from acedesk.proxy.ingest.attempt import Attempt
from acedesk.proxy.ingest.feed import Feed
from acedesk.proxy.ingest.feed_joiner import FeedJoiner
from acedesk.proxy.ingest.flow import Flow
from acedesk.proxy.ingest.read_throttle import ReadThrottle
from acedesk.proxy.ingest.read_ticker import ReadTicker
from acedesk.rules.supply.doubt import EARLIEST_DOUBT, doubt_after
from acedesk.rules.supply.state import DoubtReason, Event, Leads, Limits, Quiet, SupplyState
from acedesk.settings import Settings
from acedesk.values import frozen_value

logger = logging.getLogger(__name__)

# A new feed brings what its engine has kept, as fast as it is read. For so many seconds it is read
# again soon after each read that was full, and not only at the next tick. A read is full when it
# brought half of what a socket holds by default (128 KiB on Linux).
YOUNG: Final = 0.1
READ_AGAIN: Final = 0.004
FULL_READ: Final = 64 * 1024


@frozen_value
class FeedReaderParts:
    """What a feed reader works with.

    Attributes:
        attempts: The attempts by id, as they come and go.
        state, limits: Return the machine's state, and the limits out of the settings.
        send: Gives the machine an event and its time, monotonic seconds.
        failed: Called with an attempt that failed.
        delivered: Called when the ring grew, with the monotonic time.
        least_behind: Returns how many bytes the fastest client is behind, None without clients.
    """

    attempts: Mapping[int, Attempt]
    read_ticker: ReadTicker
    settings: Callable[[], Settings]
    state: Callable[[], SupplyState]
    limits: Callable[[], Limits]
    send: Callable[[Event, float], None]
    failed: Callable[[Attempt, EngineError], None]
    delivered: Callable[[float], None]
    least_behind: Callable[[], int | None]


class FeedReader:
    """Reads all attempts of one stream at each tick.

    Attributes:
        joiner: Makes one row of packets out of what the engines bring.
        read_throttle: How fast the engines are read.
        stall_after: Seconds without a packet after which an engine is given up.
    """

    __slots__ = (
        "_again",
        "_flow",
        "_known_lead",
        "_parts",
        "_ring",
        "_runs",
        "_seen",
        "joiner",
        "read_throttle",
        "stall_after",
    )

    def __init__(self, ring: Ring, parts: FeedReaderParts, *, now: float) -> None:
        self.joiner = FeedJoiner(ring, parts.settings)
        self.read_throttle = ReadThrottle(parts.least_behind, lambda: self.tick(clock.monotonic()))
        self.stall_after = float("inf")
        self._ring = ring
        self._parts = parts
        self._flow = Flow(now)
        self._seen = 0  # number of the first chunk of the ring that was not reported
        self._known_lead: Feed | None = None
        self._runs = False
        self._again: asyncio.TimerHandle | None = None  # reads once more before the next tick

    @property
    def last_at(self) -> float:
        """When the ring grew last, monotonic seconds."""
        return self._flow.last_at

    @property
    def lead_last_at(self) -> float | None:
        """When the attempt that carries the stream brought its last packet, None without one."""
        lead = self._lead()
        return lead.feed.last_at if lead is not None and lead.feed is not None else None

    def start(self) -> None:
        """Read at each tick from now on."""
        self._runs = True
        self._parts.read_ticker.add_tick(self, self.tick)

    def stop(self) -> None:
        """Read no more."""
        self._runs = False
        self._parts.read_ticker.remove_tick(self)
        if self._again is not None:
            self._again.cancel()
            self._again = None
        self._flow.stopped()

    def leave(self, feed: Feed, now: float) -> None:
        """Forget a feed that is over; another one that was ready goes on."""
        self.joiner.leave(feed, now)
        self._known_lead = None
        self._look_for_growth(None, now)

    def settle_contest(self) -> None:
        """Keep a hedged start open while several attempts run; end it when one is left."""
        state, now = self._parts.state(), clock.monotonic()
        if not state.hedged or state.protected or state.first_at is not None or state.ended:
            return
        self.joiner.contest = len(self._parts.attempts) > 1
        if not self.joiner.contest:
            self.joiner.end_contest(now)
            self._look_for_growth(None, now)

    def tick(self, now: float) -> None:
        """Read what the engines have sent."""
        self._flow.ticked(now)
        if self.read_throttle.is_held(now):
            self._flow.held_back(now)
            return
        most, young = 0, False
        attempts = self._parts.attempts
        for attempt in tuple(attempts.values()):
            if attempt.feed is not None and attempts.get(attempt.number) is attempt:
                feed = attempt.feed
                count = self._read(attempt, feed, now)
                if count >= FULL_READ and now - feed.opened_at < YOUNG:
                    young = True
                if count > most:
                    most = count
        if young and self._runs:
            self._read_again()
        else:
            self.read_throttle.note(most, now)
        if self._flow.silent_for(now) > EARLIEST_DOUBT:
            self._look_for_silence(now)

    def _read_again(self) -> None:
        """Read once more before the next tick; other streams are read in between."""
        if self._again is None:
            loop = asyncio.get_running_loop()
            self._again = loop.call_later(READ_AGAIN, self._tick_again)

    def _tick_again(self) -> None:
        self._again = None
        self.tick(clock.monotonic())

    def _read(self, attempt: Attempt, feed: Feed, now: float) -> int:
        """Take what one engine sent, and find out when it fails."""
        joiner = self.joiner
        try:
            for block in feed.read(now):
                joiner.take(feed, block, now)
            if feed is not joiner.lead:
                joiner.pass_time(feed, now, drained=feed.drained)
            if self._ring.next != self._seen:
                self._look_for_growth(feed, now)
            feed.check(now, self.stall_after)
        except EngineError as exc:
            self._parts.failed(attempt, exc)
        except Exception:
            # A bug of ours, perhaps set off by what this engine sends: another one is tried.
            logger.exception("%s: what it sent fails", attempt.engine.name)
            self._parts.failed(attempt, EngineAnswerInvalid("what it sent could not be handled"))
        return feed.count

    def _look_for_growth(self, feed: Feed | None, now: float) -> None:
        """Report what came into the ring, from this feed or from packets that were held."""
        if self._ring.next == self._seen:
            return
        self._seen = self._ring.next
        if self.joiner.lead is not self._known_lead:
            self.look_for_lead(now)
        if not self._flow.grew_as_usual(now):
            lead = self._lead()
            lead_feed = lead.feed if lead is not None else None
            for event in self._flow.grew(feed, lead_feed, self._ring.pcr, now):
                self._parts.send(event, now)
        self._parts.read_ticker.hand_on(self._parts.delivered, now)

    def _look_for_silence(self, now: float) -> None:
        """Have another engine made ready when this one is silent for too long."""
        state = self._parts.state()
        if self._flow.silent_for(now) <= doubt_after(state, self._parts.limits(), now):
            return
        if state.doubt_reason is DoubtReason.SILENT:
            self.joiner.doubt = True  # the lead had gone on meanwhile, and is silent again
        elif state.lead is not None:
            self._parts.send(Quiet(self._flow.last_at), now)

    def look_for_lead(self, now: float) -> None:
        """Report which attempt carries the stream, if that has changed."""
        feed = self.joiner.lead
        attempt = next((one for one in self._parts.attempts.values() if one.feed is feed), None)
        if feed is None or attempt is None:
            return
        self._known_lead = feed
        if attempt.number == self._parts.state().lead:
            return
        former = self._lead()
        is_replaced = former is not None and self.joiner.replaced is former.feed
        replaced = self.lead_last_at if is_replaced else None
        self._flow.lead_changed()
        self._parts.send(Leads(attempt.number, replaced), now)

    def _lead(self) -> Attempt | None:
        return self._parts.attempts.get(self._parts.state().lead or 0)
