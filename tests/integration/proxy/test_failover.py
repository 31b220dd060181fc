"""An engine that fails is replaced under the running stream; no viewer's response ends."""

import asyncio
import dataclasses
import itertools

import pytest

from acedesk import clock
from acedesk.errors import EngineTooSlow, EngineUnreachable
from acedesk.model.engine import EngineHealth, EngineId
from acedesk.model.failover import Failover, SpliceMethod
from acedesk.model.snapshot import StreamState
from acedesk.mpegts.columns import clocks
from acedesk.mpegts.packets import NULL_PACKET, PACKET
from acedesk.proxy.buffer.chunk_framing import Block
from acedesk.proxy.ingest.feed import Feed
from acedesk.proxy.ingest.feed_joiner import FeedJoiner
from acedesk.proxy.ingest.supply_log import FAILOVERS_KEPT
from acedesk.proxy.streams.stream import Stream
from acedesk.proxy.streams.stream_state import state_of
from acedesk.proxy.views import stream_view
from acedesk.rules.supply.plan import RECENT
from tests import transport
from tests.integration.proxy.conftest import MakeProxy, Proxy, RawPlayer
from tests.unit.mpegts.test_restamp import broken_counters

BROADCAST = transport.broadcast(400)
GOP = len(transport.broadcast(10))
CUT = 20 * GOP + 7 * PACKET


async def playing(proxy: Proxy, size: int = CUT, **request: str) -> tuple[RawPlayer, Stream]:
    """Return a player that got the first `size` bytes, and its stream."""
    player = await proxy.play(**request)
    await begin(proxy, player, size)
    (stream,) = proxy.streams
    return player, stream


async def begin(proxy: Proxy, player: RawPlayer, size: int, engine: int = 0) -> None:
    """Let the player get the first `size` bytes; it sits in the first row when they come."""
    await proxy.engines[engine].push(BROADCAST[:GOP])
    assert await player.head() == 200
    await proxy.engines[engine].push(BROADCAST[GOP:size])
    await player.expect(BROADCAST[:size])


async def noted(proxy: Proxy, stream: Stream, count: int = 1) -> Failover:
    """Wait for the `count`th failover."""
    await proxy.until(lambda: len(stream.supply.failovers) >= count)
    return stream.supply.failovers[-1]


async def silence(stream: Stream) -> None:
    """Wait until the stream has received nothing for longer than engines usually pause."""
    passed = asyncio.Event()
    left = stream.supply.last_at + RECENT + 0.1 - clock.monotonic()
    asyncio.get_running_loop().call_later(left, passed.set)
    await passed.wait()


async def places_taken(proxy: Proxy, expected: list[int]) -> None:
    """Wait until the engines have as many streams as expected."""
    turn = asyncio.Event()
    disconnect = proxy.pool.changed.connect(turn.set)
    async with asyncio.timeout(10):
        while [view.streams for view in proxy.pool.views()] != expected:
            await turn.wait()
            turn.clear()
    disconnect()


async def fail(proxy: Proxy, how: str) -> None:
    """Let the first engine's session fail."""
    engine = proxy.engines[0]
    if how == "ends":
        engine.end()
    elif how == "resets":
        engine.reset()
    elif how == "is killed":
        await engine.close()
    elif how == "sends garbage":
        await engine.push(b"<html>" * 20_000)
    elif how == "is removed":
        proxy.pool.forget(proxy.pool.views()[0].id)
    elif how == "is stopped":
        stopped = EngineUnreachable("its container has ended")
        proxy.pool.set_health(proxy.pool.views()[0].id, EngineHealth.STOPPED, stopped)
    elif how == "is stopped, but breaks first":
        engine.reset()
        await proxy.until(lambda: next(iter(proxy.streams)).supply.lost_at is not None)
        proxy.pool.set_health(proxy.pool.views()[0].id, EngineHealth.STOPPED)
    elif how == "restarts":
        spec = proxy.pool.get(proxy.pool.views()[0].id)
        proxy.pool.add(dataclasses.replace(spec, port=0))
    elif how == "is left":
        proxy.streams.switch_engine(next(iter(proxy.streams)).key.stream_id)


@pytest.mark.parametrize(
    ("how", "cause"),
    [
        ("ends", "engine_ended"),
        ("resets", "engine_unreachable"),
        ("is killed", "engine_unreachable"),
        ("stalls", "engine_stalled"),
        ("sends garbage", "engine_answer_invalid"),
        ("is removed", "engine_removed"),
        ("is stopped", "engine_stopped"),
        ("is stopped, but breaks first", "engine_stopped"),
        ("restarts", "engine_stopped"),
        ("is left", "engine_left"),
    ],
)
async def test_the_same_broadcast_goes_on_byte_exact(
    make_proxy: MakeProxy, how: str, cause: str
) -> None:
    proxy = await make_proxy(engines=2, stall_timeout=1.0)
    player, stream = await playing(proxy)

    await fail(proxy, how)
    await proxy.engines[1].push(BROADCAST[CUT - 3 * GOP : CUT + GOP])
    await proxy.engines[1].push(BROADCAST[CUT + GOP :])

    await player.expect(BROADCAST[CUT:])
    failover = await noted(proxy, stream)
    assert failover.method is SpliceMethod.BYTE_EXACT
    assert failover.lost_packets == 0
    assert failover.cause == cause
    assert failover.detail
    assert (failover.from_engine, failover.to_engine) == ("engine-0", "engine-1")
    assert 0 < failover.duration < 5
    assert state_of(stream) is StreamState.PLAYING
    assert stream_view(stream).failovers == (failover,)


SILENT = {
    EngineHealth.HUNG: EngineTooSlow("it did not answer"),
    EngineHealth.UNREACHABLE: EngineUnreachable("connection refused"),
}


@pytest.mark.parametrize("health", list(SILENT))
async def test_a_silent_stream_leaves_an_engine_that_answers_no_probes(
    make_proxy: MakeProxy, health: EngineHealth
) -> None:
    proxy = await make_proxy(engines=2, stall_timeout=30.0)
    player, stream = await playing(proxy)
    await silence(stream)

    proxy.pool.set_health(proxy.pool.views()[0].id, health, SILENT[health])
    await proxy.engines[1].push(BROADCAST[CUT - 3 * GOP :])

    await player.expect(BROADCAST[CUT:])
    failover = await noted(proxy, stream)
    assert failover.cause == SILENT[health].code


@pytest.mark.parametrize("health", list(SILENT))
async def test_a_picture_that_flows_stays_on_an_engine_that_answers_no_probes(
    make_proxy: MakeProxy, health: EngineHealth
) -> None:
    proxy = await make_proxy(engines=2, stall_timeout=30.0)
    player, stream = await playing(proxy)

    proxy.pool.set_health(proxy.pool.views()[0].id, health, SILENT[health])
    await proxy.engines[0].push(BROADCAST[CUT:])

    await player.expect(BROADCAST[CUT:])
    assert stream.supply.switches == 0
    assert not proxy.engines[1].sessions


@pytest.mark.expects_errors
async def test_a_stream_that_cannot_leave_its_engine_keeps_no_other_there(
    make_proxy: MakeProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = await make_proxy(engines=2, stall_timeout=30.0)
    await playing(proxy)
    await proxy.play(f"/ace/getstream?id={'c' * 40}")
    await proxy.until(lambda: len(proxy.streams) == 2)
    first, second = proxy.streams
    asked: list[EngineId] = []
    monkeypatch.setattr(first.supply, "engine_lost", lambda *_, **__: 1 / 0)
    monkeypatch.setattr(second.supply, "engine_lost", lambda engine, _: asked.append(engine))

    proxy.pool.forget(EngineId("engine-0"))

    assert asked == ["engine-0"]


async def test_a_silent_stream_stays_where_no_other_engine_could_take_it(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy(engines=1, stall_timeout=30.0)
    player, stream = await playing(proxy)
    await silence(stream)

    error = SILENT[EngineHealth.HUNG]
    proxy.pool.set_health(proxy.pool.views()[0].id, EngineHealth.HUNG, error)
    await proxy.engines[0].push(BROADCAST[CUT:])

    await player.expect(BROADCAST[CUT:])
    assert stream.supply.switches == 0


async def test_the_failed_engines_session_is_stopped_and_its_place_free(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy(engines=2, stall_timeout=1.0)
    await playing(proxy)

    await proxy.engines[1].push(BROADCAST[CUT - GOP :])

    async with asyncio.timeout(5):
        await proxy.engines[0].sessions[0].stopped.wait()
    await places_taken(proxy, [0, 1])
    assert not proxy.engines[1].sessions[0].stopped.is_set()


@pytest.mark.parametrize("overlap", [0, 1, 3, 8, 500])
async def test_any_overlap_loses_nothing_for_any_viewer(
    make_proxy: MakeProxy, overlap: int
) -> None:
    proxy = await make_proxy(engines=2)
    players = [await proxy.play() for _ in range(3)]
    await proxy.until(lambda: sum(len(s.clients) for s in proxy.streams) == 3)
    await proxy.engines[0].push(BROADCAST[:GOP])
    for player in players:
        assert await player.head() == 200

    await proxy.engines[0].push(BROADCAST[GOP:CUT])
    proxy.engines[0].end()
    await proxy.engines[1].push(BROADCAST[CUT - overlap * PACKET :])

    for player in players:
        await player.expect(BROADCAST)


async def test_a_packet_cut_in_two_by_the_failure_arrives_whole(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2)
    player, _ = await playing(proxy)

    await proxy.engines[0].push(BROADCAST[CUT : CUT + 100])
    proxy.engines[0].reset()
    await proxy.engines[1].push(BROADCAST[CUT - GOP :])

    await player.expect(BROADCAST[CUT:])


async def test_one_failover_after_another(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=4)
    player, stream = await playing(proxy, GOP)
    for number in range(1, 4):
        proxy.engines[number - 1].reset()
        at = number * 10 * GOP
        before = (number - 1) * 10 * GOP if number > 1 else GOP
        await proxy.engines[number].push(BROADCAST[before - 5 * PACKET : at])
        await player.expect(BROADCAST[before:at])

    assert [f.lost_packets for f in stream.supply.failovers] == [0, 0, 0]
    assert stream.supply.switches == 3


async def test_of_many_failovers_the_last_are_kept(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2)
    player, stream = await playing(proxy)
    proxy.engines[0].end()
    await proxy.engines[1].push(BROADCAST[CUT - GOP :])
    await player.expect(BROADCAST[CUT:])
    failover = await noted(proxy, stream)

    stream.supply.failovers.extend([failover] * 1000)

    assert len(stream_view(stream).failovers) == FAILOVERS_KEPT


async def test_a_replacement_that_fails_is_replaced(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=3)
    proxy.engines[1].body_status = 500
    player, stream = await playing(proxy)

    proxy.engines[0].end()
    await proxy.engines[2].push(BROADCAST[CUT - GOP :])

    await player.expect(BROADCAST[CUT:])
    assert (await noted(proxy, stream)).to_engine == "engine-2"
    await places_taken(proxy, [0, 0, 1])


async def test_a_replacement_that_prebuffers_is_asked_again_soon(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2)
    proxy.engines[1].warming_up = 4
    player, stream = await playing(proxy)

    proxy.engines[0].end()
    await proxy.engines[1].push(BROADCAST[CUT - GOP :])

    await player.expect(BROADCAST[CUT:])
    assert (await noted(proxy, stream)).duration < 2.0


async def test_the_only_engine_is_taken_again(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy()
    player, stream = await playing(proxy)

    proxy.engines[0].end()
    await proxy.engines[0].push(BROADCAST[CUT - GOP :], 1)

    await player.expect(BROADCAST[CUT:])
    failover = await noted(proxy, stream)
    assert (failover.from_engine, failover.to_engine) == ("engine-0", "engine-0")


async def test_behind_a_gap_the_picture_goes_on_at_a_keyframe(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2)
    player, stream = await playing(proxy)

    proxy.engines[0].end()
    await proxy.engines[1].push(BROADCAST[CUT + 10 * PACKET :])

    rest = BROADCAST[21 * GOP + 2 * PACKET :]  # behind the tables of the next keyframe
    got = await player.media(len(rest) + 2 * PACKET)
    assert got[1:3] == b"\x40\x00"
    assert got[PACKET + 1 : PACKET + 3] == b"\x50\x00"
    assert broken_counters(BROADCAST[:CUT] + got) == []
    assert [pcr for _, _, pcr in clocks(got, 0, len(got))] == [
        pcr for _, _, pcr in clocks(rest, 0, len(rest))
    ]
    failover = await noted(proxy, stream)
    assert failover.method is SpliceMethod.KEYFRAME
    assert failover.lost_packets is not None
    assert abs(failover.lost_packets - (21 * GOP - CUT) // PACKET) <= 8
    assert list(stream.ring.splices) != []


async def test_another_line_of_time_is_put_on_the_first(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=3)
    player, stream = await playing(proxy)
    other = transport.broadcast(100, first=7000, clock=5 * 10**11, counters=5)

    proxy.engines[0].end()
    await proxy.engines[1].push(other[: 5 * GOP])
    got = await player.media(GOP)  # the newest keyframe: what is older was shown
    before = stream.ring.clock

    proxy.engines[1].end()  # and byte-exact on the moved line of time
    await proxy.engines[2].push(other[4 * GOP :])
    got += await player.media(5 * GOP)

    sent = BROADCAST[:CUT] + got
    assert broken_counters(sent) == []
    values = [pcr for _, _, pcr in clocks(sent, 0, len(sent))]
    assert all(0 < b - a <= 2_000_000 for a, b in itertools.pairwise(values))
    assert [f.method for f in stream.supply.failovers] == [
        SpliceMethod.KEYFRAME,
        SpliceMethod.BYTE_EXACT,
    ]
    assert 0 < stream.ring.clock - before < 5


async def test_viewers_are_kept_with_null_packets_meanwhile(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=1)
    player, stream = await playing(proxy)
    proxy.engines[0].silent = True

    proxy.engines[0].end()

    assert await player.media(PACKET, nulls=True) == NULL_PACKET
    assert state_of(stream) is StreamState.SWITCHING


async def test_the_time_for_it_is_limited_and_the_end_has_a_reason(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2, switch_timeout=1.0)
    player, stream = await playing(proxy)
    for engine in proxy.engines:
        engine.refusal = "there are no peers"

    proxy.engines[0].end()

    async with asyncio.timeout(10):
        assert await player.rest() == b""
    assert stream.error is not None
    assert "it ended the stream" in stream.error.detail
    assert "no peers" in stream.error.detail
    assert "within 1 s" in stream.error.detail
    assert proxy.streams.failed() == (stream,)


async def test_a_viewer_that_leaves_meanwhile_takes_the_stream_with_it(
    make_proxy: MakeProxy,
) -> None:
    proxy = await make_proxy(engines=2)
    proxy.engines[1].silent = True
    player, _ = await playing(proxy)

    proxy.engines[0].end()
    await proxy.until(lambda: any(s.supply.lost_at is not None for s in proxy.streams))
    player.leave()

    await proxy.until(lambda: len(proxy.streams) == 0)
    await places_taken(proxy, [0, 0])


async def test_a_viewer_that_comes_meanwhile_gets_the_picture(make_proxy: MakeProxy) -> None:
    proxy = await make_proxy(engines=2)
    first, _ = await playing(proxy)
    proxy.engines[0].end()
    await proxy.until(lambda: any(s.supply.lost_at is not None for s in proxy.streams))

    second = await proxy.play()
    assert await second.head() == 200
    await proxy.engines[1].push(BROADCAST[CUT - GOP :])

    await first.expect(BROADCAST[CUT:])
    got = await second.media(GOP)
    assert got[1:3] == b"\x40\x00"
    assert BROADCAST.find(got[2 * PACKET :]) >= 0


@pytest.mark.expects_errors
@pytest.mark.parametrize("fault", [MemoryError(), ValueError("a bug")])
async def test_a_fault_of_ours_in_what_an_engine_sent_is_a_failed_try_told_once(
    make_proxy: MakeProxy,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: Exception,
) -> None:
    proxy = await make_proxy(engines=2, stall_timeout=30.0)
    player, stream = await playing(proxy)
    take, (attempt,) = FeedJoiner.take, stream.supply._attempts.values()

    def faulty_take(line: FeedJoiner, feed: Feed, block: Block, now: float) -> None:
        if feed is attempt.feed:
            raise fault
        take(line, feed, block, now)

    monkeypatch.setattr(FeedJoiner, "take", faulty_take)
    await proxy.engines[0].push(BROADCAST[CUT:])
    await proxy.engines[1].push(BROADCAST[CUT - GOP :])

    async with asyncio.timeout(10):
        await player.expect(BROADCAST[CUT:])
    assert (await noted(proxy, stream)).to_engine == "engine-1"
    assert [record.exc_info[1] for record in caplog.records if record.exc_info] == [fault]
