"""How many streams and clients AceDesk takes at most. Pure; 0 means no limit."""

from typing import Final

from acedesk.errors import BusyReason

# A smaller buffer could not hold two keyframes; it is also the least that `ring_mib` allows.
LEAST_RING: Final = 2 * 1024 * 1024

# Seconds until another try makes sense: people change the channel more often than they stop.
RETRY: Final = {
    BusyReason.MAX_STREAMS: 10.0,
    BusyReason.MAX_VIEWERS: 10.0,
    BusyReason.MEMORY: 15.0,
}


def rings(memory: int) -> int:
    """Return for how many streams there is memory.

    Args:
        memory: Bytes that all buffers together may have.
    """
    return memory // LEAST_RING


def refuse_stream(
    *, streams: int, files: int = 0, max_streams: int, memory: int
) -> BusyReason | None:
    """Return why one more stream cannot be started, None when it can.

    Args:
        streams: Those that cannot give way: somebody watches who is not paused.
        files: The same of files, which have no buffer.
    """
    if max_streams and streams + files >= max_streams:
        return BusyReason.MAX_STREAMS
    return BusyReason.MEMORY if streams >= rings(memory) else None


def refuse_file(others: int, *, max_streams: int) -> BusyReason | None:
    """Return why one more file cannot be played, None when it can.

    Args:
        others: Streams and files that cannot give way.
    """
    return BusyReason.MAX_STREAMS if max_streams and others >= max_streams else None


def refuse_client(*, clients: int, max_clients: int) -> BusyReason | None:
    """Return why a stream takes no further client, None when it does."""
    return BusyReason.MAX_VIEWERS if max_clients and clients >= max_clients else None
