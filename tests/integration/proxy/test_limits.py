"""Streams, viewers and memory have limits; each refusal is a 503 that says why and until when."""

import asyncio
import json

import pytest

from acedesk import tasks
from acedesk.errors import Busy, BusyReason
from acedesk.formats.getstream import PlayRequest
from acedesk.model.content import KeyKind, StreamKey
from acedesk.proxy.streams.stream import Stream
from acedesk.settings import MIB
from tests import transport
from tests.integration.proxy.conftest import MakeProxy, Proxy, RawPlayer

GOP = transport.programme(10, gop=10)
LOAD = transport.broadcast(250, nulls=20)


def path(sign: str) -> str:
    return f"/ace/getstream?id={sign * 40}"


async def read_refusal(player: RawPlayer) -> tuple[str, str]:
    """Return the code and the sentence of a 503, which must say when to come back."""
    assert await player.head() == 503
    assert int(player.headers["retry-after"]) > 0
    body = json.loads(await player.reader.readexactly(int(player.headers["content-length"])))
    return body["code"], body["error"]


async def watch(proxy: Proxy, sign: str, session: int) -> RawPlayer:
    player = await proxy.play(path(sign))
    await proxy.engines[0].push(GOP, session)
    assert await player.head() == 200
    return player


async def test_one_stream_more_than_allowed_is_refused(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(max_streams=2)
    for number, sign in enumerate("ab"):
        await watch(proxy, sign, number)

    code, sentence = await read_refusal(await proxy.play(path("c")))

    assert code == "max_streams"
    assert sentence.startswith("As many streams play as are allowed.")
    assert len(proxy.engines[0].sessions) == 2


async def test_a_stream_that_runs_takes_viewers_whatever_the_limit(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(max_streams=1)
    await watch(proxy, "a", 0)

    second = await proxy.play(path("a"))

    assert await second.head() == 200


async def test_a_stream_that_ended_makes_room(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(max_streams=1)
    first = await watch(proxy, "a", 0)
    first.leave()
    await proxy.until(lambda: not len(proxy.streams))

    await watch(proxy, "b", 1)

    assert len(proxy.streams) == 1


async def test_a_stream_nobody_watches_gives_way(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(max_streams=2, grace=600)
    left = await watch(proxy, "a", 0)
    left.leave()
    await proxy.until(lambda: any(not len(stream.clients) for stream in proxy.streams))
    await watch(proxy, "b", 1)

    await watch(proxy, "c", 2)

    assert {stream.key.value[0] for stream in proxy.streams} == {"b", "c"}
    async with asyncio.timeout(5):
        await proxy.engines[0].sessions[0].stopped.wait()


async def test_a_stream_prepared_for_somebody_does_not_give_way(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(max_streams=1)
    proxy.streams.open(PlayRequest(key=StreamKey(KeyKind.CONTENT_ID, "a" * 40), extra=())).hold()

    code, _ = await read_refusal(await proxy.play(path("b")))

    assert code == "max_streams"


async def test_one_viewer_more_than_allowed_is_refused(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(max_viewers_per_stream=2)
    players = [await proxy.play() for _ in range(2)]
    await proxy.engines[0].push(GOP)
    for player in players:
        assert await player.head() == 200

    code, sentence = await read_refusal(await proxy.play())

    assert code == "max_viewers"
    assert sentence.startswith("This stream has as many viewers as are allowed.")


async def test_a_viewer_that_left_makes_room(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(max_viewers_per_stream=1, grace=60)
    first = await watch(proxy, "a", 0)
    first.leave()
    await proxy.until(lambda: all(not len(stream.clients) for stream in proxy.streams))

    second = await proxy.play()

    assert await second.head() == 200


async def test_a_start_without_room_for_its_buffer_is_refused(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(memory_mib=32)  # 16 streams of 2 MiB
    for number in range(16):
        request = PlayRequest(key=StreamKey(KeyKind.CONTENT_ID, f"{number:040x}"), extra=())
        proxy.streams.open(request).hold()

    code, sentence = await read_refusal(await proxy.play(path("f")))

    assert code == "memory"
    assert sentence.startswith("The memory for buffers is used up.")


async def pour(proxy: Proxy, stream: Stream, data: bytes, session: int) -> None:
    """Send bytes and wait until they went through the stream's ring."""
    wanted = stream.ring.total + len(data)
    grown = asyncio.Event()
    disconnect = stream.grown.connect(grown.set)
    await proxy.engines[0].push(data, session)
    async with asyncio.timeout(10):
        while stream.ring.total < wanted:
            grown.clear()
            await grown.wait()
    disconnect()


async def drain(player: RawPlayer) -> None:
    """Take everything that comes."""
    while await player.reader.read(65536):
        pass


async def test_one_stream_stays_within_its_own_memory(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(ring_mib=2)
    reading = tasks.spawn(drain(await proxy.play()), name="a player")
    await proxy.engines[0].body_of(0)
    (stream,) = proxy.streams

    for _ in range(4):
        await pour(proxy, stream, LOAD, 0)
        assert stream.ring.size <= 2 * MIB

    assert stream.ring.total > 4 * MIB
    await tasks.cancel(reading)


async def test_all_streams_together_stay_within_their_memory(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    budget = proxy.streams._shared.budget
    budget.limit = 6 * MIB
    players = [await proxy.play(path(sign)) for sign in "abcd"]
    reading = [tasks.spawn(drain(player), name="a player") for player in players]
    for number in range(4):
        await proxy.engines[0].body_of(number)
    streams = {stream.key.value[0]: stream for stream in proxy.streams}
    order = [session.query["id"][0] for session in proxy.engines[0].sessions]

    for _ in range(3):
        for number, sign in enumerate(order):
            await pour(proxy, streams[sign], LOAD, number)
            assert budget.used == sum(stream.ring.size for stream in proxy.streams)
            assert budget.used <= 6 * MIB

    assert all(stream.ring.size > MIB for stream in proxy.streams)
    await tasks.cancel(*reading)


async def test_refusals_reach_the_window_as_well(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(max_streams=1)
    await watch(proxy, "a", 0)

    with pytest.raises(Busy) as refused:
        proxy.streams.open(PlayRequest(key=StreamKey(KeyKind.CONTENT_ID, "b" * 40), extra=()))

    assert refused.value.reason is BusyReason.MAX_STREAMS
