"""Whom a request is from, directly and through reverse proxies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.rules.access.forwarding import SIGNS, Arrival, is_host, read_arrival

NGINX = ("127.0.0.1", "10.0.0.0/8")


def arrive(
    peer: str = "127.0.0.1", trusted: tuple[str, ...] = NGINX, **headers: str | list[str]
) -> Arrival:
    names = {
        "for_": "X-Forwarded-For",
        "proto": "X-Forwarded-Proto",
        "host": "X-Forwarded-Host",
        "prefix": "X-Forwarded-Prefix",
    }
    given = {
        names[name]: [value] if isinstance(value, str) else value for name, value in headers.items()
    }
    return read_arrival(peer, given, trusted)


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.3.2.1", "::1", "::ffff:127.0.0.1"])
def test_this_computer(peer: str) -> None:
    assert arrive(peer) == Arrival(peer, local=True)


@pytest.mark.parametrize("peer", ["192.168.1.5", "fe80::1%eth0", "::ffff:192.168.1.5"])
def test_who_asks_from_the_address_that_it_asks_is_here(peer: str) -> None:
    assert read_arrival(peer, {}, (), own=peer).local
    assert not read_arrival(peer, {}, (), own="192.168.1.20").local
    assert not read_arrival(peer, {}, ()).local
    assert not read_arrival("", {}, (), own="").local


@pytest.mark.parametrize("peer", ["192.168.1.20", "fe80::1%eth0", "172.17.0.1", "", "localhost.x"])
def test_other_devices(peer: str) -> None:
    assert arrive(peer) == Arrival(peer)


def test_a_named_proxy_speaks_for_who_asks() -> None:
    assert arrive(
        for_="192.168.1.20", proto="https", host="tv.example.org", prefix="/desk/"
    ) == Arrival(
        "192.168.1.20", proxied=True, scheme="https", host="tv.example.org", prefix="/desk"
    )


@pytest.mark.parametrize("peer", ["127.0.0.1", "192.168.1.9"])
def test_anybody_else_speaks_for_himself_only(peer: str) -> None:
    found = arrive(peer, ("10.0.0.1",), for_="127.0.0.1", proto="https", host="evil.example")

    assert found == Arrival(peer, local=peer == "127.0.0.1")


@pytest.mark.parametrize(
    ("for_", "client"),
    [
        ("192.168.1.20", "192.168.1.20"),
        ("192.168.1.20:51000", "192.168.1.20"),
        ("[2001:db8::1]:51000", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        # What stands before it was sent by who asks.
        ("127.0.0.1, 192.168.1.20", "192.168.1.20"),
        (["127.0.0.1", "192.168.1.20"], "192.168.1.20"),
        # Proxies in a row, all of them ours.
        ("192.168.1.20, 10.0.0.5, 10.0.0.6", "192.168.1.20"),
        ("203.0.113.9, 192.168.1.20, 10.0.0.5", "192.168.1.20"),
        ("10.0.0.5", ""),
        ("", ""),
        ("unknown", ""),
        ("127.0.0.1, unknown", ""),
        ("192.168.1.20,", ""),
    ],
)
def test_the_last_address_that_is_no_proxy_counts(for_: str | list[str], client: str) -> None:
    found = arrive(for_=for_)

    assert (found.client, found.proxied, found.local) == (client, True, False)


@pytest.mark.parametrize("claim", ["127.0.0.1", "::1", "127.0.0.1, 127.0.0.1"])
def test_nobody_behind_a_named_proxy_is_this_computer(claim: str) -> None:
    """A proxy that passes on what it was sent would else let everybody be it."""
    assert not arrive(for_=claim).local
    assert not arrive(trusted=("127.0.0.1/32", "::1"), for_=claim).local


@pytest.mark.parametrize("sign", SIGNS)
def test_any_sign_of_a_proxy_is_one(sign: str) -> None:
    found = read_arrival("127.0.0.1", {sign: ["x"]}, NGINX)

    assert (found.local, found.proxied, found.client) == (False, True, "")


def test_a_program_beside_a_named_proxy_is_this_computer() -> None:
    assert arrive().local


@pytest.mark.parametrize(
    "prefix",
    ["desk", "//evil.example", "/a//b", "/../x", "/a/./b", "/a b", "/a?b", "/a\r\nX: y", "/" * 300],
)
def test_a_prefix_that_is_none(prefix: str) -> None:
    assert arrive(prefix=prefix).prefix == ""


@pytest.mark.parametrize("host", ["a b", "user@host", "http://x", "host/path", "ho\r\nst", "[::1"])
def test_a_host_that_is_none(host: str) -> None:
    assert not is_host(host)
    assert arrive(host=host).host == ""


@pytest.mark.parametrize("host", ["tv.example.org", "tv_box:8080", "[::1]:8080", "10.0.0.1:80"])
def test_a_host(host: str) -> None:
    assert is_host(host)


def test_what_the_proxy_next_to_us_says_counts() -> None:
    found = arrive(proto="gopher, https", host="evil.example, tv.example.org")

    assert (found.scheme, found.host) == ("https", "tv.example.org")
    assert arrive(proto="gopher").scheme == ""


@given(st.text(), st.text(), st.text())
def test_whatever_headers_say_nobody_becomes_this_computer(
    for_: str, host: str, prefix: str
) -> None:
    found = arrive("10.0.0.1", for_=for_, host=host, prefix=prefix)

    assert not found.local
    assert "\n" not in found.host + found.prefix
