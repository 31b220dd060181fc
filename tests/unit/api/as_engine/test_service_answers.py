"""Whether there is an engine, and what it knows."""

import pytest

from acedesk.api.as_engine.service_answers import VERSION, VERSION_CODE
from acedesk.formats.engine_reply import parse_version
from tests.fakes.as_engine_front import CONTENT, START, AsEngineFront

SERVICE = "/webui/api/service?method="
SERVER = "/server/api?api_version=3&method="
INFOHASH = "b" * 40


async def test_it_is_there(front: AsEngineFront) -> None:
    answer = await front.get(f"{SERVICE}get_version&format=json")

    assert set(answer) == {"result", "error"}
    assert answer["error"] is None
    version = answer["result"]
    assert {name: type(value) for name, value in version.items()} == {
        "platform": str,
        "version": str,
        "code": int,
    }
    assert (version["version"], version["code"]) == (VERSION, VERSION_CODE)


async def test_a_page_gets_it_as_a_call(front: AsEngineFront) -> None:
    path = f"{SERVICE}get_version&format=jsonp&callback=jQuery1.ready"
    async with front.http.get(front.base + path) as answer:
        text = await answer.text()

    assert answer.content_type == "application/javascript"
    assert text.startswith("jQuery1.ready({")
    assert text.endswith("});")
    body = text.removeprefix("jQuery1.ready(").removesuffix(");")
    assert parse_version(body.encode()).version == VERSION


@pytest.mark.parametrize("callback", ["", "alert(1)", "a;b", "a" * 100, "%3Cscript%3E"])
async def test_what_is_no_name_is_not_called(front: AsEngineFront, callback: str) -> None:
    answer = await front.get(f"{SERVICE}get_version&format=jsonp&callback={callback}")

    assert answer["error"] is None


async def test_the_server_tells_its_state(front: AsEngineFront) -> None:
    status = await front.get(f"{SERVER}get_status")
    network = await front.get(f"{SERVER}get_network_connection_status")
    token = await front.get(f"{SERVER}get_api_access_token")
    same = await front.get(f"{SERVICE}get_api_access_token")
    players = await front.get(f"{SERVER}get_available_players")

    assert set(status) == {"result"}
    assert status["result"]["playlist_loaded"] is True
    assert status["result"]["version"]["code"] == VERSION_CODE
    assert network == {"result": {"connected": True}}
    assert len(token["result"]["token"]) == 64
    assert same == {**token, "error": None}
    assert players == {"result": {"players": []}}


async def test_what_it_does_not_know_is_an_unknown_method(front: AsEngineFront) -> None:
    error = {"error": {"code": 0, "message": "unknown method"}}
    assert await front.get(f"{SERVER}search&query=x") == error
    assert await front.get("/server/api") == error
    assert await front.get(f"{SERVICE}x") == {"result": None, "error": "unknown method"}


async def test_the_files_of_what_was_started_are_told(front: AsEngineFront) -> None:
    await front.start(f"{START}&title=News")

    brief = await front.get(f"{SERVER}get_media_files&infohash={INFOHASH}")
    full = await front.get(f"{SERVER}get_media_files&content_id={CONTENT}&mode=full")

    assert brief == {
        "result": {
            "infohash": INFOHASH,
            "name": "News",
            "type": "live",
            "transport_type": "bt",
            "files": [{"index": 0, "filename": "News"}],
            "transport_file_cache_key": None,
        }
    }
    assert full["result"]["files"][0]["mime"] == "video/mpeg"


async def test_a_content_without_a_name_has_its_infohash_as_one(front: AsEngineFront) -> None:
    await front.start()

    told = await front.get(f"{SERVER}get_media_files&infohash={INFOHASH}")

    assert told["result"]["name"] == INFOHASH


@pytest.mark.parametrize("query", ["infohash=None", f"infohash={'c' * 40}", ""])
async def test_the_files_of_other_contents_are_not_known(front: AsEngineFront, query: str) -> None:
    told = await front.get(f"{SERVER}get_media_files&{query}")

    assert told == {"error": {"code": 0, "message": "failed to load content"}}


async def test_the_id_of_an_infohash_is_told_while_it_plays(front: AsEngineFront) -> None:
    before = await front.get(f"{SERVER}get_content_id&infohash={INFOHASH}")
    await front.start()
    after = await front.get(f"{SERVER}get_content_id&infohash={INFOHASH}")

    assert before["error"]["message"] == "failed to load content"
    assert after == {"result": {"content_id": CONTENT}}


async def test_a_link_is_analysed(front: AsEngineFront) -> None:
    found = await front.get(f"{SERVER}analyze_content&query=acestream%3A%2F%2F{CONTENT}")
    bad = await front.get(f"{SERVER}analyze_content&query=nothing")

    assert found["result"] == {
        "is_live": -1,
        "item_url": None,
        "transport_type": "bt",
        "content_type": "transport_file",
        "title": "",
        "content_id": CONTENT,
        "infohash": None,
        "categories": [],
    }
    assert bad == {"error": {"code": 0, "message": "unknown protocol"}}
