"""Heads and chunked bodies of engines, good and bad."""

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import EngineAnswerInvalid
from acedesk.formats.http_head import ChunkedBody, parse_head


def test_a_plain_answer_is_read() -> None:
    head = parse_head(b"HTTP/1.1 200 OK\r\nContent-Type: Video/MP2T\r\nContent-Length: 12")

    assert (head.status, head.chunked, head.length) == (200, False, 12)
    assert head.content_type == "video/mp2t"


def test_chunked_wins_over_a_length() -> None:
    head = parse_head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\nContent-Length: 5")

    assert head.chunked
    assert head.length is None


def test_a_redirect_says_where() -> None:
    assert parse_head(b"HTTP/1.0 302 Found\r\nLocation: /x").location == "/x"


@pytest.mark.parametrize("written", ["/größe".encode(), "/größe".encode("latin-1")])
def test_a_redirect_beyond_ascii_is_understood(written: bytes) -> None:
    assert parse_head(b"HTTP/1.0 302 Found\r\nLocation: " + written).location == "/größe"


def test_other_headers_are_there_by_their_names() -> None:
    head = parse_head(b"HTTP/1.1 200 OK\r\nETag: W/1\r\nACCEPT-Ranges: \tbytes \r\netag: W/2")

    assert head.headers == {"etag": "W/2", "accept-ranges": "bytes"}


@pytest.mark.parametrize(
    ("status", "interim"), [(100, True), (103, True), (101, False), (200, False)]
)
def test_the_answer_comes_after_interim_ones(status: int, interim: bool) -> None:
    assert parse_head(b"HTTP/1.1 %d Go on" % status).is_interim is interim


@pytest.mark.parametrize("sign", [b"\n", b"\r", b"\0", b"\x7f"])
def test_a_header_that_could_forge_another_is_refused(sign: bytes) -> None:
    with pytest.raises(EngineAnswerInvalid):
        parse_head(b"HTTP/1.1 200 OK\r\nETag: a" + sign + b"Location: b")


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", b"HTTP/2 200", b"HTTP/1.1 200 OK\r\nbroken", b"HTTP/1.1 200 OK\r\n a: b"],
)
def test_what_is_not_http_is_refused(data: bytes) -> None:
    with pytest.raises(EngineAnswerInvalid):
        parse_head(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(EngineAnswerInvalid):
        parse_head(data)


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=8), st.data())
def test_a_chunked_body_gives_its_payload_in_any_pieces(
    parts: list[bytes], data: st.DataObject
) -> None:
    wire = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    cuts = data.draw(st.lists(st.integers(0, len(wire)), max_size=10))
    borders = [0, *sorted(cuts), len(wire)]
    body, found = ChunkedBody(), b""

    for a, b in itertools.pairwise(borders):
        found += b"".join(body.feed(memoryview(wire[a:b])))

    assert found == b"".join(parts)
    assert body.ended


@pytest.mark.parametrize(
    "wire",
    [
        b"00000000000000000005\r\nmedia\r\n0\r\n\r\n",
        b"5\nmedia\n0\n\n",
        b'5;name="a;b"; c=d\r\nmedia\r\n0;last\r\n\r\n',
        b"5 \r\nmedia\r\n000000000000\r\n\r\n",
    ],
)
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_chunks_as_odd_programs_write_them(wire: bytes, size: int) -> None:
    body, found = ChunkedBody(), b""

    for at in range(0, len(wire), size):
        found += b"".join(body.feed(memoryview(wire[at : at + size])))

    assert (found, body.ended) == (b"media", True)


@pytest.mark.parametrize(
    "lengths", ["Content-Length: 5\r\nContent-Length: 6", "Content-Length: 5, 6"]
)
def test_an_answer_of_two_lengths_is_refused(lengths: str) -> None:
    with pytest.raises(EngineAnswerInvalid, match="several lengths"):
        parse_head(f"HTTP/1.1 200 OK\r\n{lengths}".encode())


@pytest.mark.parametrize(
    "lengths", ["Content-Length: 5\r\nX: 1\r\ncontent-length: 5", "Content-Length: 5, 5"]
)
def test_a_length_may_be_told_twice(lengths: str) -> None:
    assert parse_head(f"HTTP/1.1 200 OK\r\n{lengths}".encode()).length == 5


@pytest.mark.parametrize("wire", [b"zz\r\n", b"-1\r\n", b"ffffffffff\r\n", b"1" * 300])
def test_broken_chunks_are_refused(wire: bytes) -> None:
    body = ChunkedBody()

    with pytest.raises(EngineAnswerInvalid):
        for _ in range(3):
            body.feed(memoryview(wire))


def test_a_body_of_crumbs_is_refused_before_it_costs_time() -> None:
    body = ChunkedBody()

    with pytest.raises(EngineAnswerInvalid):
        body.feed(memoryview(b"1\r\nx\r\n" * 40_000))


def test_chunks_of_a_packet_each_are_no_crumbs() -> None:
    chunks = b"bc\r\n" + bytes(188) + b"\r\n"

    parts = ChunkedBody().feed(memoryview(chunks * (256 * 1024 // len(chunks))))

    assert set(map(len, parts)) == {188}
