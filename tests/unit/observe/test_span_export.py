"""Spans that are exported to a collector of OpenTelemetry."""

import gzip
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from acedesk import tasks, trace
from acedesk.observe import span_export
from tests.fakes.loop_steps import until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


class Collector:
    """Takes what is exported."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.resources: set[str] = set()

    async def take(self, request: web.Request) -> web.Response:
        data = await request.read()
        if request.headers.get("Content-Encoding") == "gzip":
            data = gzip.decompress(data)
        for group in ExportTraceServiceRequest.FromString(data).resource_spans:
            self.resources |= {one.value.string_value for one in group.resource.attributes}
            self.spans += [span for scope in group.scope_spans for span in scope.spans]
        return web.Response()


@pytest.fixture
async def collector(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    made = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", made.take)
    async with TestServer(app) as server:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", str(server.make_url("")).rstrip("/"))
        yield made


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://x"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "true"}, False),
    ],
)
def test_a_collector_has_to_be_named(environ: dict[str, str], wanted: bool) -> None:
    assert span_export.is_wanted(environ) is wanted


async def test_what_ends_while_it_runs_is_exported_with_its_trace(collector: Collector) -> None:
    task = tasks.spawn(span_export.run(), name="spans")
    await until(lambda: bool(trace._exporters))

    with trace.following({trace.PARENT: f"00-{TRACE}-{PARENT}-01"}):
        trace.ended("start", 1.5, engine="one")
    trace.ended("provision", 2.0, failure="busy")
    await tasks.cancel(task)

    start, provision = collector.spans
    assert "acedesk" in collector.resources
    assert (start.name, start.trace_id.hex(), start.parent_span_id.hex()) == (
        "start",
        TRACE,
        PARENT,
    )
    assert start.end_time_unix_nano - start.start_time_unix_nano == pytest.approx(1.5e9)
    assert [(one.key, one.value.string_value) for one in start.attributes] == [("engine", "one")]
    assert (provision.name, provision.status.message) == ("provision", "busy")
    assert provision.status.code == Status.STATUS_CODE_ERROR
    assert provision.parent_span_id == b""


async def test_without_a_collector_nothing_is_exported() -> None:
    task = tasks.spawn(span_export.run({}), name="spans")
    await tasks.sleep(0)

    assert trace._exporters == []
    await tasks.cancel(task)
