"""The demo engine fails when and as it was told to."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator

import aiohttp
import pytest

from acedesk import tasks
from acedesk.demo.channels import channels
from acedesk.demo.engine import DemoEngine
from acedesk.demo.fault_injection.faults import Fault, FaultKind, FaultPlace
from acedesk.mpegts.packets import PACKET

CHANNELS = tuple(dataclasses.replace(channel, start_delay=0.0) for channel in channels()[:2])
NORMAL, SECOND = CHANNELS
BURST = 100_000  # bytes, well within what a new reader gets at once
# Long against a tick, short for a test: what did not come by then does not come.
SILENCE = 0.3


@pytest.fixture
async def engine() -> AsyncIterator[DemoEngine]:
    made = DemoEngine(CHANNELS)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def http(engine: DemoEngine) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{engine.port}") as session:
        yield session


def play(
    http: aiohttp.ClientSession,
) -> contextlib.AbstractAsyncContextManager[aiohttp.ClientResponse]:
    return http.get("/ace/getstream", params={"id": NORMAL.id, "pid": "a"})


async def is_silent(body: aiohttp.ClientResponse) -> bool:
    """Read what is on its way; tell whether it ceases."""
    while True:
        try:
            async with asyncio.timeout(SILENCE):
                if not await body.content.readany():
                    return False
        except TimeoutError:
            return True


async def drain(body: aiohttp.ClientResponse) -> None:
    while await body.content.readany():
        pass


async def test_a_stalled_body_is_silent_and_then_goes_on(
    engine: DemoEngine, http: aiohttp.ClientSession
) -> None:
    async with play(http) as body:
        await body.content.readexactly(BURST)

        engine.order_fault(Fault(kind=FaultKind.STALL))

        assert await is_silent(body)
        engine.clear_faults()
        async with asyncio.timeout(5):
            await body.content.readexactly(PACKET)


async def test_a_stall_is_seen_in_the_stat(engine: DemoEngine, http: aiohttp.ClientSession) -> None:
    engine.order_fault(Fault(kind=FaultKind.STALL))
    async with http.get("/ace/getstream", params={"id": NORMAL.id, "format": "json"}) as answer:
        session = (await answer.json())["response"]
    async with http.get(session["playback_url"]) as body:
        assert await is_silent(body)
        async with http.get(session["stat_url"]) as answer:
            stat = (await answer.json())["response"]

    assert (stat["status"], stat["speed_down"]) == ("dl", 0)


@pytest.mark.parametrize("kind", [FaultKind.CLOSE, FaultKind.RESET])
async def test_a_body_breaks_off(
    engine: DemoEngine, http: aiohttp.ClientSession, kind: FaultKind
) -> None:
    async with play(http) as body:
        await body.content.readexactly(BURST)

        engine.order_fault(Fault(kind=kind))

        with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientOSError)):
            await drain(body)

    async with play(http) as body:
        await body.content.readexactly(BURST)


async def test_a_reset_is_a_reset(engine: DemoEngine) -> None:
    engine.order_fault(Fault(kind=FaultKind.RESET, where=FaultPlace.API))
    reader, writer = await asyncio.open_connection("127.0.0.1", engine.port)
    writer.write(b"GET /webui/api/service?method=get_version HTTP/1.1\r\nHost: x\r\n\r\n")

    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()


async def test_garbage_is_no_transport_stream(
    engine: DemoEngine, http: aiohttp.ClientSession
) -> None:
    engine.order_fault(Fault(kind=FaultKind.GARBAGE))
    async with play(http) as body:
        flow = await body.content.readexactly(100 * PACKET)

    assert flow[::PACKET].count(0x47) < 20


async def test_a_slow_body_has_a_fraction_of_the_rate(
    engine: DemoEngine, http: aiohttp.ClientSession
) -> None:
    engine.order_fault(Fault(kind=FaultKind.SLOW, factor=0.1))
    received = 0
    async with play(http) as body:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                while data := await body.content.readany():
                    received += len(data)

    assert 5_000 < received < 40_000


@pytest.mark.parametrize(
    ("where", "path"),
    [
        ("api", "/server/api?method=get_status"),
        ("getstream", f"/ace/getstream?id={NORMAL.id}&format=json"),
        ("stat", f"/ace/stat/{NORMAL.infohash}/x"),
        ("command", f"/ace/cmd/{NORMAL.infohash}/x"),
        ("event", f"/ace/event/{NORMAL.infohash}/x"),
        ("playback", f"/ace/r/{NORMAL.infohash}/x"),
        ("hls", f"/ace/m/{NORMAL.infohash}/x.m3u8"),
    ],
)
async def test_every_part_of_the_api_can_fail(
    http: aiohttp.ClientSession, where: str, path: str
) -> None:
    query = {"kind": "500", "where": where, "times": "1"}
    async with http.get("/demo/fault", params=query) as answer:
        assert answer.status == 200

    async with http.get(path) as first:
        struck = first.status, await first.text()
    async with http.get(path) as second:
        after = await second.text()

    assert struck == (500, "Internal Server Error")
    assert after != "Internal Server Error"


async def test_a_captive_portal_answers_a_page(http: aiohttp.ClientSession) -> None:
    await http.get("/demo/fault", params={"kind": "html"})

    async with http.get("/ace/getstream", params={"id": NORMAL.id, "format": "json"}) as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")


async def test_a_hanging_engine_accepts_and_never_answers(
    engine: DemoEngine, http: aiohttp.ClientSession
) -> None:
    engine.order_fault(Fault(kind=FaultKind.HANG, where=FaultPlace.API, times=0))

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(SILENCE), http.get("/webui/api/service?method=get_version"):
            pass
    async with play(http) as body:
        await body.content.readexactly(BURST)


async def test_a_hanging_request_does_not_keep_the_engine_from_closing(
    engine: DemoEngine, http: aiohttp.ClientSession
) -> None:
    engine.order_fault(Fault(kind=FaultKind.HANG, where=FaultPlace.API))

    async def ask() -> None:
        with contextlib.suppress(aiohttp.ClientError):
            await http.get("/webui/api/service?method=get_version")

    asking = tasks.spawn(ask(), name="ask")
    while not engine.state()["requests"]:
        await asyncio.get_running_loop().run_in_executor(None, lambda: None)

    async with asyncio.timeout(5):
        await engine.close()
        await asking


async def test_a_slow_answer_comes_after_all(
    engine: DemoEngine, http: aiohttp.ClientSession
) -> None:
    engine.order_fault(Fault(kind=FaultKind.SLOW, where=FaultPlace.API, duration=0.2))
    loop = asyncio.get_running_loop()
    began = loop.time()

    async with http.get("/webui/api/service?method=get_version") as answer:
        assert answer.status == 200

    assert loop.time() - began >= 0.2


async def test_only_the_named_content_is_struck(
    engine: DemoEngine, http: aiohttp.ClientSession
) -> None:
    engine.order_fault(Fault(kind=FaultKind.CLOSE, infohash=SECOND.infohash, times=0))

    async with play(http) as body:
        await body.content.readexactly(BURST * 4)


async def test_a_channel_that_breaks_off_ends_each_session() -> None:
    breaks = dataclasses.replace(NORMAL, closes_after=0.2)
    engine = DemoEngine((breaks,))
    port = await engine.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http:
        for _ in range(2):
            async with play(http) as body:
                await body.content.readexactly(BURST)
                with pytest.raises(aiohttp.ClientPayloadError):
                    await drain(body)

    assert engine.state()["ended"] == {"broken": 2}
    await engine.close()


async def test_the_state_tells_what_happened_and_a_reset_forgets_it(
    http: aiohttp.ClientSession,
) -> None:
    await http.get("/demo/fault", params={"kind": "stall", "id": SECOND.id})
    async with play(http) as body:
        await body.content.readexactly(BURST)

        async with http.get("/demo/state") as answer:
            state = await answer.json()
        async with http.get("/demo/reset") as answer:
            forgotten = await answer.json()

    assert (state["opened"], state["readers"]) == (1, 1)
    assert state["requests"]["getstream"] == 1
    assert state["sessions"][0]["infohash"] == NORMAL.infohash
    assert state["faults"][0]["infohash"] == SECOND.infohash
    assert (forgotten["faults"], forgotten["requests"]) == ([], {})
    assert forgotten["opened"] == 1


async def test_an_order_nobody_understands_is_refused(http: aiohttp.ClientSession) -> None:
    async with http.get("/demo/fault", params={"kind": "sadness"}) as answer:
        assert answer.status == 400
        assert "stall" in (await answer.json())["error"]
