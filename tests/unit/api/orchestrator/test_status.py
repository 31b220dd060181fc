"""What proxies read before they ask for an engine."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from acedesk.api.orchestrator.facts import ContractFacts
from acedesk.api.orchestrator.status import LONGEST_ETA, StatusRoutes
from acedesk.model.engine import (
    BackendKind,
    BreakerKind,
    BreakerState,
    EngineHealth,
    ProvisionState,
)
from acedesk.model.snapshot import BreakerView, ProvisionView, VpnState, VpnView
from acedesk.settings import Settings
from tests.fakes.api_client import serve
from tests.fakes.contract_sources import NOON, FakeSources, engine_view, stream_session


class _Engines:
    resets = 0

    def reset_breakers(self) -> None:
        self.resets += 1


class _Parts:
    def __init__(self) -> None:
        self.sources = FakeSources()
        self.settings = Settings()
        self.engines = _Engines()
        self.routes = StatusRoutes(
            ContractFacts(self.sources),
            self.sources,
            lambda: self.settings,
            self.engines,
            utc_now=lambda: NOON,
        )

    async def get(self, path: str) -> tuple[int, Mapping[str, Any]]:
        async with serve(self.routes.endpoints()) as http:
            answer = await http.get(path)
            return answer.status, await answer.json()


@pytest.fixture
def parts() -> _Parts:
    return _Parts()


async def test_capacity_counts_engines_that_play(parts: _Parts) -> None:
    parts.sources.views = (engine_view(), engine_view("engine-2", port=1, container_id="b" * 64))
    parts.sources.own = [stream_session()]

    _, status = await parts.get("/orchestrator/status")

    assert status["status"] == "healthy"
    assert status["capacity"] == {
        "total": 2,
        "used": 1,
        "available": 1,
        "max_replicas": parts.settings.max_engines,
        "min_replicas": 0,
    }
    assert status["streams"] == {"active": 1, "total": 1}
    assert status["timestamp"] == "2026-03-01T12:00:00Z"


async def test_without_engines_it_is_unavailable_but_one_can_be_made(parts: _Parts) -> None:
    parts.sources.views = ()

    _, status = await parts.get("/api/v1/orchestrator/status")

    assert (status["status"], status["provisioning"]["can_provision"]) == ("unavailable", True)


def opened(state: BreakerState, after: float) -> BreakerView:
    return BreakerView(kind=BreakerKind.GROWTH, state=state, failures=5, limit=5, retry_after=after)


@pytest.mark.parametrize(
    ("state", "after", "eta", "can_retry"),
    [
        (BreakerState.OPEN, 280.2, LONGEST_ETA, False),
        (BreakerState.OPEN, 4.2, 5, False),
        (BreakerState.HALF_OPEN, 0.0, 1, True),
    ],
)
async def test_an_open_breaker_blocks(
    parts: _Parts, state: BreakerState, after: float, eta: int, can_retry: bool
) -> None:
    parts.sources.breaker_views = (opened(state, after),)

    _, status = await parts.get("/orchestrator/status")

    told = status["provisioning"]
    assert status["status"] == "degraded"
    assert (told["can_provision"], told["circuit_breaker_state"]) == (False, state.value)
    assert isinstance(told["blocked_reason"], str)
    details = told["blocked_reason_details"]
    assert (details["code"], details["recovery_eta_seconds"]) == ("circuit_breaker", eta)
    assert (details["can_retry"], details["should_wait"]) == (can_retry, True)


async def test_a_vpn_that_is_down_blocks_only_where_engines_use_it(parts: _Parts) -> None:
    down = VpnView(state=VpnState.UNHEALTHY, container_name="gluetun")
    parts.sources.vpn_view = down
    _, free = await parts.get("/orchestrator/status")
    parts.sources.vpn_view = dataclasses.replace(down, engines=("engine-1",))

    _, blocked = await parts.get("/orchestrator/status")

    assert free["provisioning"]["can_provision"]
    assert blocked["provisioning"]["blocked_reason_details"]["code"] == "vpn_disconnected"
    assert blocked["vpn"]["enabled"]
    assert not blocked["vpn"]["connected"]


async def test_only_engines_that_were_made_fill_the_places(parts: _Parts) -> None:
    parts.settings = dataclasses.replace(parts.settings, max_engines=2)
    parts.sources.views = (engine_view(), engine_view("far", port=2, container_id=""))
    assert parts.routes.why_blocked() is None

    parts.sources.provision_views = (
        ProvisionView(
            id="p",
            backend=BackendKind.DOCKER,
            name="engine-2",
            state=ProvisionState.RUNNING,
            steps=(),
            started_time=NOON,
        ),
    )

    blocked = parts.routes.why_blocked()
    assert blocked is not None
    assert blocked.code == "max_capacity"


async def test_health_counts_engines_and_names_the_breakers(parts: _Parts) -> None:
    bad = engine_view("engine-2", port=1, health=EngineHealth.HUNG, container_id="b" * 64)
    parts.sources.views = (engine_view(), bad)
    parts.sources.breaker_views = (opened(BreakerState.OPEN, 9.0),)

    _, told = await parts.get("/health/status")

    assert (told["healthy_engines"], told["unhealthy_engines"]) == (1, 1)
    assert told["circuit_breakers"]["general"]["state"] == "open"
    assert told["circuit_breakers"]["replacement"]["state"] == "closed"
    assert type(told["health_check_interval"]) is int


@pytest.mark.parametrize(
    ("health", "status"), [(EngineHealth.READY, 200), (EngineHealth.STARTING, 503)]
)
async def test_ready_is_503_until_an_engine_is(
    parts: _Parts, health: EngineHealth, status: int
) -> None:
    parts.sources.views = (engine_view(health=health),)

    assert await parts.get("/api/v1/health/ready") == (
        status,
        {"ready": status == 200, "engines": int(status == 200), "provisioning": 0},
    )


async def test_what_is_polled_for_nothing_is_answered(parts: _Parts) -> None:
    assert (await parts.get("/version"))[1]["title"] == "AceDesk"
    assert (await parts.get("/custom-variant/reprovision/status"))[1]["status"] == "idle"
    assert (await parts.get("/acexy/status"))[1]["enabled"] is False


@pytest.mark.parametrize(
    ("state", "mode", "health"),
    [
        (VpnState.ABSENT, "disabled", "disabled"),
        (VpnState.CONNECTED, "single", "healthy"),
        (VpnState.CONNECTING, "single", "starting"),
        (VpnState.STOPPED, "single", "unhealthy"),
    ],
)
async def test_the_vpn_is_told(parts: _Parts, state: VpnState, mode: str, health: str) -> None:
    parts.sources.vpn_view = VpnView(state=state, public_ip="185.1.2.3", checked_time=NOON)

    _, told = await parts.get("/vpn/status")

    assert (told["mode"], told["health"], told["last_check_at"]) == (
        mode,
        health,
        "2026-03-01T12:00:00Z",
    )
    assert await parts.get("/vpn/publicip") == (200, {"public_ip": "185.1.2.3"})


async def test_an_unknown_address_is_503(parts: _Parts) -> None:
    assert (await parts.get("/vpn/publicip"))[0] == 503


async def test_breakers_are_reset_on_request(parts: _Parts) -> None:
    async with serve(parts.routes.endpoints()) as http:
        path = "/health/circuit-breaker/reset"
        assert (await http.post(path)).status == 200
        assert (await http.post(f"{path}?operation_type=general")).status == 200
        assert (await http.post(f"{path}?operation_type=")).status == 422
        assert (await http.post("/gc")).status == 200

    assert parts.engines.resets == 2
