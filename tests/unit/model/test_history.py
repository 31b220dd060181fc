"""What is kept of engines and streams has names, and a day knows whether it holds anything."""

import datetime

from acedesk.model.history import DayCourse, Series

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


def test_the_values_of_each_series_have_names_of_their_own() -> None:
    assert all(len(set(series.names)) == len(series.names) > 0 for series in Series)


def test_a_day_is_empty_when_nothing_is_known_of_it() -> None:
    empty = DayCourse(end_time=NOON, interval=300, values={"cpu": (None, None)})
    known = DayCourse(end_time=NOON, interval=300, values={"cpu": (None, 0.0)})

    assert empty.is_empty
    assert not known.is_empty
