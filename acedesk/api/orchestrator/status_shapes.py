"""The values of the contract that tell how AceDesk is; see `acedesk.api.orchestrator.shapes`."""

from typing import Literal

from acedesk.api.orchestrator.shapes import BlockedDetail, Time
from acedesk.values import frozen_value


@frozen_value
class EngineCounts:
    """How many engines there are."""

    total: int
    running: int
    healthy: int
    unhealthy: int


@frozen_value
class StreamCounts:
    """How many streams there are."""

    active: int
    total: int


@frozen_value
class Capacity:
    """How many engines play, and how many there may be."""

    total: int
    used: int
    available: int
    max_replicas: int
    min_replicas: int


@frozen_value
class VpnShort:
    """The VPN in short."""

    enabled: bool
    connected: bool
    health: str
    container: str | None
    forwarded_port: int | None


@frozen_value
class Provisioning:
    """Whether an engine would be made now, and why not."""

    can_provision: bool
    circuit_breaker_state: str
    last_failure: Time | None
    blocked_reason: str | None
    blocked_reason_details: BlockedDetail | None


@frozen_value
class AcexyStatus:
    """The link to a proxy that clients once polled; AceDesk needs none."""

    enabled: bool = False
    url: str | None = None
    healthy: bool | None = None
    last_health_check: Time | None = None
    sync_interval_seconds: int = 0
    deprecated: bool = True
    message: str = "AceDesk is told of streams by events."


@frozen_value
class Config:
    """Some settings."""

    auto_delete: bool
    grace_period_s: int
    engine_variant: str
    debug_mode: bool


@frozen_value
class OrchestratorStatus:
    """Everything a proxy wants to know before it asks for an engine."""

    status: Literal["healthy", "degraded", "unavailable"]
    engines: EngineCounts
    streams: StreamCounts
    capacity: Capacity
    vpn: VpnShort
    provisioning: Provisioning
    acexy: AcexyStatus
    config: Config
    timestamp: Time


@frozen_value
class Breaker:
    """One circuit breaker."""

    state: Literal["closed", "open", "half_open"]
    failure_count: int
    failure_threshold: int
    recovery_timeout: int
    last_failure_time: Time | None
    last_success_time: Time | None


@frozen_value
class Breakers:
    """Both of them."""

    general: Breaker
    replacement: Breaker


@frozen_value
class HealthStatus:
    """How the engines are, in numbers."""

    total_engines: int
    healthy_engines: int
    unhealthy_engines: int
    marked_for_replacement: int
    minimum_required: int
    health_check_interval: int
    circuit_breakers: Breakers


@frozen_value
class Ready:
    """Whether a stream could start now."""

    ready: bool
    engines: int
    provisioning: int


@frozen_value
class EmergencyMode:
    """What several VPNs would need; AceDesk has one."""

    active: bool = False
    failed_vpn: str | None = None
    healthy_vpn: str | None = None
    duration_seconds: int = 0
    entered_at: Time | None = None


@frozen_value
class VpnStatus:
    """The VPN as last seen."""

    mode: Literal["disabled", "single"]
    enabled: bool
    status: str
    container_name: str | None
    container: str | None
    health: str
    connected: bool
    forwarded_port: int | None
    public_ip: str | None
    provider: str | None
    country: str | None
    city: str | None
    region: str | None
    last_check: Time | None
    last_check_at: Time | None
    vpn1: None
    vpn2: None
    emergency_mode: EmergencyMode


@frozen_value
class PublicIp:
    """The address that others see."""

    public_ip: str


@frozen_value
class Version:
    """Which program answers."""

    version: str
    title: str


@frozen_value
class ReprovisionStatus:
    """A rebuild of all engines, which AceDesk does one engine at a time: never under way."""

    in_progress: bool = False
    status: str = "idle"
    message: str | None = None
    timestamp: Time | None = None
    total_engines: int = 0
    engines_stopped: int = 0
    engines_provisioned: int = 0
    current_engine_id: str | None = None
    current_phase: str | None = None
