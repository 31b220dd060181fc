"""Connections to engines, and the reason when there is none, in the system's words."""

import asyncio
import os
import socket
from typing import Final

from acedesk.errors import EngineUnreachable
from acedesk.formats.text import clean_text
from acedesk.model.host import read_address

LONGEST_REASON: Final = 300
# Seconds for each address while there are others; RFC 8305, 5: an attempt delay is at most 2 s. A
# lost SYN is repeated after 1 s (RFC 6298, 2.1), so one may be lost.
ADDRESS_LIMIT: Final = 1.25

_Address = tuple[int, tuple[object, ...]]


async def connect(host: str, port: int) -> socket.socket:
    """Return a connected socket that never blocks; the caller sets the deadline.

    Raises:
        OSError: No address of the host answers; see `reason_of`.
        EngineUnreachable: No host can have this name.

    On cancel: the socket is closed.
    """
    found = await _addresses(host, port)
    tries: list[tuple[_Address, float | None]] = [
        (address, ADDRESS_LIMIT) for address in found[:-1]
    ]
    tries += [(address, None) for address in found[-1:]]
    problem: OSError | None = None
    while tries:
        address, limit = tries.pop(0)
        patience = asyncio.timeout(limit)
        try:
            async with patience:
                return await _connect_to(*address)
        except OSError as exc:
            problem = exc
            if patience.expired():  # it may only be slow: tried again after all others
                tries.append((address, None))
    raise problem or OSError("no address")


async def _connect_to(family: int, address: tuple[object, ...]) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


async def _addresses(host: str, port: int) -> list[_Address]:
    number = read_address(host)
    if number is not None and "%" not in host:  # only the system knows the interface's number
        family = socket.AF_INET if number.version == 4 else socket.AF_INET6
        return [(family, (host, port))]
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as exc:
        raise EngineUnreachable("the engine's address is not valid") from exc
    return [(family, address) for family, _, _, _, address in found]


def reason_of(error: OSError) -> str:
    """Return the system's words for a connection error, without the address."""
    if isinstance(error, socket.gaierror):
        return "the name of the engine's host is not known"
    # On Windows the system's text is in `strerror`; `os.strerror` knows no socket errors there. On
    # other systems `strerror` may be asyncio's own text, with the address in it.
    if getattr(error, "winerror", None) and (
        text := clean_text(error.strerror or "", LONGEST_REASON)
    ):
        return text
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return clean_text(str(error), LONGEST_REASON) or type(error).__name__
