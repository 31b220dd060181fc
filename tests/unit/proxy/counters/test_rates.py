"""Rates from byte counts."""

from acedesk.proxy.counters.rates import HISTORY, Levels, Meter


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


def test_an_hour_is_kept_in_means_of_twelve_seconds() -> None:
    meter = Meter(0.0)
    total = 0
    for second in range(1, 25):
        total += 1000 if second <= 12 else 3000
        meter.sample(float(second), total)

    assert list(meter.hour) == [8000.0, 24000.0]


def test_the_hour_is_bounded_and_ends_now() -> None:
    meter = Meter(0.0)
    for second in range(1, 2 * 3600 + 1):
        meter.sample(float(second), second * 1000)

    assert len(meter.hour) == HISTORY
    assert set(meter.hour) == {8000.0}


def test_a_late_look_counts_for_the_time_it_stands_for() -> None:
    levels = Levels()
    levels.add(4.0, 9.0)
    levels.add(8.0, 3.0)

    assert list(levels.hour) == [5.0]
    assert list(levels.recent) == [4.0, 8.0]


def test_looks_a_little_early_do_not_stretch_the_hour() -> None:
    levels = Levels()
    for _ in range(3600):
        levels.add(1.0, 0.99)

    assert len(levels.hour) == 300


def test_a_viewer_has_a_rate_and_no_history() -> None:
    meter = Meter(0.0, remember=False)
    meter.sample(1.0, 1000)

    assert meter.rate == 8000.0
    assert meter.history == meter.hour == ()
    assert meter.recent(10) == 0.0
