"""What a program uses AceDesk as."""

import pytest

from acedesk.model.access.use import Contract
from acedesk.rules.access.contract_use import contract_of


@pytest.mark.parametrize(
    ("route", "contract"),
    [
        ("/ace/getstream", Contract.STREAMS),
        ("/ace/getstream/", Contract.STREAMS),
        ("/ace/status", Contract.STREAMS),
        ("/ace/streams", Contract.STREAMS),
        ("/pid/{rest}", Contract.STREAMS),
        ("/ace/manifest.m3u8", Contract.HLS),
        ("/ace/hls/{token}/{number}.ts", Contract.HLS),
        ("/ace/stat/{infohash}/{token}", Contract.ENGINE),
        ("/ace/cmd/{infohash}/{token}", Contract.ENGINE),
        ("/webui/api/service", Contract.ENGINE),
        ("/server/api", Contract.ENGINE),
        ("/metrics", Contract.METRICS),
        ("/api/v1/metrics", Contract.METRICS),
        ("/api/v2/snapshot", Contract.API),
        ("/openapi.json", Contract.API),
        ("/engines", Contract.ORCHESTRATOR),
        ("/api/v1/engines/{id}", Contract.ORCHESTRATOR),
        ("/orchestrator/status", Contract.ORCHESTRATOR),
        ("", Contract.ORCHESTRATOR),
    ],
)
def test_routes_of_each_contract(route: str, contract: Contract) -> None:
    assert contract_of(route) is contract


def test_who_asks_for_json_takes_us_for_an_engine() -> None:
    assert contract_of("/ace/getstream", as_json=True) is Contract.ENGINE
    assert contract_of("/ace/manifest.m3u8", as_json=True) is Contract.ENGINE
    assert contract_of("/engines", as_json=True) is Contract.ORCHESTRATOR
