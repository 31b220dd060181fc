"""Two engines on one stream: protected ones lose nothing, hedged starts keep the faster."""

import asyncio

import pytest

from acedesk.model.failover import SpliceMethod
from acedesk.mpegts.packets import PACKET
from tests import transport
from tests.integration.proxy.conftest import CONTENT, MakeProxy, Proxy, RawPlayer
from tests.integration.proxy.test_failover import BROADCAST, CUT, GOP, begin, places_taken
from tests.unit.mpegts.test_restamp import broken_counters

PROTECTED = f"/ace/getstream?id={CONTENT}&protect=1"


async def both_playing(proxy: Proxy, lag: int) -> RawPlayer:
    """Return a player of a protected stream; the second engine is `lag` bytes behind."""
    player = await proxy.play(PROTECTED)
    await begin(proxy, player, CUT)
    await proxy.engines[1].push(BROADCAST[2 * GOP : CUT - lag])
    return player


@pytest.mark.parametrize("dying", [0, 1])
@pytest.mark.parametrize("lag", [0, 5 * GOP])
async def test_the_death_of_either_engine_costs_nothing(
    make_proxy: MakeProxy, dying: int, lag: int
) -> None:
    proxy = await make_proxy(engines=2)
    player = await both_playing(proxy, lag)

    proxy.engines[dying].reset()
    if dying == 0:
        await proxy.engines[1].push(BROADCAST[CUT - lag :])
    else:
        await proxy.engines[0].push(BROADCAST[CUT:])

    await player.expect(BROADCAST[CUT:])
    (stream,) = proxy.streams
    assert [f.method for f in stream.supply.failovers] == [SpliceMethod.BYTE_EXACT] * (1 - dying)
    assert list(stream.ring.splices) == []


async def test_a_dead_engine_is_replaced_in_the_background(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=3)
    player = await both_playing(proxy, 0)

    proxy.engines[1].reset()
    await proxy.engines[2].push(BROADCAST[CUT - GOP : CUT + GOP])
    (stream,) = proxy.streams
    assert stream.supply.switches == 0
    proxy.engines[0].reset()
    await proxy.engines[2].push(BROADCAST[CUT + GOP :])

    await player.expect(BROADCAST[CUT:])


async def test_whichever_engine_is_first_wins(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2)
    player = await both_playing(proxy, 0)
    for number in range(30, 38):
        at, end = (number - 30) * GOP, (number - 29) * GOP
        await proxy.engines[number % 2].push(BROADCAST[CUT + at : CUT + end])
        await player.expect(BROADCAST[CUT + at : CUT + end])
        await proxy.engines[1 - number % 2].push(BROADCAST[CUT + at : CUT + end])


async def test_an_engine_with_other_bytes_stands_by(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2)
    player = await proxy.play(PROTECTED)
    await begin(proxy, player, CUT)

    other = transport.broadcast(400, counters=3)
    await proxy.engines[1].push(other[:CUT])
    proxy.engines[0].reset()
    await proxy.engines[1].push(other[CUT:])

    got = await player.media(10 * GOP)
    assert got[1:3] == b"\x40\x00"
    (stream,) = proxy.streams
    assert [f.method for f in stream.supply.failovers] == [SpliceMethod.KEYFRAME]


async def test_an_engine_left_far_behind_is_not_waited_for(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2, splice_wait=0.0)
    player = await both_playing(proxy, 10 * GOP)

    proxy.engines[0].reset()
    (stream,) = proxy.streams
    await proxy.until(lambda: stream.supply.switches == 1)
    for at in range(CUT - 10 * GOP, CUT - 3 * GOP, GOP):
        await proxy.engines[1].push(BROADCAST[at : at + GOP])

    assert (await player.media(2 * PACKET))[1:3] == b"\x40\x00"


async def test_one_engine_is_enough_when_there_is_no_second(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=1)
    player = await proxy.play(PROTECTED)

    await begin(proxy, player, len(BROADCAST))


async def test_protection_is_switched_on_and_off_while_it_runs(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2)
    await proxy.play()
    await proxy.engines[0].push(BROADCAST[:CUT])
    await proxy.until(lambda: any(s.supply.first_at is not None for s in proxy.streams))
    (stream,) = proxy.streams

    stream.set_protected(True)
    await proxy.engines[1].push(BROADCAST[CUT - GOP : CUT])
    await places_taken(proxy, [1, 1])
    stream.set_protected(False)

    await places_taken(proxy, [1, 0])
    async with asyncio.timeout(5):
        await proxy.engines[1].sessions[0].stopped.wait()


async def test_a_viewer_that_comes_can_switch_it_on_and_off(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2)
    await proxy.play()
    await proxy.engines[0].push(BROADCAST[:CUT])
    await proxy.until(lambda: any(s.supply.first_at is not None for s in proxy.streams))

    await proxy.play(PROTECTED)
    await places_taken(proxy, [1, 1])
    await proxy.engines[1].push(BROADCAST[CUT - GOP : CUT])
    await proxy.play()  # who wishes nothing changes nothing
    await proxy.until(lambda: sum(len(s.clients) for s in proxy.streams) == 3)
    assert [view.streams for view in proxy.pool.views()] == [1, 1]

    await proxy.play(PROTECTED.replace("protect=1", "protect=0"))
    await places_taken(proxy, [1, 0])


async def test_the_engine_is_not_told_of_the_protection(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2, protect_streams=True)
    await proxy.play(f"/ace/getstream?id={CONTENT}&protect=0&_idx=0")
    await proxy.engines[0].push(BROADCAST[:CUT])
    await proxy.until(lambda: any(s.supply.first_at is not None for s in proxy.streams))

    assert "protect" not in proxy.engines[0].sessions[0].query
    assert proxy.engines[1].sessions == []


async def test_the_setting_protects_every_stream(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2, protect_streams=True)
    await proxy.play()

    await places_taken(proxy, [1, 1])


async def test_a_second_engine_goes_on_while_the_first_is_only_silent(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy(engines=2, standby_after=0.6, stall_timeout=2.0)
    player = await proxy.play()
    await begin(proxy, player, CUT)
    (stream,) = proxy.streams

    await proxy.engines[1].push(BROADCAST[CUT - GOP :])

    await player.expect(BROADCAST[CUT:])
    assert stream.supply.switches == 0
    proxy.engines[0].reset()
    await proxy.until(lambda: stream.supply.switches == 1)
    await places_taken(proxy, [0, 1])


async def test_a_silent_engine_that_goes_on_first_is_kept(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2, standby_after=0.6)
    player = await proxy.play()
    await begin(proxy, player, CUT)
    await proxy.engines[1].body_of()

    await proxy.engines[0].push(BROADCAST[CUT:])

    await player.expect(BROADCAST[CUT:])
    (stream,) = proxy.streams
    assert stream.supply.switches == 0


async def test_a_second_engine_that_is_further_takes_the_silent_ones_place(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy(engines=2, standby_after=0.6, stall_timeout=30.0)
    player = await proxy.play()
    await begin(proxy, player, CUT)
    (stream,) = proxy.streams

    await proxy.engines[1].push(BROADCAST[CUT + 10 * PACKET :])

    got = await player.media(10 * GOP)
    assert got[1:3] == b"\x40\x00"
    assert broken_counters(BROADCAST[:CUT] + got) == []
    (failover,) = stream.supply.failovers
    assert (failover.method, failover.cause) == (SpliceMethod.KEYFRAME, "engine_stalled")
    assert 0.6 < failover.duration < 3.0
    async with asyncio.timeout(5):
        await proxy.engines[0].sessions[0].stopped.wait()
    await places_taken(proxy, [0, 1])


async def test_without_standby_a_silent_engine_is_waited_for(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2, standby_after=0.0, stall_timeout=1.0)
    player = await proxy.play()
    await begin(proxy, player, CUT)
    (stream,) = proxy.streams

    await proxy.until(lambda: stream.supply.switches == 1)

    assert len(proxy.engines[1].sessions) <= 1


@pytest.mark.parametrize("faster", [0, 1])
async def test_the_first_engine_with_a_keyframe_is_kept(make_proxy: MakeProxy, faster: int) -> None:
    proxy = await make_proxy(engines=2, hedged_start=True)
    player = await proxy.play()

    await proxy.engines[1 - faster].push(BROADCAST[3 * PACKET : GOP])  # no tables, no keyframe
    await begin(proxy, player, len(BROADCAST), faster)

    async with asyncio.timeout(5):
        await proxy.engines[1 - faster].sessions[0].stopped.wait()
    await places_taken(proxy, [1 - faster, faster])
    assert not proxy.engines[faster].sessions[0].stopped.is_set()


async def test_a_hedged_start_survives_the_failure_of_one(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2, hedged_start=True)
    proxy.engines[0].refusal = "there are no peers"
    player = await proxy.play()

    await begin(proxy, player, len(BROADCAST), 1)


async def test_a_hedged_start_of_a_dead_content_fails_as_usual(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2, hedged_start=True)
    for engine in proxy.engines:
        engine.refusal = "failed to load content"
    player = await proxy.play()

    assert await player.head() == 502
    await places_taken(proxy, [0, 0])


async def test_a_hedged_start_with_one_engine_is_a_usual_one(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=1, hedged_start=True)
    player = await proxy.play()

    await proxy.engines[0].push(BROADCAST[:GOP])

    assert await player.head() == 200
    await player.expect(BROADCAST[:GOP])


async def test_failures_of_others_at_a_hedged_start_do_not_end_the_stream_later(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy(engines=3, hedged_start=True)
    one, two, three = proxy.engines
    one.refusal = three.refusal = "failed to load content"
    player = await proxy.play()
    await two.body_of()
    (stream,) = proxy.streams
    await proxy.until(lambda: stream.supply._state.hopeless)
    assert stream.supply.session is not None
    assert stream.supply.engine is not None
    assert stream.supply.engine.port == two.port
    await two.push(BROADCAST[:CUT])
    await player.head()
    await player.expect(BROADCAST[:CUT])

    one.refusal = three.refusal = None
    two.reset()
    await proxy.until(lambda: bool(one.sessions or three.sessions))
    await (one if one.sessions else three).push(BROADCAST[CUT - GOP :])

    await player.expect(BROADCAST[CUT:])
