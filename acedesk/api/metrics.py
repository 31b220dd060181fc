"""Figures as Prometheus reads them: our own names, and those of acestream-orchestrator.

Labels have a few fixed values only; no stream, client or engine has series of its own. This is the
one place that imports `prometheus_client`. It takes a tenth of a second and 5 MB, so
`acedesk.api.metrics_routes` imports it when somebody asks for metrics first.
"""

import itertools
import mmap
import pathlib
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
    StateSetMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from acedesk import __version__
from acedesk.api.orchestrator.status import VPN_HEALTH
from acedesk.application.figures import Figures
from acedesk.model.engine import EngineState
from acedesk.model.snapshot import StreamState
from acedesk.model.totals import OrchestratorFigures

MEBI: Final = 1 << 20

# The words of `VPN_HEALTH`.
_HEALTHS: Final = ("healthy", "unhealthy", "unknown", "disabled", "starting")
_HEALTHY: Final = (EngineState.READY, EngineState.DRAINING)
_UNHEALTHY: Final = (EngineState.UNHEALTHY, EngineState.STOPPED)


class MetricsText:
    """Writes what one scrape gets.

    Attributes:
        reads_at_once: What the system tells of this process is there at once, in 0.1 ms.
    """

    def __init__(self) -> None:
        # Of a registry of its own: what a library registers globally is not ours to show.
        self._process = CollectorRegistry()
        for collector in (PlatformCollector, GCCollector):
            collector(registry=self._process)
        self._process.register(_OwnProcess())
        self.reads_at_once = count_open_files() > 0

    def read_process(self) -> list[Metric]:
        """Return what the system tells of this process; some list all that it has open for that."""
        return list(self._process.collect())

    def write(self, figures: Figures, process: Iterable[Metric], accept: str) -> tuple[bytes, str]:
        """Return the text and its content type, in the format that `accept` asks for."""
        encode, content_type = choose_encoder(accept)
        text: bytes = encode(_Families(figures, process))
        return text, str(content_type)


class _OwnProcess(Collector):
    """What the library tells of a process, but its open files are not listed.

    To list a thousand gives the interpreter to the loop and takes it back a thousand times: both
    were held up, each scrape for milliseconds. Linux tells their number from 6.2 on; on others the
    library does it all.
    """

    def __init__(self) -> None:
        self._library = ProcessCollector(registry=None)
        first = {one.name: one for one in self._library.collect()}
        self._start = first.get("process_start_time_seconds")
        self._limit = first.get("process_max_fds")

    def collect(self) -> Iterator[Metric]:
        """Yield it."""
        count = count_open_files()
        if not count or self._start is None or self._limit is None:
            yield from self._library.collect()
            return
        used = resource_use()
        yield _gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", used[0])
        yield _gauge("process_resident_memory_bytes", "Resident memory size in bytes.", used[1])
        yield self._start
        yield CounterMetricFamily(
            "process_cpu_seconds", "Total user and system CPU time spent in seconds.", used[2]
        )
        yield _gauge("process_open_fds", "Number of open file descriptors.", count)
        yield self._limit


def count_open_files() -> int:
    """Return how many files this process has open, 0 where the system does not tell at once."""
    try:
        return pathlib.Path("/proc/self/fd").stat().st_size
    except OSError:
        return 0


def resource_use() -> tuple[float, float, float]:
    """Return virtual and resident memory in bytes, and seconds of the processor, on Linux."""
    pages = pathlib.Path("/proc/self/statm").read_text("ascii").split()[:2]
    virtual, resident = (int(count) * mmap.PAGESIZE for count in pages)
    return virtual, resident, time.process_time()


class _Families:
    def __init__(self, figures: Figures, process: Iterable[Metric]) -> None:
        self._figures = figures
        self._process = process

    def collect(self) -> Iterator[Metric]:
        """Yield everything."""
        yield from families(self._figures)
        yield from self._process


def families(figures: Figures) -> Iterator[Metric]:
    """Yield what AceDesk tells of itself."""
    yield from _own_gauges(figures)
    yield from _own_sharing(figures)
    yield from _own_counters(figures)
    if figures.orchestrator is not None:
        yield from _remote_orchestrator(figures.orchestrator)
    yield from _orchestrator_traffic(figures)
    yield from _orchestrator_engines(figures)
    yield from _orchestrator_vpn(figures)


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)


def _by_state(name: str, about: str, counts: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, about, labels=("state",))
    for state, count in counts.items():
        family.add_metric((state,), count)
    return family


def _own_gauges(figures: Figures) -> Iterator[Metric]:
    yield InfoMetricFamily("acedesk_build", "The AceDesk that runs", value={"version": __version__})
    yield _gauge("acedesk_streams", "Streams and files that are open", figures.active_streams)
    states = {one.value: figures.streams.get(one, 0) for one in StreamState}
    yield _by_state("acedesk_stream_states", "Streams and files in each state", states)
    yield _gauge("acedesk_clients", "Players connected", figures.clients)
    yield _gauge(
        "acedesk_paused_clients", "Players connected that take nothing", figures.paused_clients
    )
    yield _gauge("acedesk_engines", "Engines known", sum(figures.engines.values()))
    engines = {one.value: figures.engines.get(one, 0) for one in EngineState}
    yield _by_state("acedesk_engine_states", "Engines in each state", engines)
    yield _gauge("acedesk_buffer_bytes", "Media held for players", figures.buffer_bytes)
    yield _gauge(
        "acedesk_loop_lag_seconds",
        "What calls to the event loop wait, 99th percentile of the last minute",
        figures.loop_lag,
    )


def _own_sharing(figures: Figures) -> Iterator[Metric]:
    """Yield how it is with other AceDesks; nothing where no Redis is set."""
    sharing = figures.sharing
    if sharing is None:
        return
    yield _gauge("acedesk_redis_up", "Redis answered when it was asked last", sharing.is_up)
    yield _gauge("acedesk_other_proxies", "Other AceDesks on this Redis", len(sharing.others))
    yield _gauge(
        "acedesk_taken_streams",
        "Streams and files that are taken from other AceDesks",
        figures.carried_by_others,
    )


def _own_counters(figures: Figures) -> Iterator[Metric]:
    totals = figures.totals
    for name, about, value in (
        ("received_bytes", "Media from engines", totals.received_bytes),
        ("sent_bytes", "Media written to players", totals.sent_bytes),
        ("failovers", "Times a stream went on with another session", totals.failovers),
        ("asked_starts", "Times an engine was asked for a session", totals.starts),
        ("sessions", "Sessions that engines opened", totals.sessions),
        ("opened_streams", "Streams and files begun", totals.streams),
        ("joined_clients", "Players that joined", totals.clients),
        ("client_skips", "Times a player fell behind and was moved ahead", totals.skips),
        ("swarm_received_bytes", "What engines had from the swarms", totals.downloaded_bytes),
        ("swarm_sent_bytes", "What engines gave to the swarms", totals.uploaded_bytes),
    ):
        yield CounterMetricFamily(f"acedesk_{name}", about, value=value)
    starts = CounterMetricFamily(
        "acedesk_starts", "Starts on engines that came to an end, by result", labels=("result",)
    )
    starts.add_metric(("ok",), totals.played_starts)
    starts.add_metric(("failed",), totals.failed_starts)
    yield starts


def _remote_orchestrator(figures: OrchestratorFigures) -> Iterator[Metric]:
    """Yield how it goes with the orchestrator on another address."""
    requests = figures.requests
    yield _gauge("acedesk_orchestrator_up", "The orchestrator can be used", figures.usable)
    yield _gauge(
        "acedesk_orchestrator_live", "It tells of changes by itself, over a WebSocket", figures.live
    )
    yield _gauge("acedesk_orchestrator_engines", "Engines that it told of last", figures.engines)
    yield _gauge(
        "acedesk_orchestrator_waiting_reports",
        "Reports of streams that it has not taken yet",
        figures.waiting_reports,
    )
    answers = CounterMetricFamily(
        "acedesk_orchestrator_requests", "Requests to the orchestrator", labels=("outcome",)
    )
    for outcome, count in requests.outcomes.items():
        answers.add_metric((outcome,), count)
    yield answers
    yield CounterMetricFamily(
        "acedesk_orchestrator_retries", "Requests asked again", value=requests.retries
    )
    yield CounterMetricFamily(
        "acedesk_orchestrator_hedged_requests",
        "Requests asked beside one that took long",
        value=requests.hedged,
    )
    sums = itertools.accumulate(requests.buckets)
    names = (*map(str, requests.bounds), "+Inf")
    yield HistogramMetricFamily(
        "acedesk_orchestrator_request_seconds",
        "What requests to the orchestrator took",
        buckets=list(zip(names, sums, strict=True)),
        sum_value=requests.seconds,
    )


# What dashboards of acestream-orchestrator add up: one sample each, without labels.


def _orchestrator_traffic(figures: Figures) -> Iterator[Metric]:
    totals = figures.totals
    down, up = totals.downloaded_bytes, totals.uploaded_bytes
    yield _gauge("orch_total_uploaded_bytes", "Bytes that engines gave to the swarms", up)
    yield _gauge("orch_total_downloaded_bytes", "Bytes that engines had from the swarms", down)
    yield _gauge("orch_total_uploaded_mb", "The same in MiB", up / MEBI)
    yield _gauge("orch_total_downloaded_mb", "The same in MiB", down / MEBI)
    yield _gauge("orch_total_upload_speed_mbps", "Upload now, MiB/s", figures.speed_up / 8 / MEBI)
    yield _gauge(
        "orch_total_download_speed_mbps", "Download now, MiB/s", figures.speed_down / 8 / MEBI
    )
    yield _gauge("orch_total_peers", "Peers of all streams", figures.peers)
    streams = figures.active_streams + figures.reported_streams
    yield _gauge("orch_total_streams", "Streams that are open", streams)
    yield CounterMetricFamily(
        "orch_stale_streams_detected",
        "Times a stream's engine was found to have failed and another session carried it on",
        value=totals.failovers,
    )


def _orchestrator_engines(figures: Figures) -> Iterator[Metric]:
    engines = figures.engines
    healthy, unhealthy = (
        sum(engines.get(state, 0) for state in states) for states in (_HEALTHY, _UNHEALTHY)
    )
    yield _gauge("orch_healthy_engines", "Engines that answer", healthy)
    yield _gauge("orch_unhealthy_engines", "Engines that do not answer", unhealthy)
    yield _gauge("orch_used_engines", "Engines with a stream", figures.used_engines)
    yield _gauge("orch_extra_engines", "Engines beyond min_engines", figures.extra_engines)


def _orchestrator_vpn(figures: Figures) -> Iterator[Metric]:
    health = VPN_HEALTH[figures.vpn]
    # There is one VPN; the second of the orchestrator's redundant mode is off.
    for name, about, now in (
        ("orch_vpn_health", "Health of the VPN", health),
        ("orch_vpn1_health", "Health of the first VPN", health),
        ("orch_vpn2_health", "Health of the second VPN", "disabled"),
    ):
        states = {one: one == now for one in _HEALTHS}
        yield StateSetMetricFamily(name, about, value=states)
    yield _gauge("orch_vpn1_engines", "Engines behind the first VPN", figures.vpn_engines)
    yield _gauge("orch_vpn2_engines", "Engines behind the second VPN", 0)
