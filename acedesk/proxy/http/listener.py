"""The listening socket and the HTTP server on it; one for the media and the API alike."""

import asyncio
import logging
import socket
import sys
from collections.abc import Callable, Iterable

from aiohttp import web
from aiohttp.typedefs import Middleware

from acedesk.errors import AceDeskError
from acedesk.proxy.http.access.arrival import LONGEST_BODY, make_request
from acedesk.proxy.http.access.gate import Gate
from acedesk.proxy.http.connection import LINE_LIMIT, Connection, Connections
from acedesk.proxy.http.errors import Handler, errors_to_http
from acedesk.proxy.http.half_close import note_request
from acedesk.proxy.http.late_routes import LateRoutes
from acedesk.store import ports

logger = logging.getLogger(__name__)

BACKLOG = 1024


def _with_doubled_slashes(routes: Iterable[web.RouteDef]) -> list[web.RouteDef]:
    """Return the routes, and behind them those for what none of them is for: repeated slashes."""
    plain = list(routes)
    return [*plain, *map(_slashes_repeated, plain)]


def _slashes_repeated(route: web.RouteDef) -> web.RouteDef:
    """Return the route for the same path with any slash repeated: bases are joined carelessly."""
    first, *parts = route.path.split("/")
    path = first + "".join(f"/{{_slashes{number}:/*}}{part}" for number, part in enumerate(parts))
    return web.RouteDef(route.method, path, route.handler, route.kwargs)


def _let_in(gate: Gate) -> Middleware:
    @web.middleware
    async def let_in(request: web.Request, handler: Handler) -> web.StreamResponse:
        gate.admit(request)
        return await handler(request)

    return let_in


class Listener:
    """Serves routes on one port.

    Args:
        gate: Lets requests in; without one all are.
        players: Those of the routes that players ask.
        make_more: Returns further routes, for what none of the others is for; called in a thread
            when the first such request comes.

    Closes: the socket and every connection, by `close`.
    """

    def __init__(
        self,
        routes: Iterable[web.RouteDef],
        gate: Gate | None = None,
        players: Iterable[web.RouteDef] = (),
        *,
        make_more: Callable[[], Iterable[web.RouteDef]] | None = None,
    ) -> None:
        self.host = ""
        self.port = 0
        self._trusted: Callable[[], tuple[str, ...]] = tuple
        self._host_names: Callable[[], tuple[str, ...]] = tuple
        self._own_address_is_local = False
        middlewares: list[Middleware] = [note_request, errors_to_http]
        if gate is not None:
            gate.set_playing(players)
            self._trusted = lambda: gate.trusted_proxies
            self._host_names = lambda: gate.host_names
            self._own_address_is_local = gate.own_address_is_local
            middlewares.append(_let_in(gate))
        self._connections = Connections(self._trusted)
        self._application = web.Application(middlewares=middlewares, client_max_size=LONGEST_BODY)
        self._application.add_routes(_with_doubled_slashes(routes))
        if make_more is not None:
            more = LateRoutes(lambda: _with_doubled_slashes(make_more()))
            self._application.router.register_resource(more)
        self._server: asyncio.Server | None = None
        self._runner: web.AppRunner | None = None

    async def open(self, host: str, port: int) -> None:
        """Listen; `port` 0 takes a free one.

        Raises:
            PortInUse: Another program has the port.
            CannotListen: The address is not this computer's, or the port needs other rights.
        """
        sock = self._bind(host, port)
        # A handler whose player left is cancelled: a start nobody waits for must not go on.
        self._runner = web.AppRunner(
            self._application,
            handle_signals=False,
            handler_cancellation=True,
            shutdown_timeout=2.0,
        )
        try:
            await self._runner.setup()
            assert self._runner.server is not None
            self._runner.server.request_factory = make_request(
                self._trusted, self._host_names, own_address_is_local=self._own_address_is_local
            )
        except BaseException:
            sock.close()
            raise
        await self._listen(host, sock)

    async def move(self, host: str, port: int) -> None:
        """Listen elsewhere from now on; connections that are open go on.

        The new port is opened before the old one is closed, except where one address cannot be
        opened beside the other: 0.0.0.0 and 127.0.0.1 with the same port.

        Raises:
            PortInUse: Another program has the port; the old one is listened on as before.
            CannotListen: The address is not this computer's, or the port needs other rights; as
                above.
        """
        former, place = self._server, (self.host, self.port)
        if port == self.port and former is not None:
            former.close()
            try:
                sock = self._bind(host, port)
            except AceDeskError:
                await self._listen(place[0], self._bind(*place))
                raise
            await self._listen(host, sock)
            return
        await self._listen(host, self._bind(host, port))
        if former is not None:
            former.close()

    async def open_too(self, port: int) -> asyncio.Server:
        """Serve the same at one more port of the address; closed by the caller, before `close`.

        Raises:
            PortInUse, CannotListen: As `open`.
        """
        sock = self._bind(self.host, port)
        return await self._serve(sock)

    async def _serve(self, sock: socket.socket) -> asyncio.Server:
        try:
            loop = asyncio.get_running_loop()
            return await loop.create_server(self._protocol, sock=sock, backlog=BACKLOG)
        except BaseException:
            sock.close()
            raise

    async def _listen(self, host: str, sock: socket.socket) -> None:
        self._server = await self._serve(sock)
        self.host, self.port = host, sock.getsockname()[1]

    async def close(self) -> None:
        """Close the port and all connections."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    def _protocol(self) -> asyncio.Protocol:
        runner = self._runner
        if runner is None or runner.server is None:  # closed between accept and now
            return asyncio.Protocol()
        return Connection(
            runner.server,
            self._connections,
            loop=asyncio.get_running_loop(),
            access_log=None,  # documented: None writes none
            max_line_size=LINE_LIMIT,
            max_field_size=LINE_LIMIT,
        )

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
            raise ports.listen_error(host, port, exc) from exc
        return sock
