"""The event loop of headless commands: uvloop where it exists, ended by signals."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any

from acedesk.errors import AceDeskError
from acedesk.process.ending_signals import ending_signals, handle_ending_signals
from acedesk.tasks import cancel, spawn


def run_until_stopped(work: Callable[[asyncio.Event], Coroutine[Any, Any, int]]) -> int:
    """Run `work` to its end; the event it is handed is set by the first signal that ends."""
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_with_signals(work))
    finally:
        # The loop leaves the default handlers behind: a second Ctrl+C while the interpreter
        # ends would turn a clean stop into a traceback.
        for number in ending_signals():
            signal.signal(number, signal.SIG_IGN)


async def until_stopped(work: Coroutine[Any, Any, object], stopping: asyncio.Event) -> bool:
    """Run `work` and return True, or cancel it when `stopping` is set first and return False.

    Raises:
        AceDeskError: What `work` raised.
    """
    task = spawn(_attempt(work), name="until stopped")
    asked = spawn(stopping.wait(), name="stop asked")
    try:
        await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await cancel(asked, task)
    if task.cancelled():
        return False
    if (error := task.result()) is not None:
        raise error
    return True


async def _attempt(work: Coroutine[Any, Any, object]) -> AceDeskError | None:
    """Return an expected error as a value: `spawn` logs those that are raised as bugs."""
    try:
        await work
    except AceDeskError as exc:
        return exc
    return None


async def _with_signals(work: Callable[[asyncio.Event], Coroutine[Any, Any, int]]) -> int:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    handle_ending_signals(loop, stopping.set)
    return await work(stopping)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
