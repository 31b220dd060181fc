"""What may be typed into a setting, what is refused, and with which words."""

import dataclasses
import math
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk.errors import SettingsError
from acedesk.settings import table
from acedesk.settings.table import Settings


def refusal(name: str, value: object) -> str:
    """Return why the setting `name` may not have this value."""
    with pytest.raises(SettingsError) as caught:
        table.check(name, value)
    assert caught.value.field == name
    assert caught.value.value is value
    return caught.value.reason


def refusal_of_text(name: str, text: str) -> str:
    """Return why `text` cannot be typed into the setting `name`."""
    with pytest.raises(SettingsError) as caught:
        table.parse(name, text)
    assert caught.value.field == name
    return caught.value.reason


# What is typed


@pytest.mark.parametrize("text", ["1", "true", "TRUE", " Yes ", "on", "On"])
def test_these_words_mean_yes(text: str) -> None:
    assert table.parse("protect_streams", text) is True


@pytest.mark.parametrize("text", ["0", "false", "No", " off", "", "   "])
def test_these_words_mean_no(text: str) -> None:
    assert table.parse("protect_streams", text) is False


@pytest.mark.parametrize("text", ["2", "maybe", "yess", "ja"])
def test_any_other_word_is_neither(text: str) -> None:
    assert refusal_of_text("protect_streams", text) == "must be yes or no"


@pytest.mark.parametrize(
    ("text", "value"), [("2,5", 2.5), ("2.5", 2.5), (" 7 ", 7.0), ("1e1", 10.0), ("+3", 3.0)]
)
def test_a_fraction_may_have_a_comma_or_a_point(text: str, value: float) -> None:
    assert table.parse("grace", text) == value


@pytest.mark.parametrize("text", ["", "much", "1,000.5", "2.5 s", "--1", "0x10"])
def test_what_is_no_number_is_refused_for_seconds(text: str) -> None:
    assert refusal_of_text("grace", text) == "must be a number"


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e999"])
def test_a_number_without_an_end_is_no_number(text: str) -> None:
    assert refusal_of_text("grace", text) == "must be a number"


@pytest.mark.parametrize("text", ["", "8080.0", "8080,0", "1e3", "eighty", "9" * 5000])
def test_a_port_is_a_whole_number(text: str) -> None:
    assert refusal_of_text("port", text) == "must be a whole number"


def test_a_list_is_split_at_commas_and_empty_parts_are_left_out() -> None:
    assert table.parse("engines", " a:1 ,, b:2 , ") == ("a:1", "b:2")
    assert table.parse("engines", "") == ()
    assert table.parse("engines", " , ") == ()


def test_text_is_taken_without_the_blanks_around_it() -> None:
    assert table.parse("host", "  0.0.0.0\n") == "0.0.0.0"


# What is allowed


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("port", 0, 65535), ("engine_port", 1, 65535), ("memory_mib", 32, 65536)],
)
def test_bounds_are_inclusive(name: str, low: int, high: int) -> None:
    table.check(name, low)
    table.check(name, high)

    assert refusal(name, low - 1).startswith(f"must be at least {low}")
    assert refusal(name, high + 1).startswith(f"must be at most {high}")


def test_a_bound_is_told_with_its_unit() -> None:
    assert refusal("stall_timeout", 0.25) == "must be at least 1 s"
    assert refusal("ring_mib", 2000) == "must be at most 1024 MiB"
    assert refusal("max_streams", -1) == "must be at least 0"


def test_a_number_of_any_size_is_refused_by_its_bound() -> None:
    assert refusal("port", 10**400) == "must be at most 65535"
    assert refusal("grace", 10**400) == "must be at most 600 s"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("protect_streams", 1, "must be yes or no"),
        ("protect_streams", "yes", "must be yes or no"),
        ("port", True, "must be a whole number"),
        ("port", 8080.0, "must be a whole number"),
        ("port", None, "must be a whole number"),
        ("grace", False, "must be a number"),
        ("grace", "15", "must be a number"),
        ("engines", "a:1", "must be a list"),
        ("engines", ["a:1"], "must be a list"),
        ("engines", ("a:1", 2), "must be a list"),
        ("engine_arguments", 5, "must be one line of text"),
        ("engine_arguments", "--one\n--two", "must be one line of text"),
        ("gluetun_api_key", "a\0b", "must be one line of text"),
    ],
)
def test_a_value_of_another_type_is_refused_with_the_type_that_is_wanted(
    name: str, value: object, reason: str
) -> None:
    assert refusal(name, value) == reason


def test_a_whole_number_will_do_for_seconds() -> None:
    assert dataclasses.replace(Settings(), grace=7).grace == 7


def test_a_choice_is_one_of_its_words_and_they_are_told() -> None:
    assert refusal_of_text("theme", "Dark") == "must be one of system, light, dark"
    assert refusal("log_level", "") == "must be one of debug, info, warning, error"
    assert table.parse("theme", "dark") == "dark"


@pytest.mark.parametrize("text", ["", "   ", "a b"])
def test_what_is_missing_or_several_is_answered_by_what_is_wanted(text: str) -> None:
    assert refusal("engine_image", text) == "must be the name of an image, such as owner/name:tag"
    empty = "must not be empty: 127.0.0.1 serves this computer, 0.0.0.0 the whole network"
    several = "must be one address, without blanks"
    assert refusal("host", text) == (several if text.strip() else empty)


def test_of_many_engines_the_wrong_one_is_told() -> None:
    reason = refusal("engines", ("10.0.0.1:6878", "u@10.0.0.2", "10.0.0.3:6878"))

    assert "“10.0.0.2” stands behind a name" in reason


@pytest.mark.parametrize("text", ["https://tv.example.org", "tv.example.org", "http://[::1]:8080"])
def test_a_site_may_be_named_with_or_without_a_scheme(text: str) -> None:
    table.check("allowed_sites", (text,))


@pytest.mark.parametrize("text", ["", "ftp://tv.example.org", "https://", "http://a:99999"])
def test_what_is_no_site_is_told(text: str) -> None:
    assert f"“{text}” is no address of a site" in refusal("allowed_sites", (text,))


# All of them


def test_nobody_can_make_settings_that_are_out_of_bounds() -> None:
    with pytest.raises(SettingsError, match="port"):
        Settings(port=-1)
    with pytest.raises(SettingsError, match="port"):
        dataclasses.replace(Settings(), port=-1)


def test_a_change_that_fails_leaves_the_settings_as_they_were() -> None:
    before = Settings(port=9000)

    with pytest.raises(SettingsError) as caught:
        before.changed({"grace": 5.0, "port": "many", "host": ""})

    assert caught.value.field == "port"
    assert before == Settings(port=9000)


def test_no_change_is_the_same_settings() -> None:
    assert Settings(port=9000).changed({}) == Settings(port=9000)


@pytest.mark.parametrize("value", ["text", 5, None])
def test_a_name_that_is_no_setting_is_refused_whatever_its_value(value: object) -> None:
    with pytest.raises(SettingsError, match="no such setting"):
        Settings().changed({"colour": value})
    for look in (table.option, table.default):
        with pytest.raises(SettingsError, match="no such setting"):
            look("colour")


def test_names_are_the_fields_page_after_page() -> None:
    names = table.names()

    assert set(names) == {field.name for field in dataclasses.fields(Settings)}
    assert table.option(names[0]).page == "General"
    assert [names.index(name) for name in ("theme", "port", "grace", "engines")] == sorted(
        names.index(name) for name in ("theme", "port", "grace", "engines")
    )


@pytest.mark.parametrize("name", table.names())
@hypothesis.given(
    value=st.one_of(
        st.integers(), st.floats(), st.text(), st.booleans(), st.lists(st.text()).map(tuple)
    )
)
def test_what_passes_the_check_is_kept_as_it_is(name: str, value: Any) -> None:
    refused: SettingsError | None = None
    try:
        table.check(name, value)
    except SettingsError as exc:
        refused = exc

    if refused is not None:
        assert refused.field == name
        assert refused.reason
    else:
        kept = getattr(dataclasses.replace(Settings(), **{name: value}), name)
        assert kept == value
        assert not (isinstance(kept, float) and math.isnan(kept))


def test_a_player_command_is_checked_and_may_be_empty() -> None:
    assert table.parse("player_command", "mpv {url}") == "mpv {url}"
    assert table.parse("player_command", "  ") == ""
    with pytest.raises(SettingsError) as caught:
        table.parse("player_command", "mpv")
    assert caught.value.reason.startswith("must have {url} where the address")


def test_any_known_player_can_be_the_default_one() -> None:
    for name in ("", "vlc", "celluloid", "mpc-be", "command"):
        assert table.parse("default_player", name) == name
    with pytest.raises(SettingsError):
        table.parse("default_player", "winamp")


# Definitions of engines


@pytest.mark.parametrize("text", ["TZ", "=x", "A B=c", ""])
def test_a_variable_of_an_engine_has_a_name_and_a_value(text: str) -> None:
    assert refusal("engine_environment", (text,)) == f"“{text}” must be NAME=value"


def test_templates_are_separated_by_semicolons() -> None:
    texts = ("A: image=a/b environment=X=1,Y=2", "B: image=c/d")

    assert table.parse("engine_templates", "; ".join(texts)) == texts


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (("A",), "“A” must begin with a name of its own and a colon"),
        (("A: image=a/b memory=-1",), "“A”: Memory limit of an engine must be at least 0 MiB"),
        (("A: image=Upper/Case/",), "“A”: Docker image must be the name of an image"),
        (("A: image=a/b", "A: image=c/d"), "two templates are called “A”"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused(texts: tuple[str, ...], reason: str) -> None:
    assert refusal("engine_templates", texts).startswith(reason)
