"""How much of what was written to a player is still on this computer.

A kernel keeps megabytes for a connection and tells of free room in large steps only; how much it
holds says within a second whether the player takes anything.
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


def waiting_bytes(transport: asyncio.WriteTransport) -> int:
    """Return the bytes in the transport's buffer and, where it tells, in the kernel's.

    Linux counts what the player's side has not confirmed; Windows tells nothing.
    """
    return transport.get_write_buffer_size() + _in_kernel(transport.get_extra_info("socket"))


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
