"""The JSON of each stream, shared by all who ask within about a second.

A row is made again at once when something that programs act on has changed, else when it is a
second old. Rows of many streams are renewed a few at a time before they are asked for: no answer
has to wait for all of them, and nothing waits for an answer. While somebody asks again and again
that is all within a second; else within ten, so that who asks once a minute need not wait either
and gets numbers that are some seconds old.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
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
# Seconds within which all are renewed while nobody asks: less than a hundredth of what the streams
# themselves cost.
SLOW_CYCLE: Final = 10.0
SLOW_INTERVAL: Final = 0.5
# Rows are as old at most then; a late step renews more.
SLOW_FRESH: Final = 12.0
# Newer values than these are read as a whole again.
_MOST_NEW: Final = 15


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
                parts = [self.text.split(", ", gone)[gone], *wire.numbers(values[kept:])]
                break
        else:
            parts = wire.numbers(values)
        self.values, self.text = values, ", ".join(parts)


_NOBODY: Final[Mapping[str, str]] = {}


class StreamRow:
    """One stream as text.

    Attributes:
        text: Without the course of its rate.
        rate_in, rate_out, rate_up: Of it, bit/s.
        rates: Its course, None as long as nobody wanted it.
        left: The viewers that are gone, by their ids: each is the same from then on.
    """

    __slots__ = ("left", "made_at", "mark", "rate_in", "rate_out", "rate_up", "rates", "text")

    def __init__(
        self,
        mark: object,
        view: StreamView,
        *,
        at: float,
        rates: RateText | None = None,
        left: Mapping[str, str] = _NOBODY,
    ) -> None:
        self.mark = mark
        self.made_at = at
        self.left = {one.id: left.get(one.id) or wire.text(one) for one in view.left}
        self.text = wire.stream_text(view, left=f"[{', '.join(self.left.values())}]")
        self.rate_in = view.bit_rate
        self.rate_out = view.rate_out
        self.rate_up = view.speed_up or 0.0
        self.rates = rates
        if rates is not None:
            rates.follow(view.rate_history)


def whole_rows(rows: Iterable[StreamRow]) -> str:
    """Return the JSON list of rows with the courses of their rates.

    It is put together in one go: of hundreds of streams it is a megabyte.
    """
    parts: list[str] = []
    for row in rows:
        rates = "" if row.rates is None else row.rates.text
        parts += ", ", row.text[:-1], ', "rate_history": [', rates, "]}"
    return "".join(["[", *parts[1:], "]"])


class StreamRows:
    """The rows of all streams.

    Args:
        each: Yields the streams there are.
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
        self._due: list[StreamRead] = []  # to be renewed in this cycle
        self._many = 0  # how many are renewed in each, 0 for none
        self._asked_at = -KEEP

    async def rows(self, *, with_rates: bool = False) -> list[StreamRow]:
        """Return all rows: numbers of a second ago, or of some where nobody asked lately."""
        now = self._now()
        fresh_for = SLOW_FRESH if self._many and now - self._asked_at >= KEEP else FRESH
        self._asked_at = now
        found, work = {}, tasks.Slice()
        for one in tuple(self._each()):
            if work.is_over():
                await work.go_on()
            row = self._rows.get(one.id)
            fresh = row is not None and row.mark == one.mark and now - row.made_at < fresh_for
            if row is None or not fresh or (with_rates and row.rates is None):
                row = self._make(one, with_rates=with_rates)
            found[one.id] = row
        # Others may have made newer ones meanwhile.
        self._rows = {name: self._rows.get(name, row) for name, row in found.items()}
        return list(found.values())

    async def run(self) -> None:
        """Renew the rows of many streams, until cancelled."""
        before = self._now()
        while True:
            hot = self._now() - self._asked_at < KEEP
            await tasks.sleep(STEP_INTERVAL if hot else SLOW_INTERVAL)
            now = self._now()
            share = (now - before) / (CYCLE if hot else SLOW_CYCLE)
            await self._renew_some(min(1.0, share))  # a late step does more
            before = now

    def _make(self, one: StreamRead, *, with_rates: bool) -> StreamRow:
        before = self._rows.get(one.id)
        rates = None if before is None else before.rates
        if rates is None and with_rates:
            rates = RateText()
        left = {} if before is None else before.left
        row = StreamRow(one.mark, one.view(), at=self._now(), rates=rates, left=left)
        self._rows[one.id] = row
        return row

    async def _renew_some(self, share: float) -> None:
        if not self._due:
            self._plan()
        count = math.ceil(self._many * share)
        turn, self._due = self._due[:count], self._due[count:]
        work = tasks.Slice()
        for one in turn:
            if work.is_over():
                await work.go_on()
            self._make(one, with_rates=True)

    def _plan(self) -> None:
        """Begin a cycle: with few streams nothing is to be done."""
        due = list(self._each())
        self._many = len(due) if len(due) >= MANY else 0
        self._due = due if self._many else []
        self._rows = {one.id: self._rows[one.id] for one in self._due if one.id in self._rows}
