"""The loop's own delay is measured, and what blocks it is named."""

import asyncio
import contextlib
import errno
import logging
import re
import tempfile
import threading
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.process import loop_watchdog
from acedesk.process.loop_watchdog import Watchdog

LOGGER = "acedesk.process.loop_watchdog"


@contextlib.asynccontextmanager
async def watching() -> AsyncIterator[Watchdog]:
    watchdog = Watchdog()
    task = tasks.spawn(watchdog.run(), name="watchdog")
    yield watchdog
    await tasks.cancel(task)


async def measured(watchdog: Watchdog) -> None:
    async with asyncio.timeout(10):
        while not watchdog.lag:
            await tasks.sleep(0.02)


def block_for_a_moment(seconds: float) -> None:
    threading.Event().wait(seconds)


async def test_a_free_loop_has_next_to_no_lag() -> None:
    async with watching() as watchdog:
        assert watchdog.lag == 0.0
        await measured(watchdog)

        assert 0.0 < watchdog.lag < 0.2


def told(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == level]


async def block(caplog: pytest.LogCaptureFixture, *, times: int) -> None:
    """Block the loop so often, each time until it was noticed."""
    for count in range(1, times + 1):
        block_for_a_moment(0.9)
        async with asyncio.timeout(10):
            while len(told(caplog, logging.DEBUG)) < count:
                await tasks.sleep(0.02)


async def test_a_blocked_loop_is_told_in_one_line_and_what_blocked_it_to_who_looks_for_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with watching() as watchdog:
        await tasks.sleep(0)
        with caplog.at_level(logging.DEBUG, LOGGER):
            await block(caplog, times=1)

    assert watchdog.lag > 0.2
    (warning,) = told(caplog, logging.WARNING)
    assert re.fullmatch(r"the loop was blocked for \d+ ms", warning)
    assert "block_for_a_moment" in told(caplog, logging.DEBUG)[0]


async def test_it_is_told_once_a_minute(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with watching():
        await tasks.sleep(0)
        with caplog.at_level(logging.DEBUG, LOGGER):
            await block(caplog, times=2)
            monkeypatch.setattr(loop_watchdog, "QUIET", 0.0)
            caplog.clear()
            await block(caplog, times=1)

    (warning,) = told(caplog, logging.WARNING)
    assert warning.endswith("ms, and 1 more since the last report")


async def test_without_a_file_to_write_to_it_is_told_and_watched_on(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_file() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(tempfile, "TemporaryFile", no_file)
    async with watching() as watchdog:
        await tasks.sleep(0)
        with caplog.at_level(logging.DEBUG, LOGGER):
            await block(caplog, times=2)

    assert caplog.text.count("(nothing is known)") == 2
    assert watchdog.lag > 0.2


async def test_its_thread_ends_with_it() -> None:
    async with watching() as watchdog:
        await measured(watchdog)

    async with asyncio.timeout(10):
        while any(thread.name == "watchdog" for thread in threading.enumerate()):
            await tasks.sleep(0.02)
