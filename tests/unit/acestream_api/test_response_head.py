"""Heads are read out of whatever comes, in pieces of any size, and never for ever."""

import pytest

from acedesk.acestream_api.response_head import read_head
from acedesk.errors import EngineAnswerInvalid, EngineUnreachable
from acedesk.formats.http_head import HEAD_LIMIT

ANSWER = b"HTTP/1.1 206 Part\r\nContent-Length: 5\r\n\r\nhello"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Wire:
    """Hands out what an engine sends, `size` bytes at a time, then its end."""

    def __init__(self, data: bytes, size: int = 1 << 20) -> None:
        self.left = data
        self._size = size

    async def receive(self) -> bytes:
        data, self.left = self.left[: self._size], self.left[self._size :]
        return data


@pytest.mark.parametrize("size", [*range(1, 9), len(ANSWER), 1 << 20])
@pytest.mark.parametrize("before", [b"", CONTINUE, CONTINUE * 3])
async def test_the_pieces_in_which_it_comes_do_not_matter(before: bytes, size: int) -> None:
    wire = Wire(before + ANSWER, size)

    head, first = await read_head(wire.receive)

    assert (head.status, head.length) == (206, 5)
    assert first + wire.left == b"hello"


async def test_interim_answers_count_towards_the_limit() -> None:
    wire = Wire(CONTINUE * (HEAD_LIMIT // len(CONTINUE) + 2) + ANSWER)

    with pytest.raises(EngineAnswerInvalid, match="never end"):
        await read_head(wire.receive)


@pytest.mark.parametrize("size", [1000, 1 << 20])
async def test_no_more_is_taken_of_a_head_without_end(size: int) -> None:
    wire = Wire(b"HTTP/1.1 200 OK\r\nX: " + b"y" * (4 << 20), size)

    with pytest.raises(EngineAnswerInvalid, match="never end"):
        await read_head(wire.receive)
    assert len(wire.left) >= (4 << 20) - HEAD_LIMIT - size


@pytest.mark.parametrize("begun", [b"", b"H", b"HTTP/1.1 200 OK\r\n", CONTINUE, CONTINUE + b"HT"])
async def test_a_connection_that_closes_before_the_answer_is_no_answer(begun: bytes) -> None:
    with pytest.raises(EngineUnreachable, match="without an answer"):
        await read_head(Wire(begun).receive)


@pytest.mark.parametrize("begun", [b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTX", CONTINUE + b"\x47"])
async def test_what_is_not_http_is_called_so(begun: bytes) -> None:
    with pytest.raises(EngineAnswerInvalid, match="not HTTP"):
        await read_head(Wire(begun).receive)


async def test_a_broken_connection_is_told_as_it_is() -> None:
    async def receive() -> bytes:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await read_head(receive)
