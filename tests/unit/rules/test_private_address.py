"""Addresses inside the home network, however they are written."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.formats.stream_key import build_key
from acedesk.model.content import KeyKind
from acedesk.rules.private_address import is_private_url, leads_inside


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.1", "10.0.0.9", "172.16.3.4", "192.168.1.1", "192.168.257"),
        *("169.254.169.254", "100.64.0.1", "0.0.0.0", "0", "2130706433", "0x7f000001"),
        *("0x7F.1", "0177.0.0.1", "017700000001", "0300.0250.1.1", "127.0.0.1.", "127.0.0.1:80"),
        *("[::1]", "[::1]:8080", "[::]", "[fe80::1]", "[fe80::1%25eth0]", "[fd00::1]"),
        *("[::ffff:192.168.1.1]", "[::ffff:c0a8:101]", "[64:ff9b::a00:1]", "[2002:c0a8:101::1]"),
        *("localhost", "LOCALHOST.", "a.localhost", "user@127.0.0.1", "user:p@[::1]:80"),
        *(
            "127%2e0%2e0%2e1",
            "１２７.0.0.1",
            "127。0。0。1",
            "\\127.0.0.1",
            "127.0.0.1\\@a.example",
        ),
    ],
)
def test_an_address_inside(host: str) -> None:
    assert is_private_url(f"http://{host}/x.acelive")


@pytest.mark.parametrize(
    "host",
    [
        *("example.org", "1.1.1.1", "8.8.8.8:80", "172.32.0.1", "192.169.0.1", "11.0.0.1"),
        *("134744072", "[2606:4700::1111]", "[::ffff:1.1.1.1]", "localhost.example.org"),
        # Only the engine can tell what a name means in its network.
        *("10.example.org", "127.0.0.1.example.org", "router", "999.1.1.1", "1.2.3.4.5"),
    ],
)
def test_an_address_outside(host: str) -> None:
    assert not is_private_url(f"http://{host}/127.0.0.1?u=http://127.0.0.1/")


def test_keys_of_each_kind() -> None:
    magnet = "magnet:?xt=urn:btih:" + "a" * 40

    assert leads_inside(build_key(KeyKind.URL, "http://192.168.1.1/reboot"))
    assert not leads_inside(build_key(KeyKind.URL, "http://example.org/x.acelive"))
    assert leads_inside(build_key(KeyKind.MAGNET, f"{magnet}&ws=http%3A%2F%2F192.168.1.1%2F"))
    assert leads_inside(build_key(KeyKind.MAGNET, f"{magnet}&tr.1=udp://127.0.0.1:80"))
    assert not leads_inside(build_key(KeyKind.MAGNET, f"{magnet}&tr=udp://example.org:80"))
    assert not leads_inside(build_key(KeyKind.CONTENT_ID, "a" * 40))


@given(st.ip_addresses(v=4, network="192.168.0.0/16"))
def test_every_way_to_write_an_address_is_the_same_address(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    parts = str(address).split(".")
    mapped = ipaddress.IPv6Address((0xFFFF << 32) + number)
    forms = (
        *(str(address), str(number), hex(number), f"0{number:o}", f"[{mapped}]"),
        *(".".join(f"0{int(part):o}" for part in parts), ".".join(map(hex, map(int, parts)))),
        f"{parts[0]}.{number & 0xFFFFFF}",
    )

    assert all(is_private_url(f"http://{form}/") for form in forms)


@given(st.text())
def test_nothing_raises(text: str) -> None:
    is_private_url(text)
    is_private_url(f"http://{text}")
