"""One connection of a player or a program: what is no HTTP, and who sends no request at all."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from acedesk.model.access.networks import is_within
from acedesk.model.host import is_loopback
from acedesk.proxy.http.errors import CORS, NO_STORE
from acedesk.proxy.http.half_close import HalfCloseConnection
from acedesk.rules.access.rate_limit import limit_key

logger = logging.getLogger(__name__)

# A magnet link with its trackers can be long; more than this is no request of a player.
LINE_LIMIT: Final = 64 * 1024
# All of a request before its body. One long line, and what browsers and proxies add.
HEAD_LIMIT: Final = 128 * 1024
# Seconds for it. A browser may open a connection that it needs a little later.
HEAD_SECONDS: Final = 60.0
# Of one other device at once; the open files of a process are often 1024 in all.
MOST_CONNECTIONS: Final = 400


class Connections:
    """How many connections each other device has.

    Args:
        trusted: Returns addresses and networks of our reverse proxies, which may have any number.
    """

    def __init__(self, trusted: Callable[[], tuple[str, ...]] = tuple) -> None:
        self._trusted = trusted
        self._open: Counter[str] = Counter()
        self._told = set[str]()

    def enter(self, address: str) -> str | None:
        """Count a connection; return what `leave` takes, None when it is one too many."""
        host = address.partition("%")[0]
        if is_loopback(host) or is_within(host, self._trusted()):
            return ""
        key = limit_key(address)
        if self._open[key] >= MOST_CONNECTIONS:
            if key not in self._told:  # once: a flood of connections is no flood of lines
                self._told.add(key)
                logger.warning("%s has too many connections; further ones are refused", host)
            return None
        self._open[key] += 1
        return key

    def leave(self, key: str) -> None:
        """Count one less."""
        if key:
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]
                self._told.discard(key)


class Connection(HalfCloseConnection):
    """One connection; what is no HTTP is answered as other errors are, and not logged.

    The server's own answer costs a traceback in the log for each such request. A
    first request that does not come, or any whose head does not end, costs the connection.
    """

    __slots__ = ("_connections", "_counted", "_head_size", "_head_timer")

    def __init__(self, server: Any, connections: Connections, **facts: Any) -> None:
        super().__init__(server, **facts)
        self._connections = connections
        self._counted: str | None = ""
        self._head_size = 0
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it; one too many of one device is closed."""
        super().connection_made(transport)
        peer = transport.get_extra_info("peername")
        self._counted = self._connections.enter(str(peer[0]) if peer else "")
        if self._counted is None:
            self._drop()
            return
        self._await_head()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Count it no longer."""
        self._head_came()
        if self._counted:
            self._connections.leave(self._counted)
            self._counted = ""
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; too much of a head is the end."""
        super().data_received(data)
        if self._messages or self._current_request is not None:
            self._head_came()
            return
        if self._head_timer is None:
            # What it has asked before is answered: the end of a body, a line end behind one, or
            # the next head.
            if self._waiter is None or not data.strip(b"\r\n"):
                return
            self._await_head()
        self._head_size += len(data)
        if self._head_size > HEAD_LIMIT:
            self._drop()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP."""
        if status >= 500 or request.writer.output_size > 0:
            return super().handle_error(request, status, exc, message)
        logger.debug("a request of %s is no HTTP: %s", request.remote, type(exc).__name__)
        text = "The request is no valid HTTP."
        response = web.json_response(
            {"error": text, "detail": text}, status=status, headers={**NO_STORE, **CORS}
        )
        response.force_close()
        return response

    def _await_head(self) -> None:
        self._head_size = 0
        self._head_timer = asyncio.get_running_loop().call_later(HEAD_SECONDS, self._drop)

    def _head_came(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _drop(self) -> None:
        self._head_came()
        self.force_close()
        if self.transport is not None:
            self.transport.abort()
