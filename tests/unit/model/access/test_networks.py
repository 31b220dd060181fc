"""Addresses and networks as people and systems write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.model.access.networks import is_within, parse_network, read_peer


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("192.168.1.20", "192.168.1.20/32"),
        ("192.168.1.0/24", "192.168.1.0/24"),
        (" 192.168.1.20/24 ", "192.168.1.0/24"),
        ("10.0.0.0/255.0.0.0", "10.0.0.0/8"),
        ("fd00::/8", "fd00::/8"),
        ("::1", "::1/128"),
    ],
)
def test_what_people_write(text: str, means: str) -> None:
    assert str(parse_network(text)) == means


@pytest.mark.parametrize("text", ["", "tv", "192.168.1", "192.168.1.0/33", "::ffff:10.0.0.1", "*"])
def test_what_is_no_network(text: str) -> None:
    with pytest.raises(ValueError, match="“"):
        parse_network(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.168.1.20", "192.168.1.20"),
        ("::ffff:192.168.1.20", "192.168.1.20"),
        ("fe80::1%eth0", "fe80::1"),
        ("unix:", "None"),
        ("", "None"),
    ],
)
def test_what_systems_tell(text: str, address: str) -> None:
    assert str(read_peer(text)) == address


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("192.168.1.20", True),
        ("::ffff:192.168.1.20", True),
        ("192.168.2.1", False),
        ("fd12::5", True),
        ("fe80::1%eth0", False),
        ("tv", False),
        ("", False),
    ],
)
def test_who_is_within(address: str, *, inside: bool) -> None:
    assert is_within(address, ("192.168.1.0/24", "fd00::/8")) is inside


def test_nobody_is_within_none() -> None:
    assert not is_within("127.0.0.1", ())


@given(st.text())
def test_any_text_is_an_address_or_not(text: str) -> None:
    assert not is_within(text, ())
    assert not is_within(text, ("192.0.2.1",)) or read_peer(text) is not None
