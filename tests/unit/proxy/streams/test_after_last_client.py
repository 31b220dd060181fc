"""The time that a stream without viewers is kept."""

import asyncio

from acedesk.proxy.streams.after_last_client import PREPARED_HOLD, GracePeriod


async def test_when_the_time_is_over_it_is_told_once() -> None:
    over = asyncio.Event()
    grace = GracePeriod(over.set)

    grace.begin(60.0)
    grace.begin(0.0)

    async with asyncio.timeout(5):
        await over.wait()


async def test_a_viewer_stops_the_time() -> None:
    grace = GracePeriod(lambda: None)
    grace.begin(60.0)
    timer = grace._timer
    assert timer is not None

    grace.cancel()
    grace.cancel()

    assert timer.cancelled()


async def test_a_new_time_replaces_the_one_that_runs() -> None:
    grace = GracePeriod(lambda: None)
    grace.begin(60.0)
    first = grace._timer

    grace.begin(30.0)

    second = grace._timer
    assert first is not None
    assert second is not None
    assert (first.cancelled(), second.cancelled()) == (True, False)
    second.cancel()


async def test_a_first_viewer_is_expected_when_it_is_held() -> None:
    grace = GracePeriod(lambda: None)

    before = grace.is_held
    grace.hold()

    assert [before, grace.is_held] == [False, True]


async def test_each_holder_has_a_time_of_its_own() -> None:
    grace = GracePeriod(lambda: None)
    grace.hold("one", 60.0)
    grace.hold("other", 60.0)

    grace.hold("one", 0)
    held = grace.is_held
    grace.hold("other", 0)
    grace.hold("nobody", 0)

    assert [held, grace.is_held] == [True, False]


async def test_what_is_held_is_not_over_before_its_time() -> None:
    grace = GracePeriod(lambda: None)
    grace.hold()

    grace.begin(0.0)

    assert grace._timer is not None
    left = grace._timer.when() - asyncio.get_running_loop().time()
    assert PREPARED_HOLD - 5 < left <= PREPARED_HOLD
    grace.cancel()
