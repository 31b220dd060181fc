"""Values of settings as people read them."""

import pytest

from acedesk.rules.settings_import.in_words import in_words


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("grace", 15.0, "15 s"),
        ("grace", 2.5, "2.5 s"),
        ("ring_mib", 32, "32 MiB"),
        ("port", 8080, "8080"),
        ("stop_looping", True, "yes"),
        ("stop_looping", False, "no"),
        ("log_level", "warning", "Warning"),
        ("engines", ("a:1", "b:2"), "a:1, b:2"),
        ("engines", (), "none"),
        ("native_command", "", "none"),
        ("gluetun_api_key", "secret", "(hidden)"),
        ("gluetun_api_key", "", "none"),
    ],
)
def test_a_value(name: str, value: object, expected: str) -> None:
    assert in_words(name, value) == expected
