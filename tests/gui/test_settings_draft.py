"""What is typed into the settings: reasons as typed, values, what the search finds."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.settings import Settings, names, option
from acedesk.ui.settings.draft import Draft, format_value, is_found, sections


def test_every_setting_stands_in_exactly_one_section() -> None:
    found = [name for _page, members in sections() for name in members]

    assert sorted(found) == sorted(names())
    assert [page for page, _members in sections()] == [
        "General",
        "Network",
        "Players",
        "Playback",
        "Engines",
        "VPN",
    ]


@pytest.mark.parametrize("name", names())
def test_the_text_of_every_default_means_the_default(name: str) -> None:
    draft = Draft(Settings())

    draft.type(name, draft.text(name))

    assert not draft.changes
    assert draft.is_default(name)


def test_typing_the_saved_value_back_is_no_change() -> None:
    draft = Draft(Settings())

    draft.type("port", "9000")
    draft.type("port", " 8080 ")

    assert not draft.is_changed("port")


def test_changes_are_typed_values() -> None:
    draft = Draft(Settings())

    draft.type("port", "9000")
    draft.type("grace", "7,5")
    draft.type("engines", "10.0.0.2:6878, 10.0.0.3:6878")

    assert draft.values() == {
        "port": 9000,
        "grace": 7.5,
        "engines": ("10.0.0.2:6878", "10.0.0.3:6878"),
    }


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("port", "70000", "Must be at most 65535."),
        ("port", "http", "Must be a whole number."),
        ("grace", "", "Must be a number."),
        ("engines", "10.0.0.2:x", "The port in “10.0.0.2:x” must be a number from 1 to 65535."),
        ("engines", "my engine", "“my engine” is not host:port, such as 127.0.0.1:6878."),
    ],
)
def test_a_wrong_text_has_a_reason_at_once(name: str, text: str, reason: str) -> None:
    draft = Draft(Settings())

    draft.type(name, text)

    assert draft.problem(name) == reason
    assert draft.problems == (name,)


def test_a_change_from_elsewhere_updates_only_untouched_fields() -> None:
    draft = Draft(Settings())
    draft.type("port", "9000")

    draft.rebase(Settings(port=9100, grace=40.0))

    assert draft.text("port") == "9000"
    assert draft.text("grace") == "40"
    assert draft.changes == ("port",)


def test_what_was_found_out_about_a_text_holds_while_something_else_changes() -> None:
    draft = Draft(Settings())
    draft.type("port", "9000")
    draft.find("port", "Another program has it.")

    draft.rebase(Settings(grace=40.0))
    assert draft.problem("port") == "Another program has it."

    draft.rebase(Settings(port=9000, grace=40.0))
    assert draft.problem("port") == ""


def test_reset_puts_the_default_in_as_a_change() -> None:
    draft = Draft(Settings(port=9000))

    draft.reset("port")

    assert draft.values() == {"port": 8080}
    assert draft.is_default("port")


@given(st.sampled_from(names()), st.text())
def test_whatever_is_typed_is_a_problem_or_a_value(name: str, text: str) -> None:
    draft = Draft(Settings())

    draft.type(name, text)

    if not draft.problem(name):
        Settings().changed(draft.values())


@pytest.mark.parametrize(
    ("value", "text"), [(True, "yes"), (30.0, "30"), (0.25, "0.25"), (("a:1", "b:2"), "a:1, b:2")]
)
def test_values_are_written_as_a_person_would(value: Any, text: str) -> None:
    assert format_value(value) == text


def test_search_looks_at_labels_help_and_names() -> None:
    assert is_found("gluetun_api_key", "control key")
    assert is_found("gluetun_api_key", "3.39")
    assert not is_found("gluetun_api_key", "port 8080")
    assert option("gluetun_api_key").secret
