"""The media of a session as one endless body: who may read it, and what comes."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator

import aiohttp
import pytest

from acedesk import tasks
from acedesk.demo.engine import DemoEngine
from acedesk.demo.fault_injection.faults import Fault, FaultKind
from acedesk.demo.sessions import End
from acedesk.mpegts.packets import PACKET
from tests.unit.demo.conftest import NEVER, NORMAL, Caller

UNKNOWN = (500, "unknown playback session id")
# What a new reader gets at once is more.
SOME = 200 * PACKET


@contextlib.asynccontextmanager
async def _reading(caller: Caller, url: str) -> AsyncIterator[aiohttp.ClientResponse]:
    """Read a body from its first bytes on."""
    async with caller.http.get(url) as body:
        assert body.status == 200
        yield body


async def test_a_player_is_sent_on_to_a_body_of_its_own(caller: Caller) -> None:
    told = await caller.open()

    first = await caller.ask(told["playback_url"], host="tv.lan:99")
    second = await caller.ask(told["playback_url"], host="tv.lan:99")

    start = f"http://tv.lan:99/content/{NORMAL.infohash}/0."
    places = [answer.headers["Location"] for answer in (first, second)]
    assert (first.status, second.status) == (302, 302)
    assert all(place.startswith(start) for place in places)
    assert len(set(places)) == 2


async def test_a_session_that_is_over_or_a_list_has_no_body(caller: Caller) -> None:
    superseded = await caller.open(pid="a")
    stopped = await caller.open(pid="b")
    await caller.json(stopped["command_url"], method="stop")
    listed = caller.session(await caller.open_list(pid="c")).token

    forbidden = await caller.ask(superseded["playback_url"])
    over = await caller.ask(stopped["playback_url"])
    as_body = await caller.ask(f"/ace/r/{NORMAL.infohash}/{listed}")
    nobody = await caller.ask(f"/ace/r/{NORMAL.infohash}/nothing")
    content = await caller.ask(f"/content/{NORMAL.infohash}/0.5")

    assert (forbidden.status, forbidden.text) == (403, "access denied")
    assert [(one.status, one.text) for one in (over, as_body, nobody, content)] == [UNKNOWN] * 4


async def test_who_asks_much_too_early_is_refused_and_not_held(caller: Caller) -> None:
    told = await caller.open(id=NEVER.id)

    answer = await caller.ask(told["playback_url"])

    assert (answer.status, answer.text) == (500, "download not found")


async def test_who_is_held_is_told_when_the_session_ends() -> None:
    late = dataclasses.replace(NORMAL, start_delay=0.3)
    engine = DemoEngine((late,))
    await engine.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{engine.port}") as http:
        caller = Caller(engine, http)
        told = await caller.open()
        waiting = tasks.spawn(caller.ask(told["playback_url"]), name="wait")
        await caller.until(lambda: engine.core.requests["r"] == 1)

        engine.core.sessions.end(caller.session(told), End.STOP)
        answer = await waiting

    assert (answer.status, answer.text) == UNKNOWN
    await engine.close()


async def test_the_body_is_the_broadcast_in_whole_packets(caller: Caller) -> None:
    told = await caller.open()
    async with _reading(caller, told["playback_url"]) as body:
        data = await body.content.readexactly(SOME)

    assert body.content_type == "video/mp2t"
    assert set(data[::PACKET]) == {0x47}


async def test_two_readers_at_the_same_time_see_the_same_broadcast(caller: Caller) -> None:
    told = await caller.open(allow_multiple_threads_reading="1")
    async with (
        _reading(caller, told["playback_url"]) as one,
        _reading(caller, told["playback_url"]) as other,
    ):
        first, second = await asyncio.gather(
            one.content.readexactly(3 * SOME), other.content.readexactly(SOME)
        )

    assert second[: 20 * PACKET] in first
    assert caller.engine.core.requests["content"] == 2


async def test_a_second_reader_gets_what_no_client_can_read_and_the_first_goes_on(
    caller: Caller,
) -> None:
    told = await caller.open()
    async with _reading(caller, told["playback_url"]) as first:
        await first.content.readexactly(PACKET)
        place = (await caller.ask(told["playback_url"])).headers["Location"]
        reader, writer = await asyncio.open_connection("127.0.0.1", caller.engine.port)
        path = place.partition(str(caller.engine.port))[2]
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()

        assert answer.startswith(b"HTTP/1.1 200 OK\r\nHTTP/1.1 500 Internal Server Error\r\n")
        await first.content.readexactly(SOME)
    await caller.until(lambda: caller.engine.state()["readers"] == 0)


async def test_a_reader_that_comes_later_wins_where_that_was_asked_for(caller: Caller) -> None:
    told = await caller.open(stop_prev_read_thread="1")
    async with _reading(caller, told["playback_url"]) as first:
        await first.content.readexactly(PACKET)
        async with _reading(caller, told["playback_url"]) as second:
            async with asyncio.timeout(5):
                while await first.content.readany():
                    pass
            await second.content.readexactly(SOME)

            assert len(caller.session(told).readers) == 1


async def test_the_end_of_a_session_is_a_regular_end_of_its_body(caller: Caller) -> None:
    told = await caller.open()
    async with _reading(caller, told["playback_url"]) as body:
        await body.content.readexactly(PACKET)

        await caller.json(told["command_url"], method="stop")
        async with asyncio.timeout(5):
            while await body.content.readany():
                pass

    assert caller.session(told).readers == []


async def test_a_reader_that_leaves_is_forgotten_and_the_session_stays(caller: Caller) -> None:
    told = await caller.open()
    async with _reading(caller, told["playback_url"]) as body:
        await body.content.readexactly(PACKET)
        body.close()

    session = caller.session(told)
    await caller.until(lambda: session.readers == [])
    assert session.ended is None
    async with _reading(caller, told["playback_url"]) as again:
        await again.content.readexactly(SOME)


async def test_a_reader_keeps_the_flow_of_its_session_only_while_it_reads(caller: Caller) -> None:
    told = await caller.open()
    session = caller.session(told)
    async with _reading(caller, told["playback_url"]) as body:
        await body.content.readexactly(PACKET)
        caller.engine.order_fault(Fault(kind=FaultKind.STALL))
        await caller.until(lambda: session.flow == 0.0)
        body.close()

    await caller.until(lambda: session.readers == [])
    assert session.flow == 1.0


@pytest.mark.parametrize(
    ("fault", "flow"),
    [
        (Fault(kind=FaultKind.SLOW, factor=0.25), 0.25),
        (Fault(kind=FaultKind.HANG), 0.0),
        (Fault(kind=FaultKind.STALL), 0.0),
    ],
)
async def test_a_disturbed_body_shows_in_the_flow_until_the_fault_is_forgotten(
    caller: Caller, fault: Fault, flow: float
) -> None:
    told = await caller.open()
    session = caller.session(told)
    async with _reading(caller, told["playback_url"]) as body:
        await body.content.readexactly(PACKET)

        caller.engine.order_fault(fault)
        await caller.until(lambda: session.flow == flow)
        caller.engine.clear_faults()
        await caller.until(lambda: session.flow == 1.0)
        await body.content.readexactly(SOME)


async def test_a_player_that_rewinds_gets_what_was_sent_then(caller: Caller) -> None:
    told = await caller.open()
    session = caller.session(told)
    core = caller.engine.core
    async with _reading(caller, told["playback_url"]) as body:
        await body.content.readexactly(PACKET)

        session.behind = 600.0
        card = core.card(session)
        place = card.position(core.air_time(session))
        wanted = card.read(place, place + 2 * card.packets)
        found = b""
        async with asyncio.timeout(10):
            while found[-20 * PACKET :] not in wanted or len(found) < 20 * PACKET:
                found += await body.content.readexactly(PACKET)

    assert found[-20 * PACKET :] in wanted
