"""The event log as the contract has it."""

import datetime
from typing import Any

import pytest

from acedesk.api.orchestrator.event_log import EventLogRoutes, kind_of
from acedesk.model.event import EventKind
from acedesk.observe.event_log import EventLog
from tests.fakes.api_client import serve

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


@pytest.fixture
def log() -> EventLog:
    minutes = iter(range(100))
    made = EventLog(lambda: NOON + datetime.timedelta(minutes=next(minutes)))
    made.note(EventKind.ENGINE_ADDED, "e1", name="engine-1")
    made.note(EventKind.STREAM_BEGAN, "s1", title="News")
    made.note(EventKind.CLIENT_JOINED, "c1", stream="s1", player="VLC")
    made.note(EventKind.VPN_CHANGED, "", before="connected", after="unhealthy")
    return made


async def ask(log: EventLog, path: str) -> Any:
    async with serve(EventLogRoutes(log).endpoints()) as http:
        answer = await http.get(path)
        assert answer.status == 200
        return await answer.json()


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [4, 3, 2, 1]),
        ("limit=2", [4, 3]),
        ("limit=2&offset=1", [3, 2]),
        ("offset=1000000", []),
        ("event_type=stream", [3, 2]),
        ("event_type=weather", []),
        ("event_type=", []),
        ("category=added", [1]),
        ("container_id=e1", [1]),
        ("stream_id=s1", [3, 2]),
        ("since=2026-01-01T12:02:00Z", [4, 3]),
        ("since=2026-01-01T14:02:00%2B02:00", [4, 3]),
    ],
)
async def test_events_are_chosen_newest_first(
    log: EventLog, query: str, numbers: list[int]
) -> None:
    assert [one["id"] for one in await ask(log, f"/events?{query}")] == numbers


async def test_an_event_has_words_and_facts(log: EventLog) -> None:
    row = (await ask(log, "/api/v1/events?event_type=engine"))[0]

    assert row["message"].startswith("engine-1")
    assert (row["timestamp"], row["category"]) == ("2026-01-01T12:00:00Z", "added")
    assert row["details"] == {"name": "engine-1"}
    assert (row["container_id"], row["stream_id"]) == ("e1", None)


async def test_events_are_counted(log: EventLog) -> None:
    assert await ask(log, "/events/stats") == {
        "total": 4,
        "by_type": {"engine": 1, "stream": 2, "vpn": 1, "health": 0, "system": 0},
        "oldest": "2026-01-01T12:00:00Z",
        "newest": "2026-01-01T12:03:00Z",
    }


async def test_without_events_there_is_no_oldest() -> None:
    told = await ask(EventLog(), "/events/stats")

    assert (told["total"], told["oldest"], told["newest"]) == (0, None, None)


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_has_a_word(kind: EventKind) -> None:
    assert kind_of(kind) in ("engine", "stream", "vpn", "health", "system")
