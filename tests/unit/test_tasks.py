"""Tasks have an owner; services are kept running."""

import asyncio
from collections import Counter

import pytest

from acedesk import clock, tasks
from acedesk.tasks import Supervisor, cancel, spawn


async def test_a_spawned_task_has_its_name_and_result() -> None:
    async def work() -> int:
        return 7

    task = spawn(work(), name="work")

    assert await task == 7
    assert task.get_name() == "work"


@pytest.mark.expects_errors
async def test_an_unexpected_error_of_a_task_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        raise ValueError("inside")

    await asyncio.wait({spawn(work(), name="work")})

    assert "inside" in caplog.text


class Rounds:
    """Counts the rounds of the loop."""

    def __init__(self) -> None:
        self.count = 0
        self._loop = asyncio.get_running_loop()
        self._next()

    def _next(self) -> None:
        self.count += 1
        self._handle = self._loop.call_soon(self._next)

    def stop(self) -> None:
        self._handle.cancel()


async def _turns(count: int, *, seconds: float) -> list[int]:
    """Let so many work for a while each, in their turns; return the rounds in which they did."""
    rounds, seen = Rounds(), dict[int, int]()

    async def work(number: int) -> None:
        await tasks.turn()
        until = clock.monotonic() + seconds
        while clock.monotonic() < until:
            pass
        seen[number] = rounds.count

    await asyncio.gather(*map(work, range(count)))
    rounds.stop()
    assert list(seen) == list(range(count))  # in the order of asking
    return list(seen.values())


async def test_who_works_long_has_a_round_alone() -> None:
    found = await _turns(20, seconds=1.1 * tasks.SLICE)

    # The first round of all is short: they only ask.
    assert len(set(found)) >= 18


async def test_short_work_is_done_together_but_not_all_at_once() -> None:
    found = await _turns(200, seconds=0.0)

    assert max(Counter(found).values()) <= tasks.WIDEST
    assert len(set(found)) < 100


async def test_who_is_gone_has_no_turn() -> None:
    rounds, seen = Rounds(), list[int]()

    async def work(number: int) -> None:
        await tasks.turn()
        seen.append(number)

    working = [spawn(work(number), name="work") for number in range(1000)]
    await tasks.sleep(0)
    await cancel(*working[1:-1])
    before = rounds.count
    await working[-1]
    took = rounds.count - before
    rounds.stop()

    assert seen == [0, 999]
    assert took < 10
    async with asyncio.timeout(1):
        await tasks.turn()


async def test_one_who_asks_again_and_again_waits_for_nobody() -> None:
    rounds = Rounds()
    for _ in range(100):
        await tasks.turn()
        await tasks.sleep(0)
    rounds.stop()

    assert rounds.count < 110


async def test_long_work_lets_others_run_between_its_pieces() -> None:
    rounds, work, seen = Rounds(), tasks.Slice(), list[int]()

    for _ in range(5):
        while not work.is_over():
            pass
        seen.append(rounds.count)
        await work.go_on()
    rounds.stop()

    assert len(set(seen)) == 5
    assert not work.is_over()


async def test_two_who_work_long_share_the_loop() -> None:
    seen: list[str] = []

    async def work(name: str) -> None:
        slice_of_time = tasks.Slice()
        for _ in range(3):
            while not slice_of_time.is_over():
                pass
            seen.append(name)
            await slice_of_time.go_on()

    await asyncio.gather(work("a"), work("b"))

    assert seen == ["a", "b"] * 3


async def test_cancel_waits_for_the_end_of_every_task() -> None:
    ended: list[str] = []

    async def work(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    first, second = spawn(work("first"), name="1"), spawn(work("second"), name="2")
    await asyncio.wait({first}, timeout=0)

    await cancel(first, None, second)

    assert sorted(ended) == ["first", "second"]
    await cancel(first)


@pytest.mark.expects_errors
async def test_a_failing_service_is_degraded_and_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "FIRST_DELAY", 0.0)
    monkeypatch.setattr(tasks, "SETTLED", 0.05)
    supervisor = Supervisor()
    recovered = asyncio.Event()
    seen: list[dict[str, str]] = []
    supervisor.changed.connect(lambda: seen.append(supervisor.degraded))
    starts: list[int] = []

    async def service() -> None:
        starts.append(1)
        if len(starts) == 1:
            raise ValueError("first time")
        supervisor.changed.connect(recovered.set)
        await asyncio.Event().wait()

    supervisor.run("watch", service)
    async with asyncio.timeout(5):
        await recovered.wait()

    assert seen == [{"watch": "ValueError: first time"}, {}]
    await supervisor.stop()


@pytest.mark.expects_errors
async def test_a_service_that_runs_and_fails_again_and_again_looks_degraded_throughout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "FIRST_DELAY", 0.0)
    supervisor = Supervisor()
    seen: list[dict[str, str]] = []
    supervisor.changed.connect(lambda: seen.append(supervisor.degraded))
    running, fail = asyncio.Event(), asyncio.Event()

    async def service() -> None:
        running.set()
        await fail.wait()
        fail.clear()
        raise ValueError("again")

    supervisor.run("watch", service)
    async with asyncio.timeout(5):
        for _ in range(3):
            await running.wait()
            running.clear()
            fail.set()
        await running.wait()

    assert supervisor.degraded == {"watch": "ValueError: again"}
    assert {} not in seen
    await supervisor.stop()


async def test_a_service_that_is_slow_to_stop_keeps_no_other_running() -> None:
    supervisor = Supervisor()
    started, ended, released = asyncio.Semaphore(0), asyncio.Event(), asyncio.Event()

    async def quick() -> None:
        started.release()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def slow() -> None:
        started.release()
        try:
            await asyncio.Event().wait()
        finally:
            await released.wait()

    supervisor.run("quick", quick)
    supervisor.run("slow", slow)
    async with asyncio.timeout(5):
        await started.acquire()
        await started.acquire()
        stopping = spawn(supervisor.stop(), name="stop")
        await ended.wait()
        released.set()
        await stopping


async def test_a_service_that_ends_by_itself_is_not_started_again() -> None:
    supervisor = Supervisor()
    starts: list[int] = []

    async def service() -> None:
        starts.append(1)

    supervisor.run("once", service)
    async with asyncio.timeout(5):
        await asyncio.wait(supervisor._tasks)

    assert starts == [1]
    assert supervisor.degraded == {}
    await supervisor.stop()


async def test_services_are_stopped_last_started_first() -> None:
    supervisor = Supervisor()
    ended: list[str] = []
    running = asyncio.Semaphore(0)

    def service(name: str):  # type: ignore[no-untyped-def]
        async def run() -> None:
            running.release()
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(name)

        return run

    supervisor.run("a", service("a"))
    supervisor.run("b", service("b"))
    async with asyncio.timeout(5):
        await running.acquire()
        await running.acquire()

    await supervisor.stop()

    assert ended == ["b", "a"]
