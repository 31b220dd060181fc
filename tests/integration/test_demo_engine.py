"""The demo engine answers as a real one does: envelopes, sessions, player ids, refusals."""

import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from acedesk import tasks
from acedesk.acestream_api.engine_client import EngineClient
from acedesk.demo.channels import channels
from acedesk.demo.engine import DemoEngine
from acedesk.errors import EngineRefused, PortInUse, StorageError
from acedesk.model.content import KeyKind, StreamKey

NORMAL, SECOND, NEVER, *_ = channels()
# Ready at once, so that a test does not wait for prebuffering.
QUICK = dataclasses.replace(NORMAL, start_delay=0.0)
QUICK_SECOND = dataclasses.replace(SECOND, start_delay=0.0)
UNKNOWN_SESSION = {"response": None, "error": "unknown playback session id"}


@pytest.fixture
async def engine() -> AsyncIterator[DemoEngine]:
    made = DemoEngine((QUICK, QUICK_SECOND, NEVER), inactivity_timeout=60)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def http(engine: DemoEngine) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{engine.port}") as session:
        yield session


async def get(http: aiohttp.ClientSession, url: str, **params: str) -> Any:
    async with http.get(url, params=params) as answer:
        return await answer.json()


async def start(http: aiohttp.ClientSession, **params: str) -> dict[str, Any]:
    query = {"id": NORMAL.id, "format": "json", **params}
    answer = await get(http, "/ace/getstream", **query)
    assert answer["error"] is None
    found: dict[str, Any] = answer["response"]
    return found


async def test_our_own_client_understands_the_engine(engine: DemoEngine) -> None:
    client = EngineClient()
    key = StreamKey(KeyKind.CONTENT_ID, NORMAL.id)

    version = await client.fetch_version("127.0.0.1", engine.port)
    session = await client.open_session("127.0.0.1", engine.port, key, player_id="me", timeout=5)
    stat = await client.fetch_stat(session)
    stopped = await client.stop(session)
    await client.check("127.0.0.1", engine.port)

    assert version.version == "3.2.11"
    assert session.infohash == NORMAL.infohash
    assert stat.status == "dl"
    assert stopped
    with pytest.raises(EngineRefused):
        await client.fetch_stat(session)
    await client.close()


async def test_there_are_three_envelopes(http: aiohttp.ClientSession) -> None:
    version = await get(http, "/webui/api/service", method="get_version")
    status = await get(http, "/server/api", api_version="3", method="get_status")
    network = await get(
        http, "/server/api", api_version="3", method="get_network_connection_status"
    )

    assert version["error"] is None
    assert (version["result"]["code"], version["result"]["platform"]) == (3021100, "linux")
    assert isinstance(version["result"]["websocket_port"], int)
    assert set(status) == {"result"}
    assert network == {"result": {"connected": True}}


async def test_unknown_methods_are_refused_in_their_envelope(http: aiohttp.ClientSession) -> None:
    session = await start(http)

    webui = await get(http, "/webui/api/service", method="dance")
    server = await get(http, "/server/api", method="dance")
    command = await get(http, session["command_url"], method="dance")

    assert webui == {"result": None, "error": "unknown method"}
    assert server == {"error": {"code": 0, "message": "unknown method"}}
    assert command == {"response": None, "error": "unknown method"}


async def test_private_methods_need_the_token(http: aiohttp.ClientSession) -> None:
    token = (await get(http, "/server/api", method="get_api_access_token"))["result"]["token"]

    without = await get(http, "/server/api", method="search", query="card")
    found = await get(http, "/server/api", method="search", query="card", token=token)

    assert without == {"error": {"code": 0, "message": "access denied"}}
    assert [row["name"] for row in found["result"]["results"]] == [NORMAL.name]


async def test_a_link_is_analysed(http: aiohttp.ClientSession) -> None:
    link = f"acestream://{SECOND.id}"

    known = await get(http, "/server/api", method="analyze_content", query=link)
    unknown = await get(http, "/server/api", method="analyze_content", query="ftp://x")
    files = await get(http, "/server/api", method="get_media_files", infohash=SECOND.infohash)
    content = await get(http, "/server/api", method="get_content_id", infohash=SECOND.infohash)

    assert known["result"]["infohash"] == SECOND.infohash
    assert unknown["error"]["message"] == "unknown protocol"
    assert files["result"]["files"] == [{"index": 0, "filename": SECOND.name}]
    assert content["result"] == {"content_id": SECOND.id}


async def test_every_url_leads_to_where_the_caller_thinks_we_are(
    http: aiohttp.ClientSession,
) -> None:
    query = {"id": NORMAL.id, "format": "json", "use_api_events": "1"}

    async with http.get("/ace/getstream", params=query, headers={"Host": "tv.lan:99"}) as answer:
        session = (await answer.json())["response"]

    names = ("playback_url", "stat_url", "command_url", "event_url")
    assert all(session[name].startswith("http://tv.lan:99/ace/") for name in names)
    assert session["playback_url"].split("/")[3:6] == ["ace", "r", NORMAL.infohash]


async def test_an_unknown_id_fails_to_load(http: aiohttp.ClientSession) -> None:
    async with http.get("/ace/getstream", params={"id": "0" * 40}) as answer:
        redirected = answer.status, await answer.text()

    as_json = await get(http, "/ace/getstream", id=NORMAL.infohash, format="json")

    assert as_json == {"response": None, "error": "failed to load content"}
    assert redirected == (500, "failed to load content")


async def test_without_a_format_the_player_is_sent_on_twice(http: aiohttp.ClientSession) -> None:
    async with http.get("/ace/getstream", params={"infohash": NORMAL.infohash}) as answer:
        hops = [(hop.status, hop.headers["Location"]) for hop in answer.history]

        assert [status for status, _ in hops] == [302, 302]
        assert f"/ace/r/{NORMAL.infohash}/" in hops[0][1]
        assert f"/content/{NORMAL.infohash}/" in hops[1][1]
        assert (answer.status, answer.content_type) == (200, "video/mp2t")
        assert (await answer.content.readexactly(188))[0] == 0x47


@pytest.mark.parametrize("path", ["/webui/api/service?method=get_version", "/ace/getstream?id=0"])
async def test_pages_of_any_site_may_read_the_answers(
    http: aiohttp.ClientSession, path: str
) -> None:
    async with http.get(path) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Server"] == "AceDesk-demo-engine"


async def test_a_probe_starts_nothing(engine: DemoEngine, http: aiohttp.ClientSession) -> None:
    async with http.head("/ace/getstream", params={"id": NORMAL.id}) as answer:
        assert (answer.status, answer.content_type) == (200, "video/mp2t")

    assert engine.state()["opened"] == 0


async def test_the_same_player_gets_the_same_session(http: aiohttp.ClientSession) -> None:
    first, second = await start(http), await start(http)

    assert first == second


async def test_a_new_player_ends_the_reader_before_and_shares_the_stop(
    engine: DemoEngine, http: aiohttp.ClientSession
) -> None:
    first = await start(http, pid="a")
    async with http.get(first["playback_url"]) as body:
        await body.content.readexactly(188)
        second = await start(http, pid="b")
        await body.content.read()  # comes to a regular end

    stat = await get(http, first["stat_url"])
    async with http.get(first["playback_url"]) as refused:
        assert refused.status == 403
    stop = await get(http, first["command_url"], method="stop")

    assert stat["response"]["playback_session_id"] == second["playback_session_id"]
    assert stop == {"response": "ok", "error": None}
    assert await get(http, second["stat_url"]) == UNKNOWN_SESSION
    assert engine.state()["ended"] == {"superseded": 1, "stop": 1}


async def test_one_player_plays_one_thing_at_a_time(http: aiohttp.ClientSession) -> None:
    first = await start(http)

    await start(http, id=SECOND.id)

    assert await get(http, first["stat_url"]) == UNKNOWN_SESSION


async def test_a_session_has_one_reader(engine: DemoEngine, http: aiohttp.ClientSession) -> None:
    session = await start(http)
    async with http.get(session["playback_url"]) as first:
        await first.content.readexactly(188)

        with pytest.raises(aiohttp.ClientResponseError):
            await http.get(session["playback_url"])

        assert engine.state()["readers"] == 1
        await first.content.readexactly(188 * 3000)


async def test_a_player_may_ask_that_a_new_reader_wins(http: aiohttp.ClientSession) -> None:
    session = await start(http, stop_prev_read_thread="1")
    async with http.get(session["playback_url"]) as first:
        await first.content.readexactly(188)
        async with http.get(session["playback_url"]) as second:
            await first.content.read()

            assert second.status == 200
            await second.content.readexactly(188)


async def test_a_stop_ends_everything(engine: DemoEngine, http: aiohttp.ClientSession) -> None:
    session = await start(http, use_api_events="1")
    await get(http, session["event_url"])
    poll = tasks.spawn(get(http, session["event_url"]), name="poll")
    async with http.get(session["playback_url"]) as body:
        await body.content.readexactly(188)

        await get(http, session["command_url"], method="stop")

        await body.content.read()
    assert await poll == UNKNOWN_SESSION
    assert await get(http, session["command_url"], method="stop") == UNKNOWN_SESSION
    async with http.get(session["playback_url"]) as gone:
        assert gone.status == 500
    assert engine.state()["readers"] == 0


async def test_nothing_comes_while_a_channel_prebuffers(http: aiohttp.ClientSession) -> None:
    session = await start(http, id=NEVER.id)

    stat = (await get(http, session["stat_url"]))["response"]
    async with http.get(session["playback_url"]) as body:
        refused = body.status, await body.text()

    assert (stat["status"], stat["peers"]) == ("prebuf", 0)
    assert refused == (500, "download not found")


async def test_a_player_that_asks_a_moment_too_early_waits() -> None:
    late = dataclasses.replace(NORMAL, start_delay=0.2)
    engine = DemoEngine((late,))
    port = await engine.start()
    url = f"http://127.0.0.1:{port}/ace/getstream?id={NORMAL.id}"

    async with aiohttp.ClientSession() as http, http.get(url) as body:
        assert body.status == 200
        await body.content.readexactly(188)
    await engine.close()


async def test_rewinding_moves_the_player_and_minus_one_brings_it_back(
    http: aiohttp.ClientSession,
) -> None:
    session = await start(http)
    edge = int((await get(http, session["stat_url"]))["response"]["livepos"]["last"])

    moved = await get(http, session["command_url"], method="liveseek", pos=str(edge - 300))
    behind = (await get(http, session["stat_url"]))["response"]["livepos"]
    await get(http, session["command_url"], method="liveseek", pos="-1")
    live = (await get(http, session["stat_url"]))["response"]["livepos"]

    assert moved["response"] == "ok"
    assert 299 <= int(behind["last"]) - int(behind["pos"]) <= 302
    assert live["pos"] == live["last"]


async def test_a_session_nobody_uses_ends() -> None:
    engine = DemoEngine((QUICK,), inactivity_timeout=0.1)
    port = await engine.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
        session = await start(http, use_api_events="1")
        await get(http, session["event_url"])

        ended = await get(http, session["event_url"])

    assert ended == UNKNOWN_SESSION
    assert engine.state()["ended"] == {"inactivity": 1}
    await engine.close()


async def test_a_player_may_ask_for_a_longer_life(http: aiohttp.ClientSession) -> None:
    session = await start(http)

    good = await get(
        http, session["command_url"], method="set_player_activity_timeout", timeout="600"
    )
    bad = await get(http, session["command_url"], method="set_player_activity_timeout")

    assert good["response"] == "ok"
    assert bad["error"]


async def test_ordered_events_arrive_at_the_poll(http: aiohttp.ClientSession) -> None:
    session = await start(http, use_api_events="1")
    await get(http, session["event_url"])

    told = await get(
        http, "/demo/event", id=NORMAL.id, name="download_stopped", params='{"reason": "x"}'
    )

    assert told == {"told": 1}
    assert (await get(http, session["event_url"]))["response"] == {
        "name": "download_stopped",
        "params": {"reason": "x"},
    }


async def test_a_taken_port_and_a_foreign_address_are_told() -> None:
    first, second = DemoEngine(), DemoEngine()
    port = await first.start()

    with pytest.raises(PortInUse):
        await second.start(port=port)
    with pytest.raises(StorageError):
        await second.start("192.0.2.1")
    await first.close()
    assert await second.start(port=port) == port
    await second.close()
