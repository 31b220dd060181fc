"""Which streams play together at one look, on which engines, and which of them get too little."""

from collections import Counter
from collections.abc import Mapping

from acedesk.model.diagnosis import Phase
from acedesk.model.engine import EngineId
from acedesk.observe.stream_observer import StreamObserver
from acedesk.proxy.streams.stream import Stream
from acedesk.rules.diagnosis.buffer_margin import SILENCE


class Neighbours:
    """Compares the streams of one look.

    Args:
        observers: All streams, each looked at already.
        now: Monotonic time of this look.

    Attributes:
        playing_on: How many streams play on each engine.
        silent_on: How many of them get nothing.
        short_engines: On how many engines streams get less than they need.
    """

    def __init__(self, observers: Mapping[Stream, StreamObserver], now: float) -> None:
        self._playing = {s for s, one in observers.items() if one.phase is Phase.PLAYING}
        self._short = {s for s in self._playing if observers[s].is_short(now)}
        silent = {s for s in self._short if observers[s].silent_for(now) >= SILENCE}
        self.playing_on: Counter[EngineId | None] = Counter(map(_engine_of, self._playing))
        self.silent_on: Counter[EngineId | None] = Counter(map(_engine_of, silent))
        self.short_engines = len(set(map(_engine_of, self._short)))

    def others(self, stream: Stream) -> int:
        """Return how many other streams play."""
        return len(self._playing) - (stream in self._playing)

    def others_short(self, stream: Stream) -> int:
        """Return how many of those get less than they need."""
        return len(self._short) - (stream in self._short)


def _engine_of(stream: Stream) -> EngineId | None:
    engine = stream.supply.engine
    return engine.id if engine is not None else None
