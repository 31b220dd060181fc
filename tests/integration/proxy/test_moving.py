"""A stream is moved to another engine because somebody wants it."""

import pytest

from acedesk.errors import Busy, BusyReason, NotFound
from acedesk.model.diagnosis import Cause
from tests import transport
from tests.integration.proxy.conftest import CONTENT, MakeProxy
from tests.integration.proxy.laboratory import Laboratory

BROADCAST = transport.broadcast(200)
CUT = len(transport.broadcast(100))


async def test_the_player_sees_nothing_of_the_move(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2)
    player = await proxy.play()
    await proxy.engines[0].push(BROADCAST[:CUT])
    assert await player.head() == 200
    got = await player.media(CUT)

    proxy.streams.switch_engine(CONTENT)
    await proxy.engines[1].push(BROADCAST)

    rest = await player.media(len(BROADCAST) - CUT)
    assert got + rest == BROADCAST
    assert proxy.streams.find_id(CONTENT).supply.switches == 1


async def test_without_another_engine_it_stays_where_it_is(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player = await proxy.play()
    await proxy.engines[0].push(BROADCAST)
    await player.head()

    with pytest.raises(Busy) as refused:
        proxy.streams.switch_engine(CONTENT)

    assert refused.value.reason is BusyReason.MAX_CAPACITY
    assert await player.media(len(BROADCAST)) == BROADCAST
    with pytest.raises(NotFound):
        proxy.streams.switch_engine("c" * 40)


async def test_engines_that_fail_one_after_the_other_are_told(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2)
    lab = Laboratory(proxy)
    player = await proxy.play()
    step = len(transport.broadcast(50))
    await proxy.engines[0].push(BROADCAST[:step])
    await player.head()
    await player.media(step)
    lab.look()
    for number in range(1, 4):
        proxy.streams.switch_engine(CONTENT)
        lab.look()
        engine = proxy.engines[number % 2]
        await engine.push(BROADCAST[: (number + 1) * step], number // 2)
        await player.media(step)
        lab.look()

    for _ in range(3):
        lab.look(0.2)

    assert lab.diagnosis().cause is Cause.ENGINE_FAILING
    assert lab.diagnosis().count == 3
