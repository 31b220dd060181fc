"""The names that Prometheus and dashboards see, and what stands behind them."""

import dataclasses
import json
import pathlib
import re
import subprocess
import time

import pytest
from prometheus_client import ProcessCollector
from prometheus_client.parser import text_string_to_metric_families

from acedesk.api import metrics
from acedesk.api.metrics import MetricsText, families
from acedesk.application.figures import Figures
from acedesk.model.engine import EngineState
from acedesk.model.sharing.view import OtherProxyView, SharingView
from acedesk.model.snapshot import StreamState, VpnState
from acedesk.model.totals import OrchestratorFigures, RequestFigures, Totals
from tests.needs import need_program

DASHBOARD = pathlib.Path(__file__).parents[3] / "resources" / "grafana" / "acedesk.json"
FIGURES = Figures(
    streams={StreamState.PLAYING: 3, StreamState.FAILED: 1},
    engines={EngineState.READY: 2, EngineState.DRAINING: 1, EngineState.UNHEALTHY: 1},
    clients=5,
    paused_clients=1,
    used_engines=2,
    vpn_engines=2,
    extra_engines=1,
    peers=21,
    speed_down=8 * 3 * 1024 * 1024.0,
    speed_up=8 * 512 * 1024.0,
    buffer_bytes=4096,
    vpn=VpnState.CONNECTING,
    loop_lag=0.25,
    totals=Totals(
        received_bytes=10,
        sent_bytes=30,
        starts=7,
        failed_starts=2,
        played_starts=4,
        sessions=6,
        failovers=1,
        streams=4,
        clients=9,
        skips=8,
        downloaded_bytes=5 << 20,
        uploaded_bytes=1 << 19,
    ),
)
# Their names are a contract, and promtool takes "_mb" for a unit that should be written out.
CONTRACT_NAMES = ("orch_total_uploaded_mb", "orch_total_downloaded_mb")


def write(writer: MetricsText, figures: Figures, accept: str) -> tuple[bytes, str]:
    return writer.write(figures, writer.read_process(), accept)


def samples(figures: Figures = FIGURES, accept: str = "") -> dict[str, float]:
    """Return the value of each series by its name and labels."""
    text, _ = write(MetricsText(), figures, accept)
    return {
        one.name + "".join(f"[{value}]" for value in one.labels.values()): one.value
        for family in text_string_to_metric_families(text.decode())
        for one in family.samples
    }


def test_our_own_names_tell_the_figures() -> None:
    found = samples()

    expected = {
        "acedesk_streams": 3,
        "acedesk_stream_states[playing]": 3,
        "acedesk_stream_states[failed]": 1,
        "acedesk_stream_states[idle]": 0,
        "acedesk_clients": 5,
        "acedesk_paused_clients": 1,
        "acedesk_engines": 4,
        "acedesk_engine_states[draining]": 1,
        "acedesk_engine_states[stopped]": 0,
        "acedesk_buffer_bytes": 4096,
        "acedesk_loop_lag_seconds": 0.25,
        "acedesk_received_bytes_total": 10,
        "acedesk_sent_bytes_total": 30,
        "acedesk_failovers_total": 1,
        "acedesk_starts_total[ok]": 4,
        "acedesk_starts_total[failed]": 2,
        "acedesk_asked_starts_total": 7,
        "acedesk_sessions_total": 6,
        "acedesk_opened_streams_total": 4,
        "acedesk_joined_clients_total": 9,
        "acedesk_client_skips_total": 8,
        "acedesk_swarm_received_bytes_total": 5 << 20,
        "acedesk_swarm_sent_bytes_total": 1 << 19,
    }
    assert {name: found.get(name) for name in expected} == expected


REMOTE = OrchestratorFigures(
    usable=True,
    engines=3,
    waiting_reports=7,
    requests=RequestFigures(
        outcomes={"ok": 5, "silent": 2},
        retries=2,
        hedged=1,
        seconds=2.5,
        bounds=(0.1, 1.0),
        buckets=(4, 2, 1),
    ),
)


def test_requests_to_an_orchestrator_are_told_by_outcome_and_by_what_they_took() -> None:
    assert not any("acedesk_orchestrator" in name for name in samples())

    found = samples(dataclasses.replace(FIGURES, orchestrator=REMOTE))

    expected = {
        "acedesk_orchestrator_up": 1,
        "acedesk_orchestrator_live": 0,
        "acedesk_orchestrator_engines": 3,
        "acedesk_orchestrator_waiting_reports": 7,
        "acedesk_orchestrator_requests_total[ok]": 5,
        "acedesk_orchestrator_requests_total[silent]": 2,
        "acedesk_orchestrator_retries_total": 2,
        "acedesk_orchestrator_hedged_requests_total": 1,
        "acedesk_orchestrator_request_seconds_bucket[0.1]": 4,
        "acedesk_orchestrator_request_seconds_bucket[1.0]": 6,
        "acedesk_orchestrator_request_seconds_bucket[+Inf]": 7,
        "acedesk_orchestrator_request_seconds_count": 7,
        "acedesk_orchestrator_request_seconds_sum": 2.5,
    }
    assert {name: found.get(name) for name in expected} == expected


def test_the_orchestrators_names_have_its_units() -> None:
    found = {name: value for name, value in samples().items() if name.startswith("orch_")}

    assert {name: value for name, value in found.items() if "vpn" not in name} == {
        "orch_total_uploaded_bytes": 1 << 19,
        "orch_total_downloaded_bytes": 5 << 20,
        "orch_total_uploaded_mb": 0.5,
        "orch_total_downloaded_mb": 5,
        "orch_total_upload_speed_mbps": 0.5,
        "orch_total_download_speed_mbps": 3,
        "orch_total_peers": 21,
        "orch_total_streams": 3,
        "orch_stale_streams_detected_total": 1,
        "orch_healthy_engines": 3,
        "orch_unhealthy_engines": 1,
        "orch_used_engines": 2,
        "orch_extra_engines": 1,
    }
    assert (found["orch_vpn1_engines"], found["orch_vpn2_engines"]) == (2, 0)


@pytest.mark.parametrize(
    ("state", "health"),
    [
        (VpnState.CONNECTED, "healthy"),
        (VpnState.CONNECTING, "starting"),
        (VpnState.UNHEALTHY, "unhealthy"),
        (VpnState.STOPPED, "unhealthy"),
        (VpnState.UNKNOWN, "unknown"),
        (VpnState.ABSENT, "disabled"),
        (VpnState.NO_RUNTIME, "disabled"),
    ],
)
def test_the_vpn_has_five_samples_of_which_one_holds(state: VpnState, health: str) -> None:
    found = samples(dataclasses.replace(FIGURES, vpn=state))

    for name, now in (
        ("orch_vpn_health", health),
        ("orch_vpn1_health", health),
        ("orch_vpn2_health", "disabled"),
    ):
        states = {one for one in found if one.startswith(name)}
        assert len(states) == 5
        assert {one for one in states if found[one] == 1} == {f"{name}[{now}]"}


def test_there_are_as_many_series_however_many_streams_there_are() -> None:
    many = dataclasses.replace(FIGURES, streams={StreamState.PLAYING: 500}, clients=5000)

    assert samples(many).keys() == samples().keys()
    assert len(samples(many)) < 150


@pytest.mark.parametrize("counted", [True, False])
def test_a_process_is_told_as_the_library_does(
    monkeypatch: pytest.MonkeyPatch, counted: bool
) -> None:
    if not counted:
        monkeypatch.setattr(metrics, "count_open_files", int)
    library = {
        one.name: (one.documentation, one.type, one.samples[0].value)
        for one in ProcessCollector(registry=None).collect()
    }

    own = {
        one.name: (one.documentation, one.type, one.samples[0].value)
        for one in MetricsText().read_process()
        if one.name.startswith("process_")
    }

    assert [one[:2] for one in own.values()] == [one[:2] for one in library.values()]
    assert list(own) == list(library)
    for name, (_, _, value) in library.items():
        few = 5.0 if name == "process_open_fds" else 0.0  # the folder itself is one, too
        assert own[name][2] == pytest.approx(value, rel=0.1, abs=few), name


def test_the_process_itself_is_told() -> None:
    assert {"process_cpu_seconds_total", "process_resident_memory_bytes"} <= samples().keys()


def test_prometheus_gets_the_format_that_it_asks_for() -> None:
    writer = MetricsText()

    plain, plain_type = write(writer, FIGURES, "*/*")
    modern, modern_type = write(writer, FIGURES, "application/openmetrics-text;version=1.0.0")

    assert plain_type == "text/plain; version=0.0.4; charset=utf-8"
    assert modern_type.startswith("application/openmetrics-text; version=1.0.0")
    assert modern.endswith(b"# EOF\n")
    assert b"# EOF" not in plain


def test_promtool_has_nothing_against_it_but_the_names_of_the_contract() -> None:
    promtool = need_program("promtool")
    text, _ = write(MetricsText(), FIGURES, "")

    done = subprocess.run(
        [promtool, "check", "metrics"], input=text, capture_output=True, timeout=30
    )

    complaints = [
        line
        for line in (done.stdout + done.stderr).decode().splitlines()
        if not line.startswith(CONTRACT_NAMES)
    ]
    assert complaints == []


def test_it_is_written_in_a_few_milliseconds() -> None:
    writer = MetricsText()
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        write(writer, FIGURES, "")
        took.append(time.perf_counter() - begun)

    assert min(took) < 0.1  # alone about 3 ms


def test_the_dashboard_uses_only_what_there_is() -> None:
    there = {name.partition("[")[0] for name in samples()}
    dashboard = json.loads(DASHBOARD.read_text("utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked += [str(one["query"]) for one in dashboard["templating"]["list"]]

    used = set(re.findall(r"\b(?:acedesk|orch|process|python)_\w+\b", " ".join(asked)))

    assert used - {"orch_vpn_health"} != set()
    assert used <= there
    assert all(
        re.search(r"\b(acedesk|orch|process)_\w+", target["expr"])
        for panel in dashboard["panels"]
        for target in panel["targets"]
    )


def test_the_panels_of_the_dashboard_do_not_overlap() -> None:
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(cells) == len(set(cells))
    assert len({panel["id"] for panel in panels}) == len(panels)


def test_other_acedesks_are_told_where_a_redis_is_set() -> None:
    other = OtherProxyView(id="a", name="tv", host="192.0.2.1", port=8080, taken=2)
    view = SharingView(is_up=True, others=(other,))
    told = samples(dataclasses.replace(FIGURES, sharing=view, carried_by_others=2))

    assert told["acedesk_redis_up"] == 1
    assert told["acedesk_other_proxies"] == 1
    assert told["acedesk_taken_streams"] == 2
    assert "acedesk_redis_up" not in samples()


def test_no_name_is_told_twice() -> None:
    names = [family.name for family in families(FIGURES)]

    assert len(names) == len(set(names))
