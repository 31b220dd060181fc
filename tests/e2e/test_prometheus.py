"""A real Prometheus scrapes AceDesk, and finds what it is told to find."""

import functools
import pathlib
import socket
import subprocess
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.program import Server, get_json, wait_until
from tests.needs import need_program

CONFIG = """
global: {{scrape_interval: 1s}}
scrape_configs:
  - {{job_name: root, static_configs: [{{targets: ["{target}"]}}]}}
  - job_name: orchestrator
    metrics_path: /api/v1/metrics
    static_configs: [{{targets: ["{target}"]}}]
"""


@pytest.fixture
def prometheus(server: Server, tmp_path: pathlib.Path) -> Iterator[str]:
    """Run Prometheus against the server; return its address."""
    program = need_program("prometheus")
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{sock.getsockname()[1]}"
    config = tmp_path / "prometheus.yml"
    config.write_text(CONFIG.format(target=urllib.parse.urlsplit(server.base_url).netloc))
    with (tmp_path / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                program,
                f"--config.file={config}",
                f"--storage.tsdb.path={tmp_path / 'series'}",
                f"--web.listen-address={address}",
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    yield f"http://{address}"
    process.terminate()
    process.wait(20)


def ask(prometheus: str, path: str) -> Any:
    """Return the data of an answer, None while Prometheus does not answer."""
    try:
        return get_json(prometheus, f"/api/v1{path}")[1]["data"]
    except (OSError, KeyError, ValueError):
        return None


def value_of(prometheus: str, series: str) -> float | None:
    """Return the last value of a series, None while there is none."""
    found = ask(prometheus, f"/query?query={urllib.parse.quote(series)}")
    return float(found["result"][0]["value"][1]) if found and found["result"] else None


def test_it_is_content_with_both_addresses_and_reads_the_figures(
    server: Server, prometheus: str
) -> None:
    def all_up(found: Any) -> bool:
        targets = found["activeTargets"] if found else []
        return len(targets) == 2 and all(one["health"] == "up" for one in targets)

    told = wait_until(lambda: ask(prometheus, "/targets"), all_up, "both targets")

    assert [one["lastError"] for one in told["activeTargets"]] == ["", ""]
    for series, wanted in (
        ('acedesk_engines{job="root"}', 1.0),
        ('acedesk_streams{job="root"}', 0.0),
        ('orch_healthy_engines{job="orchestrator"}', 1.0),
    ):
        look = functools.partial(value_of, prometheus, series)
        assert wait_until(look, lambda value: value is not None, series) == wanted, series
    kinds = ask(prometheus, "/metadata?metric=acedesk_sent_bytes")
    assert kinds["acedesk_sent_bytes"][0]["type"] == "counter"
    assert server.process.poll() is None
