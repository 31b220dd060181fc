"""Spans of starts, provisions and failovers for a collector of OpenTelemetry.

Only with the extra `acedesk[otel]`, and where its own variables name a collector
(OTEL_EXPORTER_OTLP_ENDPOINT). This is the one place that imports `opentelemetry`; its exporter has
a thread of its own, and nobody waits for it.
"""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from acedesk import __version__, trace
from acedesk.trace import Span, Trace

logger = logging.getLogger(__name__)

# As OpenTelemetry names them; without one of them nothing is loaded.
WANTED_BY: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
DISABLED_BY: Final = "OTEL_SDK_DISABLED"
# Milliseconds for what waits, when AceDesk ends.
CLOSE_LIMIT: Final = 2000

# Hands a span on; ends the export.
Exporter = tuple[Callable[[Span], None], Callable[[], None]]


def is_wanted(environ: Mapping[str, str]) -> bool:
    """Tell whether a collector is named."""
    disabled = environ.get(DISABLED_BY, "").strip().lower() == "true"
    return not disabled and any(environ.get(name, "").strip() for name in WANTED_BY)


async def run(environ: Mapping[str, str] = os.environ) -> None:
    """Export spans until cancelled; do nothing where no collector is named."""
    exporter = await asyncio.to_thread(_make_exporter) if is_wanted(environ) else None
    if exporter is None:
        await asyncio.get_running_loop().create_future()
        return
    export, close = exporter
    try:
        with trace.exporting(export):
            await asyncio.get_running_loop().create_future()
    finally:
        await asyncio.to_thread(close)


def _make_exporter() -> Exporter | None:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        logger.warning(
            "a collector of spans is named and cannot be used: install the extra acedesk[otel]"
        )
        return None
    resource = Resource.create({"service.name": "acedesk", "service.version": __version__})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = provider.get_tracer("acedesk", __version__)
    logger.info("spans are exported")

    def close() -> None:
        provider.force_flush(CLOSE_LIMIT)
        provider.shutdown()

    return lambda span: _export(tracer, span), close


def _export(tracer: Any, span: Span) -> None:
    from opentelemetry.trace import StatusCode

    now = time.time_ns()
    made = tracer.start_span(
        span.name,
        context=None if span.trace is None else _context_of(span.trace),
        start_time=now - round(span.seconds * 1e9),
        attributes=dict(span.attributes),
    )
    if span.failure:
        made.set_status(StatusCode.ERROR, span.failure)
    made.end(now)


def _context_of(asked_by: Trace) -> Any:
    """Return the context whose span is the parent."""
    from opentelemetry.trace import (
        NonRecordingSpan,
        SpanContext,
        TraceFlags,
        set_span_in_context,
    )

    parent = SpanContext(
        trace_id=int(asked_by.id, 16),
        span_id=int(asked_by.parent, 16),
        is_remote=True,
        trace_flags=TraceFlags(int(asked_by.flags, 16)),
    )
    return set_span_in_context(NonRecordingSpan(parent))
