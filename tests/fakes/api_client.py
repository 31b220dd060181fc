"""Rooms of the API behind a real server, with the middleware that turns errors into answers."""

from collections.abc import Iterable

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from acedesk.api.endpoints import Endpoint, routes_of
from acedesk.proxy.http.errors import errors_to_http

Http = TestClient[web.Request, web.Application]


def serve(endpoints: Iterable[Endpoint]) -> Http:
    """Return a client of a server with these routes; entering it starts both."""
    application = web.Application(middlewares=[errors_to_http])
    application.add_routes(routes_of(endpoints))
    return TestClient(TestServer(application))
