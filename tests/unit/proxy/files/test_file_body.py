"""Which part of a file an answer holds, and whether all of it came."""

import pytest

from acedesk.errors import EngineStalled, EngineUnreachable
from tests.fakes.file_answers import body_of


@pytest.mark.parametrize(
    ("head", "position", "end", "size"),
    [
        ("HTTP/1.1 200 OK\r\nContent-Length: 10", 0, 10, 10),
        ("HTTP/1.1 200 OK", 0, None, None),
        ("HTTP/1.1 206 Part\r\nContent-Range: bytes 3-7/10\r\nContent-Length: 5", 3, 8, 10),
        ("HTTP/1.1 206 Part\r\nContent-Range: bytes 3-7/*\r\nContent-Length: 5", 3, 8, None),
        ("HTTP/1.1 206 Part\r\nContent-Length: 5", None, None, None),
        ("HTTP/1.1 416 Outside\r\nContent-Range: bytes */10", None, None, None),
    ],
)
async def test_an_answer_tells_which_part_it_is(
    head: str, position: int | None, end: int | None, size: int | None
) -> None:
    body = body_of(head)

    assert (body.position, body.end, body.size) == (position, end, size)


async def test_reading_moves_on_to_the_end() -> None:
    body = body_of(
        "HTTP/1.1 206 Part\r\nContent-Range: bytes 3-7/10\r\nContent-Length: 5", b"34567"
    )

    before = body.is_complete
    assert await body.read(1.0) == b"34567"
    assert body.position == 8
    assert (before, body.is_complete) == (False, True)
    assert await body.read(1.0) == b""


async def test_an_answer_that_ends_too_early_is_an_error() -> None:
    body = body_of("HTTP/1.1 200 OK\r\nContent-Length: 10", b"0123")
    await body.read(1.0)

    with pytest.raises(EngineUnreachable):
        await body.read(1.0)


async def test_silence_is_an_error() -> None:
    body = body_of("HTTP/1.1 200 OK\r\nContent-Length: 10", ends=False)

    with pytest.raises(EngineStalled):
        await body.read(0.01)
