"""How a viewer waits for a stream to begin, and finds the one that its own gave way to."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from acedesk import clock
from acedesk.errors import NotFound, SameContent
from acedesk.proxy.delivery.client import Client
from acedesk.proxy.streams.stream import Stream

# A content is known by one of three names; the second try finds the stream of another one.
MOST_JOINS: Final = 3

Answer = TypeVar("Answer")


async def follow_content(answer: Callable[[], Awaitable[Answer]]) -> Answer:
    """Return what `answer` returns; where its stream gave way to another, it is asked again.

    Raises:
        SameContent: Each stream that it found gave way.
    """
    for _ in range(MOST_JOINS - 1):
        try:
            return await answer()
        except SameContent:  # it is known by now which stream that is
            continue
    return await answer()


async def wait_started(stream: Stream, header_wait: float, client: Client) -> None:
    """Wait until media came, or `header_wait` seconds since the player asked, whatever engines do.

    Raises:
        AceDeskError: What the start failed with.
        NotFound: The stream was stopped, or the client disconnected, by the user.
    """
    while stream.supply.first_at is None:
        if stream.error is not None:
            raise stream.error.bare()
        if stream.ended:
            raise NotFound("this stream was stopped")
        if client.reason is not None:
            raise NotFound("this viewer was disconnected")
        left = client.connected_at + header_wait - clock.monotonic()
        if left <= 0 or not await stream.wait_change(left):
            return
