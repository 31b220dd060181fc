"""The disturbances of one engine, as they are ordered over HTTP or by a test."""

from collections.abc import Iterable
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

from acedesk.demo.disturbances import BodyDisturbances
from acedesk.demo.fault_injection.fault_api import FaultApi
from acedesk.demo.fault_injection.fault_middleware import fault_middleware
from acedesk.demo.fault_injection.faults import BodyFaults, FaultBook


class FaultOrders(FaultBook):
    """All orders of one engine, with what orders them and what carries them out."""

    def of_body(self, infohash: str, began_at: float) -> BodyDisturbances:
        """Return the faults of a body that began at `began_at`."""
        return BodyFaults(self, infohash, began_at)

    def middlewares(self, core: Any) -> Iterable[Middleware]:
        """Return what lets a request go wrong."""
        return (fault_middleware(core, self),)

    def routes(self, core: Any) -> Iterable[web.RouteDef]:
        """Return `/demo/...`."""
        api = FaultApi(core)
        return [
            route(f"/demo/{name}", handler)
            for route in (web.get, web.post)
            for name, handler in (
                ("fault", api.fault),
                ("event", api.event),
                ("state", api.state),
                ("reset", api.reset),
            )
        ]
