"""Where our own routes stand."""

import datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from acedesk.api.endpoints import routes_of
from acedesk.api.v2.streams import StreamRoutes
from acedesk.errors import NotFound
from acedesk.model.snapshot import Snapshot
from acedesk.proxy.http.errors import errors_to_http

NOW = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
EMPTY = Snapshot(time=NOW, version="1", base_url="http://127.0.0.1:8080")


class Control:
    """Knows no stream and makes no engine."""

    async def stop(self, stream_id: str) -> None:
        raise NotFound(stream_id)

    async def switch_engine(self, stream_id: str) -> None:
        raise NotFound(stream_id)


def client() -> TestClient[web.Request, web.Application]:
    application = web.Application(middlewares=[errors_to_http])
    application.add_routes(routes_of(StreamRoutes(lambda: EMPTY, Control()).endpoints()))
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
    assert found == [known, 404, 404]


@pytest.mark.parametrize("prefix", ["", "/api/v1", "/api/v2"])
async def test_a_stream_can_be_moved_under_each_prefix(prefix: str) -> None:
    async with client() as http:
        moved = await http.post(f"{prefix}/streams/x/switch-engine")

        assert (await moved.json())["code"] == "not_found"


async def test_a_stream_can_be_stopped() -> None:
    async with client() as http:
        stopped = await http.delete("/api/v2/streams/x")

        assert (await stopped.json())["code"] == "not_found"


async def test_each_stream_is_told_with_its_diagnosis() -> None:
    async with client() as http:
        answer = await http.get("/api/v2/diagnosis")

        assert await answer.json() == []
