"""The listening socket and the HTTP server on it; one for the media and the API alike."""

import errno
import socket
import sys
from collections.abc import Iterable

from aiohttp import web

from acedesk.errors import PortInUse, StorageError
from acedesk.model.host import join_port
from acedesk.proxy.http.errors import errors_to_http
from acedesk.store import ports

# A magnet link with its trackers can be long; more than this is no request of a player.
LINE_LIMIT = 64 * 1024
BACKLOG = 1024


class Listener:
    """Serves routes on one port.

    Closes: the socket and every connection, by `close`.
    """

    def __init__(self, routes: Iterable[web.RouteDef]) -> None:
        self.host = ""
        self.port = 0
        self._application = web.Application(middlewares=[errors_to_http], client_max_size=65536)
        self._application.add_routes(routes)
        self._runner: web.AppRunner | None = None

    async def open(self, host: str, port: int) -> None:
        """Listen; `port` 0 takes a free one.

        Raises:
            PortInUse: Another program has the port.
            StorageError: The address is not this computer's, or the port needs other rights.
        """
        sock = self._bind(host, port)
        # A handler whose player left is cancelled: a start nobody waits for must not go on.
        self._runner = web.AppRunner(
            self._application,
            handle_signals=False,
            access_log=None,
            handler_cancellation=True,
            max_line_size=LINE_LIMIT,
            max_field_size=LINE_LIMIT,
            shutdown_timeout=2.0,
        )
        try:
            await self._runner.setup()
            await web.SockSite(self._runner, sock, backlog=BACKLOG).start()
        except BaseException:
            sock.close()
            raise
        self.host, self.port = host, sock.getsockname()[1]

    async def close(self) -> None:
        """Close the port and all connections."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    @staticmethod
    def _bind(host: str, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        try:
            if sys.platform == "win32":  # where "reuse" would allow a second listener
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((host, port))
            sock.setblocking(False)
        except OSError as exc:
            sock.close()
            if exc.errno == errno.EADDRINUSE:
                holder, free = ports.holder_of(host, port), ports.next_free(host, port)
                raise PortInUse(host, port, holder=holder, next_free=free) from exc
            reason = exc.strerror or str(exc)
            raise StorageError(f"cannot listen on {join_port(host, port)}: {reason}") from exc
        return sock
