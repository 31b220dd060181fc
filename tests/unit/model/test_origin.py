"""Origins of web pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.model.origin import Origin, parse_origin, parse_site


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("http://desk", "desk", 80),
        ("http://DESK.:80/path?q", "desk", 80),
        ("http://[::1]:8080", "::1", 8080),
        ("http://[0:0:0:0:0:0:0:1]", "::1", 80),
        ("http://user@desk:81", "desk", 81),
    ],
)
def test_one_origin_has_one_form(text: str, host: str, port: int) -> None:
    assert parse_origin(text) == Origin("http", host, port)


def test_the_port_of_https_is_443() -> None:
    assert parse_origin("https://tv.example") == Origin("https", "tv.example", 443)


@pytest.mark.parametrize(
    "text", ["", "null", "desk", "desk:80", "file:///x", "http://", "http://[", "http://a:99999"]
)
def test_what_names_no_site_has_no_origin(text: str) -> None:
    assert parse_origin(text) is None


def test_a_site_without_a_scheme_has_both() -> None:
    assert parse_site("tv.example:81") == {
        Origin("http", "tv.example", 81),
        Origin("https", "tv.example", 81),
    }
    assert parse_site("https://tv.example") == {Origin("https", "tv.example", 443)}
    assert parse_site("") == parse_site("null://") == frozenset()


@given(st.text())
def test_nothing_raises(text: str) -> None:
    parse_origin(text)
    parse_origin(f"http://{text}")
