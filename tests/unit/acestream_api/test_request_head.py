"""A request asks for one plain answer of exactly the address it was given."""

import pytest

from acedesk import __version__, trace
from acedesk.acestream_api.request_head import VIA, ascii_name, build_request
from acedesk.errors import EngineUnreachable


def request_line(url: str, method: str = "GET") -> str:
    return build_request(url, method=method)[2].decode().split("\r\n")[0]


def test_one_plain_answer_is_asked_for() -> None:
    assert build_request("http://127.0.0.1:6878/ace/r/1?a=b") == (
        "127.0.0.1",
        6878,
        b"GET /ace/r/1?a=b HTTP/1.1\r\n"
        b"Host: 127.0.0.1:6878\r\n"
        b"User-Agent: AceDesk/" + __version__.encode() + b"\r\n"
        b"Via: 1.1 " + VIA.encode() + b"\r\n"
        b"Accept: */*\r\n"
        b"Accept-Encoding: identity\r\n"
        b"Connection: close\r\n\r\n",
    )


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://engine/x", ("engine", 80)),
        ("http://engine:81", ("engine", 81)),
        ("http://[::1]:6878/x", ("::1", 6878)),
        ("http://user:word@engine:81/x", ("engine", 81)),
    ],
)
def test_the_address_is_that_of_the_url(url: str, address: tuple[str, int]) -> None:
    assert build_request(url)[:2] == address


def test_who_asks_is_not_told_in_the_host() -> None:
    assert b"\r\nHost: engine:81\r\n" in build_request("http://user:word@engine:81/x")[2]


def test_a_host_of_other_letters_is_written_as_domains_write_it() -> None:
    assert ascii_name("bücher.example") == "xn--bcher-kva.example"
    assert b"\r\nHost: xn--bcher-kva.example:80\r\n" in build_request("http://bücher.example/")[2]


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("http://engine", "GET / HTTP/1.1"),
        ("http://engine/a%20b?c=%2F", "GET /a%20b?c=%2F HTTP/1.1"),
        ("http://engine/a b?c=ä", "GET /a%20b?c=%C3%A4 HTTP/1.1"),
        ("http://engine/x#part", "GET /x HTTP/1.1"),
    ],
)
def test_a_target_is_quoted_once(url: str, line: str) -> None:
    assert request_line(url) == line


def test_a_field_may_be_set_and_the_method_too() -> None:
    request = build_request(
        "http://engine/x", method="HEAD", headers={"Accept": "text/plain", "Range": "bytes=0-"}
    )[2]

    assert request.startswith(b"HEAD /x HTTP/1.1\r\n")
    assert b"\r\nAccept: text/plain\r\n" in request
    assert b"\r\nRange: bytes=0-\r\n" in request
    assert b"*/*" not in request


@pytest.mark.parametrize(
    "url", ["http:///x", "http://engine:66666/", "http://[::1", "http://en gine/", "x"]
)
def test_what_no_engine_can_have_is_refused(url: str) -> None:
    with pytest.raises(EngineUnreachable):
        build_request(url)


def test_a_field_cannot_forge_another() -> None:
    with pytest.raises(EngineUnreachable):
        build_request("http://engine/", headers={"Range": "bytes=0-\r\nX-Other: 1"})


def test_an_engine_is_told_of_which_trace_a_request_is_part() -> None:
    parent = f"00-{'4b' * 16}-00f067aa0ba902b7-01"

    with trace.following({"traceparent": parent, "tracestate": "vendor=1"}):
        request = build_request("http://127.0.0.1:6878/ace/getstream")[2]

    assert f"traceparent: {parent}\r\ntracestate: vendor=1\r\n".encode() in request
