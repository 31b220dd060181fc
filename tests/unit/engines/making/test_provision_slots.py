"""How many engines are made at once, and how far apart."""

import asyncio

import pytest

from acedesk import tasks
from acedesk.engines.making import provision_slots
from acedesk.engines.making.provision_slots import ProvisionSlots
from acedesk.settings import Settings
from tests.fakes.loop_steps import let_others_run, until


class _Makers:
    """Tasks that take a slot and hold it until they are let go."""

    def __init__(self, **settings: object) -> None:
        self.settings = Settings(min_provision_interval=0).changed(settings)
        self.seconds = 100.0
        self.slots = ProvisionSlots(lambda: self.settings, lambda: self.seconds)
        self.inside: list[str] = []
        self.go_on: dict[str, asyncio.Event] = {}

    def start(self, name: str) -> asyncio.Task[None]:
        """Let one more want a slot."""
        self.go_on[name] = asyncio.Event()
        return tasks.spawn(self._hold(name), name=name)

    async def _hold(self, name: str) -> None:
        async with self.slots.take():
            self.inside.append(name)
            try:
                await self.go_on[name].wait()
            finally:
                self.inside.remove(name)


async def test_no_more_are_inside_than_the_setting_says_and_the_first_comes_first() -> None:
    makers = _Makers(max_concurrent_provisions=2)
    running = [makers.start(name) for name in "abcd"]
    await until(lambda: makers.inside == ["a", "b"])
    await let_others_run()
    assert makers.inside == ["a", "b"]

    makers.go_on["b"].set()
    await until(lambda: makers.inside == ["a", "c"])
    makers.settings = Settings(min_provision_interval=0, max_concurrent_provisions=3)
    makers.go_on["c"].set()
    await until(lambda: makers.inside == ["a", "d"])

    for one in makers.go_on.values():
        one.set()
    await asyncio.gather(*running)


async def test_one_that_is_cancelled_while_it_waits_takes_nothing() -> None:
    makers = _Makers(max_concurrent_provisions=1)
    first, second, third = (makers.start(name) for name in "abc")
    await until(lambda: makers.inside == ["a"])

    await tasks.cancel(second)
    makers.go_on["a"].set()
    await until(lambda: makers.inside == ["c"])

    makers.go_on["c"].set()
    await asyncio.gather(first, third)


async def test_one_that_is_cancelled_at_its_turn_gives_it_on() -> None:
    makers = _Makers(max_concurrent_provisions=1)
    first, second, third = (makers.start(name) for name in "abc")
    await until(lambda: makers.inside == ["a"])

    makers.go_on["a"].set()
    first.add_done_callback(lambda _: second.cancel())
    await until(lambda: makers.inside == ["c"])

    makers.go_on["c"].set()
    await third


async def test_starts_are_as_far_apart_as_the_setting_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []

    class _Sleeper:
        @staticmethod
        async def sleep(seconds: float) -> None:
            waits.append(seconds)

    monkeypatch.setattr(provision_slots, "tasks", _Sleeper)
    makers = _Makers(min_provision_interval=2.0)
    for name in "abc":
        running = makers.start(name)
        makers.go_on[name].set()
        await running
        makers.seconds += 0.5

    assert waits == [1.5, 3.0]
