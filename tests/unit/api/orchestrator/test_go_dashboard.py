"""What the dashboard of the Go era follows."""

import json
from typing import Any

import aiohttp
import pytest

from acedesk.api.orchestrator.event_log import EventLogRoutes
from acedesk.api.orchestrator.facts import ContractFacts
from acedesk.api.orchestrator.go_dashboard import GoDashboard
from acedesk.api.orchestrator.status import StatusRoutes
from acedesk.api.publisher import FollowerLimit
from acedesk.model.event import EventKind
from acedesk.observe.event_log import EventLog
from acedesk.settings import Settings
from acedesk.signals import Signal
from tests.fakes.api_client import serve
from tests.fakes.contract_sources import FakeSources


class _Engines:
    def reset_breakers(self) -> None:
        pass


class _Parts:
    def __init__(self) -> None:
        self.sources, self.log = FakeSources(), EventLog()
        self.changed: Signal[()] = Signal()
        facts = ContractFacts(self.sources)
        status = StatusRoutes(facts, self.sources, Settings, _Engines())
        self.dashboard = GoDashboard(
            facts, status, EventLogRoutes(self.log), self.changed, FollowerLimit()
        )


@pytest.fixture
def parts() -> _Parts:
    return _Parts()


async def read(answer: aiohttp.ClientResponse) -> tuple[str, dict[str, Any]]:
    block = (await answer.content.readuntil(b"\n\n")).decode().splitlines()
    fields = dict(line.split(": ", 1) for line in block if line)
    return fields["event"], json.loads(fields["data"])


async def test_everything_comes_at_once_and_at_each_change(parts: _Parts) -> None:
    routes = parts.dashboard.endpoints()
    async with serve(routes) as http, http.get("/api/v1/events/stream") as answer:
        event, told = await read(answer)
        parts.sources.views = ()
        parts.changed.emit()
        _, again = await read(answer)

    assert (event, told["type"]) == ("full_sync", "full_sync")
    assert sorted(told["payload"]) == [
        "engine_docker_stats",
        "engines",
        "orchestrator_status",
        "streams",
        "vpn_status",
    ]
    assert (len(told["payload"]["engines"]), again["payload"]["engines"]) == (1, [])


async def test_new_events_are_told(parts: _Parts) -> None:
    async with serve(parts.dashboard.endpoints()) as http, http.get("/events/live") as answer:
        event, first = await read(answer)
        parts.log.note(EventKind.ENGINE_ADDED, "e", name="engine-1")
        parts.changed.emit()
        _, second = await read(answer)

    assert (event, first["payload"]["events"]) == ("events_snapshot", [])
    assert second["payload"]["stats"]["total"] == 1


async def test_closing_ends_both(parts: _Parts) -> None:
    async with serve(parts.dashboard.endpoints()) as http:
        await parts.dashboard.close()

        assert (await http.get("/events/stream")).status == 503
        assert (await http.get("/events/live")).status == 503
