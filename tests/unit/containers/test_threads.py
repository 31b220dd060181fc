"""Calls that block, abandoned or not, and streams that end on order."""

import asyncio
import subprocess
import sys
import threading
import weakref
from collections.abc import Generator

import pytest

from acedesk import tasks
from acedesk.containers.threads import DaemonThreads, StreamReader


async def test_a_call_returns_its_result_and_raises_its_error() -> None:
    threads = DaemonThreads(1, name="test")

    assert await threads.call(lambda: 6 * 7) == 42
    with pytest.raises(ZeroDivisionError):
        await threads.call(lambda: 1 / 0)
    threads.close()


async def test_a_thread_that_is_free_is_used_again() -> None:
    threads = DaemonThreads(3, name="test")

    one = {await threads.call(threading.get_ident) for _ in range(20)}
    all_in = threading.Barrier(3)
    await asyncio.gather(*(threads.call(all_in.wait) for _ in range(3)))

    assert len(one) == 1
    assert len(threads._threads) == 3
    threads.close()


async def test_a_thread_that_waits_keeps_no_answer() -> None:
    class Answer:
        pass

    threads = DaemonThreads(1, name="test")
    answer = await threads.call(Answer)
    known = weakref.ref(answer)
    gone = threading.Event()
    weakref.finalize(answer, gone.set)

    del answer

    assert await asyncio.to_thread(gone.wait, 5)
    assert known() is None
    threads.close()


async def test_what_an_abandoned_call_brings_is_undone() -> None:
    threads, go_on, undone = DaemonThreads(1, name="test"), threading.Event(), threading.Event()
    begun = threading.Event()
    seen: list[str] = []

    def job() -> str:
        begun.set()
        go_on.wait()
        return "made"

    def undo(result: str) -> None:
        seen.append(result)
        undone.set()

    calling = tasks.spawn(threads.call(job, undo=undo), name="call")
    assert await asyncio.to_thread(begun.wait, 5)
    await tasks.cancel(calling)
    go_on.set()

    assert await asyncio.to_thread(undone.wait, 5)
    assert seen == ["made"]
    threads.close()


async def test_a_call_cancelled_before_its_turn_is_never_made() -> None:
    threads, go_on, made = DaemonThreads(1, name="test"), threading.Event(), []
    first = tasks.spawn(threads.call(go_on.wait), name="first")
    second = tasks.spawn(threads.call(lambda: made.append(1)), name="second")
    await asyncio.sleep(0)  # noqa: TID251 - let both ask
    await tasks.cancel(second)
    go_on.set()

    await first
    await threads.call(lambda: None)

    assert made == []
    threads.close()


async def test_a_stream_is_handed_over_until_it_ends() -> None:
    def numbers(_: StreamReader[int]) -> Generator[int]:
        yield from range(3)

    assert [number async for number in StreamReader(numbers, name="test")] == [0, 1, 2]


async def test_an_error_of_the_stream_is_raised_where_it_is_read() -> None:
    def broken(_: StreamReader[int]) -> Generator[int]:
        yield 1
        raise OSError("broken")

    reader = StreamReader(broken, name="test")

    assert await anext(reader) == 1
    with pytest.raises(OSError, match="broken"):
        await anext(reader)


class _Tap:
    """A source that blocks until it is closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def close(self) -> None:
        self.closed.set()


async def test_closing_ends_a_stream_that_waits() -> None:
    tap, ended = _Tap(), threading.Event()

    def blocked(reader: StreamReader[int]) -> Generator[int]:
        reader.attach(tap)
        try:
            yield 1
            tap.closed.wait()
            yield 2
        finally:
            ended.set()

    reader = StreamReader(blocked, name="test")
    assert await anext(reader) == 1

    reader.close()
    reader.close()

    assert await asyncio.to_thread(ended.wait, 5)
    with pytest.raises(StopAsyncIteration):
        await anext(reader)


async def test_a_stream_closed_before_it_is_open_is_closed_when_it_is() -> None:
    tap, go_on = _Tap(), threading.Event()

    def late(reader: StreamReader[int]) -> Generator[int]:
        go_on.wait()
        reader.attach(tap)
        tap.closed.wait()
        yield 1

    reader = StreamReader(late, name="test")
    reader.close()
    go_on.set()

    with pytest.raises(StopAsyncIteration):
        await anext(reader)


_HUNG = """
import asyncio, threading
from acedesk.containers.threads import DaemonThreads

async def main():
    try:
        async with asyncio.timeout(0.1):
            await DaemonThreads(1, name="hung").call(threading.Event().wait)
    except TimeoutError:
        print("gave up")

asyncio.run(main())
"""


def test_a_hung_call_does_not_keep_the_program_from_ending() -> None:
    done = subprocess.run([sys.executable, "-c", _HUNG], capture_output=True, text=True, timeout=10)
    assert (done.stdout.strip(), done.returncode) == ("gave up", 0), done.stderr
