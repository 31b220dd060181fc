"""Addresses inside the home network, however they are written."""

import ipaddress

import hypothesis
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


# IANA's registries: https://www.iana.org/assignments/iana-ipv4-special-registry/ and the one of
# IPv6, each network that is not reachable from everywhere.
NOT_REACHABLE = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
    *("172.16.0.0/12", "192.0.0.0/29", "192.0.0.8/32", "192.0.0.170/31", "192.0.2.0/24"),
    *("192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
    *("224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32"),
)
NOT_REACHABLE_6 = (
    *("::1/128", "::/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001:2::/48"),
    *("2001:10::/28", "2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10"),
    *("fec0::/10", "ff00::/8"),
)
# And those of the registries that are, with what lies beside such a network.
REACHABLE = (
    *("192.0.0.9/32", "192.0.0.10/32", "192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24"),
    *("198.17.255.255/32", "198.20.0.0/24", "192.0.1.0/24", "192.0.3.0/24", "223.255.255.255/32"),
    *("2001:1::1/128", "2001:3::/32", "2001:4:112::/48", "2001:20::/28", "2620:4f:8000::/48"),
    *("2001:200::/23", "2001:db7::/32", "4000::/16", "5eff::/16", "2600::/16"),
)


def _hosts(
    data: st.DataObject, networks: tuple[str, ...]
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return data.draw(st.ip_addresses(network=data.draw(st.sampled_from(networks))))


@given(data=st.data())
def test_an_address_of_each_network_that_is_not_reachable_from_everywhere(
    data: st.DataObject,
) -> None:
    four = _hosts(data, NOT_REACHABLE)
    number = int(four)
    prefix = data.draw(st.integers(0, 2**64 - 1))

    for text in (
        *(f"{four}", f"{number}", f"0x{number:x}", f"0{number:o}", f"[::ffff:{four}]"),
        *(f"[64:ff9b::{four}]", f"[::ffff:0:{four}]", f"[::{four}]"),
        f"[{ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 1)}]",
        f"[{ipaddress.IPv6Address((0x20010000 << 96) | (number ^ 0xFFFFFFFF))}]",
        f"[{ipaddress.IPv6Address((prefix << 64) | (0x5EFE << 32) | number)}]",
        f"[{ipaddress.IPv6Address((prefix << 64) | (0x02005EFE << 32) | number)}]",
    ):
        assert is_private_url(f"http://{text}:8080/list.m3u"), text


@given(data=st.data())
def test_an_ipv6_address_of_each_network_that_is_not_reachable_from_everywhere(
    data: st.DataObject,
) -> None:
    assert is_private_url(f"http://[{_hosts(data, NOT_REACHABLE_6)}]/list.m3u")


@given(data=st.data())
def test_an_address_that_is_reachable_from_everywhere(data: st.DataObject) -> None:
    address = _hosts(data, REACHABLE)
    host = f"[{address}]" if address.version == 6 else str(address)

    hypothesis.assume((int(address) >> 32) & 0xFFFFFFFF not in (0x5EFE, 0x02005EFE))
    assert not is_private_url(f"http://{host}/list.m3u")


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
