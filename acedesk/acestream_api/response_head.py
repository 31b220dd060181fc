"""The one reader of response heads, wherever the bytes come from.

Engines are not trusted: an endless row of "100 Continue" is limited like a head without an end.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from acedesk.errors import EngineAnswerInvalid, EngineError, EngineUnreachable
from acedesk.formats.http_head import HEAD_LIMIT, ResponseHead, parse_head

_END: Final = b"\r\n\r\n"


async def read_head(receive: Callable[[], Awaitable[bytes]]) -> tuple[ResponseHead, bytes]:
    """Return the head of the answer, and those bytes behind it that came with it.

    Interim answers ("100 Continue") are skipped, and count towards the limit of 32 KiB.

    Args:
        receive: Returns the bytes that come next, b"" when the engine closed the connection. What
            it raises is passed on. The caller sets the deadline.

    Raises:
        EngineUnreachable: The connection closed without an answer.
        EngineAnswerInvalid: It is no HTTP, or a head without end.
    """
    data, start, searched = b"", 0, 0
    while True:
        while (end := data.find(_END, searched)) < 0:
            if len(data) > HEAD_LIMIT:
                raise _endless()
            more = await receive()
            if not more:
                raise _unfinished(data[start:])
            searched = max(start, len(data) - len(_END) + 1)
            data += more
        if end > HEAD_LIMIT:
            raise _endless()
        head = parse_head(data[start:end])
        start = searched = end + len(_END)
        if not head.is_interim:
            return head, data[start:]


def _endless() -> EngineError:
    return EngineAnswerInvalid("its HTTP headers never end")


def _unfinished(begun: bytes) -> EngineError:
    if begun and not begun.startswith(b"HTTP/1."[: len(begun)]):
        return EngineAnswerInvalid("its answer is not HTTP")
    return EngineUnreachable("the engine closed the connection without an answer")
