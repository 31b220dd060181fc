"""Parts are stopped in reverse order, each within a limit."""

import asyncio
import logging

import pytest

from acedesk.process import ordered_stop
from acedesk.process.ordered_stop import OrderedStop


async def test_the_part_that_was_pushed_last_stops_first() -> None:
    stops, order = OrderedStop(), list[str]()

    async def stop(name: str) -> None:
        order.append(name)

    stops.push_call(lambda: order.append("lock"))
    stops.push(lambda: stop("store"), lambda: stop("streams"))

    await stops.stop()
    await stops.stop()

    assert order == ["streams", "store", "lock"]


async def test_a_part_that_hangs_leaves_time_for_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ordered_stop, "STOP_LIMIT", 0.05)
    stops, stopped = OrderedStop(), asyncio.Event()

    async def stop() -> None:
        stopped.set()

    async def hang() -> None:
        await asyncio.get_running_loop().create_future()

    stops.push(stop, hang)

    with caplog.at_level(logging.WARNING):
        await stops.stop()

    assert stopped.is_set()
    assert "did not stop within" in caplog.text
