"""Where the API's routes stand, and what readiness says."""

import dataclasses
import datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from acedesk.api.v2.streams import ApiRoutes
from acedesk.errors import NotFound
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.model.snapshot import EngineView, Snapshot
from acedesk.proxy.http.errors import errors_to_http

NOW = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
EMPTY = Snapshot(time=NOW, version="1", base_url="http://127.0.0.1:8080")


class Control:
    """Knows no stream and makes no engine."""

    async def stop(self, stream_id: str) -> None:
        raise NotFound(stream_id)

    async def switch_engine(self, stream_id: str) -> None:
        raise NotFound(stream_id)

    async def provision(self, request_key: str) -> EngineSpec:
        raise NotFound("no engine here")


def engine_view(health: EngineHealth) -> EngineView:
    return EngineView(
        id=EngineId(health.value),
        name=health.value,
        backend=BackendKind.STATIC,
        host="127.0.0.1",
        port=6878,
        health=health,
    )


def client(*engines: EngineView) -> TestClient[web.Request, web.Application]:
    snapshot = dataclasses.replace(EMPTY, engines=engines)
    application = web.Application(middlewares=[errors_to_http])
    application.add_routes(ApiRoutes(lambda: snapshot, Control(), Control()).routes())
    return TestClient(TestServer(application))


@pytest.mark.parametrize("path", ["/snapshot", "/streams", "/streams/x", "/streams/x/history"])
async def test_our_own_shapes_stand_under_api_v2_only(path: str) -> None:
    async with client() as http:
        found = [
            (await http.get(f"/api/v2{path}")).status,
            (await http.get(path)).status,
            (await http.get(f"/api/v1{path}")).status,
        ]

    known = 200 if "x" not in path else 404
    gone = 405 if path == "/streams/x" else 404  # it can be stopped there
    assert found == [known, gone, gone]


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
async def test_what_the_contract_has_stays(prefix: str) -> None:
    async with client() as http:
        assert (await http.get(f"{prefix}/engines")).status == 200
        answer = await http.post(f"{prefix}/provision/acestream")
        assert (await answer.json())["code"] == "not_found"


@pytest.mark.parametrize("prefix", ["", "/api/v1", "/api/v2"])
async def test_a_stream_can_be_stopped_and_moved_under_each_prefix(prefix: str) -> None:
    async with client() as http:
        stopped = await http.delete(f"{prefix}/streams/x")
        moved = await http.post(f"{prefix}/streams/x/switch-engine")

        assert (await stopped.json())["code"] == (await moved.json())["code"] == "not_found"


@pytest.mark.parametrize("path", ["/health/ready", "/api/v1/health/ready"])
@pytest.mark.parametrize(
    ("health", "status"),
    [
        ((), 503),
        ((EngineHealth.STARTING,), 503),
        ((EngineHealth.STARTING, EngineHealth.READY), 200),
    ],
)
async def test_ready_is_503_until_an_engine_is(
    path: str, health: tuple[EngineHealth, ...], status: int
) -> None:
    async with client(*map(engine_view, health)) as http:
        answer = await http.get(path)

        assert answer.status == status
        assert answer.headers["Cache-Control"] == "no-store"
        assert (await answer.json())["ready"] == (status == 200)
