"""Is an engine silent for longer than it usually is? Then another one is made ready."""

from typing import Final

from acedesk.rules import failover

# Shorter silences are nobody's concern: an engine sends piece by piece.
SHORT: Final = 0.5
# An engine that sent something within this time is not silent.
RECENT: Final = 1.0


class Silence:
    """Follows the gaps in one stream.

    Attributes:
        is_suspect: The engine was silent for too long and has not gone on for long enough since.
    """

    __slots__ = ("_bridged", "_last_at", "_suspect_at", "_usual", "is_suspect")

    def __init__(self, now: float) -> None:
        self.is_suspect = False
        self._last_at = now
        self._usual = 0.0
        self._bridged = 0.0
        self._suspect_at = 0.0

    @property
    def bridged(self) -> float:
        """How long nothing came before the engine that was made ready went on; 0 if it did not."""
        return self._bridged if self.is_suspect else 0.0

    def begin(self, now: float) -> None:
        """Start anew: another engine carries the stream."""
        self.is_suspect, self._usual, self._last_at = False, 0.0, now

    def end(self, now: float, engine_last_at: float) -> bool:
        """Note that media came; return whether the suspicion is over.

        Args:
            engine_last_at: When the suspected engine itself sent something.
        """
        gap, self._last_at = now - self._last_at, now
        self._usual = max(gap, self._usual * 0.5 ** (gap / failover.USUAL_HALF_LIFE))
        if not self.is_suspect:
            return False
        self._bridged = max(self._bridged, gap)
        if now - engine_last_at > RECENT:
            self._suspect_at = now
        elif now - self._suspect_at > failover.SUSPECT_HOLD:
            self.is_suspect = False
        return not self.is_suspect

    def look(self, now: float, standby_after: float) -> bool:
        """Look at the clock while nothing comes; return whether a suspicion arose."""
        silent_for = now - self._last_at
        if self.is_suspect or not failover.is_suspect(
            silent_for=silent_for, usual=self._usual, standby_after=standby_after
        ):
            return False
        self.is_suspect, self._suspect_at, self._bridged = True, now, 0.0
        return True
