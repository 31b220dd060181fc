"""What does not belong to a session: versions, tokens, contents, search."""

import json
from typing import Any

import pytest

from acedesk.demo.channels import channels
from acedesk.demo.engine_api.service_api import VERSION, VERSION_CODE
from tests.unit.demo.conftest import NEVER, NORMAL, SECOND, Caller

FAILED = {"error": {"code": 0, "message": "failed to load content"}}


async def _server(caller: Caller, method: str, **query: str) -> Any:
    return await caller.json("/server/api", method=method, **query)


async def test_the_version_is_told_and_the_device_only_where_it_is_asked_for(
    caller: Caller,
) -> None:
    usual = (await caller.json("/webui/api/service", method="get_version"))["result"]
    query = {"method": "get_version", "params": "device-id"}
    device = (await caller.json("/webui/api/service", **query))["result"]

    assert (usual["version"], usual["code"], usual["platform"]) == (VERSION, VERSION_CODE, "linux")
    assert "device_id" not in usual
    assert device == usual | {"device_id": "demo"}


async def test_both_services_give_the_same_token_and_each_engine_its_own(caller: Caller) -> None:
    one = (await caller.json("/webui/api/service", method="get_api_access_token"))["result"]
    other = (await _server(caller, "get_api_access_token"))["result"]

    assert one == other
    assert len(one["token"]) == 64


@pytest.mark.parametrize("token", ["", "wrong", "Ünsinn", "0" * 64])
async def test_private_methods_are_refused_without_the_token(caller: Caller, token: str) -> None:
    for method in ("search", "set_allow_remote_access", "set_allow_intranet_access"):
        answer = await _server(caller, method, token=token)

        assert answer == {"error": {"code": 0, "message": "access denied"}}


async def test_with_the_token_they_are_done(caller: Caller) -> None:
    token = (await _server(caller, "get_api_access_token"))["result"]["token"]

    assert await _server(caller, "set_allow_remote_access", token=token) == {"result": "ok"}
    found = await _server(caller, "search", token=token)
    assert found["result"]["total"] == 3


@pytest.mark.parametrize("method", ["", "dance", "get_version", "__init__"])
async def test_what_the_server_does_not_know_is_refused(caller: Caller, method: str) -> None:
    answer = await _server(caller, method)

    assert answer == {"error": {"code": 0, "message": "unknown method"}}


async def test_the_states_of_the_engine_are_told(caller: Caller) -> None:
    status = (await _server(caller, "get_status"))["result"]

    assert (status["playlist_loaded"], status["version"]["version"]) == (True, VERSION)
    assert await _server(caller, "get_available_players") == {"result": {"players": []}}


@pytest.mark.parametrize(
    "text", [f"acestream://{SECOND.id}", f"magnet:?xt=urn:btih:{SECOND.infohash}"]
)
async def test_a_content_is_known_by_either_name(caller: Caller, text: str) -> None:
    found = (await _server(caller, "analyze_content", query=text))["result"]

    assert (found["content_id"], found["infohash"]) == (SECOND.id, SECOND.infohash)
    assert (found["title"], found["is_live"]) == (SECOND.name, 1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("acestream://" + "0" * 40, "failed to load content"),
        ("https://example.org/x", "failed to load content"),
        ("ftp://example.org/x", "unknown protocol"),
        ("", "unknown protocol"),
        ("0" * 40, "unknown protocol"),
    ],
)
async def test_what_is_no_content_is_refused_by_its_form(
    caller: Caller, text: str, why: str
) -> None:
    answer = await _server(caller, "analyze_content", query=text)

    assert answer["error"]["message"] == why


async def test_files_are_told_in_short_or_in_full(caller: Caller) -> None:
    short = (await _server(caller, "get_media_files", content_id=NORMAL.id))["result"]
    full = (await _server(caller, "get_media_files", content_id=NORMAL.id, mode="full"))["result"]

    assert short["files"] == [{"index": 0, "filename": NORMAL.name}]
    assert full["files"][0].items() >= short["files"][0].items()
    assert full["files"][0]["infohash"] == NORMAL.infohash
    assert await _server(caller, "get_media_files", content_id=NORMAL.infohash) == FAILED


async def test_an_infohash_has_its_content_id(caller: Caller) -> None:
    found = await _server(caller, "get_content_id", infohash=NEVER.infohash)

    assert found == {"result": {"content_id": NEVER.id}}
    assert await _server(caller, "get_content_id", infohash="0" * 40) == FAILED


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", [NORMAL.name, SECOND.name, NEVER.name]),
        ("CARD", [NORMAL.name]),
        ("picture second", [SECOND.name]),
        ("card second", []),
        ("e", [NORMAL.name, SECOND.name, NEVER.name]),
    ],
)
async def test_a_search_finds_names_with_all_its_words(
    caller: Caller, query: str, names: list[str]
) -> None:
    found = (await caller.json("/search", query=query))["result"]

    assert [row["name"] for row in found["results"]] == names
    assert found["total"] == len(names)


@pytest.mark.parametrize(
    ("page", "size", "names"),
    [
        ("0", "2", [NORMAL.name, SECOND.name]),
        ("1", "2", [NEVER.name]),
        ("2", "2", []),
        ("-3", "2", [NORMAL.name, SECOND.name]),
        ("0", "0", [NORMAL.name]),
        ("0", "-4", [NORMAL.name]),
        ("many", "all", [NORMAL.name, SECOND.name, NEVER.name]),
        ("0", "9" * 19, [NORMAL.name, SECOND.name, NEVER.name]),
        ("9" * 19, "9" * 19, []),
    ],
)
async def test_results_come_in_pages(
    caller: Caller, page: str, size: str, names: list[str]
) -> None:
    found = (await caller.json("/search", page=page, page_size=size))["result"]

    assert [row["name"] for row in found["results"]] == names
    assert found["total"] == 3


async def test_a_result_can_be_played_by_its_infohash(caller: Caller) -> None:
    (row,) = (await caller.json("/search", query="card"))["result"]["results"]
    (item,) = row["items"]

    session = await caller.open(id="", infohash=item["infohash"])

    assert session["infohash"] == channels()[0].infohash
    assert json.loads(json.dumps(item)) == item
