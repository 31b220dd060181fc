"""Rates from byte counts."""

from acedesk.proxy.meter import HISTORY, Meter


def test_a_steady_flow_has_its_rate() -> None:
    meter = Meter(0.0)
    for second in range(1, 6):
        meter.sample(float(second), second * 1000)

    assert meter.rate == 8000.0
    assert list(meter.history) == [8000.0] * 5
    assert meter.recent(3) == 8000


def test_the_history_is_bounded() -> None:
    meter = Meter(0.0)
    for second in range(1, HISTORY + 100):
        meter.sample(float(second), 0)

    assert len(meter.history) == HISTORY


def test_nothing_measured_is_nothing() -> None:
    assert Meter(0.0).rate == 0.0
    assert Meter(0.0).recent(10) == 0.0
