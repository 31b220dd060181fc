"""Does a feed fall behind? Its own clock is compared with ours.

An engine that is too slow goes on sending: there is no silence, and still the picture stops when
the player's buffer is empty. Times are seconds; clock references are ticks of 27 MHz (ISO/IEC
13818-1, 2.4.2.2).
"""

from typing import Final

PCR_HZ: Final = 27_000_000
PCR_WRAP: Final = (1 << 33) * 300
# The feed is compared with its own best within the last two periods of this length.
PERIOD: Final = 10.0
# A feed that is further behind than this, at each look for so many seconds, is too slow.
TOO_FAR: Final = 0.7
FOR_SO_LONG: Final = 0.5
# A clock that steps further than this was set anew.
JUMP: Final = 5.0
# More frequent looks would show nothing new.
LOOK_EVERY: Final = 0.2


class Lag:
    """Follows how far one stream's clock is ahead of ours, which should stay the same.

    A feed that comes in bursts is behind until each piece has come completely: only a lag that
    lasts while packets come counts.
    """

    __slots__ = ("_behind_since", "_best", "_best_before", "_looked_at", "_pcr", "_period_at")

    def __init__(self) -> None:
        self._pcr: int | None = None
        self.reset()

    def reset(self) -> None:
        """Begin anew, for another feed or for one that was held back on purpose."""
        self._pcr = None
        self._best = self._best_before = float("-inf")
        self._period_at = 0.0
        self._looked_at = float("-inf")
        self._behind_since: float | None = None

    def is_behind(self, pcr: int | None, now: float) -> bool:
        """Take the newest clock reference; return whether the feed is too slow."""
        before, self._pcr = self._pcr, pcr
        looked_at, self._looked_at = self._looked_at, now
        if pcr is None:
            return False
        if before is not None and not self._goes_on(before, pcr):
            self.reset()
            self._pcr, self._looked_at = pcr, now
            return False
        ahead = pcr / PCR_HZ - now
        if now - self._period_at > PERIOD:
            self._best_before, self._best, self._period_at = self._best, ahead, now
        self._best = max(self._best, ahead)
        lag = max(self._best, self._best_before) - ahead
        if lag <= TOO_FAR or now - looked_at > 2 * FOR_SO_LONG:
            # After a pause the rest of a piece may come with the next packets.
            self._behind_since = now if lag > TOO_FAR else None
            return False
        if self._behind_since is None:
            self._behind_since = now
        # Where references stop, as with a video that stopped, that is no lag.
        return pcr != before and now - self._behind_since >= FOR_SO_LONG

    @staticmethod
    def _goes_on(before: int, pcr: int) -> bool:
        return (pcr - before) % PCR_WRAP <= JUMP * PCR_HZ and pcr >= before
