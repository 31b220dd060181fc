"""Hosts as they are written."""

import ipaddress
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.model.host import (
    Machine,
    http_url,
    is_loopback,
    is_unspecified,
    join_port,
    normal_host,
    read_address,
)


@pytest.mark.parametrize(
    ("host", "normal"),
    [
        *((" TV.Home. ", "tv.home"), ("[::1]", "::1"), ("0:0:0:0:0:0:0:1", "::1")),
        *(("10.0.0.1", "10.0.0.1"), ("", "")),
    ],
)
def test_a_host_is_written_in_one_way(host: str, normal: str) -> None:
    assert normal_host(host) == normal


@given(st.ip_addresses())
def test_what_was_written_as_an_address_is_read_as_the_same(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    assert read_address(str(address)) == address


@pytest.mark.parametrize(
    "host", ["", "tv", "192.168.1", "10.0.0.1:80", "[::1]", "1.2.3.4.5", " ::1"]
)
def test_a_name_and_what_is_cut_short_are_no_address(host: str) -> None:
    assert read_address(host) is None


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LOCALHOST", "localhost.", "tv.localhost", "ip6-localhost"),
        *("127.0.0.1", "127.9.9.9", "::1", "[::1]", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1"),
    ],
)
def test_only_this_computer_reaches_its_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        *("", "0.0.0.0", "::", "tv", "localhost.example", "127.example", "192.168.1.5"),
        *("::ffff:192.168.1.5", "fe80::1%eth0", "2130706433"),
    ],
)
def test_others_may_reach_every_other_host(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("host", "everywhere"), [("0.0.0.0", True), ("::", True), ("", False), ("127.0.0.1", False)]
)
def test_who_listens_everywhere(host: str, *, everywhere: bool) -> None:
    assert is_unspecified(host) == everywhere


@pytest.mark.parametrize(
    ("host", "address"),
    [("tv", "tv:80"), ("10.0.0.1", "10.0.0.1:80"), ("fd00::2", "[fd00::2]:80")],
)
def test_an_ipv6_address_stands_in_brackets_before_a_port(host: str, address: str) -> None:
    assert join_port(host, 80) == address
    assert http_url(host, 80) == f"http://{address}"


@given(st.ip_addresses(), st.integers(1, 65535))
def test_a_url_names_the_host_and_port_it_was_made_of(
    host: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int
) -> None:
    parts = urlsplit(http_url(str(host), port))

    assert (parts.hostname, parts.port) == (str(host), port)


@pytest.mark.parametrize(
    ("architecture", "platform"),
    [
        ("amd64", "linux/amd64"),
        ("x86_64", "linux/amd64"),
        ("arm64", "linux/arm64"),
        ("aarch64", "linux/arm64"),
        ("arm", "linux/arm/v7"),
        ("riscv64", ""),
        ("", ""),
    ],
)
def test_a_processor_has_one_platform(architecture: str, platform: str) -> None:
    assert Machine(architecture=architecture).platform == platform


@pytest.mark.parametrize(
    ("kernel", "large"),
    [
        ("6.6.51+rpt-rpi-2712", True),
        ("6.6.17-v8-16k+", True),
        ("6.6.28+rpt-rpi-v8", False),
        ("6.1.0-28-arm64", False),
        ("", False),
    ],
)
def test_large_pages_are_seen_by_the_kernel(kernel: str, large: bool) -> None:
    assert Machine(architecture="arm64", kernel=kernel).has_large_pages is large
    assert not Machine(architecture="amd64", kernel=kernel).has_large_pages
