"""Engines on request: the answer comes in time, and a refusal can be understood."""

import json
from typing import Any

import pytest

from acedesk.api.orchestrator.provisioning import ProvisioningRoutes
from acedesk.api.orchestrator.shapes import BlockedDetail
from acedesk.api.orchestrator.status import blocked_detail
from acedesk.errors import (
    AceDeskError,
    BadRequest,
    Busy,
    BusyReason,
    RuntimeState,
    RuntimeUnavailable,
)
from acedesk.model.engine import EngineHealth
from acedesk.model.snapshot import EngineView
from tests.fakes.api_client import serve
from tests.fakes.contract_sources import CONTAINER, engine_view

SPEC = engine_view(port=19000, health=EngineHealth.STARTING)


class _Maker:
    def __init__(self, error: AceDeskError | None = None) -> None:
        self.error = error
        self.blocked: BlockedDetail | None = None
        self.keys: list[str] = []
        self.scaled: list[int] = []

    async def make(self, request_key: str, limit: float) -> EngineView:
        assert limit < 3.0
        self.keys.append(request_key)
        if self.error is not None:
            raise self.error
        return SPEC

    def scale(self, count: int) -> int:
        self.scaled.append(count)
        return 1

    def why_blocked(self) -> BlockedDetail | None:
        return self.blocked


async def post(
    maker: _Maker, path: str = "/provision/acestream", body: bytes = b"{}"
) -> tuple[int, Any, str | None]:
    async with serve(ProvisioningRoutes(maker, maker, maker).endpoints()) as http:
        answer = await http.post(path, data=body)
        return answer.status, await answer.json(), answer.headers.get("Retry-After")


@pytest.mark.parametrize("body", [b"", b"{}", b'{"labels": {}, "env": {}}', b"[", b'{"x": 1}'])
async def test_any_body_asks_for_an_engine(body: bytes) -> None:
    status, told, _ = await post(_Maker(), body=body)

    assert (status, told["container_id"], told["host_http_port"]) == (200, CONTAINER, 19000)


async def test_the_same_body_is_the_same_request() -> None:
    maker = _Maker()
    for body in (b"{}", b"{}", b'{"env": {}}'):
        await post(maker, body=body)

    assert maker.keys[0] == maker.keys[1] != maker.keys[2]


@pytest.mark.parametrize(
    ("error", "code", "eta", "can_retry", "should_wait"),
    [
        (Busy(BusyReason.MAX_CAPACITY, retry_after=60), "max_capacity", 30, True, True),
        (Busy(BusyReason.CIRCUIT_BREAKER, retry_after=2.1), "circuit_breaker", 3, False, True),
        (Busy(BusyReason.STARTING), "starting", 5, True, True),
        (RuntimeUnavailable(RuntimeState.NOT_RUNNING), "general_error", 10, True, False),
        (BadRequest("This AceDesk cannot make engines."), "general_error", 10, False, False),
    ],
)
async def test_a_refusal_says_how_long_to_wait_in_whole_seconds(
    error: AceDeskError, code: str, eta: int, can_retry: bool, should_wait: bool
) -> None:
    status, told, retry_after = await post(_Maker(error))

    detail = told["detail"]
    assert (status, retry_after, told["error"]) == (503, str(eta), detail["message"])
    assert detail["code"] == code
    assert (detail["can_retry"], detail["should_wait"]) == (can_retry, should_wait)
    assert type(detail["recovery_eta_seconds"]) is int
    assert detail["recovery_eta_seconds"] == eta


@pytest.mark.parametrize("state", [s for s in RuntimeState if s is not RuntimeState.READY])
async def test_no_other_error_has_the_words_that_clients_look_for(state: RuntimeState) -> None:
    _, told, _ = await post(_Maker(RuntimeUnavailable(state)))

    text = json.dumps(told)
    assert not any(word in text for word in ("VPN", "capacity", "circuit breaker"))


async def test_without_the_vpn_none_is_made() -> None:
    maker = _Maker()
    maker.blocked = blocked_detail("vpn_disconnected", "The VPN is not connected.", 10)

    status, told, _ = await post(maker)

    assert (status, told["detail"]["code"], maker.keys) == (503, "vpn_disconnected", [])


@pytest.mark.parametrize(("path", "status"), [("/scale/3", 200), ("/api/v1/scale/0", 200)])
async def test_scaling_answers_what_was_asked_for(path: str, status: int) -> None:
    maker = _Maker()
    wanted = int(path.rpartition("/")[2])

    assert await post(maker, path) == (status, {"scaled_to": wanted}, None)
    assert maker.scaled == [wanted]


@pytest.mark.parametrize("wanted", ["-1", "many", "1.5", "1001", "9" * 40])
async def test_no_number_scales_nothing(wanted: str) -> None:
    maker = _Maker()

    assert (await post(maker, f"/scale/{wanted}"))[0] == 422
    assert maker.scaled == []
