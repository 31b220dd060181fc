"""Files of variables, as Compose reads them."""

import contextlib

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk.formats.compose.env_file import MOST_VARIABLES, as_mapping, read_variables


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("A=b", "b"),
        ("export A=b", "b"),
        ("  A = b  ", "b"),
        ("A: b", "b"),
        ("A=", ""),
        ("A=b # c", "b"),
        ("A=b#c", "b#c"),
        ("A=# c", ""),
        ("A='$X # \\n'", "$X # \\n"),
        ('A="b # c" # d', "b # c"),
        (r'A="x\ty\"z\\"', 'x\ty"z\\'),
        ('A="one\ntwo"', "one\ntwo"),
        ("A=$X/${Y:-y}", "1/y"),
        ('A="$X"', "1"),
        (r'A="\$X"', "$X"),
        ("A=b=c", "b=c"),
        ("\ufeffA=b\r\n", "b"),
    ],
)
def test_a_line(line: str, expected: str) -> None:
    assert as_mapping(read_variables(line, {"X": "1"})) == {"A": expected}


def test_comments_and_empty_lines_are_passed_over() -> None:
    assert as_mapping(read_variables("# one\n\nA=b\n  # two\n", {})) == {"A": "b"}


def test_a_name_alone_is_taken_from_around() -> None:
    found = read_variables("X\nY\n", {"X": "1"})

    assert [(one.name, one.text) for one in found] == [("X", "1"), ("Y", None)]


def test_of_two_with_one_name_the_last_counts_and_that_is_told() -> None:
    (found,) = read_variables("A=1\nA=2\n", {})

    assert (found.text, "more than once" in found.note) == ("2", True)


def test_lines_may_name_those_above() -> None:
    assert as_mapping(read_variables("A=1\nB=${A}2\n", {})) == {"A": "1", "B": "12"}


def test_what_must_be_set_and_is_not_is_a_problem_of_that_line_only() -> None:
    bad, good = read_variables("A=${NO:?}\nB=1\n", {})

    assert (bad.text, "NO" in bad.problem, good.text) == (None, True, "1")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("A=1\nwhat is this\n", "line 2 is not NAME=value"),
        ("=1", "line 1 is not NAME=value"),
        ("A='open\nB=1", "line 1 has a quote that is not closed"),
        ("".join(f"A{n}=\n" for n in range(MOST_VARIABLES + 1)), "more than"),
    ],
)
def test_says_which_line_is_none(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_variables(text, {})


def test_values_that_name_each_other_do_not_grow_without_end() -> None:
    text = "A0=" + "x" * 1000 + "\n"
    text += "".join(f"A{n}=" + f"$A{n - 1}" * 10 + "\n" for n in range(1, 9))

    found = read_variables(text, {})

    assert sum(len(one.text or "") for one in found) < 1_000_000


def test_a_quote_over_many_lines_is_read_at_once() -> None:
    lines = "\n".join(["x"] * 15_000)

    (found,) = read_variables(f'A="{lines}"\n', {})
    with pytest.raises(ValueError, match="line 1 has a quote that is not closed"):
        read_variables(f'A="{lines}', {})

    assert found.text == lines


def test_what_is_escaped_at_the_end_of_a_line_closes_no_quote() -> None:
    assert as_mapping(read_variables('A="x\\\\\ny\\"\nz" # end\n', {})) == {"A": 'x\\\ny"\nz'}


@hypothesis.given(st.text(alphabet="A= \n'\"\\$#{}b\r\t"))
def test_any_text_is_read_or_told(text: str) -> None:
    with contextlib.suppress(ValueError):
        read_variables(text, {})
