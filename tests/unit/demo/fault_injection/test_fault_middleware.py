"""Every request is counted, a probe starts nothing, and an ordered fault strikes once."""

import asyncio
import contextlib

import aiohttp
import pytest

from acedesk import tasks
from acedesk.demo.fault_injection.faults import Fault, FaultKind, FaultPlace
from tests.unit.demo.conftest import NORMAL, SECOND, Caller

VERSION = "/webui/api/service"
SESSION = f"{NORMAL.infohash}/x"
PLACES = [
    ("/ace/getstream", FaultPlace.GETSTREAM, "getstream", "video/mp2t"),
    (
        "/ace/manifest.m3u8",
        FaultPlace.GETSTREAM,
        "manifest.m3u8",
        "application/vnd.apple.mpegurl",
    ),
    (f"/ace/r/{SESSION}", FaultPlace.PLAYBACK, "r", "video/mp2t"),
    (f"/content/{SESSION}", FaultPlace.PLAYBACK, "content", "video/mp2t"),
    (f"/ace/m/{SESSION}.m3u8", FaultPlace.HLS, "m", "application/vnd.apple.mpegurl"),
    (f"/ace/c/{NORMAL.infohash}/0.ts", FaultPlace.HLS, "c", "video/mp2t"),
    (f"/ace/stat/{SESSION}", FaultPlace.STAT, "stat", "application/json"),
    (f"/ace/cmd/{SESSION}", FaultPlace.COMMAND, "cmd", "application/json"),
    (f"/ace/event/{SESSION}", FaultPlace.EVENT, "event", "application/json"),
    (VERSION, FaultPlace.API, "webui", "application/json"),
    ("/server/api", FaultPlace.API, "server", "application/json"),
    ("/search", FaultPlace.API, "search", "application/json"),
]


def _order(caller: Caller, kind: FaultKind, where: FaultPlace, **facts: float) -> None:
    fault = Fault(
        kind=kind,
        where=where,
        times=int(facts.get("times", 1)),
        duration=facts.get("duration", float("inf")),
    )
    caller.engine.order_fault(fault)


@pytest.mark.parametrize(("path", "place", "counter", "kind"), PLACES)
async def test_a_probe_is_answered_with_the_type_and_starts_nothing(
    caller: Caller, path: str, place: FaultPlace, counter: str, kind: str
) -> None:
    _order(caller, FaultKind.ERROR, place)

    answer = await caller.ask(path, method="HEAD", id=NORMAL.id)

    state = caller.engine.state()
    assert (answer.status, answer.content_type, answer.body) == (200, kind, b"")
    assert (state["opened"], state["faults"][0]["struck"]) == (0, 0)
    assert state["requests"][counter] == 1


@pytest.mark.parametrize(("path", "place", "counter", "kind"), PLACES)
async def test_a_fault_strikes_the_part_it_was_ordered_for_as_often_as_it_was(
    caller: Caller, path: str, place: FaultPlace, counter: str, kind: str
) -> None:
    _order(caller, FaultKind.ERROR, place)

    first, second = [await caller.ask(path) for _ in range(2)]

    assert (first.status, first.text) == (500, "Internal Server Error")
    assert second.text != "Internal Server Error"
    assert caller.engine.state()["requests"] == {counter: 2}


async def test_other_parts_are_left_alone(caller: Caller) -> None:
    _order(caller, FaultKind.ERROR, FaultPlace.STAT, times=0)
    told = await caller.open()

    assert (await caller.json(VERSION, method="get_version"))["error"] is None
    assert (await caller.json(told["command_url"], method="stop"))["error"] is None
    assert (await caller.ask(told["stat_url"])).status == 500


async def test_what_is_no_part_of_an_engine_is_counted_apart(caller: Caller) -> None:
    for path in ("/", "/ace", "/favicon.ico"):
        assert (await caller.ask(path)).status == 404
    await caller.ask("/demo/state")

    assert caller.engine.state()["requests"] == {"other": 3, "demo": 1}


@pytest.mark.parametrize("query", [{"id": SECOND.id}, {"infohash": SECOND.infohash}])
async def test_a_fault_of_one_content_strikes_by_whichever_name_it_is_asked_for(
    caller: Caller, query: dict[str, str]
) -> None:
    caller.engine.order_fault(
        Fault(kind=FaultKind.ERROR, where=FaultPlace.GETSTREAM, infohash=SECOND.infohash)
    )

    spared = await caller.ask("/ace/getstream", id=NORMAL.id)
    struck = await caller.ask("/ace/getstream", **query)

    assert (spared.status, struck.status) == (302, 500)


async def test_a_fault_of_one_content_strikes_its_sessions_too(caller: Caller) -> None:
    first, second = await caller.open(pid="a"), await caller.open(id=SECOND.id, pid="b")
    caller.engine.order_fault(
        Fault(kind=FaultKind.ERROR, where=FaultPlace.STAT, infohash=SECOND.infohash)
    )

    assert (await caller.ask(first["stat_url"])).status == 200
    assert (await caller.ask(second["stat_url"])).status == 500


async def test_a_captive_portal_is_a_page_that_is_well(caller: Caller) -> None:
    _order(caller, FaultKind.HTML, FaultPlace.API)

    answer = await caller.ask(VERSION, method="GET")

    assert (answer.status, answer.content_type) == (200, "text/html")
    assert "sign in" in answer.text


async def test_garbage_is_another_one_each_time(caller: Caller) -> None:
    _order(caller, FaultKind.GARBAGE, FaultPlace.API, times=2)

    first, second = [await caller.ask(VERSION) for _ in range(2)]

    assert first.content_type == "application/octet-stream"
    assert len(first.body) == len(second.body) > 1000
    assert first.body != second.body


async def test_a_closed_connection_ends_without_a_word(caller: Caller) -> None:
    _order(caller, FaultKind.CLOSE, FaultPlace.API)
    reader, writer = await asyncio.open_connection("127.0.0.1", caller.engine.port)
    writer.write(f"GET {VERSION} HTTP/1.1\r\nHost: x\r\n\r\n".encode())

    assert await reader.read() == b""
    writer.close()


async def test_a_reset_is_one(caller: Caller) -> None:
    _order(caller, FaultKind.RESET, FaultPlace.GETSTREAM)
    reader, writer = await asyncio.open_connection("127.0.0.1", caller.engine.port)
    writer.write(b"GET /ace/getstream?id=0 HTTP/1.1\r\nHost: x\r\n\r\n")

    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()


async def test_a_slow_answer_is_the_right_one_and_late(caller: Caller) -> None:
    _order(caller, FaultKind.SLOW, FaultPlace.API, duration=0.15)
    loop = asyncio.get_running_loop()
    began_at = loop.time()

    answer = await caller.json(VERSION, method="get_version")

    assert answer["error"] is None
    assert loop.time() - began_at >= 0.15


async def test_slow_for_no_given_time_is_not_slow_for_ever(caller: Caller) -> None:
    _order(caller, FaultKind.SLOW, FaultPlace.API)

    async with asyncio.timeout(5):
        answer = await caller.json(VERSION, method="get_version")

    assert answer["error"] is None


@pytest.mark.parametrize("kind", [FaultKind.HANG, FaultKind.STALL])
async def test_a_hanging_request_ends_when_the_engine_closes(
    caller: Caller, kind: FaultKind
) -> None:
    _order(caller, kind, FaultPlace.API)

    async def ask() -> bool:
        with contextlib.suppress(aiohttp.ClientError):
            await caller.ask(VERSION)
            return True
        return False

    asking = tasks.spawn(ask(), name="ask")
    await caller.until(lambda: caller.engine.state()["requests"] == {"webui": 1})
    before = asking.done()
    async with asyncio.timeout(5):
        await caller.engine.close()
        answered = await asking

    assert (before, answered) == (False, False)


async def test_every_strike_is_written_down(caller: Caller) -> None:
    _order(caller, FaultKind.HTML, FaultPlace.API)

    await caller.ask(VERSION)

    assert caller.engine.log_lines(1)[0].endswith("|acestream.demo|fault strikes: html at api")
