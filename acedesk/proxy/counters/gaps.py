"""Silences of more than a second: of engines, exact, and of clients, checked once a second."""

from typing import Final

from acedesk.model.history import Gaps

# Players' own buffers bridge at least this long; shorter pauses are usual for engines.
GAP: Final = 1.0


class SupplyGaps:
    """Counts how often nothing came from any engine, exactly."""

    __slots__ = ("_count", "_heard_at", "_longest", "_total")

    def __init__(self) -> None:
        self._heard_at: float | None = None
        self._count = 0
        self._longest = 0.0
        self._total = 0.0

    def hear(self, now: float, held_at: float) -> None:
        """Note that media came.

        Args:
            held_at: When the engine was last held back for the clients; that is no silence.
        """
        if self._heard_at is not None:
            silent = now - max(self._heard_at, held_at)
            if silent > GAP:
                self._count += 1
                self._longest = max(self._longest, silent)
                self._total += silent
        self._heard_at = now

    def facts(self, now: float | None = None, held_at: float = 0.0) -> Gaps:
        """Return what was counted; with `now`, a silence that has not ended is included."""
        silent = 0.0
        if now is not None and self._heard_at is not None:
            silent = now - max(self._heard_at, held_at)
        lasts = silent > GAP
        return Gaps(
            count=self._count + lasts,
            longest=max(self._longest, silent if lasts else 0.0),
            total=self._total + (silent if lasts else 0.0),
        )


class ClientGaps:
    """Counts how often a client took nothing while media flowed, to the second.

    A look once a second sees every silence of two seconds, and half of those of one and a half.
    """

    __slots__ = ("_at", "_count", "_longest", "_silent", "_taken", "_total")

    def __init__(self) -> None:
        self._at = 0.0
        self._taken = 0
        self._silent = 0.0
        self._count = 0
        self._longest = 0.0
        self._total = 0.0

    def look(self, now: float, taken: int, *, flowed: bool) -> None:
        """Compare with the look before.

        Args:
            taken: Bytes the player's side has taken so far.
            flowed: The stream got something since the look before.
        """
        elapsed, self._at = now - self._at, now
        if taken != self._taken or not taken:
            self._taken, self._silent = taken, 0.0
        elif flowed:
            before, self._silent = self._silent, self._silent + elapsed
            if self._silent >= GAP:
                began = before < GAP
                self._count += began
                self._total += self._silent if began else elapsed
                self._longest = max(self._longest, self._silent)

    def facts(self) -> Gaps:
        """Return what was counted so far."""
        return Gaps(count=self._count, longest=self._longest, total=self._total)
