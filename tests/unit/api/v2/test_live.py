"""What programs follow of engines and streams."""

import json
from typing import Any

import aiohttp

from acedesk.api.orchestrator.facts import ContractFacts
from acedesk.api.orchestrator.status import StatusRoutes
from acedesk.api.publisher import FollowerLimit, Publisher
from acedesk.api.v2.live import LiveRoutes, changed_rows
from acedesk.settings import Settings
from acedesk.signals import Signal
from tests.fakes.api_client import serve
from tests.fakes.contract_sources import FakeSources, stream_session


class _Engines:
    def reset_breakers(self) -> None:
        pass


async def read(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    block = (await answer.content.readuntil(b"\n\n")).decode().splitlines()
    found: dict[str, Any] = json.loads(block[2].removeprefix("data: "))
    return found


async def test_a_stream_that_comes_is_told_with_its_engine_and_nothing_else() -> None:
    sources, changed = FakeSources(), Signal[()]()
    facts = ContractFacts(sources)
    status = StatusRoutes(facts, sources, Settings, _Engines())
    publisher = Publisher(changed_rows(facts, status), changed, FollowerLimit(), interval=0.0)
    routes = LiveRoutes(publisher).endpoints()

    async with serve(routes) as http, http.get("/api/v2/stream") as answer:
        whole = await read(answer)
        sources.own = [stream_session()]
        changed.emit()
        change = await read(answer)
        sources.own = []
        changed.emit()
        gone = await read(answer)

        async with http.get(f"/api/v2/stream?since={change['revision']}") as again:
            assert [(await read(again))["type"] for _ in range(2)] == ["resumed", "changes"]

    assert (whole["type"], len(whole["engines"]), whole["streams"]) == ("snapshot", 1, [])
    assert [row["id"] for row in change["streams"]["changed"]] == ["a" * 40]
    assert change["engines"]["changed"][0]["streams"] == ["a" * 40]
    assert "vpn" not in change
    assert gone["streams"] == {"changed": [], "removed": ["a" * 40]}
