"""How AceDesk is, as the contract has it: engines, capacity, VPN, and whether one would be made."""

import datetime
import math
from collections.abc import Callable, Mapping
from typing import Final, Literal, Protocol

from aiohttp import web

from acedesk import __version__, clock
from acedesk.api.endpoints import Endpoint, Parameter, answer, read_query, reads
from acedesk.api.orchestrator import status_shapes as shapes
from acedesk.api.orchestrator.facts import ContractFacts, StreamRow, count_health, public_id
from acedesk.api.orchestrator.shapes import (
    BlockedDetail,
    ErrorAnswer,
    Message,
    Status,
    Time,
    wire_time,
)
from acedesk.model.engine import FOREIGN, BreakerKind, BreakerState, EngineState, ProvisionState
from acedesk.model.snapshot import BreakerView, EngineView, ProvisionView, VpnState, VpnView
from acedesk.settings import Settings
from acedesk.words.numbers import count

# Seconds that clients are told to wait. acexy sleeps so long inside a player's request, up to
# one and a half times: never long.
SHORTEST_ETA: Final = 1
LONGEST_ETA: Final = 30
VPN_ETA: Final = 10

_WITHOUT_VPN: Final = frozenset({VpnState.UNKNOWN, VpnState.NO_RUNTIME, VpnState.ABSENT})
# As acestream-orchestrator names them; `disabled` stands for everything without a VPN.
VPN_HEALTH: Final[Mapping[VpnState, str]] = {
    VpnState.CONNECTED: "healthy",
    VpnState.CONNECTING: "starting",
    VpnState.UNHEALTHY: "unhealthy",
    VpnState.STOPPED: "unhealthy",
    VpnState.UNKNOWN: "unknown",
    VpnState.NO_RUNTIME: "disabled",
    VpnState.ABSENT: "disabled",
}
_KINDS: Final = (
    Parameter(
        name="operation_type",
        about="Which breaker; both are closed, as they have one cause.",
        choices=("general", "replacement"),
    ),
)


class StatusSources(Protocol):
    """What is read beside engines and streams; `ContractSources` is it."""

    def vpn(self) -> VpnView:
        """Return the VPN."""
        ...

    def breakers(self) -> tuple[BreakerView, ...]:
        """Return the circuit breakers."""
        ...

    def provisions(self) -> tuple[ProvisionView, ...]:
        """Return the engines on their way."""
        ...


class BreakersApi(Protocol):
    """What may be done; `acedesk.application.engines.EngineControl` is it."""

    def reset_breakers(self) -> None:
        """Close them."""
        ...


class StatusRoutes:
    """The handlers over the facts."""

    def __init__(
        self,
        facts: ContractFacts,
        sources: StatusSources,
        settings: Callable[[], Settings],
        engines: BreakersApi,
        *,
        utc_now: Callable[[], datetime.datetime] = clock.utc_now,
    ) -> None:
        self._facts = facts
        self._sources = sources
        self._settings = settings
        self._engines = engines
        self._utc_now = utc_now

    def endpoints(self) -> list[Endpoint]:
        """Return the routes."""
        get = (
            ("/orchestrator/status", self.status, shapes.OrchestratorStatus, ()),
            ("/health/status", self.health, shapes.HealthStatus, ()),
            ("/vpn/status", self.vpn, shapes.VpnStatus, ()),
            ("/vpn/publicip", self.public_ip, shapes.PublicIp, (503,)),
            ("/acexy/status", self.acexy, shapes.AcexyStatus, ()),
            ("/version", self.version, shapes.Version, ()),
            (
                "/custom-variant/reprovision/status",
                self.reprovision,
                shapes.ReprovisionStatus,
                (),
            ),
        )
        return [
            *reads(get),
            Endpoint(
                method="GET",
                path="/health/ready",
                handler=self.ready,
                answer=shapes.Ready,
                success=(200, 503),
            ),
            Endpoint(
                method="POST",
                path="/health/circuit-breaker/reset",
                handler=self.reset,
                answer=Message,
                query=_KINDS,
                statuses=(422,),
            ),
            Endpoint(method="POST", path="/gc", handler=self.collect, answer=Status),
        ]

    async def status(self, _request: web.Request) -> web.Response:
        """Tell everything a proxy wants to know before it asks for an engine."""
        return answer(self.read_status(await self._facts.read_rows()))

    async def health(self, _request: web.Request) -> web.Response:
        """Count engines by their health."""
        views, settings = self._facts.views(), self._settings()
        healthy, unhealthy = count_health(views)
        replaced = {one.replaces for one in self._sources.provisions() if one.replaces}
        return answer(
            shapes.HealthStatus(
                total_engines=len(views),
                healthy_engines=healthy,
                unhealthy_engines=unhealthy,
                marked_for_replacement=len(replaced),
                minimum_required=settings.min_engines,
                health_check_interval=round(settings.health_interval),
                circuit_breakers=shapes.Breakers(
                    general=self._breaker(BreakerKind.GROWTH, settings.growth_recovery),
                    replacement=self._breaker(
                        BreakerKind.REPLACEMENT, settings.replacement_recovery
                    ),
                ),
            )
        )

    async def ready(self, _request: web.Request) -> web.Response:
        """Answer 200 when a stream could start now, else 503."""
        views = self._facts.views()
        usable = sum(view.state is EngineState.READY for view in views)
        running = [p for p in self._sources.provisions() if p.state is ProvisionState.RUNNING]
        found = shapes.Ready(ready=usable > 0, engines=usable, provisioning=len(running))
        return answer(found, status=200 if found.ready else 503)

    async def vpn(self, _request: web.Request) -> web.Response:
        """Tell how the VPN is."""
        return answer(self.read_vpn())

    async def public_ip(self, _request: web.Request) -> web.Response:
        """Tell the address that others see."""
        found = self._sources.vpn().public_ip
        if not found:
            line = "The public address is not known."
            return answer(ErrorAnswer(error=line, detail=line), status=503)
        return answer(shapes.PublicIp(public_ip=found))

    async def acexy(self, _request: web.Request) -> web.Response:
        """Tell of a link to acexy, which AceDesk does not need."""
        return answer(shapes.AcexyStatus())

    async def version(self, _request: web.Request) -> web.Response:
        """Tell which program answers."""
        return answer(shapes.Version(version=__version__, title="AceDesk"))

    async def reprovision(self, _request: web.Request) -> web.Response:
        """Tell that engines are not all made anew at once."""
        return answer(shapes.ReprovisionStatus())

    async def reset(self, request: web.Request) -> web.Response:
        """Let engines be made and replaced again at once, whatever failed before."""
        read_query(request, _KINDS)
        self._engines.reset_breakers()
        return answer(Message(message="circuit breakers reset"))

    async def collect(self, _request: web.Request) -> web.Response:
        """Do nothing: idle engines are removed by AceDesk itself."""
        return answer(Status(status="ok"))

    # What is told

    def read_status(self, streams: list[StreamRow] | None = None) -> shapes.OrchestratorStatus:
        """Return the status now.

        Args:
            streams: What plays, where that was read a moment ago.
        """
        views, settings = self._facts.views(), self._settings()
        healthy, unhealthy = count_health(views)
        running = [v for v in views if v.state not in (EngineState.STOPPED, EngineState.STARTING)]
        rows = self._facts.stream_rows() if streams is None else streams
        active = [row for row in rows if row.started]
        names = {public_id(view) for view in running}
        used = len(names & {row.container_id for row in active})
        blocked = self.why_blocked(views)
        growth = self._find_breaker(BreakerKind.GROWTH)
        return shapes.OrchestratorStatus(
            status=_word(len(running), blocked),
            engines=shapes.EngineCounts(
                total=len(views), running=len(running), healthy=healthy, unhealthy=unhealthy
            ),
            streams=shapes.StreamCounts(active=len(active), total=len(rows)),
            capacity=shapes.Capacity(
                total=len(running),
                used=used,
                available=len(running) - used,
                max_replicas=settings.max_engines,
                min_replicas=settings.min_engines,
            ),
            vpn=_vpn_short(self._sources.vpn()),
            provisioning=shapes.Provisioning(
                can_provision=blocked is None,
                circuit_breaker_state=growth.state.value,
                last_failure=_time(growth.failed_time),
                blocked_reason=None if blocked is None else blocked.message,
                blocked_reason_details=blocked,
            ),
            acexy=shapes.AcexyStatus(),
            config=shapes.Config(
                auto_delete=True,
                grace_period_s=round(settings.idle_grace),
                engine_variant=settings.engine_image,
                debug_mode=settings.log_level == "debug",
            ),
            timestamp=wire_time(self._utc_now()),
        )

    def read_vpn(self) -> shapes.VpnStatus:
        """Return the VPN now."""
        view = self._sources.vpn()
        short = _vpn_short(view)
        checked = None if view.checked_time is None else wire_time(view.checked_time)
        return shapes.VpnStatus(
            mode="single" if short.enabled else "disabled",
            enabled=short.enabled,
            status="running" if view.state is not VpnState.STOPPED and short.enabled else "stopped",
            container_name=short.container,
            container=short.container,
            health=short.health,
            connected=short.connected,
            forwarded_port=view.forwarded_port,
            public_ip=view.public_ip or None,
            provider=view.provider or None,
            country=view.country or None,
            city=view.city or None,
            region=None,
            last_check=checked,
            last_check_at=checked,
            vpn1=None,
            vpn2=None,
            emergency_mode=shapes.EmergencyMode(),
        )

    def why_blocked(self, views: tuple[EngineView, ...] | None = None) -> BlockedDetail | None:
        """Return why no engine would be made now, None when one would be.

        Args:
            views: The engines, where they were read a moment ago.
        """
        vpn = self._sources.vpn()
        short = _vpn_short(vpn)
        if vpn.engines and short.enabled and not short.connected:
            return blocked_detail("vpn_disconnected", "The VPN is not connected.", VPN_ETA)
        growth = self._find_breaker(BreakerKind.GROWTH)
        if growth.state is not BreakerState.CLOSED:
            return blocked_detail(
                "circuit_breaker",
                "The circuit breaker is open: engines could not be made.",
                growth.retry_after,
                can_retry=growth.state is BreakerState.HALF_OPEN,
            )
        made = self._count_made(self._facts.views() if views is None else views)
        if made >= self._settings().max_engines:
            return blocked_detail(
                "max_capacity", f"At capacity: {count(made, 'engine')} of as many.", VPN_ETA
            )
        return None

    def _count_made(self, views: tuple[EngineView, ...]) -> int:
        under_way = [
            one.name for one in self._sources.provisions() if one.state is ProvisionState.RUNNING
        ]
        made = [view.name for view in views if view.backend not in FOREIGN]
        return len({*made, *under_way})

    def _find_breaker(self, kind: BreakerKind) -> BreakerView:
        found = (one for one in self._sources.breakers() if one.kind is kind)
        return next(found, BreakerView(kind=kind))

    def _breaker(self, kind: BreakerKind, recovery: float) -> shapes.Breaker:
        view = self._find_breaker(kind)
        return shapes.Breaker(
            state=view.state.value,
            failure_count=view.failures,
            failure_threshold=view.limit,
            recovery_timeout=round(recovery),
            last_failure_time=_time(view.failed_time),
            last_success_time=_time(view.succeeded_time),
        )


def _time(time: datetime.datetime | None) -> Time | None:
    return None if time is None else wire_time(time)


def blocked_detail(
    code: str,
    message: str,
    eta: float,
    *,
    can_retry: bool = True,
    should_wait: bool = True,
    failed: bool = False,
) -> BlockedDetail:
    """Return a refusal as clients read it.

    Args:
        eta: Seconds until trying again makes sense.
        failed: An engine was to be made and was not; else none was begun.
    """
    return BlockedDetail(
        error="provisioning_failed" if failed else "provisioning_blocked",
        code=code,
        message=message,
        recovery_eta_seconds=min(LONGEST_ETA, max(SHORTEST_ETA, math.ceil(eta))),
        can_retry=can_retry,
        should_wait=should_wait,
    )


def _word(
    running: int, blocked: BlockedDetail | None
) -> Literal["healthy", "degraded", "unavailable"]:
    if running == 0:
        return "unavailable"
    if blocked is not None and blocked.code in ("vpn_disconnected", "circuit_breaker"):
        return "degraded"
    return "healthy"


def _vpn_short(view: VpnView) -> shapes.VpnShort:
    enabled = view.state not in _WITHOUT_VPN
    return shapes.VpnShort(
        enabled=enabled,
        connected=view.state is VpnState.CONNECTED,
        health=VPN_HEALTH[view.state],
        container=view.container_name or None,
        forwarded_port=view.forwarded_port,
    )
