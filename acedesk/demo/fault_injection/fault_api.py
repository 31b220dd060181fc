"""`/demo/...`: how tests order faults and events, and see what the engine was asked."""

import json
from typing import Any

from aiohttp import web

from acedesk.demo.channels import find_channel
from acedesk.demo.core import Core
from acedesk.demo.fault_injection.faults import parse_fault
from acedesk.errors import BadRequest


class FaultApi:
    """The part of the demo engine that real engines do not have."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def fault(self, request: web.Request) -> web.Response:
        """Order a fault: `kind`, `where`, `id`, `after`, `for`, `times`, `factor`."""
        try:
            fault = parse_fault(request.query)
        except BadRequest as exc:
            return web.json_response({"error": exc.detail}, status=400)
        self._core.order(fault)
        return web.json_response({"ordered": fault.kind.value, "where": fault.where.value})

    async def event(self, request: web.Request) -> web.Response:
        """Send an event to every session of `id`: `name`, and `params` as a JSON object."""
        channel = find_channel(request.query, self._core.channels)
        try:
            params: Any = json.loads(request.query.get("params", "{}"))
        except ValueError:
            params = None
        name = request.query.get("name", "")
        if channel is None or not name or not isinstance(params, dict):
            return web.json_response({"error": "id, name and params are needed"}, status=400)
        told = [session for session in self._core.sessions if session.channel is channel]
        for session in told:
            session.push_event(name, params)
        return web.json_response({"told": len(told)})

    async def state(self, request: web.Request) -> web.Response:
        """Answer what happened so far."""
        return web.json_response(self._core.state())

    async def reset(self, request: web.Request) -> web.Response:
        """Forget faults and counters; sessions go on."""
        self._core.faults.clear()
        self._core.requests.clear()
        self._core.sessions.forget()
        return web.json_response(self._core.state())
