import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from acedesk.formats.text import clean_text


def test_white_space_of_any_kind_becomes_one_space() -> None:
    assert clean_text("  a\r\n\tb\u00a0c\u2028d ", 100) == "a b c d"


def test_marks_that_turn_a_line_around_go() -> None:
    assert clean_text("abc\u202egpj.exe\u2066\x00\x1b[31m", 100) == "abcgpj.exe[31m"


def test_joiners_stay_because_scripts_need_them() -> None:
    assert clean_text("می\u200cخواهم", 100) == "می\u200cخواهم"


@given(text=st.text(), limit=st.integers(0, 50))
def test_the_result_is_short_and_has_no_control_characters(text: str, limit: int) -> None:
    cleaned = clean_text(text, limit)

    assert len(cleaned) <= limit
    assert all(unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"} for char in cleaned)
