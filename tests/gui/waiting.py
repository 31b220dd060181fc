"""Waiting in tests for what the Qt loop brings, with a deadline instead of a guess."""

import asyncio
from collections.abc import Callable

from PySide6.QtCore import QTimer

from acedesk.tasks import sleep

DEADLINE = 5.0
STEP = 0.005


async def until(condition: Callable[[], object]) -> None:
    """Let the loop run until `condition` holds; fail after five seconds."""
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await sleep(STEP)


async def let_run(rounds: int = 5) -> None:
    """Let tasks, posted events and timers of Qt run that need no time."""
    loop = asyncio.get_running_loop()
    for _ in range(rounds):
        turned = loop.create_future()
        QTimer.singleShot(0, lambda turned=turned: turned.done() or turned.set_result(None))
        await turned
