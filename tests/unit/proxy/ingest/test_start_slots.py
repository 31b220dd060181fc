"""Turns are given in order, not more than there are, and come back whatever happens."""

import asyncio
import random

import pytest

from acedesk import tasks
from acedesk.model.engine import EngineId
from acedesk.proxy.ingest.start_slots import StartSlots

ONE, TWO = EngineId("one"), EngineId("two")


class Line:
    """Starts that wait for turns, and what became of them."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.turns = StartSlots(lambda: self.limit)
        self.began: list[int] = []
        self.running = 0
        self._over: dict[int, asyncio.Event] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def come(self, *numbers: int, engine: EngineId = ONE) -> None:
        for number in numbers:
            self._over[number] = asyncio.Event()
            self._tasks[number] = tasks.spawn(self._start(number, engine), name=f"start {number}")
        await settle()

    async def end(self, *numbers: int) -> None:
        for number in numbers:
            self._over[number].set()
        await settle()

    async def give_up(self, *numbers: int) -> None:
        for number in numbers:
            self._tasks[number].cancel()
        await settle()

    async def _start(self, number: int, engine: EngineId) -> None:
        async with self.turns.take(engine):
            self.began.append(number)
            self.running += 1
            try:
                await self._over[number].wait()
            finally:
                self.running -= 1


async def settle() -> None:
    """Let everything happen that can happen now."""
    for _ in range(10):
        await tasks.sleep(0)


async def test_those_in_front_begin_and_the_others_follow_in_order() -> None:
    line = Line(2)
    await line.come(1, 2, 3, 4, 5)
    assert line.began == [1, 2]

    await line.end(2)
    assert line.began == [1, 2, 3]
    await line.end(1, 3)
    assert line.began == [1, 2, 3, 4, 5]
    await line.end(4, 5)
    assert line.turns.waiting(ONE) == 0


async def test_who_gives_up_makes_room_wherever_it_stands() -> None:
    line = Line(1)
    await line.come(1, 2, 3, 4)

    await line.give_up(2)
    assert line.turns.waiting(ONE) == 2
    await line.give_up(1)
    assert line.began == [1, 3]
    await line.end(3, 4)
    assert line.began == [1, 3, 4]


async def test_a_turn_given_to_one_who_is_leaving_goes_to_the_next() -> None:
    line = Line(1)
    await line.come(1, 2, 3)

    line._over[1].set()  # 2 is called, and leaves before it can begin
    while line.turns.waiting(ONE) == 2:
        await tasks.sleep(0)
    await line.give_up(2)

    assert line.began in ([1, 3], [1, 2, 3])
    assert line.running == 1
    await line.end(3)


async def test_each_engine_has_turns_of_its_own() -> None:
    line = Line(1)
    await line.come(1, 2)
    await line.come(3, 4, engine=TWO)

    assert line.began == [1, 3]
    await line.end(1, 2, 3, 4)


async def test_without_a_limit_nobody_waits() -> None:
    line = Line(0)
    await line.come(*range(100))

    assert line.running == 100
    await line.end(*range(100))


@pytest.mark.parametrize("seed", range(20))
async def test_nothing_is_lost_in_a_storm(seed: int) -> None:
    dice, line = random.Random(seed), Line(3)
    present: set[int] = set()
    for number in range(200):
        await line.come(number)
        present.add(number)
        if dice.random() < 0.7:
            gone = dice.choice(sorted(present))
            present.discard(gone)
            has_turn = gone in line.began
            await dice.choice((line.end, line.give_up) if has_turn else (line.give_up,))(gone)
        assert line.running <= 3
        assert line.running == 3 or line.turns.waiting(ONE) == 0
    await line.give_up(*present)

    assert (line.running, line.turns._taken, line.turns._waiting) == (0, {}, {})
