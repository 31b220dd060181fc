"""Trying a link over HTTP."""

import datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from acedesk.api.endpoints import routes_of
from acedesk.api.v2.link_tests import LinkTestRoutes
from acedesk.errors import EngineRefused, NoSpareEngine
from acedesk.model.content import Link
from acedesk.model.history import LinkTestResult
from acedesk.proxy.http.errors import errors_to_http

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


class Application:
    """Tries links as it is told."""

    def __init__(self) -> None:
        self.tried: list[Link] = []
        self.busy = False

    async def test(self, link: Link) -> LinkTestResult:
        self.tried.append(link)
        if self.busy:
            raise NoSpareEngine(1)
        return LinkTestResult(
            stream_id=link.key.stream_id,
            title=link.title,
            time=NOON,
            engine_name="engine-1",
            error=EngineRefused("no"),
        )

    async def link_tests(self, count: int) -> list[str]:
        return ['{"plays": true}', '{"plays": false}']


@pytest.fixture
def application() -> Application:
    return Application()


def client(application: Application) -> TestClient[web.Request, web.Application]:
    made = web.Application(middlewares=[errors_to_http])
    made.add_routes(routes_of(LinkTestRoutes(application, application).endpoints()))
    return TestClient(TestServer(made))


async def test_a_link_is_tried_and_the_result_has_words(application: Application) -> None:
    async with client(application) as http:
        answer = await http.post("/api/v2/tests", json={"link": f"acestream://{'a' * 40}"})
        told = await answer.json()

    assert answer.status == 200
    assert application.tried[0].key.value == "a" * 40
    assert told["plays"] is False
    assert told["sentence"].startswith("It does not play.")
    assert told["error"]["code"] == "engine_refused"


async def test_without_a_spare_engine_it_says_so(application: Application) -> None:
    application.busy = True

    async with client(application) as http:
        answer = await http.post("/api/v2/tests", json={"link": "a" * 40})
        told = await answer.json()

    assert answer.status == 503
    assert told["code"] == "no_spare_engine"
    assert "a test would disturb that" in told["error"]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"link": 5}', b"{", b'{"link": "nothing"}'])
async def test_what_is_no_link_is_refused(application: Application, body: bytes) -> None:
    async with client(application) as http:
        assert (await http.post("/api/v2/tests", data=body)).status == 400
    assert application.tried == []


async def test_the_last_results_are_listed(application: Application) -> None:
    async with client(application) as http:
        told = await (await http.get("/api/v2/tests")).json()

    assert told == [{"plays": True}, {"plays": False}]
