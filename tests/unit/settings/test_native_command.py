"""The command of an engine program: its words and its places."""

import contextlib

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk.settings.native_command import fill, split_native_command


def test_quotes_keep_blanks_and_a_backslash_is_an_ordinary_sign() -> None:
    words = split_native_command(
        r'"C:\Ace Stream\ace.exe" --client-console --state-dir={state_dir}'
    )

    assert words == (r"C:\Ace Stream\ace.exe", "--client-console", "--state-dir={state_dir}")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("engine 'x", "quote that is not closed"),
        ("engine | tee log", "cannot have “|”"),
        ("{port} engine", "must begin with the name of a program"),
        ("engine --port={prot}", r"has \{prot\}, which is none of \{port\}, \{p2p_port\}"),
    ],
)
def test_what_cannot_be_started_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        split_native_command(text)


def test_places_are_filled_in_one_go() -> None:
    assert fill("--a={port},{state_dir}", {"port": "1", "state_dir": "{port}"}) == "--a=1,{port}"
    assert fill("{unknown}", {}) == "{unknown}"


@hypothesis.given(st.text())
def test_any_text_is_words_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert split_native_command(text)
