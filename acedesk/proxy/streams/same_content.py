"""Two streams that turn out to be one content become one, and no viewer notices.

An engine tells which content a link means only when it has accepted it, so the second link to it
has begun a stream by then.
"""

from acedesk import clock
from acedesk.errors import SameContent
from acedesk.proxy.streams.key_aliases import are_same
from acedesk.proxy.streams.stream import Stream

# Seconds; who cannot be moved asks again and finds the stream that stays.
RETRY = 1.0


def make_one(stream: Stream, other: Stream) -> Stream | None:
    """End one of two streams with one infohash; return the one that stays.

    The one without media ends, else `stream`, but rather one that no HLS player reads. Players with
    a response head are moved to the other, HLS players move themselves when the signal `replaced`
    tells them, requests without a head are told `SameContent` and begin again. None ends, and None
    is returned, when one is ending anyway.
    """
    if stream is other or stream.leaving or other.leaving or not are_same(other.key, stream.key):
        return None
    stays, goes = (stream, other) if _rank(stream) > _rank(other) else (other, stream)
    if _has_media(goes):
        goes.replaced.emit(stays)
    goes.fail(SameContent(retry_after=RETRY))
    stays.title = stays.title or goes.title
    for client in goes.clients:
        if client.attached:
            goes.clients.let_go(client)
            stays.add(client)
            stays.clients.go_on(client, stays.supply.scanner, clock.monotonic())
    return stays


def _rank(stream: Stream) -> tuple[bool, bool]:
    """Return how much would be lost with a stream."""
    return _has_media(stream), _has_media(stream) and stream.ring.kept


def _has_media(stream: Stream) -> bool:
    return stream.supply.first_at is not None
