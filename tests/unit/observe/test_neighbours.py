"""Streams beside each other: how many play on an engine, and how many get nothing."""

from acedesk.model.diagnosis import Phase
from acedesk.model.engine import EngineId
from acedesk.observe.neighbours import Neighbours
from acedesk.observe.stream_observer import StreamObserver
from acedesk.proxy.streams.stream import Stream
from acedesk.rules.diagnosis.buffer_margin import SILENCE
from tests.fakes.engine_side import spec_of
from tests.fakes.idle_stream import make_stream

NOW = 1000.0


def observed(
    number: int, engine: str, *, phase: Phase = Phase.PLAYING, silent: bool = False
) -> tuple[Stream, StreamObserver]:
    """Return a stream on an engine, and what is seen of it."""
    stream = make_stream(number)
    stream.supply.engine = spec_of(engine, number)
    observer = StreamObserver(stream, NOW - (SILENCE if silent else 0.0), lambda _: ())
    observer.phase = phase
    return stream, observer


async def test_streams_are_counted_by_their_engine() -> None:
    observers = dict(
        [
            observed(1, "one", silent=True),
            observed(2, "one", silent=True),
            observed(3, "two"),
            observed(4, "two", phase=Phase.BUFFERING, silent=True),
        ]
    )
    first, *_, third, fourth = observers

    found = Neighbours(observers, NOW)

    assert (found.playing_on[EngineId("one")], found.silent_on[EngineId("one")]) == (2, 2)
    assert (found.playing_on[EngineId("two")], found.silent_on[EngineId("two")]) == (1, 0)
    assert found.short_engines == 1
    assert (found.others(first), found.others_short(first)) == (2, 1)
    assert (found.others(third), found.others_short(third)) == (2, 2)
    assert (found.others(fourth), found.others_short(fourth)) == (3, 2)
