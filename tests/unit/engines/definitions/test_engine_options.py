"""Which arguments are warned of."""

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk.engines.definitions.catalogue import EngineOptions, catalogue
from acedesk.engines.definitions.engine_options import option_name, warn_of_arguments

KNOWN = catalogue().images[0].options


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--client-console", "--bind-all"),
        ("--live-cache-type", "memory", "--port=8621"),
        ("start-engine", "--client-console"),
        ("@acestream.conf",),
        ("--log-debug", "-1"),
    ],
)
def test_what_the_engine_takes_is_not_warned_of(arguments: tuple[str, ...]) -> None:
    assert warn_of_arguments(arguments, KNOWN) == ()


def test_a_mistyped_option_is_named_with_the_one_that_is_meant() -> None:
    (said,) = warn_of_arguments(("--live-cache-typ", "memory"), KNOWN)

    assert "“--live-cache-typ” is no option" in said
    assert "Is “--live-cache-type” meant?" in said


def test_an_option_like_no_other_is_only_called_unknown() -> None:
    (said,) = warn_of_arguments(("--xyzzy=3",), KNOWN)

    assert "“--xyzzy”" in said
    assert "meant" not in said


@pytest.mark.parametrize(
    "arguments", [("--use-internal-buffering", "true"), ("--use-internal-buffering=true",)]
)
def test_a_switch_with_a_value_is_warned_of(arguments: tuple[str, ...]) -> None:
    (said,) = warn_of_arguments(arguments, KNOWN)

    assert "takes no value" in said


@pytest.mark.parametrize("arguments", [("--port",), ("--port", "--bind-all")])
def test_an_option_without_its_value_is_warned_of(arguments: tuple[str, ...]) -> None:
    (said,) = warn_of_arguments(arguments, KNOWN)

    assert said == "“--port” has no value behind it."


def test_the_same_is_said_once() -> None:
    assert len(warn_of_arguments(("--xyzzy", "--xyzzy"), KNOWN)) == 1


def test_of_an_engine_whose_options_nobody_knows_nothing_is_said() -> None:
    assert warn_of_arguments(("--xyzzy",), EngineOptions()) == ()


@hypothesis.given(st.lists(st.text(), max_size=6))
def test_any_words_can_be_looked_at(words: list[str]) -> None:
    for said in warn_of_arguments(words, KNOWN):
        assert said.endswith((".", "?"))


@pytest.mark.parametrize(
    ("word", "name"), [("--port=1", "--port"), ("--port", "--port"), ("-p", ""), ("port", "")]
)
def test_an_option_has_two_dashes(word: str, name: str) -> None:
    assert option_name(word) == name
