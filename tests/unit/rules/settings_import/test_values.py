"""Texts of variables as values."""

import contextlib
import math

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk.rules.settings_import.values import (
    DOCKER_UNITS,
    HUMAN_UNITS,
    read_number,
    read_seconds,
    read_size,
    read_switch,
)


@pytest.mark.parametrize("text", ["1", "true", "TRUE", "True", "t", "yes", "Y", "on", " On "])
def test_yes(text: str) -> None:
    assert read_switch(text) is True


@pytest.mark.parametrize("text", ["0", "false", "FALSE", "f", "no", "N", "off", "Off"])
def test_no(text: str) -> None:
    assert read_switch(text) is False


@pytest.mark.parametrize("text", ["", "maybe", "2", '"true"', "ja"])
def test_neither_yes_nor_no(text: str) -> None:
    with pytest.raises(ValueError, match="must be yes or no"):
        read_switch(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", 30),
        ("1m30s", 90),
        ("250ms", 0.25),
        ("1h", 3600),
        ("1.5h", 5400),
        (".5s", 0.5),
        ("1h2m3.5s", 3723.5),
        ("100us", 0.0001),
        ("100µs", 0.0001),
        ("1000000000ns", 1),
        ("0", 0),
        ("0s", 0),
        ("+5s", 5),
        ("-5s", -5),
        ("30", 30),
        (" 30s ", 30),
        ("2.5", 2.5),
    ],
)
def test_durations(text: str, expected: float) -> None:
    assert read_seconds(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    "text", ["", "s", "1 m", "1d", "30 s", "1m30", "1e3s", "nan", "inf", "٣s", "1" * 100 + "s"]
)
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="must be a duration"):
        read_seconds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4MiB", 4 * 1024**2),
        ("1MB", 1_000_000),
        ("1 mb", 1_000_000),
        ("1m", 1_000_000),
        ("4.2MiB", int(4.2 * 1024**2)),
        ("4194304", 4 * 1024**2),
        ("1,024 KiB", 1024**2),
        ("1Gi", 1024**3),
        ("10b", 10),
    ],
)
def test_sizes_as_acexy_reads_them(text: str, expected: int) -> None:
    assert read_size(text, HUMAN_UNITS) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("512m", 512 * 1024**2), ("1g", 1024**3), ("1GB", 1024**3), ("1024k", 1024**2), ("9", 9)],
)
def test_sizes_as_docker_reads_them(text: str, expected: int) -> None:
    assert read_size(text, DOCKER_UNITS) == expected


@pytest.mark.parametrize("text", ["", "MiB", "-1m", "1x", "1 m m", "0x10", "9" * 100])
def test_no_sizes(text: str) -> None:
    with pytest.raises(ValueError, match="must be a size"):
        read_size(text, HUMAN_UNITS)


def test_whole_numbers_stay_whole() -> None:
    assert [type(read_number(text)) for text in ("3", "3.0", "3.5")] == [int, int, float]


@hypothesis.given(st.text())
def test_any_text_is_a_finite_value_or_refused(text: str) -> None:
    for read in (read_number, read_seconds, lambda one: read_size(one, HUMAN_UNITS)):
        with contextlib.suppress(ValueError):
            assert math.isfinite(read(text))
