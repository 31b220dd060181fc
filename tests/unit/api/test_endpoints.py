"""Routes said once: what comes in is checked as it is described."""

import dataclasses
import io
from typing import Any

import pytest
from aiohttp import web

from acedesk.api.endpoints import (
    LONGEST_BODY,
    Endpoint,
    Parameter,
    answer,
    encode,
    read_body,
    read_own_query,
    read_query,
    request_key,
)
from tests.fakes.api_client import serve

QUERY = (
    Parameter(name="count", kind="integer", minimum=0, maximum=10, default=3),
    Parameter(name="most", kind="integer", maximum=10, clamped=True),
    Parameter(name="sure", kind="boolean", default=False),
    Parameter(name="since", kind="time"),
    Parameter(name="state", choices=("on", "off")),
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    name: str
    inner: "Pair | None" = None


async def show_query(request: web.Request) -> web.Response:
    """Show the query."""
    found = read_query(request, QUERY)
    return answer({**found, "since": found["since"] and found["since"].isoformat()})


async def show_own(request: web.Request) -> web.Response:
    """Show the query."""
    return answer(read_own_query(request, QUERY))


async def show_body(request: web.Request) -> web.Response:
    """Show the body."""
    return answer(dict(await read_body(request)))


async def show_key(request: web.Request) -> web.Response:
    """Show the key."""
    return answer(await request_key(request))


ENDPOINTS = (
    Endpoint(method="GET", path="/query", handler=show_query),
    Endpoint(method="GET", path="/own", handler=show_own),
    Endpoint(method="POST", path="/body", handler=show_body),
    Endpoint(method="POST", path="/key", handler=show_key),
)


@pytest.mark.parametrize(
    ("query", "name", "value"),
    [
        ("", "count", 3),
        ("count=0", "count", 0),
        ("count=10&count=10", "count", 10),
        ("most=99", "most", 10),
        ("sure=TRUE", "sure", True),
        ("sure=", "sure", False),
        ("state=on&unknown=5", "state", "on"),
        ("since=2026-01-01T10:00:00Z", "since", "2026-01-01T10:00:00+00:00"),
        ("since=2026-01-01T10:00:00%2B02:00", "since", "2026-01-01T08:00:00+00:00"),
        ("since=2026-01-01T10:00:00+02:00", "since", "2026-01-01T08:00:00+00:00"),
        ("since=2026-01-01T10:00:00", "since", "2026-01-01T10:00:00+00:00"),
    ],
)
async def test_what_is_right_is_taken(query: str, name: str, value: Any) -> None:
    async with serve(ENDPOINTS) as http:
        told = await (await http.get(f"/api/v1/query?{query}")).json()

    assert told[name] == value


@pytest.mark.parametrize(
    "query",
    [
        "count=-1",
        "count=11",
        "count=",
        "count=1.0",
        "count=1e3",
        "count=%D9%A3",
        f"count={'9' * 30}",
        "count=1&count=2",
        "sure=perhaps",
        "since=",
        "since=yesterday",
        "since=0001-01-01T00:00:00%2B14:00",
        "state=",
        "state=ON",
        "state=%00",
    ],
)
async def test_what_is_wrong_is_refused_with_both_keys(query: str) -> None:
    async with serve(ENDPOINTS) as http:
        refused = await http.get(f"/query?{query}")
        own = await http.get(f"/own?{query}")
        told = await refused.json()

    assert (refused.status, own.status) == (422, 400)
    assert told["error"] == told["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 200),
        (b' {"a": 1} ', 200),
        (b"{", 422),
        (b"[]", 422),
        (b"\xff", 422),
        (b"[" * 100_000, 422),
        (b" " * (LONGEST_BODY + 1), 413),
    ],
)
async def test_a_body_is_a_json_object_of_some_length(body: bytes, status: int) -> None:
    async with serve(ENDPOINTS) as http:
        assert (await http.post("/body", data=io.BytesIO(body))).status == status


async def test_equal_requests_have_equal_keys_unless_they_say_otherwise() -> None:
    async with serve(ENDPOINTS) as http:
        keys = [
            await (await http.post("/key", data=data, headers=headers)).json()
            for data, headers in (
                (b"x", {}),
                (b"x", {}),
                (b"y", {}),
                (b"x", {"Idempotency-Key": "x"}),
                (b"y", {"Idempotency-Key": "x"}),
            )
        ]

    assert keys[0] == keys[1]
    assert keys[3] == keys[4]
    assert len(set(keys)) == 3


def test_shapes_are_encoded_by_their_fields() -> None:
    assert encode([Pair(name="a", inner=Pair(name="b"))]) == (
        '[{"name": "a", "inner": {"name": "b", "inner": null}}]'
    )
