"""Let the event loop go on: for a step, or until something holds that has no event of its own."""

import asyncio
from collections.abc import Callable

from acedesk.signals import Signal


async def let_others_run() -> None:
    """Let every task that can go on do so, other threads included."""
    await asyncio.to_thread(int)


async def until(holds: Callable[[], bool], *, seconds: float = 10.0) -> None:
    """Let the loop go on until `holds`; fail after `seconds`."""
    async with asyncio.timeout(seconds):
        while not holds():
            await let_others_run()


async def until_emitted(
    signal: Signal[()], holds: Callable[[], bool], *, seconds: float = 10.0
) -> None:
    """Wait until `holds`, looked at whenever the signal is emitted; fail after `seconds`."""
    emitted = asyncio.Event()
    disconnect = signal.connect(emitted.set)
    try:
        async with asyncio.timeout(seconds):
            while not holds():
                await emitted.wait()
                emitted.clear()
    finally:
        disconnect()
