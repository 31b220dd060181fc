"""Engines and containers over HTTP: only our own, and nothing secret."""

from typing import Any

import pytest

from acedesk.api.orchestrator.engines import EngineRoutes
from acedesk.api.orchestrator.facts import ContractFacts
from acedesk.model.engine import REMOVED_BY_PROGRAM, EngineHealth, EngineId
from acedesk.model.history import ContainerUsage
from tests.fakes.api_client import serve
from tests.fakes.contract_sources import CONTAINER, FakeSources, engine_view, stream_session


class _Engines:
    def __init__(self) -> None:
        self.removed: list[EngineId] = []
        self.lines = 0

    async def remove(self, engine_id: EngineId, why: str) -> None:
        assert why == REMOVED_BY_PROGRAM
        self.removed.append(engine_id)

    async def read_log(self, engine_id: EngineId, lines: int = 500) -> str:
        self.lines = lines
        return f"log of {engine_id[:4]}"


class _Parts:
    def __init__(self) -> None:
        self.sources = FakeSources()
        self.engines = _Engines()
        self.sources.views = (
            engine_view(usage=ContainerUsage(cpu=0.5, memory=2e6)),
            engine_view("far", port=7000, container_id=""),
        )

    async def ask(self, path: str, method: str = "GET") -> tuple[int, Any]:
        routes = EngineRoutes(ContractFacts(self.sources), self.engines)
        async with serve(routes.endpoints()) as http:
            answer = await http.request(method, path)
            return answer.status, await answer.json()


@pytest.fixture
def parts() -> _Parts:
    return _Parts()


async def test_engines_are_listed_and_each_is_given_with_its_streams(parts: _Parts) -> None:
    parts.sources.own = [stream_session()]

    _, rows = await parts.ask("/api/v1/engines")
    _, one = await parts.ask(f"/engines/{CONTAINER[:12]}")
    _, far = await parts.ask("/engines/far")

    assert [row["container_id"] for row in rows] == [CONTAINER, "far"]
    assert (one["engine"], [row["id"] for row in one["streams"]]) == (rows[0], ["a" * 40])
    assert far["streams"] == []


async def test_an_unknown_engine_is_no_error_to_clients(parts: _Parts) -> None:
    assert await parts.ask("/engines/x") == (200, {"error": "not found", "detail": "not found"})


async def test_stats_are_numbers_or_404(parts: _Parts) -> None:
    status, stats = await parts.ask(f"/engines/{CONTAINER}/stats")

    assert (status, stats["cpu_percent"], stats["memory_percent"]) == (200, 50.0, 0.0)
    assert (await parts.ask("/engines/far/stats"))[0] == 404
    assert (await parts.ask("/engines/x/stats"))[0] == 404
    assert list((await parts.ask("/engines/stats/all"))[1]) == [CONTAINER]
    _, total = await parts.ask("/engines/stats/total")
    assert (total["container_count"], total["total_memory_usage"]) == (1, 2_000_000)


async def test_a_container_is_described_without_its_environment(parts: _Parts) -> None:
    status, told = await parts.ask(f"/containers/{CONTAINER}")

    assert status == 200
    assert sorted(told) == ["created", "id", "image", "labels", "name", "ports", "status"]
    assert told["ports"] == {"6878/tcp": [{"HostIp": "127.0.0.1", "HostPort": "6878"}]}


async def test_one_that_ended_is_told_so(parts: _Parts) -> None:
    parts.sources.views = (engine_view(health=EngineHealth.CRASHED, port=0),)

    _, told = await parts.ask(f"/containers/{CONTAINER}")

    assert (told["status"], told["ports"]) == ("exited", {})


async def test_a_log_is_as_long_as_asked_for(parts: _Parts) -> None:
    assert (await parts.ask(f"/containers/{CONTAINER}/logs?tail=7"))[1]["logs"] == "log of c0ff"
    assert parts.engines.lines == 7
    assert (await parts.ask(f"/containers/{CONTAINER}/logs?tail=0"))[0] == 422


@pytest.mark.parametrize("name", ["far", "x", CONTAINER[:11]])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_what_is_not_ours_is_not_there(parts: _Parts, name: str, method: str) -> None:
    status, told = await parts.ask(f"/containers/{name}", method)

    assert (status, parts.engines.removed) == (404, [])
    assert told["error"] == told["detail"]


async def test_our_own_is_removed(parts: _Parts) -> None:
    told = await parts.ask(f"/containers/{CONTAINER[:12]}", "DELETE")

    assert told == (200, {"deleted": CONTAINER})
    assert parts.engines.removed == [CONTAINER]
