"""Each session of a file is stopped once, and no stop ends what another player reads."""

import asyncio

import pytest

from acedesk import tasks
from acedesk.errors import EngineError, EngineRefused, EngineStalled
from tests.fakes.file_sessions import OTHER, PLAY, Bench


async def test_a_session_that_is_given_back_twice_is_stopped_once() -> None:
    bench = Bench(1)
    held = await bench.files.start(PLAY)

    bench.files.retire(held)
    bench.files.retire(held)
    await bench.sessions.drain(5)

    assert (bench.client.stops, bench.loads) == ([1], [0])


async def test_a_session_is_not_stopped_while_another_player_reads_the_content_there() -> None:
    bench = Bench(1)
    one, two = await bench.files.start(PLAY), await bench.files.start(PLAY)

    bench.files.retire(one)
    await bench.sessions.drain(5)
    before = bench.client.stops, bench.loads
    bench.files.retire(two)
    await bench.sessions.drain(5)

    assert before == ([0, 0], [1])
    assert (bench.client.stops, bench.loads) == ([1, 1], [0])


async def test_another_content_on_the_same_engine_keeps_no_session_open() -> None:
    bench = Bench(1)
    one, _two = await bench.files.start(PLAY), await bench.files.start(OTHER)

    bench.files.retire(one)
    await bench.sessions.drain(5)

    assert bench.client.stops == [1, 0]


@pytest.mark.parametrize("end", ["opened", "refused", "cancelled"])
async def test_a_session_is_not_stopped_while_another_player_starts_there(end: str) -> None:
    bench = Bench(1)
    one = await bench.files.start(PLAY)
    bench.client.gate.clear()
    bench.client.asked.clear()
    starting = tasks.spawn(start_or_fail(bench), name="another player")
    await bench.client.asked.wait()

    bench.files.retire(one)
    await bench.sessions.drain(5)
    before = bench.client.stops
    bench.client.refused = {0} if end == "refused" else set()
    if end == "cancelled":
        await tasks.cancel(starting)
    bench.client.gate.set()
    await asyncio.wait([starting])
    await bench.sessions.drain(5)

    assert before == [0]
    assert bench.client.stops == ([0, 0] if end == "opened" else [1])
    assert bench.loads == [1 if end == "opened" else 0]


async def start_or_fail(bench: Bench) -> None:
    try:
        await bench.files.start(PLAY)
    except EngineError:
        assert bench.client.refused


async def test_what_failed_is_the_callers_while_another_engine_takes_over() -> None:
    bench = Bench(2)
    former = await bench.files.start(PLAY)

    held = await bench.files.replace(PLAY, former, set(), EngineStalled())

    assert held.reservation.engine.id != former.reservation.engine.id
    assert not former.retired
    bench.files.retire(former)
    await bench.sessions.drain(5)
    assert bench.client.stops == [1, 0]


async def test_the_only_engine_is_asked_again_when_the_session_that_failed_is_stopped() -> None:
    bench = Bench(1, places=1)
    former = await bench.files.start(PLAY)

    held = await bench.files.replace(PLAY, former, set(), EngineStalled())

    assert former.retired
    assert not held.retired
    assert (bench.client.stops, bench.loads) == ([1, 0], [1])


async def test_a_replacement_that_is_cancelled_keeps_no_place() -> None:
    bench = Bench(1, places=1)
    former = await bench.files.start(PLAY)
    bench.client.gate.clear()
    bench.client.asked.clear()
    replacing = tasks.spawn(
        bench.files.replace(PLAY, former, set(), EngineStalled()), name="replacing"
    )
    await bench.client.asked.wait()

    await tasks.cancel(replacing)
    bench.files.retire(former)

    assert (bench.client.stops, bench.loads) == ([1], [0])


async def test_a_broadcast_is_no_file_and_its_session_is_stopped() -> None:
    bench = Bench(1)
    bench.client.is_live = True

    with pytest.raises(EngineRefused):
        await bench.files.start(PLAY)

    await bench.sessions.drain(5)
    assert sum(bench.client.stops) == len(bench.client.stops) > 0
    assert bench.loads == [0]
