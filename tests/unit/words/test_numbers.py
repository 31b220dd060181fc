"""Numbers as people read them."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.words import numbers

NOW = datetime.datetime(2026, 11, 29, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (None, "—"),
        *((0.0, "0 Mbit/s"), (499.0, "0 Mbit/s"), (500.0, "0 kbit/s"), (820_000.0, "820 kbit/s")),
        *((999_499.0, "999 kbit/s"), (999_500.0, "1.0 Mbit/s"), (5_400_000.0, "5.4 Mbit/s")),
        *((99_940_000.0, "99.9 Mbit/s"), (99_950_000.0, "100 Mbit/s"), (124e6, "124 Mbit/s")),
    ],
)
def test_rates_have_a_unit(rate: float | None, text: str) -> None:
    assert numbers.format_rate(rate) == text


@pytest.mark.parametrize(
    ("rate", "text"), [(0.0, "0.0"), (49_000.0, "0.0"), (5_440_000.0, "5.4"), (124e6, "124")]
)
def test_a_rate_may_stand_before_a_unit_of_the_sentence(rate: float, text: str) -> None:
    assert numbers.format_mega(rate) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "0:00"), (42.9, "0:42"), (725, "12:05"), (11229, "3:07:09"), (183600, "2 d 3 h")],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert numbers.format_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        *((-1, "0 s"), (8.9, "8 s"), (60, "1 min"), (3599, "59 min"), (7200, "2 h")),
        *((11520, "3 h 12 min"), (172800, "2 d"), (187200, "2 d 4 h")),
    ],
)
def test_spans_are_words_of_a_sentence(seconds: float, text: str) -> None:
    assert numbers.format_span(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "just now"), (1.9, "just now"), (8, "8 s ago"), (7200, "2 h ago")]
)
def test_what_happened_is_some_time_ago(seconds: float, text: str) -> None:
    assert numbers.format_ago(NOW - datetime.timedelta(seconds=seconds), NOW) == text


def test_since_when_is_a_duration() -> None:
    assert numbers.format_since(NOW - datetime.timedelta(seconds=42), NOW) == "0:42"


def test_what_is_not_known_is_a_dash() -> None:
    assert numbers.format_since(None, NOW) == numbers.format_ago(None, NOW) == numbers.NOTHING


@pytest.mark.parametrize(("seconds", "text"), [(0.44, "0.4 s"), (9.94, "9.9 s"), (18.4, "18 s")])
def test_short_times_have_a_tenth(seconds: float, text: str) -> None:
    assert numbers.format_seconds(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(-1, "0 s"), (8, "8 s"), (200, "3 min 20 s")])
def test_waits_are_told_to_the_second(seconds: float, text: str) -> None:
    assert numbers.format_wait(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 kB"),
        (812_000, "812 kB"),
        (999_500, "1.0 MB"),
        (31.4e6, "31.4 MB"),
        (1.2e9, "1.20 GB"),
    ],
)
def test_sizes_have_a_unit(count: float, text: str) -> None:
    assert numbers.format_bytes(count) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 streams"), (1, "1 stream"), (3, "3 streams")])
def test_what_is_counted_has_a_plural(number: int, text: str) -> None:
    assert numbers.count(number, "stream") == text


def test_a_plural_may_be_irregular() -> None:
    assert numbers.count(2, "entry", "entries") == "2 entries"


@given(st.floats(0, 1e12))
def test_no_rate_is_longer_than_its_column(rate: float) -> None:
    assert len(numbers.format_rate(rate)) <= len("1000000 Mbit/s")


@given(st.floats() | st.integers())
def test_no_number_raises_or_shows_what_is_none(value: float) -> None:
    texts = (
        numbers.format_rate(value),
        numbers.format_mega(value),
        numbers.format_duration(value),
        numbers.format_span(value),
        numbers.format_seconds(value),
        numbers.format_wait(value),
        numbers.format_bytes(value),
    )

    assert not [text for text in texts if "nan" in text or "inf" in text]


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (50_000, "50,000 rows")]
)
def test_what_is_counted_has_its_plural(number: int, text: str) -> None:
    assert numbers.count(number, "row") == text
