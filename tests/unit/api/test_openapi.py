"""The API described by its routes."""

import dataclasses
from typing import Any

from aiohttp import web

from acedesk.api.endpoints import LONGEST_TEXT, Endpoint, Parameter
from acedesk.api.openapi import OpenApiRoutes, build_document, build_page
from acedesk.api.orchestrator.shapes import EventBatch, Message
from tests.fakes.api_client import serve


async def handler(_request: web.Request) -> web.Response:
    """Do <one> thing.

    And tell of it.
    """
    return web.Response()


ONE = Endpoint(
    method="POST",
    path="/things/{id:.+}",
    handler=handler,
    answer=Message,
    body=EventBatch,
    query=(Parameter(name="n", kind="integer", minimum=1, maximum=9, clamped=True, default=2),),
    statuses=(404,),
)


def test_a_route_is_described_under_each_of_its_prefixes() -> None:
    document = build_document([ONE])

    assert list(document["paths"]) == ["/things/{id}", "/api/v1/things/{id}"]
    operation: dict[str, Any] = document["paths"]["/api/v1/things/{id}"]["post"]
    assert operation["operationId"] == "post_api_v1_things_id"
    assert operation["summary"] == "Do <one> thing."
    assert operation["description"] == "And tell of it."
    assert sorted(operation["responses"]) == ["200", "400", "401", "403", "404", "429", "500"]
    assert operation["requestBody"]["required"] is False
    assert [(one["name"], one["in"], one["required"]) for one in operation["parameters"]] == [
        ("id", "path", True),
        ("n", "query", False),
    ]
    assert operation["parameters"][1]["schema"] == {"type": "integer", "minimum": 1, "default": 2}


def test_a_text_of_the_query_has_a_greatest_length_that_is_told() -> None:
    named = (Parameter(name="a"), Parameter(name="b", choices=("x", "y")))
    document = build_document([dataclasses.replace(ONE, query=named)])

    _, first, second = document["paths"]["/things/{id}"]["post"]["parameters"]
    assert first["schema"] == {"type": "string", "maxLength": LONGEST_TEXT}
    assert second["schema"] == {"type": "string", "enum": ["x", "y"]}


def test_the_page_runs_nothing_and_escapes_what_it_shows() -> None:
    page = build_page([ONE])

    assert "POST /things/{id}" in page
    assert "Do &lt;one&gt; thing." in page
    assert "<script" not in page


async def test_both_are_served() -> None:
    async with serve(OpenApiRoutes([ONE]).endpoints()) as http:
        document = await (await http.get("/openapi.json")).json()
        page = await http.get("/docs")

        assert document["openapi"] == "3.1.0"
        assert {"/openapi.json", "/docs"} <= set(document["paths"])
        assert page.content_type == "text/html"
        assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
