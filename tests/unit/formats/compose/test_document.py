"""YAML as plain values, whatever is in it."""

import contextlib

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk.formats.compose.document import read_document

LEVELS = range(1, 12)
BOMB = "a0: &a0 {k: v}\n" + "".join(
    f"a{n}: &a{n} {{x: [{','.join([f'*a{n - 1}'] * 9)}]}}\n" for n in LEVELS
)


def test_scalars_are_the_texts_they_are_written_as() -> None:
    found = read_document("a: on\nb: 0644\nc: 1.10\nd: ~\ne:\nf: 'null'\ng: 2026-01-01\n").content

    assert found == {
        "a": "on",
        "b": "0644",
        "c": "1.10",
        "d": None,
        "e": None,
        "f": "null",
        "g": "2026-01-01",
    }


def test_aliases_and_merged_maps_are_put_in() -> None:
    text = "x: &x {a: 1, b: 2}\ny: &y {b: 3, c: 4}\nz: {<<: [*x, *y], a: 9}\nlist: [*x]\n"

    found = read_document(text).content

    assert (found["z"], found["list"]) == ({"a": "9", "b": "2", "c": "4"}, [{"a": "1", "b": "2"}])


def test_keys_that_stand_twice_are_told_and_the_last_counts() -> None:
    found = read_document("a: 1\nb: 2\na: 3\n")

    assert (found.content, found.repeated) == ({"a": "3", "b": "2"}, ["a"])


def test_tags_of_others_make_nothing() -> None:
    assert read_document("a: !!python/object/apply:os.system [x]\n").content == {"a": ["x"]}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: b: c", "not YAML .line 1"),
        ("[1, 2", "not YAML"),
        ("a: *none", "not YAML .line 1: found undefined alias"),
        ("a: 1\n--- \nb: 2", "not YAML"),
        ("\x00", "signs that no text has"),
        ("[" * 5000, "nested too deep"),
        ("- " * 5000, "nested too deep"),
        ("a: &a [*a]", "holds itself"),
        ("a: &a {<<: *a}", "holds itself"),
        ("{<<: 3}", "merges something that is no map"),
        (BOMB, "more than 20000 values"),
        (BOMB.replace("x: ", "<<: "), "more than 20000 values"),
    ],
)
def test_says_why_it_is_none(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        read_document(text)


@hypothesis.given(st.text(alphabet="ab:- \n[]{}&*!|>'\"#,?<%@`\t~1"))
def test_any_text_is_read_or_told(text: str) -> None:
    with contextlib.suppress(ValueError):
        read_document(text)
