"""The JSON of each stream, shared by all who ask within about a second.

A row is made again at once when something that programs act on has changed, else when it is a
second old. While somebody asks again and again, rows of many streams are renewed a few at a time
before they are asked for: no answer has to wait for all of them, and nothing waits for an answer.
"""

import asyncio
import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from acedesk import clock, tasks
from acedesk.api import wire
from acedesk.application.reads import StreamRead
from acedesk.model.snapshot import StreamView

# Seconds for which a row is not made again for its numbers alone: they are sampled so often.
FRESH: Final = 1.0
# Of fewer streams all rows are made at once in a few milliseconds.
MANY: Final = 50
# All rows are renewed within so many seconds, some in each step: a little faster than `FRESH`.
CYCLE: Final = 0.7
STEP_INTERVAL: Final = 0.05
# Seconds for which that goes on after somebody asked.
KEEP: Final = 10.0
# So many rows are made before others have a turn: about a millisecond.
TURN: Final = 25
# Newer values than these are read as a whole again.
_MOST_NEW: Final = 5


class RateText:
    """The rates of one stream as JSON: what is new comes behind what was there before."""

    __slots__ = ("text", "values")

    def __init__(self) -> None:
        self.values: Sequence[float] = ()
        self.text = ""

    def follow(self, values: Sequence[float]) -> None:
        """Take the rates of now."""
        for new in range(min(_MOST_NEW, len(values)) + 1):
            kept = len(values) - new
            gone = len(self.values) - kept
            if kept and gone >= 0 and self.values[gone:] == values[:kept]:
                parts = [self.text.split(", ", gone)[gone], *_texts(values[kept:])]
                break
        else:
            parts = _texts(values)
        self.values, self.text = values, ", ".join(parts)


def _texts(values: Sequence[float]) -> list[str]:
    return [wire.text(value) for value in values]


class StreamRow:
    """One stream as text.

    Attributes:
        text: Without the course of its rate.
        rate_in, rate_out, rate_up: Of it, bit/s.
        rates: Its course, None as long as nobody wanted it.
    """

    __slots__ = ("made_at", "mark", "rate_in", "rate_out", "rate_up", "rates", "text")

    def __init__(self, mark: object, view: StreamView, rates: RateText | None, at: float) -> None:
        self.mark = mark
        self.made_at = at
        self.text = wire.stream_text(view)
        self.rate_in = view.bit_rate
        self.rate_out = view.rate_out
        self.rate_up = view.speed_up or 0.0
        self.rates = rates
        if rates is not None:
            rates.follow(view.rate_history)

    @property
    def whole(self) -> str:
        """The text with the course of its rate."""
        rates = "" if self.rates is None else self.rates.text
        return f'{self.text[:-1]}, "rate_history": [{rates}]}}'


class StreamRows:
    """The rows of all streams.

    Args:
        each: Yields the streams there are.

    Closes: what renews rows, by `close`.
    """

    def __init__(
        self,
        each: Callable[[], Iterable[StreamRead]],
        *,
        now: Callable[[], float] = clock.monotonic,
    ) -> None:
        self._each = each
        self._now = now
        self._rows: dict[str, StreamRow] = {}
        self._turn = 0  # where the next renewal begins
        self._asked_at = now()
        self._task: asyncio.Task[None] | None = None

    async def rows(self, *, with_rates: bool = False) -> list[StreamRow]:
        """Return all rows, none of whose numbers is older than a second."""
        self._asked_at = now = self._now()
        found, made = {}, 0
        for one in tuple(self._each()):
            row, mark = self._rows.get(one.id), one.mark()
            fresh = row is not None and row.mark == mark and now - row.made_at < FRESH
            if row is None or not fresh or (with_rates and row.rates is None):
                row = self._make(one, mark, with_rates=with_rates)
                made += 1
                if made % TURN == 0:
                    await tasks.sleep(0)
            found[one.id] = row
        self._rows = found
        if len(found) >= MANY and (self._task is None or self._task.done()):
            self._task = tasks.spawn(self._renew(now), name="stream rows")
        return list(found.values())

    async def close(self) -> None:
        """Renew nothing any more."""
        await tasks.cancel(self._task)

    def _make(self, one: StreamRead, mark: object, *, with_rates: bool) -> StreamRow:
        before = self._rows.get(one.id)
        rates = None if before is None else before.rates
        if rates is None and with_rates:
            rates = RateText()
        row = self._rows[one.id] = StreamRow(mark, one.view(), rates, self._now())
        return row

    async def _renew(self, before: float) -> None:
        while self._now() - self._asked_at < KEEP:
            await tasks.sleep(STEP_INTERVAL)
            now = self._now()
            self._renew_some(min(1.0, (now - before) / CYCLE))  # a late step does more
            before = now
        self._rows = {}

    def _renew_some(self, share: float) -> None:
        count = math.ceil(len(self._rows) * share)
        turn = list(itertools.islice(self._each(), self._turn, self._turn + count))
        for one in turn:
            self._make(one, one.mark(), with_rates=False)
        self._turn = self._turn + count if len(turn) == count else 0
