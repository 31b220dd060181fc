"""Tables for a terminal."""

from acedesk.commands.running.terminal_table import clean, format_table


def test_columns_are_as_wide_as_what_is_in_them() -> None:
    assert format_table(("A", "B"), [("long", "x"), ("s", "")]) == ["A     B", "long  x", "s"]


def test_what_a_terminal_would_obey_is_taken_out() -> None:
    assert clean("a\x1b[2J\nb") == "a [2J b"
