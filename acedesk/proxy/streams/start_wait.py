"""How a viewer waits for a stream to begin."""

from acedesk import clock
from acedesk.errors import NotFound
from acedesk.proxy.delivery.client import Client
from acedesk.proxy.streams.stream import Stream


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
