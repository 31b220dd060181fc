"""Variables inside texts, as the Compose specification has them."""

import contextlib

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk.formats.compose.interpolation import LONGEST, interpolate

VARIABLES = {"A": "1", "EMPTY": "", "LONG": "x" * 1000}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("$A-${A}", "1-1"),
        ("$$A", "$A"),
        ("$NONE|${NONE}", "|"),
        ("${NONE:-x}${NONE-y}", "xy"),
        ("${EMPTY:-x}${EMPTY-y}", "x"),
        ("${A:-x}${A-y}", "11"),
        ("${A:+x}${EMPTY:+y}${EMPTY+z}${NONE+q}", "xz"),
        ("${A:?must}", "1"),
        ("${NONE:-${A}}", "1"),
        ("${NONE:-${ALSO:-$A}/b}c", "1/bc"),
        ("${NONE:-http://h:1/}", "http://h:1/"),
    ],
)
def test_puts_values_in(text: str, expected: str) -> None:
    assert interpolate(text, VARIABLES) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("${NONE:?set it}", r"needs the variable NONE, which is set nowhere \(set it\)"),
        ("${EMPTY:?}", "needs the variable EMPTY"),
        ("${A", "without its"),
        ("${}", "names no variable"),
        ("${1}", "names no variable"),
        ("${A/b/c}", "no variable with a default"),
        ("100$", "a dollar sign without a name"),
        ("${N:-" * 30 + "}" * 30, "too often"),
    ],
)
def test_says_what_is_wrong(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        interpolate(text, VARIABLES)


def test_never_grows_without_end() -> None:
    with pytest.raises(ValueError, match="32 KiB"):
        interpolate("$LONG" * (LONGEST // 1000 + 1), VARIABLES)


@hypothesis.given(st.text(alphabet="${}A:-?+ b"))
def test_any_text_is_a_value_or_told(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(interpolate(text, VARIABLES), str)
