"""Looks at engines and streams every few seconds and hands on the means of each minute."""

from collections.abc import Callable, Iterable
from typing import Final

from acedesk import clock, tasks
from acedesk.model.history import HistoryRow, Series
from acedesk.model.snapshot import EngineView, Snapshot, StreamView

# Six looks a minute are enough for a mean, and a picture of a hundred streams costs milliseconds.
INTERVAL: Final = 10.0
MINUTE: Final = 60

Values = tuple[float | None, ...]


class HistoryRecorder:
    """Makes rows of minutes.

    Args:
        snapshot: Returns a picture of everything now.
        add: Takes each row that is finished.
    """

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        add: Callable[[HistoryRow], None],
        *,
        utc_seconds: Callable[[], float] = lambda: clock.utc_now().timestamp(),
    ) -> None:
        self._snapshot = snapshot
        self._add = add
        self._utc_seconds = utc_seconds
        self._minute: int | None = None
        self._means: dict[tuple[Series, str], _Means] = {}

    async def run(self) -> None:
        """Look again and again until cancelled; then the minute that has begun is handed on."""
        try:
            while True:
                await tasks.sleep(INTERVAL)
                self.look()
        finally:
            self.finish()

    def look(self) -> None:
        """Look once. In another minute than before, however the clock got there, that one ends."""
        minute = int(self._utc_seconds()) // MINUTE * MINUTE
        if minute != self._minute:
            self.finish()
            self._minute = minute
        snapshot = self._snapshot()
        live = snapshot.live_streams
        for stream in live:
            self._take(Series.STREAM, stream.id, stream_values(stream))
        for engine in snapshot.engines:
            if engine.is_alive:
                on_it = (one for one in live if one.engine_id == engine.id)
                self._take(Series.ENGINE, engine.id, engine_values(engine, on_it))

    def finish(self) -> None:
        """Hand on the minute that has begun."""
        means, self._means = self._means, {}
        for (series, subject), mean in means.items():
            if self._minute is not None:
                self._add(
                    HistoryRow(
                        series=series,
                        subject=subject,
                        start=self._minute,
                        samples=mean.samples,
                        values=mean.values,
                    )
                )

    def _take(self, series: Series, subject: str, values: Values) -> None:
        self._means.setdefault((series, subject), _Means(len(values))).add(values)


class _Means:
    """Means of several looks; what is not known at one of them does not count."""

    __slots__ = ("_counts", "_sums", "samples")

    def __init__(self, width: int) -> None:
        self.samples = 0
        self._sums = [0.0] * width
        self._counts = [0] * width

    def add(self, values: Values) -> None:
        self.samples += 1
        for number, value in enumerate(values):
            if value is not None:
                self._sums[number] += value
                self._counts[number] += 1

    @property
    def values(self) -> Values:
        pairs = zip(self._sums, self._counts, strict=True)
        return tuple(total / count if count else None for total, count in pairs)


def engine_values(engine: EngineView, streams: Iterable[StreamView]) -> Values:
    """Return what is kept of an engine, in the order of `Series.ENGINE`.

    Args:
        streams: Those that play on it.
    """
    usage, on_it = engine.usage, tuple(streams)
    used: Values = (None,) * 6
    if usage is not None:
        used = (
            usage.cpu,
            usage.memory,
            usage.network_in,
            usage.network_out,
            usage.disk_read,
            usage.disk_write,
        )
    down = [one.speed_down for one in on_it if one.speed_down is not None]
    up = [one.speed_up for one in on_it if one.speed_up is not None]
    return (
        *used,
        float(engine.streams),
        sum(down) if down or not on_it else None,
        sum(up) if up or not on_it else None,
    )


def stream_values(stream: StreamView) -> Values:
    """Return what is kept of a stream, in the order of `Series.STREAM`."""
    return (
        stream.bit_rate,
        stream.buffer,
        float(len(stream.clients)),
        None if stream.peers is None else float(stream.peers),
        stream.speed_down,
        stream.speed_up,
    )
