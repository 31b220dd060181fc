"""Waiting in tests for what the Qt loop brings, with a deadline instead of a guess."""

import asyncio
from collections.abc import Callable

from acedesk.tasks import sleep

DEADLINE = 5.0
STEP = 0.005


async def until(condition: Callable[[], object]) -> None:
    """Let the loop run until `condition` holds; fail after five seconds."""
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await sleep(STEP)


async def let_run(rounds: int = 5) -> None:
    """Let tasks and posted events run that need no time."""
    for _ in range(rounds):
        await sleep(0)
