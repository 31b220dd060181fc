"""Engines over HTTP: found by id or name, and what is done with them."""

import dataclasses
import datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from acedesk.api.endpoints import routes_of
from acedesk.api.v2.engines import EngineRoutes, find_engine
from acedesk.errors import AceDeskError, BadRequest, Busy, BusyReason, NotFound
from acedesk.model.engine import REMOVED_BY_PROGRAM, BackendKind, EngineHealth, EngineId, EngineSpec
from acedesk.model.history import DayCourse
from acedesk.model.snapshot import EngineView
from acedesk.proxy.http.errors import errors_to_http

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
FIRST = EngineView(
    id=EngineId("ab" * 32),
    name="engine-1",
    backend=BackendKind.DOCKER,
    host="127.0.0.1",
    port=6878,
    health=EngineHealth.READY,
    container_id="ab" * 32,
)
SECOND = dataclasses.replace(FIRST, id=EngineId("ac" * 32), name="engine-2", container_id="ac" * 32)


class Application:
    """Notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []
        self.error: AceDeskError | None = None

    def _note(self, *asked: object) -> None:
        self.asked.append(asked)
        if self.error is not None:
            raise self.error

    async def provision(self, request_key: str = "") -> EngineSpec:
        self._note("add")
        return EngineSpec(
            id=EngineId("new"), name="engine-3", backend=BackendKind.DOCKER, host="h", port=1
        )

    async def drain(self, engine_id: EngineId) -> None:
        self._note("drain", engine_id)

    async def serve(self, engine_id: EngineId) -> None:
        self._note("serve", engine_id)

    async def replace(self, engine_id: EngineId) -> None:
        self._note("replace", engine_id)

    async def restart(self, engine_id: EngineId) -> None:
        self._note("restart", engine_id)

    async def remove(self, engine_id: EngineId, why: str) -> None:
        assert why == REMOVED_BY_PROGRAM
        self._note("remove", engine_id)

    async def read_log(self, engine_id: EngineId, lines: int = 500) -> str:
        self._note("log", engine_id, lines)
        return "one\ntwo\n"

    async def engine_day(self, engine_id: EngineId) -> DayCourse:
        self._note("day", engine_id)
        return DayCourse(end_time=NOON, interval=300, values={"cpu": (None, 0.5)})

    async def stream_day(self, stream_id: str) -> DayCourse:
        self._note("stream day", stream_id)
        return DayCourse(end_time=NOON, interval=300, values={})


@pytest.fixture
def application() -> Application:
    return Application()


def client(application: Application) -> TestClient[web.Request, web.Application]:
    made = web.Application(middlewares=[errors_to_http])
    made.add_routes(
        routes_of(EngineRoutes(lambda: (FIRST, SECOND), application, application).endpoints())
    )
    return TestClient(TestServer(made))


async def test_engines_are_listed_as_windows_show_them(application: Application) -> None:
    async with client(application) as http:
        told = await (await http.get("/api/v2/engines")).json()
        one = await (await http.get("/api/v2/engines/engine-2")).json()

    assert [engine["name"] for engine in told] == ["engine-1", "engine-2"]
    assert told[0]["score"] == {"value": 100, "starts": 0, "reasons": []}
    assert one["id"] == SECOND.id


@pytest.mark.parametrize("what", ["drain", "replace", "restart"])
async def test_what_is_done_with_an_engine(application: Application, what: str) -> None:
    async with client(application) as http:
        answer = await http.post(f"/api/v2/engines/engine-2/{what}")
        told = await answer.json()

    assert application.asked == [(what, SECOND.id)]
    assert (told["id"], told["name"]) == (SECOND.id, "engine-2")


async def test_one_that_is_drained_is_used_again(application: Application) -> None:
    async with client(application) as http:
        told = await (await http.post("/api/v2/engines/engine-2/undrain")).json()

    assert application.asked == [("serve", SECOND.id)]
    assert told == {"message": "undrained", "id": SECOND.id, "name": "engine-2"}


async def test_one_is_removed_and_one_added(application: Application) -> None:
    async with client(application) as http:
        removed = await (await http.delete(f"/api/v2/engines/{FIRST.id}")).json()
        added = await (await http.post("/api/v2/engines")).json()

    assert removed["message"] == "removed"
    assert added == {"message": "added", "id": "new", "name": "engine-3"}
    assert application.asked == [("remove", FIRST.id), ("add",)]


async def test_a_log_is_text_and_as_long_as_it_is_asked_for(application: Application) -> None:
    async with client(application) as http:
        answer = await http.get("/api/v2/engines/engine-1/log?lines=7")
        assert await answer.text() == "one\ntwo\n"
        assert answer.content_type == "text/plain"
        for lines in ("0", "x", "-1", "99999", "\u0663"):
            refused = await http.get("/api/v2/engines/engine-1/log", params={"lines": lines})
            assert refused.status == 400

    assert application.asked == [("log", FIRST.id, 7)]


async def test_a_day_is_given_for_engines_and_streams(application: Application) -> None:
    async with client(application) as http:
        day = await (await http.get("/api/v2/engines/engine-1/day")).json()
        await http.get("/api/v2/streams/s/day")

    assert day == {
        "end_time": "2026-01-01T12:00:00Z",
        "interval": 300,
        "values": {"cpu": [None, 0.5]},
    }
    assert application.asked == [("day", FIRST.id), ("stream day", "s")]


async def test_what_cannot_be_is_told(application: Application) -> None:
    application.error = Busy(BusyReason.MAX_CAPACITY)

    async with client(application) as http:
        assert (await http.post("/api/v2/engines")).status == 503
        assert (await http.post("/api/v2/engines/nobody/drain")).status == 404


def test_an_engine_is_found_by_id_name_or_begin_of_its_container() -> None:
    engines = (FIRST, SECOND)

    assert find_engine(engines, FIRST.id) is FIRST
    assert find_engine(engines, "engine-2") is SECOND
    assert find_engine(engines, "abab") is FIRST
    for nobody in ("aba", "engine", ""):
        with pytest.raises(NotFound):
            find_engine(engines, nobody)


def test_a_name_that_means_several_is_refused() -> None:
    twin = dataclasses.replace(SECOND, name="engine-1")

    with pytest.raises(BadRequest):
        find_engine((FIRST, twin), "engine-1")
