"""Routes belong to contracts."""

import pytest

from acedesk.model.access.use import Contract
from acedesk.rules.access.contracts import contract_of


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("/ace/getstream", Contract.STREAMS),
        ("/ace/getstream/", Contract.STREAMS),
        ("/ace/status", Contract.STREAMS),
        ("/{prefix}/ace/getstream", Contract.STREAMS),
        ("/{_slashes0}ace/{_slashes1}getstream", Contract.STREAMS),
        ("/ace/manifest.m3u8", Contract.HLS),
        ("/ace/hls/{token}/{number}.ts", Contract.HLS),
        ("/webui/api/service", Contract.ENGINE),
        ("/ace/stat/{infohash}/{token}", Contract.ENGINE),
        ("/pid/{id}/{name}", Contract.ENGINE),
        ("/metrics", Contract.METRICS),
        ("/api/v1/metrics", Contract.METRICS),
        ("/api/v2/snapshot", Contract.API),
        ("/openapi.json", Contract.API),
        ("/engines", Contract.ORCHESTRATOR),
        ("/api/v1/streams", Contract.ORCHESTRATOR),
        ("/", Contract.ORCHESTRATOR),
        ("", None),
    ],
)
def test_a_route(route: str, expected: Contract | None) -> None:
    assert contract_of(route) is expected


@pytest.mark.parametrize("route", ["/ace/getstream", "/ace/manifest.m3u8"])
def test_who_wants_json_takes_us_for_an_engine(route: str) -> None:
    assert contract_of(route, wants_json=True) is Contract.ENGINE
    assert contract_of("/engines", wants_json=True) is Contract.ORCHESTRATOR
