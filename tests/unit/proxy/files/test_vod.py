"""What of an engine's answer a player gets to see."""

import pytest

from acedesk.proxy.files.file_body import FileBody
from acedesk.proxy.files.vod import _facts, _headers
from tests.fakes.file_answers import body_of


def answer(*headers: str, status: str = "200 OK") -> FileBody:
    """Return an answer with these headers and nothing behind them."""
    return body_of("\r\n".join((f"HTTP/1.1 {status}", *headers)))


async def test_only_headers_that_tell_of_the_file_are_handed_on() -> None:
    body = answer("Content-Type: video/mp4", "Content-Length: 9", "Set-Cookie: a=b", "ETag: x")

    assert _headers(body) == {"Content-Type": "video/mp4", "Content-Length": "9", "ETag": "x"}


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("Audio/MPEG", "Audio/MPEG"),
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
async def test_what_comes_from_strangers_is_media_or_just_bytes(told: str, shown: str) -> None:
    assert _headers(answer(f"Content-Type: {told}"))["Content-Type"] == shown


async def test_what_is_remembered_of_a_file_is_nothing_of_one_part_only() -> None:
    body = answer(
        "Content-Type: video/mp4",
        "Content-Length: 5",
        "Content-Range: bytes 3-7/10",
        status="206 Partial Content",
    )

    facts = _facts(body)

    assert facts.size == 10
    assert facts.headers == {"Content-Type": "video/mp4"}
