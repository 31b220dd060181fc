"""Times and rates as clients read them."""

import datetime

import pytest

from acedesk.api.orchestrator.shapes import wire_rate, wire_time

SUMMER = datetime.timezone(datetime.timedelta(hours=2))


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC), "2026-03-01T12:00:00Z"),
        (datetime.datetime(2026, 3, 1, 12, tzinfo=SUMMER), "2026-03-01T10:00:00Z"),
        (datetime.datetime(2026, 3, 1, 0, 0, 0, 7, datetime.UTC), "2026-03-01T00:00:00.000007Z"),
    ],
)
def test_times_are_utc_with_a_zone(time: datetime.datetime, text: str) -> None:
    assert wire_time(time) == text


@pytest.mark.parametrize(("bits", "kib"), [(None, None), (8192.0, 1), (0.0, 0), (1e6, 122)])
def test_rates_are_whole_numbers(bits: float | None, kib: int | None) -> None:
    assert wire_rate(bits) == kib
