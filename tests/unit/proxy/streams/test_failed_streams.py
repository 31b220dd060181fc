"""Failed streams stay for a while and are forgotten by themselves."""

import asyncio

import pytest

from acedesk import clock
from acedesk.proxy.streams import failed_streams as module
from acedesk.proxy.streams.failed_streams import MOST_KEPT, FailedStreams
from tests.fakes.idle_stream import make_stream


async def test_the_newest_is_the_last() -> None:
    failed = FailedStreams(lambda: None)
    first, second, again = make_stream(1), make_stream(2), make_stream(1)

    for stream in (first, second, again):
        failed.add(stream)

    assert tuple(failed) == (second, again)
    failed.close()


async def test_one_that_is_asked_for_again_is_dropped() -> None:
    failed = FailedStreams(lambda: None)
    stream = make_stream()
    failed.add(stream)

    failed.drop(stream.key)
    failed.drop(stream.key)

    assert tuple(failed) == ()
    failed.close()


async def test_one_is_dropped_by_its_id_once() -> None:
    failed = FailedStreams(lambda: None)
    kept, dropped = make_stream(1), make_stream(2)
    failed.add(kept)
    failed.add(dropped)

    found = [failed.drop_id(dropped.key.stream_id) for _ in range(2)]

    assert found == [True, False]
    assert tuple(failed) == (kept,)
    failed.close()


async def test_it_is_forgotten_without_anybody_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FAILED_KEPT", 0.01)
    forgotten = asyncio.Event()
    failed = FailedStreams(forgotten.set)
    failed.add(make_stream())

    async with asyncio.timeout(5):
        await forgotten.wait()

    assert tuple(failed) == ()
    assert failed._timer is None


async def test_a_younger_one_waits_for_its_own_time() -> None:
    failed = FailedStreams(lambda: None)
    old, young = make_stream(1), make_stream(2)
    failed.add(old)
    failed.add(young)
    failed._streams[old.key] = clock.monotonic() - module.FAILED_KEPT, old

    failed._drop_old()

    assert tuple(failed) == (young,)
    assert failed._timer is not None
    failed.close()


async def test_no_timer_outlives_the_end() -> None:
    failed = FailedStreams(lambda: None)
    failed.add(make_stream(1))
    timer = failed._timer
    assert timer is not None

    failed.close()
    failed.add(make_stream(2))

    assert timer.cancelled()
    assert failed._timer is None
    assert len(tuple(failed)) == 2


async def test_of_a_storm_of_dead_links_the_newest_are_kept() -> None:
    failed = FailedStreams(lambda: None)
    streams = [make_stream(number) for number in range(MOST_KEPT + 5)]

    for stream in streams:
        failed.add(stream)

    assert tuple(failed) == tuple(streams[5:])
    failed.close()
