"""What the arrival of packets shows: silences, and whether a stream falls behind.

Nothing here reads a clock or a socket. Times are seconds of the monotonic clock.
"""

from typing import Final

from acedesk.proxy.ingest.feed import Feed
from acedesk.rules.supply.lag import LOOK_EVERY, Lag
from acedesk.rules.supply.rhythm import SHORT, Silence
from acedesk.rules.supply.state import Event, Resumed, Slow

# A tick that is later than this was delayed by this computer: that time is no engine's silence.
LATE_TICK: Final = 0.25

# A session that was opened during a silence and brings nothing new for so many seconds shows that
# the broadcast itself is silent, not the engine.
OWN_SILENCE: Final = 1.0


class Flow:
    """Follows one stream's packets.

    Attributes:
        last_at: When the ring grew last.
    """

    __slots__ = ("_lag", "_look_at", "_quiet_from", "_ticked_at", "last_at")

    def __init__(self, now: float) -> None:
        self.last_at = now
        self._quiet_from = now
        self._ticked_at: float | None = None
        self._lag = Lag()
        self._look_at = now  # at the lag, next

    def ticked(self, now: float) -> None:
        """Note that the engines are read now."""
        late = 0.0 if self._ticked_at is None else now - self._ticked_at
        self._ticked_at = now
        if late > LATE_TICK:
            # No later than now: packets may have come since the tick before.
            self._quiet_from = min(self._quiet_from + late, now)

    def stopped(self) -> None:
        """Note that the engines are not read any more, until the next tick."""
        self._ticked_at = None

    def held_back(self, now: float) -> None:
        """Note that the engines are not read on purpose."""
        self._quiet_from = now
        self._lag.reset()

    def lead_changed(self) -> None:
        """Note that another engine carries the stream: its clock may be another."""
        self._lag.reset()

    def silent_for(self, now: float) -> float:
        """Return for how long nothing has come that could have come, in seconds."""
        return now - self._quiet_from

    def grew_as_usual(self, now: float) -> bool:
        """Note that packets came; return whether no event follows, which is the usual case."""
        if now - self._quiet_from >= SHORT or now >= self._look_at:
            return False
        self.last_at = self._quiet_from = now
        return True

    def grew(
        self, feed: Feed | None, lead: Feed | None, pcr: int | None, now: float
    ) -> list[Event]:
        """Note that packets came; return the events that follow from it.

        Args:
            feed: The feed that brought them, None for packets that were held back.
            lead: The feed that carries the stream, None while none does.
            pcr: The newest clock reference, 27 MHz.
        """
        events: list[Event] = []
        gap = now - self._quiet_from
        if gap >= SHORT and lead is not None:
            silence = Silence(self._quiet_from, gap)
            sessions = _silent_sessions(feed, silence)
            events.append(Resumed(silence=silence, sessions=sessions, from_lead=feed is lead))
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY
            if self._lag.is_behind(pcr, now):
                events.append(Slow(now))
        self.last_at = self._quiet_from = now
        return events


def _silent_sessions(feed: Feed | None, silence: Silence) -> int:
    """Return how many sessions were silent, as far as the feed that ended the silence shows.

    A feed that played before was silent itself. If the feed was opened during the silence and had
    nothing new for a while, its session was silent, too: that makes two.
    """
    if feed is None or feed.first_at is None:
        return 0
    if feed.first_at <= silence.began_at:
        return 1
    return 2 if feed.longest_pause >= OWN_SILENCE else 0
