"""`/metrics` over HTTP: the same at each of its addresses, never kept, for reading only."""

import threading

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from acedesk.api import metrics_routes
from acedesk.api.endpoints import routes_of
from acedesk.api.metrics_routes import MetricsRoutes
from acedesk.api.openapi import build_document
from acedesk.application.figures import Figures
from acedesk.proxy.http.errors import errors_to_http


class Writer:
    """Writes what it is given in a few words.

    Attributes:
        made: How many were made.
        reads_at_once: Whether the process is read on the loop.
    """

    made = 0
    reads_at_once = False

    def __init__(self) -> None:
        Writer.made += 1

    def read_process(self) -> list[int]:
        assert (threading.current_thread() is threading.main_thread()) is Writer.reads_at_once
        return [1]

    def write(self, figures: Figures, process: list[int], accept: str) -> tuple[bytes, str]:
        assert process == [1]
        return f"{figures.clients} for {accept}\n".encode(), "text/plain; version=0.0.4"


@pytest.fixture(autouse=True)
def _writer(monkeypatch: pytest.MonkeyPatch) -> None:
    Writer.made = 0
    monkeypatch.setattr(metrics_routes, "_make_writer", Writer)


def client(clients: int = 0) -> TestClient[web.Request, web.Application]:
    application = web.Application(middlewares=[errors_to_http])
    figures = Figures(streams={}, engines={}, clients=clients)
    metrics = MetricsRoutes(lambda: figures)
    application.add_routes([*routes_of(metrics.endpoints()), *metrics.more_routes()])
    return TestClient(TestServer(application))


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/api/v1/metrics", "/api/v1/metrics/"])
async def test_all_addresses_give_the_same(path: str) -> None:
    async with client(7) as http:
        answer = await http.get(path, headers={"Accept": "text/plain"})
        text = await answer.text()

    assert (answer.status, text) == (200, "7 for text/plain\n")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("at_once", [True, False])
async def test_what_takes_long_to_read_is_read_in_a_thread(
    at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Writer, "reads_at_once", at_once)
    async with client(7) as http:
        assert (await http.get("/metrics")).status == 200


async def test_what_writes_is_made_once_and_not_before_it_is_needed() -> None:
    async with client() as http:
        before = Writer.made
        for _ in range(3):
            await (await http.get("/metrics")).read()

    assert (before, Writer.made) == (0, 1)


async def test_it_is_for_reading_only() -> None:
    async with client() as http:
        assert (await http.post("/metrics")).status == 405
        assert (await http.head("/metrics")).status == 200


def test_it_is_described_with_both_of_its_formats() -> None:
    figures = Figures(streams={}, engines={})

    document = build_document(MetricsRoutes(lambda: figures).endpoints())

    assert list(document["paths"]) == ["/metrics", "/api/v1/metrics"]
    answer = document["paths"]["/metrics"]["get"]["responses"]["200"]
    assert list(answer["content"]) == ["text/plain", "application/openmetrics-text"]
