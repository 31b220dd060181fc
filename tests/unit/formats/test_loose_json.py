import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.formats.loose_json import load_json, read_count, read_flag, read_number, read_word


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", "[" * 100_000, "9" * 10_000])
def test_what_cannot_be_read_is_a_value_error(data: bytes | str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        load_json(data)


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (3, 3),
        ("3", 3),
        (3.9, 3),
        (" 7 ", 7),
        (2**62 + 1, 2**62 + 1),
        (2**63, None),
        (-1, None),
        (True, None),
        (None, None),
        ("x", None),
        (float("nan"), None),
        (10**400, None),
    ],
)
def test_counts_are_read_in_every_spelling(value: object, count: int | None) -> None:
    assert read_count(value) == count


@pytest.mark.parametrize(
    ("value", "number"), [("1.5", 1.5), (2, 2.0), (False, None), ("inf", None)]
)
def test_numbers_are_finite(value: object, number: float | None) -> None:
    assert read_number(value) == number


@pytest.mark.parametrize(
    ("value", "flag"), [(1, True), ("0", False), ("True", True), (-1, None), (2, None), ("", None)]
)
def test_flags_are_one_and_zero(value: object, flag: bool | None) -> None:
    assert read_flag(value) is flag


@pytest.mark.parametrize(
    ("value", "word"),
    [("a\nb", "a b"), (3021100, "3021100"), (1.5, "1.5"), (True, "1"), (None, ""), ([], "")],
)
def test_words_are_short_texts(value: object, word: str) -> None:
    assert read_word(value) == word


@given(value=st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()))
def test_no_value_raises(value: object) -> None:
    read_count(value), read_number(value), read_flag(value), read_word(value)
