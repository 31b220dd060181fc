"""Ports as compose files write them."""

import hypothesis
import hypothesis.strategies as st
import pytest

from acedesk.formats.compose.ports import read_port


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("8081:8080", ("", 8081, 8080)),
        ("8081:8080/tcp", ("", 8081, 8080)),
        ("127.0.0.1:8081:8080", ("127.0.0.1", 8081, 8080)),
        ("[::1]:8081:8080", ("::1", 8081, 8080)),
        ("127.0.0.1::8080", ("127.0.0.1", 0, 8080)),
        ("8080", ("", 0, 8080)),
        ("8000-8010:9000-9010", ("", 8000, 9000)),
        ({"target": "8080", "published": "8081"}, ("", 8081, 8080)),
        ({"target": "8080", "published": "1-2", "host_ip": "10.0.0.1"}, ("10.0.0.1", 1, 8080)),
        ({"target": "8080"}, ("", 0, 8080)),
    ],
)
def test_a_port(written: object, expected: tuple[str, int, int]) -> None:
    found = read_port(written)

    assert found is not None
    assert (found.host, found.port, found.target) == expected


@pytest.mark.parametrize(
    "written",
    [
        "",
        "a:b",
        "8080:80:80:80",
        "70000:80",
        "80:70000",
        "80:0",
        "53:53/udp",
        {"target": "53", "protocol": "udp"},
        {"published": "80"},
        {"target": "x"},
    ],
)
def test_what_is_no_tcp_port(written: object) -> None:
    assert read_port(written) is None


@hypothesis.given(st.text(alphabet="0123456789:.-[]/tcpudl"))
def test_any_text_is_a_port_or_none(text: str) -> None:
    found = read_port(text)

    assert found is None or (0 <= found.port <= 65535 and 0 < found.target <= 65535)
