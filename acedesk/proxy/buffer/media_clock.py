"""The clock of one stream: seconds of media, by its clock references (PCR) or by arrival."""

from typing import Final

from acedesk.mpegts.packets import PCR_HZ, PCR_WRAP

# A step of the stream's clock larger than this between two chunks is a jump, not media time;
# same bound as the PCR discontinuity limits of common segmenters (60 s), our choice.
CLOCK_JUMP: Final = 60.0
# Clock references are at most 0.1 s apart (ISO/IEC 13818-1, 2.7.2). Where media comes for so long
# without any (they went with the video), time is counted by arrival until the next one.
PCR_MISSING: Final = 1.0
# A pause counts as no more than this: the first chunk of a burst may have no reference either.
PCR_APART: Final = 0.1


class MediaClock:
    """Counts the seconds of media of one stream.

    The time of arrival counts until the first reference has come, and where references are missing.

    Attributes:
        seconds: Seconds of media since the stream began.
        pcr: The last reference, ticks of 27 MHz; None before one came.
    """

    __slots__ = ("_arrived", "_by_arrival", "_without_pcr", "pcr", "seconds")

    def __init__(self) -> None:
        self.seconds = 0.0
        self.pcr: int | None = None
        self._arrived: float | None = None
        self._without_pcr = 0.0  # for how long media has come without one
        self._by_arrival = 0.0  # seconds counted by arrival since the last reference

    def advance(self, pcr: int | None, now: float) -> float:
        """Return the seconds of media after what arrived at `now`.

        Args:
            pcr: The last reference in it, None without one.
        """
        elapsed = now - self._arrived if self._arrived is not None else 0.0
        self._arrived = now
        if pcr is None:
            if self.pcr is None:
                self.seconds += elapsed
            elif self._without_pcr >= PCR_MISSING:
                self.seconds += elapsed
                self._by_arrival += elapsed
            else:
                self._without_pcr += min(elapsed, PCR_APART)
            return self.seconds
        if self.pcr is not None:
            step = ((pcr - self.pcr) % PCR_WRAP) / PCR_HZ
            self.seconds += max(0.0, step - self._by_arrival) if step < CLOCK_JUMP else elapsed
        self._without_pcr = self._by_arrival = 0.0
        self.pcr = pcr
        return self.seconds
