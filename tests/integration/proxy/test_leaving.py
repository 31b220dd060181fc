"""What ends when somebody leaves: nothing of anybody else, and everything of nobody's."""

import asyncio

from tests import transport
from tests.integration.proxy.conftest import MakeProxy

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
    await proxy.until(lambda: sum(len(s.audience) for s in proxy.streams) == 2)
    await proxy.engines[0].push(PROGRAMME[:GOP])
    await one.head()
    await two.head()
    await two.media(GOP)

    one.leave()
    await proxy.until(lambda: sum(len(s.audience) for s in proxy.streams) == 1)
    await proxy.engines[0].push(PROGRAMME[GOP : 2 * GOP])

    assert await two.media(GOP) == PROGRAMME[GOP : 2 * GOP]
    assert not proxy.engines[0].sessions[0].stopped.is_set()


async def test_within_the_grace_time_a_player_finds_its_stream_again(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(grace=30.0)
    player = await proxy.play()
    await proxy.engines[0].push(PROGRAMME)
    await player.head()
    player.leave()
    await proxy.until(lambda: all(len(s.audience) == 0 for s in proxy.streams))

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
    (client,) = stream.audience

    proxy.streams.close_client(client.id)

    assert await player.rest() == PROGRAMME[:GOP]
    assert len(proxy.streams) == 1
