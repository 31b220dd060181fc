"""How tests order faults and events, and see what the engine was asked."""

import pytest

from tests.unit.demo.conftest import NEVER, NORMAL, SECOND, Caller


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_order_is_taken_and_repeated_as_it_was_understood(
    caller: Caller, method: str
) -> None:
    answer = await caller.ask("/demo/fault", method=method, kind="stall", id=SECOND.id, times="3")

    assert (answer.status, answer.text) == (200, '{"ordered": "stall", "where": "body"}')
    assert (await caller.json("/demo/state"))["faults"] == [
        {"kind": "stall", "where": "body", "infohash": SECOND.infohash, "times": 3, "struck": 0}
    ]


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ({}, "kind is one of"),
        ({"kind": "sadness"}, "kind is one of stall"),
        ({"kind": "stall", "where": "moon"}, "where is one of"),
        ({"kind": "stall", "after": "soon"}, "after is a number"),
        ({"kind": "stall", "times": "-1"}, "times is a number from 0 up"),
        ({"kind": "stall", "for": "inf"}, "for is a number from 0 up"),
        ({"kind": "html", "where": "body"}, "cannot answer html"),
    ],
)
async def test_an_order_nobody_understands_is_refused_and_not_kept(
    caller: Caller, query: dict[str, str], why: str
) -> None:
    answer = await caller.ask("/demo/fault", **query)

    assert answer.status == 400
    assert why in answer.text
    assert (await caller.json("/demo/state"))["faults"] == []


async def test_an_event_reaches_every_session_of_its_content(caller: Caller) -> None:
    told = await caller.open(pid="a", use_api_events="1")
    other = await caller.open(id=SECOND.id, pid="b")

    answer = await caller.json("/demo/event", id=NORMAL.id, name="paused", params='{"a": [1]}')

    assert answer == {"told": 1}
    assert list(caller.session(told).events) == [{"name": "paused", "params": {"a": [1]}}]
    assert list(caller.session(other).events) == []


async def test_an_event_of_a_content_nobody_plays_reaches_nobody(caller: Caller) -> None:
    assert await caller.json("/demo/event", id=NEVER.id, name="paused") == {"told": 0}


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"id": NORMAL.id},
        {"name": "paused"},
        {"id": "0" * 40, "name": "paused"},
        {"id": NORMAL.id, "name": "paused", "params": "["},
        {"id": NORMAL.id, "name": "paused", "params": "[]"},
        {"id": NORMAL.id, "name": "paused", "params": ""},
    ],
)
async def test_an_event_that_lacks_something_is_refused(
    caller: Caller, query: dict[str, str]
) -> None:
    told = await caller.open()

    answer = await caller.ask("/demo/event", **query)

    assert answer.status == 400
    assert "id, name and params are needed" in answer.text
    assert list(caller.session(told).events) == []


async def test_a_reset_forgets_orders_and_counts_and_lets_sessions_go_on(caller: Caller) -> None:
    old = await caller.open(pid="a")
    new = await caller.open(pid="b")
    await caller.ask("/demo/fault", kind="500", where="stat")

    state = await caller.json("/demo/reset")

    assert (state["opened"], state["stopped"], state["faults"]) == (1, 0, [])
    assert [one["player"] for one in state["sessions"]] == ["b"]
    assert (await caller.json(new["stat_url"]))["error"] is None  # the fault is forgotten
    assert (await caller.json(old["stat_url"]))["error"] is not None  # so is who was over
    assert (await caller.json("/demo/state"))["requests"]["stat"] == 2
