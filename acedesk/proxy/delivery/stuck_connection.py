"""How many of the bytes written to a player are still on this computer, and how to drop them.

Also whether the other end still answers.

The kernel keeps megabytes for a connection and reports free space in large steps only. The number
of bytes that it still holds shows within a second whether the player takes anything.
"""

import asyncio
import contextlib
import socket
import struct
import sys
from typing import Final

from acedesk.proxy.delivery.windows_tcp import bytes_in_flight

if sys.platform != "win32":
    import fcntl
    import termios

# Darwin's socket option for bytes not yet sent (sys/socket.h, SO_NWRITE).
_SO_NWRITE: Final = 0x1024

# Linux's struct tcp_info (include/uapi/linux/tcp.h): how many questions for room are open, after
# how long unconfirmed data is sent again (microseconds), how much is unconfirmed, and the time
# since the last answer (milliseconds).
_TCP_INFO: Final = struct.Struct("=3x B 4x I 12x I 28x I")
# A second without an answer is usual on bad Wi-Fi, and Linux answers every other question of the
# first half second only (net.ipv4.tcp_invalid_ratelimit).
_QUIET_MS: Final = 1000
# Linux's socket option for the longest pause between two questions, in milliseconds; from 6.15 on
# (include/uapi/linux/tcp.h). Python has no name for it.
_TCP_RTO_MAX_MS: Final = 44
# Without it the pauses grow to two minutes, and a device that is gone is noticed as late.
_LONGEST_PAUSE_MS: Final = 15_000

# struct linger: on, for zero seconds; on Windows its fields are shorts.
_NO_LINGERING: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


def waiting_bytes(transport: asyncio.WriteTransport) -> int:
    """Return how many bytes are in the transport's buffer and, where that is known, the kernel's.

    Linux counts what the player's side has not confirmed; Windows only what is on its way.
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


def ask_often(transport: asyncio.WriteTransport) -> None:
    """Let the kernel ask a player that takes nothing at least every quarter of a minute."""
    sock = transport.get_extra_info("socket")
    if sys.platform == "linux" and sock is not None and sock.fileno() >= 0:
        with contextlib.suppress(OSError):  # an older kernel, or no TCP
            sock.setsockopt(socket.IPPROTO_TCP, _TCP_RTO_MAX_MS, _LONGEST_PAUSE_MS)


class AnswerWatch:
    """Since when a player's system leaves questions unanswered."""

    __slots__ = ("_since",)

    def __init__(self) -> None:
        self._since: float | None = None

    @property
    def waits(self) -> bool:
        """At the last look an answer was missing."""
        return self._since is not None

    def look(self, transport: asyncio.WriteTransport, now: float) -> float:
        """Return for how many seconds an answer is missing, 0 when none is."""
        if not is_unanswered(transport):
            self._since = None
            return 0.0
        if self._since is None:
            self._since = now
        return now - self._since


def is_unanswered(transport: asyncio.WriteTransport) -> bool:
    """Tell whether the player's system was asked to confirm something and has not answered yet.

    It is asked while bytes are on their way, and again and again while it has no room for more. A
    system that is short of memory drops what it had room for, but answers each repetition: that
    is an answer. Only Linux tells; elsewhere it is always False.
    """
    sock = transport.get_extra_info("socket")
    if sock is None or sock.fileno() < 0:
        return False
    probes, pause, unconfirmed, quiet = _tcp_info(sock)
    # A tenth less: right after a repetition the pause is as long as the silence before it.
    asked = probes or (unconfirmed and quiet > 0.9 * pause / 1000)
    return bool(asked and quiet > _QUIET_MS)


def _tcp_info(sock: socket.socket) -> tuple[int, int, int, int]:
    """Return probes, pause, unconfirmed and quiet of `_TCP_INFO`; zeros where nobody tells."""
    try:
        if sys.platform == "linux":
            facts = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO.size)
            probes, pause, unconfirmed, quiet = _TCP_INFO.unpack(facts)
            return probes, pause, unconfirmed, quiet
    except (OSError, struct.error):
        pass  # no TCP
    return 0, 0, 0, 0


def _in_kernel(sock: socket.socket | None) -> int:
    if sock is None or sock.fileno() < 0:
        return 0
    try:
        if sys.platform == "darwin":
            return sock.getsockopt(socket.SOL_SOCKET, _SO_NWRITE)
        elif sys.platform == "win32":  # noqa: RET505 - or the rest cannot be reached on Darwin
            return bytes_in_flight(sock.fileno())
        else:
            answer = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4))
            return int(struct.unpack("i", answer)[0])
    except OSError:
        pass  # no TCP
    return 0
