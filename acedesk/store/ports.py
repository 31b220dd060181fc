"""TCP ports of this computer: is one free, who holds it, which is the next free one."""

import errno
import logging
import socket
import sys

import psutil

from acedesk.errors import CannotListen, ListenProblem, PortInUse
from acedesk.model.host import is_unspecified

logger = logging.getLogger(__name__)

# How far to look for a free port: a hundred taken ports in a row do not happen by chance, and a
# suggestion far from the wish is none.
REACH = 100
# Lower ports need an administrator on most systems; AceDesk's own default is a good suggestion.
FIRST_FREE_FOR_ALL = 8080


def is_free(host: str, port: int) -> bool:
    """Return whether a server could listen on `host`:`port` now."""
    return problem(host, port) is None


def problem(host: str, port: int) -> OSError | None:
    """Return why a server could not listen on `host`:`port` now, None when it could."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as exc:
        return exc
    problems = (_bind(family, address) for family, _, _, _, address in found)
    return next((exc for exc in problems if exc is not None), None)


def listen_error(host: str, port: int, exc: OSError) -> PortInUse | CannotListen:
    """Return our error for what the system said when `host`:`port` was to be listened on."""
    detail = exc.strerror or str(exc)
    if isinstance(exc, socket.gaierror) or exc.errno == errno.EADDRNOTAVAIL:
        return CannotListen(host, port, ListenProblem.NO_ADDRESS, detail)
    if exc.errno == errno.EADDRINUSE:
        return PortInUse(host, port, holder=holder_of(host, port), next_free=next_free(host, port))
    if exc.errno in (errno.EACCES, errno.EPERM):
        free = next_free(host, max(port, FIRST_FREE_FOR_ALL) - 1)
        return CannotListen(host, port, ListenProblem.NOT_ALLOWED, detail, next_free=free)
    return CannotListen(host, port, ListenProblem.OTHER, detail)


def next_free(host: str, port: int) -> int | None:
    """Return the first free port above `port`, None when there is none near."""
    above = range(port + 1, min(port + REACH, 65535) + 1)
    return next((number for number in above if is_free(host, number)), None)


def holder_of(host: str, port: int) -> str | None:
    """Return who listens there, as "java (pid 4120)"; None when the system does not tell.

    Systems tell ordinary users about their own processes only.
    """
    try:
        connections = psutil.net_connections("tcp")
    except (psutil.Error, OSError, RuntimeError) as exc:  # the last one is of Windows
        logger.debug("who holds port %d cannot be known: %s", port, exc)
        return None
    for connection in connections:
        address = tuple(connection.laddr)
        listens = connection.status == psutil.CONN_LISTEN and len(address) == 2
        if listens and connection.pid and address[1] == port and _in_the_way(str(address[0]), host):
            return _name_of(connection.pid)
    return None


def _in_the_way(taken: str, wanted: str) -> bool:
    overlaps = is_unspecified(taken) or is_unspecified(wanted)
    return taken == wanted or overlaps or wanted == "localhost"


def _name_of(process_id: int) -> str | None:
    try:
        return f"{psutil.Process(process_id).name()} (pid {process_id})"
    except psutil.Error:
        return None


def _bind(family: int, address: tuple[str | int, ...] | tuple[int, bytes]) -> OSError | None:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if sys.platform != "win32":  # there it would allow a second listener
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind(address)
    except OSError as exc:
        return exc
    return None
