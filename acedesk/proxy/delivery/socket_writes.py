"""Writing to a player's socket past its transport, by the number that the system has for it.

A number costs nothing to keep for each client. Elsewhere it is a file number, and the system takes
several pieces at once. Windows has no file numbers for sockets: there a socket object is kept for
each number, and pieces are written one after the other.
"""

import os
import socket
import sys
from collections.abc import Sequence
from typing import Final, Protocol


class Socket(Protocol):
    """What is asked of the socket of a transport."""

    @property
    def family(self) -> int:
        """Its address family."""

    def fileno(self) -> int:
        """Return its number."""


class SocketHandles:
    """Writes to sockets by their handles, as Windows calls the numbers."""

    def __init__(self) -> None:
        self._sockets: dict[int, socket.socket] = {}

    def __len__(self) -> int:
        return len(self._sockets)

    def take(self, sock: Socket) -> int:
        """Return the number by which a socket can be written to until `release`."""
        number = sock.fileno()
        if number >= 0:
            # A second object for one socket: neither closes it for the other.
            own = socket.socket(sock.family, socket.SOCK_STREAM, fileno=number)
            own.setblocking(False)
            self._sockets[number] = own
        return number

    def release(self, number: int) -> None:
        """Forget a socket, without closing it; others are left alone."""
        if (own := self._sockets.pop(number, None)) is not None:
            own.detach()

    def write(self, number: int, data: bytes | memoryview) -> int:
        """Return how many bytes the system took.

        Raises:
            OSError: None: it is full, or broken.
        """
        return self._sockets[number].send(data)

    def write_all(self, number: int, chunks: Sequence[memoryview]) -> int:
        """Write several pieces in a row; return how many bytes the system took in all.

        Raises:
            OSError: None: it is full, or broken.
        """
        total = 0
        for chunk in chunks:
            try:
                sent = self._sockets[number].send(chunk)
            except OSError:
                if total:
                    return total
                raise
            total += sent
            if sent < len(chunk):
                break
        return total


def _file_number(sock: Socket) -> int:
    return sock.fileno()


def _forget(_number: int) -> None:
    """Keep nothing, so nothing has to be forgotten."""


handles: Final = SocketHandles()

if sys.platform == "win32":
    take, release = handles.take, handles.release
    write, write_all = handles.write, handles.write_all
else:
    take, release = _file_number, _forget
    write, write_all = os.write, os.writev
