"""One stream: its clients are fed, it ends for its reasons, and it lets go of everything."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from acedesk import clock, tasks
from acedesk.errors import EngineRefused, LoopingStream
from acedesk.mpegts.packets import PACKET
from acedesk.proxy.delivery.client import EndReason
from acedesk.proxy.streams import after_last_client
from acedesk.proxy.streams.stream import Stream
from tests import transport
from tests.fakes.engine_side import engine_side
from tests.fakes.running_stream import KEY, PLAY, RunningStream, running_stream

BROADCAST = transport.broadcast(100)
GOP = len(transport.broadcast(10))


@pytest.fixture
async def running() -> AsyncIterator[RunningStream]:
    """Return a stream that plays two groups of pictures to nobody."""
    async with running_stream() as made:
        await made.play(BROADCAST[: 2 * GOP])
        yield made


# ---------------------------------------------------------------------- its life


async def test_before_it_is_started_nothing_is_asked() -> None:
    async with running_stream(start=False) as made:
        stream = made.stream

        assert (stream.key, stream.title) == (KEY, "News")
        assert (stream.ended, stream.leaving, stream.error) == (False, False, None)
        assert (len(stream.clients), stream.verdict, stream.counters.keyframe_at) == (0, None, None)
        assert made.side.loads == [0]
        assert stream.is_spare


async def test_what_comes_is_in_the_ring_and_told(running: RunningStream) -> None:
    stream, told = running.stream, list[int]()
    stream.grown.connect(lambda: told.append(stream.ring.total))

    await running.play(BROADCAST[2 * GOP : 3 * GOP])

    assert told[-1] == 3 * GOP
    assert stream.counters.keyframe_at is not None
    assert stream.supply.first_at is not None
    assert stream.counters.keyframe_at >= stream.supply.first_at


async def test_a_stream_that_is_stopped_lets_go_of_everything(running: RunningStream) -> None:
    stream, told = running.stream, list[int]()
    client = await running.watch()
    stream.ending.connect(lambda: told.append(stream.ring.next - stream.ring.first))

    await stream.stop()

    assert (stream.ended, stream.leaving, stream.error) == (True, True, None)
    assert client.reason is EndReason.STREAM_ENDED
    assert told[0] > 0  # the end is still there while it is told
    assert stream.ring.size == 0
    assert stream.supply.engine is None
    assert running.side.shared.budget.used == 0
    await running.side.sessions.drain(5.0)
    assert running.side.loads == [0]
    assert running.side.engines[0].sessions[0].stopped.is_set()


async def test_who_reads_the_end_of_it_keeps_the_ring(running: RunningStream) -> None:
    running.stream.ring.kept = True

    await running.stream.stop()

    assert running.stream.ring.size > 0
    running.stream.ring.clear()


async def test_stopping_it_twice_is_stopping_it(running: RunningStream) -> None:
    await asyncio.gather(running.stream.stop(), running.stream.stop())
    await running.stream.stop()

    assert running.stream.ended


async def test_a_stream_that_was_closed_is_leaving_and_soon_gone(running: RunningStream) -> None:
    running.stream.close()
    before = running.stream.leaving, running.stream.ended

    await running.stream.wait_gone(5.0)
    await running.until(lambda: running.stream.ended)

    assert before == (True, False)


async def test_nobody_waits_longer_than_he_wants(running: RunningStream) -> None:
    await running.stream.wait_gone(0.0)

    assert not running.stream.ended


async def test_what_the_engines_failed_with_is_kept() -> None:
    async with running_stream() as made:
        made.side.engines[0].refusal = "failed to load content"
        await made.until(lambda: made.stream.ended)

        assert isinstance(made.stream.error, EngineRefused)
        assert made.stream.error.detail == "failed to load content"
        assert made.stream.error.__traceback__ is None


async def test_what_it_is_ended_for_is_kept(running: RunningStream) -> None:
    client = await running.watch()

    running.stream.fail(LoopingStream("it repeats itself"))
    await running.until(lambda: running.stream.ended)

    assert isinstance(running.stream.error, LoopingStream)
    assert client.reason is EndReason.STREAM_ENDED


async def test_the_next_one_waits_for_the_place_of_the_one_before() -> None:
    async with engine_side(max_streams_per_engine=1) as side:
        first = RunningStream(side)
        first.stream.start()
        await first.play(BROADCAST[:GOP])
        second = RunningStream(side)
        first.stream.close()

        second.stream.start(first.stream)
        await side.engines[0].push(BROADCAST[:GOP], number=1)
        await second.until(lambda: second.stream.ring.total == GOP)

        assert side.loads == [1]
        assert second.stream.error is None
        await second.close()
        await first.close()


# ---------------------------------------------------------------------- its clients


async def test_a_client_gets_the_newest_picture_and_what_follows(running: RunningStream) -> None:
    client = await running.watch()

    await running.play(BROADCAST[2 * GOP : 3 * GOP])

    got = running.take(client)
    assert got.endswith(BROADCAST[2 * GOP : 3 * GOP])
    assert got[1:3] == b"\x40\x00"  # the PAT
    assert client.sent_bytes == len(got)


async def test_clients_get_the_same_however_many_they_are(running: RunningStream) -> None:
    clients = [await running.watch() for _ in range(5)]
    for at in range(2 * GOP, 6 * GOP, GOP):
        await running.play(BROADCAST[at : at + GOP])

    assert len({running.take(client) for client in clients}) == 1
    assert len(running.stream.clients) == 5


async def test_a_client_that_comes_before_the_picture_waits_for_it() -> None:
    async with running_stream() as made:
        client = await made.watch()

        await made.play(BROADCAST[: 3 * GOP])

        # However the engine's bytes came in pieces, none is missing and none is there twice.
        assert made.take(client).endswith(BROADCAST[2 * PACKET : 3 * GOP])


async def test_one_that_is_attached_behind_the_end_is_told_at_once(
    running: RunningStream,
) -> None:
    client = running.viewer()
    await running.stream.stop()

    late = await running.watch(client)

    assert late.reason is EndReason.STREAM_ENDED
    assert running.take(late) == b""


async def test_a_client_that_leaves_is_forgotten(running: RunningStream) -> None:
    one, two = await running.watch(), await running.watch()
    before = running.changes

    one.close(EndReason.CLOSED)
    running.stream.remove(one)

    assert list(running.stream.clients) == [two]
    assert running.changes == before + 1
    assert len(running.stream.clients.clients_that_left.views(clock.monotonic())) == 1


async def test_it_counts_what_it_did(running: RunningStream) -> None:
    client = await running.watch()
    await running.play(BROADCAST[2 * GOP : 3 * GOP])
    got = len(running.take(client))

    await running.stream.stop()

    totals = running.side.shared.totals
    assert totals.streams == 1
    assert totals.received_bytes == 3 * GOP
    assert totals.sent_bytes == got


# ---------------------------------------------------------------------- nobody watches


async def test_without_a_grace_the_last_viewer_ends_it(running: RunningStream) -> None:
    client = await running.watch()

    client.close(EndReason.CLOSED)
    await running.until(lambda: running.stream.ended)

    assert running.stream.error is None


async def test_in_the_grace_another_viewer_may_come() -> None:
    async with running_stream(grace=60.0) as made:
        await made.play(BROADCAST[:GOP])
        (await made.watch()).close(EndReason.CLOSED)
        spare = [made.stream.is_spare]

        await made.watch()
        spare.append(made.stream.is_spare)

        assert spare == [True, False]
        assert not made.stream.leaving


async def test_a_start_nobody_waits_for_has_no_grace() -> None:
    async with running_stream(grace=60.0) as made:
        made.side.engines[0].silent = True
        client = made.viewer()

        client.close(EndReason.LEFT)
        await made.until(lambda: made.stream.ended)

        assert made.side.loads == [0]


async def test_a_prepared_stream_waits_for_its_first_viewer(running: RunningStream) -> None:
    running.stream.hold()

    assert not running.stream.is_spare
    (await running.watch()).close(EndReason.CLOSED)
    assert not running.stream.leaving


async def test_a_prepared_stream_nobody_comes_to_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(after_last_client, "PREPARED_HOLD", 0.05)
    async with running_stream() as made:
        made.stream.hold()
        await made.play(BROADCAST[:GOP])

        await made.until(lambda: made.stream.ended)

        assert made.stream.error is None


# ---------------------------------------------------------------------- changes


async def test_who_waits_for_a_change_is_told(running: RunningStream) -> None:
    waiting = tasks.spawn(running.stream.wait_change(10.0), name="wait")
    await tasks.sleep(0)

    running.viewer()

    assert await waiting


async def test_who_waits_in_vain_is_told_so(running: RunningStream) -> None:
    assert not await running.stream.wait_change(0.0)


async def test_all_who_wait_are_told_at_once(running: RunningStream) -> None:
    waiting = [tasks.spawn(running.stream.wait_change(None), name="wait") for _ in range(3)]
    await tasks.sleep(0)

    await running.stream.stop()

    async with asyncio.timeout(5):
        assert await asyncio.gather(*waiting) == [True] * 3


async def test_it_may_be_protected_while_it_plays() -> None:
    async with running_stream(2) as made:
        await made.play(BROADCAST[:GOP])

        made.stream.set_protected(True)
        await made.until(lambda: len(made.stream.supply.engines) == 2)

        assert made.stream.supply.protected


async def test_two_streams_have_nothing_in_common() -> None:
    async with engine_side() as side:
        one, two = (Stream(PLAY, side.shared, lambda _: None) for _ in range(2))

        assert one.ring is not two.ring
        assert one.clients is not two.clients
        assert one.supply is not two.supply
