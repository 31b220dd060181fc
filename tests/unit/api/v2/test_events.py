"""Events over HTTP: what is new, and nothing that was asked for wrongly."""

import datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from acedesk import tasks
from acedesk.api.endpoints import routes_of
from acedesk.api.v2.events import EventRoutes
from acedesk.model.event import EventKind
from acedesk.observe.event_log import EventLog
from acedesk.proxy.http.errors import errors_to_http
from tests.fakes.loop_steps import until

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


@pytest.fixture
def log() -> EventLog:
    return EventLog(lambda: NOON)


def client(log: EventLog) -> TestClient[web.Request, web.Application]:
    application = web.Application(middlewares=[errors_to_http])
    application.add_routes(routes_of(EventRoutes(log).endpoints()))
    return TestClient(TestServer(application))


async def test_events_are_given_from_a_number_on(log: EventLog) -> None:
    log.note(EventKind.ENGINE_ADDED, "e", name="engine-1")
    log.note(EventKind.STREAM_FAILED_OVER, "s", cause="engine_stalled", lost_packets=None)

    async with client(log) as http:
        answer = await http.get("/api/v2/events?since=1")
        told = await answer.json()

    assert answer.headers["Cache-Control"] == "no-store"
    assert told == {
        "newest": 2,
        "events": [
            {
                "number": 2,
                "time": "2026-01-01T12:00:00Z",
                "kind": "stream_failed_over",
                "subject": "s",
                "cause": "engine_stalled",
                "data": {"lost_packets": None},
            }
        ],
    }


async def test_all_are_given_without_a_number(log: EventLog) -> None:
    async with client(log) as http:
        assert await (await http.get("/api/v2/events")).json() == {"newest": 0, "events": []}


@pytest.mark.parametrize("since", ["", "-1", "x", "1.5", "\u0663", "9" * 19])
async def test_what_is_no_number_is_refused(log: EventLog, since: str) -> None:
    async with client(log) as http:
        answer = await http.get("/api/v2/events", params={"since": since})

    assert answer.status == 400


async def test_they_are_read_only_and_ours_alone(log: EventLog) -> None:
    async with client(log) as http:
        assert (await http.delete("/api/v2/events")).status == 405
        assert (await http.get("/events")).status == 404


async def _get(http: TestClient[web.Request, web.Application], path: str) -> Any:
    return await (await http.get(path)).json()


async def test_a_request_may_wait_for_the_next_event(log: EventLog) -> None:
    log.note(EventKind.ENGINE_ADDED, "e")

    async with client(log) as http:
        asking = tasks.spawn(_get(http, "/api/v2/events?since=1&wait=20"), name="ask")
        await until(lambda: bool(log.added._slots))
        log.note(EventKind.ENGINE_REMOVED, "e")
        told = await asking

    assert [event["kind"] for event in told["events"]] == ["engine_removed"]


async def test_a_wait_that_is_no_number_is_refused(log: EventLog) -> None:
    async with client(log) as http:
        answer = await http.get("/api/v2/events?wait=soon")

        assert answer.status == 400
        assert (await answer.json())["error"] == "wait is a whole number."
