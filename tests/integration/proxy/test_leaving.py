"""What ends when somebody leaves: nothing of anybody else, and everything of nobody's."""

import asyncio

from acedesk import tasks
from acedesk.formats.getstream import parse_query
from tests import transport
from tests.integration.proxy.conftest import CONTENT, MakeProxy, RawPlayer

PROGRAMME = transport.programme(40, gop=10)
GOP = len(transport.programme(10, gop=10))


async def test_the_last_player_takes_the_session_with_it(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.play()
    await proxy.engines[0].push(PROGRAMME[:GOP])
    await player.head()

    player.leave()

    async with asyncio.timeout(5):
        await proxy.engines[0].sessions[0].stopped.wait()
    await proxy.until(lambda: len(proxy.streams) == 0)


async def test_a_player_that_leaves_does_not_disturb_another(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    one, two = await proxy.play(), await proxy.play()
    await proxy.until(lambda: sum(len(s.clients) for s in proxy.streams) == 2)
    await proxy.engines[0].push(PROGRAMME[:GOP])
    await one.head()
    await two.head()
    await two.media(GOP)

    one.leave()
    await proxy.until(lambda: sum(len(s.clients) for s in proxy.streams) == 1)
    await proxy.engines[0].push(PROGRAMME[GOP : 2 * GOP])

    assert await two.media(GOP) == PROGRAMME[GOP : 2 * GOP]
    assert not proxy.engines[0].sessions[0].stopped.is_set()


async def test_within_the_grace_time_a_player_finds_its_stream_again(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(grace=30.0)
    player = await proxy.play()
    await proxy.engines[0].push(PROGRAMME)
    await player.head()
    player.leave()
    await proxy.until(lambda: all(len(s.clients) == 0 for s in proxy.streams))

    again = await proxy.play()

    assert await again.head() == 200
    assert len(proxy.engines[0].sessions) == 1


async def test_a_start_nobody_waits_for_is_cancelled_and_stopped(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(grace=30.0)
    player = await proxy.play()
    session = await proxy.engines[0].body_of()

    player.leave()

    async with asyncio.timeout(5):
        await session.stopped.wait()
    await proxy.until(lambda: len(proxy.streams) == 0)


async def test_the_place_on_the_engine_is_free_again(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.play()
    await proxy.engines[0].push(PROGRAMME[:GOP])
    await player.head()
    (view,) = proxy.pool.views()
    assert view.streams == 1
    freed = asyncio.Event()

    def look() -> None:
        if proxy.pool.views()[0].streams == 0:
            freed.set()

    proxy.pool.changed.connect(look)

    player.leave()

    async with asyncio.timeout(5):
        await freed.wait()


async def test_closing_tells_every_engine_and_every_player(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.play()
    await proxy.engines[0].push(PROGRAMME[:GOP])
    await player.head()

    await proxy.streams.close()

    assert proxy.engines[0].sessions[0].stopped.is_set()
    assert await player.rest() == PROGRAMME[:GOP]


async def test_one_viewer_can_be_sent_away(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(grace=30.0)
    player = await proxy.play()
    await proxy.engines[0].push(PROGRAMME[:GOP])
    await player.head()
    (stream,) = proxy.streams
    (client,) = stream.clients

    proxy.streams.close_client(client.id)

    assert await player.rest() == PROGRAMME[:GOP]
    assert len(proxy.streams) == 1


async def test_a_viewer_that_waits_for_the_picture_can_be_sent_away(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(header_wait=30.0)
    one, two = await proxy.play(), await proxy.play()
    await proxy.until(lambda: sum(len(s.clients) for s in proxy.streams) == 2)
    await proxy.engines[0].body_of()
    (stream,) = proxy.streams
    client, _ = stream.clients

    proxy.streams.close_client(client.id)

    async with asyncio.timeout(5):
        assert await first_head(one, two) == 404
    assert len(stream.clients) == 1
    assert not proxy.engines[0].sessions[0].stopped.is_set()


async def first_head(*players: RawPlayer) -> int:
    """Return the status of the first answer."""
    heads = [tasks.spawn(player.head(), name="a head") for player in players]
    try:
        done, _ = await asyncio.wait(heads, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    finally:
        await tasks.cancel(*heads)


async def test_a_start_that_is_stopped_says_so(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(header_wait=30.0)
    player = await proxy.play()
    await proxy.engines[0].body_of()
    (stream,) = proxy.streams

    await proxy.streams.stop(stream.key.stream_id)

    assert await player.head() == 404
    body = await player.reader.readexactly(int(player.headers["content-length"]))
    assert b"this stream was stopped" in body.lower()


async def test_who_comes_while_a_stream_ends_gets_a_new_one(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.play()
    await proxy.engines[0].push(PROGRAMME[:GOP])
    await player.head()
    (old,) = proxy.streams

    ending = tasks.spawn(old.stop(), name="stop")
    await tasks.sleep(0)  # it is asked to end, and has not ended
    assert (old.leaving, old.ended) == (True, False)
    request = parse_query([("id", CONTENT)])
    new = proxy.streams.open(request)
    await ending

    assert new is not old
    assert proxy.streams.find(request.key) is new
    assert list(proxy.streams) == [new]
    again = await proxy.play()
    await proxy.engines[0].push(PROGRAMME[:GOP], 1)
    assert await again.head() == 200
    await again.expect(PROGRAMME[:GOP])


async def test_a_name_of_a_stream_that_ends_leads_to_the_new_one(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.play()
    await proxy.engines[0].push(PROGRAMME[:GOP])
    await player.head()
    (old,) = proxy.streams
    _, infohash = proxy.streams.names(old)
    request = parse_query([("infohash", infohash.value)])
    assert proxy.streams.find(infohash) is old

    ending = tasks.spawn(old.stop(), name="stop")
    await tasks.sleep(0)
    new = proxy.streams.open(request)
    await ending

    assert proxy.streams.find(infohash) is new
