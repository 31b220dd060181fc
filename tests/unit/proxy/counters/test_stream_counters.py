"""What is counted of a stream."""

from acedesk.proxy.counters.stream_counters import StreamCounters
from acedesk.proxy.counters.totals import TotalCounters


def test_each_second_is_a_rate_and_a_level() -> None:
    counters = StreamCounters(100.0, TotalCounters())

    for second in range(1, 4):
        counters.second(100.0 + second, received=second * 125_000, held=float(second))

    assert counters.meter.rate == 1e6
    assert list(counters.meter.history) == [1e6] * 3


def test_nothing_is_known_before_anything_came() -> None:
    counters = StreamCounters(100.0, TotalCounters())

    assert counters.keyframe_at is None
    assert counters.gaps.facts(200.0).count == 0


def test_the_totals_get_each_byte_once() -> None:
    totals = TotalCounters()
    counters = StreamCounters(100.0, totals)

    for received in (1000, 3000, 3000):
        counters.totals_share.add(received=received, sent=2 * received)

    assert (totals.received_bytes, totals.sent_bytes) == (3000, 6000)
