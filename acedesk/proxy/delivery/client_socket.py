"""How many of the bytes written to a player are still on this computer, and how to drop them.

The kernel keeps megabytes for a connection and reports free space in large steps only. The number
of bytes that it still holds shows within a second whether the player takes anything.
"""

import asyncio
import socket
import struct
import sys
from typing import Final

if sys.platform != "win32":
    import fcntl
    import termios

# Darwin's socket option for bytes not yet sent (sys/socket.h, SO_NWRITE).
_SO_NWRITE: Final = 0x1024

# struct linger: on, for zero seconds; on Windows its fields are shorts.
_NO_LINGERING: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


def waiting_bytes(transport: asyncio.WriteTransport) -> int:
    """Return how many bytes are in the transport's buffer and, where that is known, the kernel's.

    Linux counts what the player's side has not confirmed; Windows does not tell.
    """
    return transport.get_write_buffer_size() + _in_kernel(transport.get_extra_info("socket"))


def reset(transport: asyncio.WriteTransport) -> None:
    """End a connection with a reset.

    A normal end would wait behind the bytes that a stuck player does not take, and the system would
    keep them for minutes.
    """
    if not transport.is_closing():
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGERING)
    transport.abort()


def _in_kernel(sock: socket.socket | None) -> int:
    if sock is None or sock.fileno() < 0:
        return 0
    try:
        if sys.platform == "darwin":
            return sock.getsockopt(socket.SOL_SOCKET, _SO_NWRITE)
        if sys.platform != "win32":
            answer = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4))
            return int(struct.unpack("i", answer)[0])
    except OSError:
        pass  # no TCP
    return 0
