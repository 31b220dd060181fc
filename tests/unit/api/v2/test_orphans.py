"""Engines of other AceDesks over HTTP."""

import dataclasses
import datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from acedesk.api.endpoints import routes_of
from acedesk.api.v2.orphans import OrphanRoutes
from acedesk.model.engine import BackendId
from acedesk.model.snapshot import OrphanView
from acedesk.proxy.http.errors import errors_to_http

NOW = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
ORPHAN = OrphanView(
    container_id="ab" * 32,
    name="engine-1",
    backend_id=BackendId("docker:local"),
    instance="another",
    image="engine:1",
    running=True,
    created_time=NOW,
)


class Orphans:
    """Notes what is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bool]] = []

    async def take_over(self, container_id: str, *, confirmed: bool) -> None:
        self.asked.append(("take over", container_id, confirmed))

    async def remove_orphan(self, container_id: str, *, confirmed: bool) -> None:
        self.asked.append(("remove", container_id, confirmed))


def client(orphans: Orphans) -> TestClient[web.Request, web.Application]:
    application = web.Application(middlewares=[errors_to_http])
    application.add_routes(routes_of(OrphanRoutes(lambda: (ORPHAN,), orphans).endpoints()))
    return TestClient(TestServer(application))


async def test_they_are_listed_with_all_that_tells_them_apart() -> None:
    async with client(Orphans()) as http:
        rows = await (await http.get("/api/v2/orphans")).json()

    assert rows == [{**dataclasses.asdict(ORPHAN), "created_time": "2026-03-01T12:00:00Z"}]


@pytest.mark.parametrize(
    ("query", "confirmed"), [("", False), ("?confirm=false", False), ("?confirm=true", True)]
)
async def test_one_is_taken_over_or_removed_on_request(query: str, confirmed: bool) -> None:
    orphans = Orphans()
    async with client(orphans) as http:
        taken = await http.post(f"/api/v2/orphans/x/take-over{query}")
        removed = await http.delete(f"/api/v2/orphans/x{query}")

    assert (taken.status, removed.status) == (200, 200)
    assert orphans.asked == [("take over", "x", confirmed), ("remove", "x", confirmed)]


async def test_a_confirmation_that_makes_no_sense_is_refused() -> None:
    orphans = Orphans()
    async with client(orphans) as http:
        answer = await http.delete("/api/v2/orphans/x?confirm=perhaps")

    assert (answer.status, orphans.asked) == (400, [])
