"""What AceDesk takes on at most: streams, viewers, memory. Pure; 0 means no limit."""

from typing import Final

from acedesk.errors import BusyReason

# Under this a stream has no room for two keyframes; it is the least the setting `ring_mib` allows.
LEAST_RING: Final = 2 * 1024 * 1024

# When trying again makes sense, seconds: somebody zaps away sooner than he turns off.
RETRY: Final = {
    BusyReason.MAX_STREAMS: 10.0,
    BusyReason.MAX_VIEWERS: 10.0,
    BusyReason.MEMORY: 15.0,
}


def capacity(*, max_streams: int, memory: int) -> int:
    """Return how many streams may be there at once.

    Args:
        memory: Bytes that all buffers together may have.
    """
    fitting = memory // LEAST_RING
    return min(max_streams, fitting) if max_streams else fitting


def refuse_stream(*, streams: int, max_streams: int, memory: int) -> BusyReason | None:
    """Return why one more stream cannot be started, None when it can.

    Args:
        streams: Those that cannot give way.
    """
    if streams < capacity(max_streams=max_streams, memory=memory):
        return None
    limited = max_streams and streams >= max_streams
    return BusyReason.MAX_STREAMS if limited else BusyReason.MEMORY


def refuse_viewer(*, viewers: int, max_viewers: int) -> BusyReason | None:
    """Return why a stream takes no further viewer, None when it does."""
    return BusyReason.MAX_VIEWERS if max_viewers and viewers >= max_viewers else None
