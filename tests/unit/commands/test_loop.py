"""The loop of headless commands ends when it is told to."""

import asyncio
import signal
import sys

import pytest

from acedesk.commands.loop import run_until_stopped, until_stopped
from acedesk.errors import NotRunning

# Windows has the first two and Ctrl+Break.
SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK")
    if hasattr(signal, name)
)


@pytest.fixture(autouse=True)
def own_signals():  # type: ignore[no-untyped-def]
    """Give the handlers back as they were."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # as without nohup
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_sets_the_event(number: signal.Signals) -> None:
    async def work(stopping: asyncio.Event) -> int:
        signal.raise_signal(number)
        async with asyncio.timeout(5):
            await stopping.wait()
        return 7

    assert run_until_stopped(work) == 7


async def test_work_that_ends_first_is_not_cancelled() -> None:
    async def work() -> None:
        """End at once."""

    assert await until_stopped(work(), asyncio.Event())


async def test_work_is_cancelled_when_the_stop_comes_first() -> None:
    stopping, cancelled = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        stopping.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with asyncio.timeout(5):
        assert not await until_stopped(work(), stopping)
    assert cancelled.is_set()


async def test_an_error_of_the_work_is_raised_and_not_logged_as_a_bug() -> None:
    async def work() -> None:
        raise NotRunning

    with pytest.raises(NotRunning):
        await until_stopped(work(), asyncio.Event())


@pytest.mark.parametrize("second", SIGNALS)
def test_a_second_signal_while_it_ends_changes_nothing(second: signal.Signals) -> None:
    done: list[str] = []

    async def work(stopping: asyncio.Event) -> int:
        signal.raise_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            await stopping.wait()
        signal.raise_signal(second)
        await asyncio.to_thread(done.append, "stopped")
        return 7

    assert run_until_stopped(work) == 7
    assert done == ["stopped"]
