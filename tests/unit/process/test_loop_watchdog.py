"""The loop's own delay is measured, and what blocks it is named."""

import asyncio
import contextlib
import errno
import logging
import tempfile
import threading
from collections.abc import AsyncIterator

import pytest

from acedesk import tasks
from acedesk.process.loop_watchdog import Watchdog


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


async def test_a_blocked_loop_is_told_with_what_blocked_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with watching() as watchdog:
        await tasks.sleep(0)
        with caplog.at_level(logging.WARNING, "acedesk.process.loop_watchdog"):
            block_for_a_moment(0.9)
            async with asyncio.timeout(10):
                while not caplog.records:
                    await tasks.sleep(0.02)

    assert watchdog.lag > 0.2
    assert "the loop was blocked for" in caplog.text
    assert "block_for_a_moment" in caplog.text


async def test_without_a_file_to_write_to_it_is_told_and_watched_on(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_file() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(tempfile, "TemporaryFile", no_file)
    async with watching() as watchdog:
        await tasks.sleep(0)
        with caplog.at_level(logging.WARNING, "acedesk.process.loop_watchdog"):
            for times in (1, 2):
                block_for_a_moment(0.9)
                async with asyncio.timeout(10):
                    while len(caplog.records) < times:
                        await tasks.sleep(0.02)

    assert caplog.text.count("(nothing is known)") == 2
    assert watchdog.lag > 0.2


async def test_its_thread_ends_with_it() -> None:
    async with watching() as watchdog:
        await measured(watchdog)

    async with asyncio.timeout(10):
        while any(thread.name == "watchdog" for thread in threading.enumerate()):
            await tasks.sleep(0.02)
