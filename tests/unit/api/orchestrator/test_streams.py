"""Streams over HTTP: chosen, told of, and really stopped."""

from typing import Any

import pytest

from acedesk.api.orchestrator.facts import ContractFacts
from acedesk.api.orchestrator.streams import StreamRoutes
from acedesk.application.reported_streams import ReportedStream, StreamReport
from acedesk.errors import NotFound
from acedesk.model.content import KeyKind
from acedesk.model.engine import EngineId
from acedesk.model.event import StopCause
from tests.fakes.api_client import serve
from tests.fakes.contract_sources import CONTAINER, NOON, FakeSources, stream_session

REPORTED = ReportedStream(
    report=StreamReport(
        id="k|s", kind=KeyKind.CONTENT_ID, key="b" * 40, host="127.0.0.1", port=6878
    ),
    engine_id=EngineId(CONTAINER),
    started_time=NOON,
)


class _Control:
    def __init__(self) -> None:
        self.stopped: list[str] = []

    async def stop(self, stream_id: str, cause: StopCause) -> None:
        assert cause is StopCause.PROGRAM
        if stream_id != "a" * 40:
            raise NotFound(stream_id)
        self.stopped.append(stream_id)


class _Reported:
    def __init__(self) -> None:
        self.stopped: list[str] = []

    def get(self, stream_id: str) -> ReportedStream | None:
        return REPORTED if stream_id == "k|s" else None

    async def stop(self, stream_id: str) -> ReportedStream:
        self.stopped.append(stream_id)
        return REPORTED


class _Parts:
    def __init__(self) -> None:
        self.sources = FakeSources()
        self.sources.own, self.sources.others = [stream_session()], (REPORTED,)
        self.own, self.reported = _Control(), _Reported()

    async def ask(self, path: str, method: str = "GET") -> tuple[int, Any]:
        routes = StreamRoutes(ContractFacts(self.sources), self.own, self.reported)
        async with serve(routes.endpoints()) as http:
            answer = await http.request(method, path)
            return answer.status, await answer.json()


@pytest.fixture
def parts() -> _Parts:
    return _Parts()


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", ["a" * 40, "k|s"]),
        ("?status=started", ["a" * 40, "k|s"]),
        ("?status=ended", []),
        (f"?container_id={CONTAINER}", ["a" * 40, "k|s"]),
        (f"?container_id={CONTAINER}&status=started", ["a" * 40, "k|s"]),
        ("?container_id=other", []),
        ("?container_id=", []),
    ],
)
async def test_streams_are_chosen(parts: _Parts, query: str, ids: list[str]) -> None:
    status, rows = await parts.ask(f"/api/v1/streams{query}")

    assert (status, [row["id"] for row in rows]) == (200, ids)


@pytest.mark.parametrize("query", ["?status=", "?status=x", "?status=started&status=ended"])
async def test_an_unknown_state_is_422(parts: _Parts, query: str) -> None:
    assert (await parts.ask(f"/streams{query}"))[0] == 422


async def test_a_stream_tells_how_it_does(parts: _Parts) -> None:
    _, (stat,) = await parts.ask(f"/streams/{'a' * 40}/stats")

    assert (stat["peers"], stat["speed_down"], stat["status"]) == (12, 500, "dl")
    assert await parts.ask(f"/streams/{'a' * 40}/stats?since=2100-01-01T00:00:00Z") == (200, [])


@pytest.mark.parametrize("stream_id", ["k%7Cs", "no%7Csuch"])
async def test_nothing_is_known_of_others(parts: _Parts, stream_id: str) -> None:
    assert await parts.ask(f"/streams/{stream_id}/stats?since=2026-01-01T00:00:00Z") == (200, [])
    assert (await parts.ask(f"/streams/{stream_id}/stats?since=x"))[0] == 422


async def test_the_place_of_a_broadcast_is_told(parts: _Parts) -> None:
    _, told = await parts.ask(f"/streams/{'a' * 40}/livepos")
    _, other = await parts.ask("/streams/k%7Cs/livepos")

    assert (told["has_livepos"], told["livepos"]["last_ts"]) == (True, 1_770_000_000)
    assert (other["has_livepos"], other["livepos"]) == (False, None)
    assert (await parts.ask("/streams/x/livepos"))[0] == 404


async def test_a_title_is_told_where_there_is_one(parts: _Parts) -> None:
    assert (await parts.ask(f"/streams/{'a' * 40}/extended-stats"))[1] == {"title": "News"}
    assert (await parts.ask("/streams/k%7Cs/extended-stats"))[1] == {}
    assert (await parts.ask("/streams/x/extended-stats"))[0] == 404


async def test_each_kind_of_stream_is_stopped_in_its_way(parts: _Parts) -> None:
    assert (await parts.ask(f"/streams/{'a' * 40}", "DELETE"))[0] == 200
    assert (await parts.ask("/streams/k%7Cs", "DELETE"))[0] == 200
    assert (await parts.ask("/streams/x", "DELETE"))[0] == 404

    assert (parts.own.stopped, parts.reported.stopped) == (["a" * 40], ["k|s"])


async def test_a_film_is_not_live(parts: _Parts) -> None:
    film = stream_session()._replace(session=None, stat=None, is_file=True)
    parts.sources.own = [film]

    row = (await parts.ask("/streams"))[1][0]

    assert (row["is_live"], row["stat_url"], row["peers"]) == (False, "", None)
