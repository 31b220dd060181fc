"""Engines on request: made, or as many as are wanted; always answered within three seconds.

acexy waits no longer and then asks again. So the answer comes as soon as the engine's place is
known, and it is in the list of engines from then on; it may answer some seconds later.
"""

from typing import Any, Final, Protocol

from aiohttp import web

from acedesk.api.endpoints import CONTRACT, Endpoint, Parameter, answer, check_value, request_key
from acedesk.api.orchestrator.facts import public_id
from acedesk.api.orchestrator.shapes import (
    Blocked,
    BlockedDetail,
    ProvisionAnswer,
    Scaled,
)
from acedesk.api.orchestrator.status import blocked_detail
from acedesk.errors import AceDeskError, BadRequest, Busy, BusyReason
from acedesk.model.snapshot import EngineView
from acedesk.words.errors import explain

# Of acexy's three seconds some are for the way.
MAKE_LIMIT: Final = 2.5
_COUNT: Final = Parameter(name="n", kind="integer", minimum=0, maximum=1000)

_RETRY: Final = 10.0
_CODES: Final = {
    BusyReason.VPN_DISCONNECTED: "vpn_disconnected",
    BusyReason.CIRCUIT_BREAKER: "circuit_breaker",
    BusyReason.MAX_CAPACITY: "max_capacity",
}


class MakerApi(Protocol):
    """Makes engines; `acedesk.application.engine_requests.EngineRequests` is it."""

    async def make(self, request_key: str, limit: float) -> EngineView:
        """Begin to make an engine and return it as soon as its place is known."""
        ...


class ScaleApi(Protocol):
    """Sets how many there are; `acedesk.application.engines.EngineControl` is it."""

    def scale(self, count: int) -> int:
        """Make or drain engines until there are so many."""
        ...


class Gate(Protocol):
    """Tells why no engine would be made; `StatusRoutes` does."""

    def why_blocked(self) -> BlockedDetail | None:
        """Return why, None when one would be."""
        ...


class ProvisioningRoutes:
    """The handlers over what the application offers."""

    def __init__(self, maker: MakerApi, engines: ScaleApi, gate: Gate) -> None:
        self._maker = maker
        self._engines = engines
        self._gate = gate

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        return [
            Endpoint(
                method="POST",
                path="/provision/acestream",
                handler=self.provision,
                answer=ProvisionAnswer,
                body=Any,
                statuses=(413, 503),
                prefixes=CONTRACT,
            ),
            Endpoint(
                method="POST",
                path="/scale/{n}",
                handler=self.scale,
                answer=Scaled,
                path_parts=(_COUNT,),
                statuses=(422,),
            ),
        ]

    async def provision(self, request: web.Request) -> web.Response:
        """Begin to make one engine; it is listed at once and answers some seconds later.

        Clients send labels, env and host_port; AceDesk's settings decide all of it.
        The same request again within ten seconds is the same engine, unless another
        `Idempotency-Key` says that it is one more (draft-ietf-httpapi-idempotency-key).
        """
        key = await request_key(request)
        blocked = self._gate.why_blocked()
        if blocked is not None and blocked.code == "vpn_disconnected":
            return _refuse(blocked)
        try:
            engine = await self._maker.make(key, MAKE_LIMIT)
        except AceDeskError as exc:
            return _refuse(_detail(exc))
        return answer(
            ProvisionAnswer(
                container_id=public_id(engine),
                container_name=engine.name,
                host_http_port=engine.port,
                container_http_port=engine.port,
                container_https_port=0,
            )
        )

    async def scale(self, request: web.Request) -> web.Response:
        """Push the number of engines towards `n`; idle ones are removed later as usual."""
        wanted = check_value(_COUNT, request.match_info["n"])
        self._engines.scale(wanted)
        return answer(Scaled(scaled_to=wanted))


def _detail(error: AceDeskError) -> BlockedDetail:
    """Return an error as clients read it: to be waited for only where waiting helps."""
    line = explain(error).line
    if not isinstance(error, Busy):
        hopeless = isinstance(error, BadRequest)
        return blocked_detail(
            "general_error",
            line,
            error.retry_after or _RETRY,
            can_retry=not hopeless,
            should_wait=False,
            failed=True,
        )
    code = _CODES.get(error.reason, error.code)
    can_retry = error.reason is not BusyReason.CIRCUIT_BREAKER
    return blocked_detail(code, line, error.retry_after or _RETRY, can_retry=can_retry)


def _refuse(detail: BlockedDetail) -> web.Response:
    body = Blocked(
        error=detail.message,
        detail=detail,
        code=detail.code,
        retry_after=detail.recovery_eta_seconds,
    )
    response = answer(body, status=503)
    response.headers["Retry-After"] = str(detail.recovery_eta_seconds)
    return response
