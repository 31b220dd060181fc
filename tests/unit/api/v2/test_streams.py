"""Where our own routes stand."""

import dataclasses
import datetime
import json
from array import array
from collections.abc import Iterator
from functools import partial

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from acedesk.api import wire
from acedesk.api.endpoints import routes_of
from acedesk.api.v2.stream_rows import StreamRows
from acedesk.api.v2.streams import StreamRoutes
from acedesk.application.reads import StreamRead
from acedesk.errors import NotFound
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.diagnosis import Action, Cause, Diagnosis, Severity
from acedesk.model.event import StopCause
from acedesk.model.history import Course, StreamHistory
from acedesk.model.snapshot import Snapshot, StreamState, StreamView
from acedesk.proxy.http.errors import errors_to_http

NOW = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
FINE = Diagnosis(cause=Cause.FINE, severity=Severity.GOOD, action=Action.NONE)
EMPTY = Snapshot(time=NOW, version="1", base_url="http://127.0.0.1:8080")


class Control:
    """Knows no stream and makes no engine."""

    async def stop(self, stream_id: str, cause: StopCause) -> None:
        assert cause is StopCause.PROGRAM
        raise NotFound(stream_id)

    async def switch_engine(self, stream_id: str) -> None:
        raise NotFound(stream_id)


class Reads:
    """The streams there are."""

    def __init__(self, *views: StreamView) -> None:
        self.views = views

    def find(self, stream_id: str) -> StreamView | None:
        return next((view for view in self.views if view.id == stream_id), None)

    def diagnoses(self) -> Iterator[tuple[str, str, Diagnosis | None]]:
        return iter([(view.id, view.name, view.diagnosis) for view in self.views])

    def each(self) -> Iterator[StreamRead]:
        return iter([StreamRead(view.id, object(), partial(_same, view)) for view in self.views])


def _same(view: StreamView) -> StreamView:
    return view


def client(*views: StreamView) -> TestClient[web.Request, web.Application]:
    reads = Reads(*views)
    routes = StreamRoutes(lambda: EMPTY, reads, StreamRows(reads.each), Control())
    application = web.Application(middlewares=[errors_to_http])
    application.add_routes(routes_of(routes.endpoints()))
    return TestClient(TestServer(application))


def make_view(digit: str) -> StreamView:
    key = StreamKey(KeyKind.CONTENT_ID, digit * 40)
    return StreamView(
        id=key.stream_id,
        key=key,
        name=digit,
        state=StreamState.PLAYING,
        started_time=NOW,
        bit_rate=5e6,
        rate_history=array("d", (1 / 3, 5e6)),
        speed_up=1000.0,
        history=StreamHistory(hour=Course(interval=12.0, rate=(5e6,))),
        diagnosis=FINE,
    )


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
    async with client(make_view("a")) as http:
        answer = await http.get("/api/v2/diagnosis")

        assert await answer.json() == [
            {"stream_id": "a" * 40, "name": "a", "diagnosis": wire.diagnosis(FINE)}
        ]


async def test_everything_has_all_streams_and_the_sums_of_their_rates() -> None:
    views = (make_view("a"), make_view("b"))
    whole = dataclasses.replace(EMPTY, streams=views, rate_in=1e7, rate_up=2000.0)

    async with client(*views) as http:
        told = await (await http.get("/api/v2/snapshot")).json()

    assert told == json.loads(wire.text(whole))


async def test_a_stream_is_told_alike_in_the_list_and_by_itself() -> None:
    view = make_view("a")
    async with client(view) as http:
        (listed,) = await (await http.get("/api/v2/streams")).json()
        alone = await (await http.get(f"/api/v2/streams/{view.id}")).json()
        course = await (await http.get(f"/api/v2/streams/{view.id}/history")).json()

    assert listed == alone == json.loads(wire.stream_text(view))
    assert course["hour"] == {"interval": 12.0, "rate": [5e6], "buffer": []}
