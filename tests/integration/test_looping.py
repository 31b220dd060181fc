"""The refused broadcasts over HTTP."""

import datetime
from collections.abc import AsyncIterator

import aiohttp
import pytest

from acedesk.api.endpoints import routes_of
from acedesk.api.orchestrator.looping import LoopingRoutes
from acedesk.model.content import KeyKind, StreamKey
from acedesk.proxy.http.listener import Listener
from acedesk.store.blacklist import Blacklist

TIME = datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.UTC)
ONE = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
LINK = StreamKey(KeyKind.URL, "http://example.org/x.acelive?y=1")


@pytest.fixture
def blacklist() -> Blacklist:
    made = Blacklist(None, lambda: 0, utc_now=lambda: TIME)
    made.add(ONE, LINK, why="It repeats itself.")
    return made


@pytest.fixture
async def http(blacklist: Blacklist) -> AsyncIterator[aiohttp.ClientSession]:
    listener = Listener(routes_of(LoopingRoutes(blacklist, lambda: 0).endpoints()))
    await listener.open("127.0.0.1", 0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{listener.port}") as session:
        yield session
    await listener.close()


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
async def test_they_are_listed_with_their_times(http: aiohttp.ClientSession, prefix: str) -> None:
    async with http.get(f"{prefix}/looping-streams") as answer:
        assert await answer.json() == {
            "stream_ids": [ONE.stream_id, LINK.stream_id],
            "streams": {
                ONE.stream_id: "2026-03-01T12:00:00Z",
                LINK.stream_id: "2026-03-01T12:00:00Z",
            },
            "retention_minutes": 0,
        }


async def test_one_is_allowed_again(http: aiohttp.ClientSession, blacklist: Blacklist) -> None:
    async with http.delete(f"/looping-streams/{ONE.stream_id}") as answer:
        assert answer.status == 200

    assert [entry.stream_id for entry in blacklist.entries()] == [LINK.stream_id]
    async with http.delete(f"/looping-streams/{ONE.stream_id}") as answer:
        assert answer.status == 404


async def test_the_way_to_allow_all_is_no_name_of_one(http: aiohttp.ClientSession) -> None:
    async with http.delete("/looping-streams/clear") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    async with http.delete("/looping-streams/clear/x") as answer:
        assert answer.status == 404


async def test_all_are_allowed_again(http: aiohttp.ClientSession, blacklist: Blacklist) -> None:
    async with http.post("/looping-streams/clear") as answer:
        assert (await answer.json())["count"] == 2

    assert blacklist.entries() == ()
