"""Events go into the machine in order, and its commands are carried out before the next."""

import asyncio
import math

from acedesk import clock, tasks
from acedesk.errors import Busy, BusyReason, EngineTooSlow
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import EngineId
from acedesk.proxy.ingest.supply_runner import SupplyRunner
from acedesk.rules.supply.state import (
    Asked,
    AskEngine,
    Command,
    Delivers,
    Dismiss,
    Failed,
    Leads,
    NoPlace,
    NoteStart,
    Reserved,
    Stop,
    SupplyState,
    Time,
)
from acedesk.settings import Settings
from tests.fakes.loop_steps import let_others_run

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)


class _World:
    """Carries out what a machine wants, with an engine or without."""

    def __init__(self, *, engine: bool = True, settings: Settings | None = None) -> None:
        self.done: list[Command] = []
        self.changes: list[tuple[SupplyState, SupplyState]] = []
        self.engine = engine
        chosen = settings or Settings()
        self.runner = SupplyRunner(
            SupplyState(contents=(KEY,), started_at=clock.monotonic()),
            lambda: chosen,
            carry_out=self.carry_out,
            changed=lambda before: self.changes.append((before, self.runner.state)),
        )

    def carry_out(self, command: Command) -> None:
        """Note it; a question is answered at once."""
        self.done.append(command)
        if isinstance(command, AskEngine) and self.engine:
            self.runner.send(Reserved(command.attempt, EngineId("one")))
        elif isinstance(command, AskEngine):
            self.runner.send(NoPlace(command.attempt, Busy(BusyReason.NO_ENGINE)))


def test_an_answer_given_meanwhile_is_taken_in_and_told_as_one_change() -> None:
    world = _World()

    world.runner.send(Time())

    assert [type(command) for command in world.done] == [AskEngine]
    assert [one.engine for one in world.runner.state.attempts] == ["one"]
    assert len(world.changes) == 1
    assert world.changes[0][0].attempts == ()


def test_what_happened_has_its_own_time() -> None:
    world = _World()
    world.runner.send(Time())

    world.runner.send(Delivers(1), 1234.5)
    world.runner.send(Leads(1), 1234.5)

    assert world.runner.state.first_at == 1234.5
    assert NoteStart(1) in world.done


async def test_a_stream_that_is_given_up_is_not_slept_for() -> None:
    world = _World(engine=False)

    world.runner.send(Time())

    assert isinstance(world.runner.error, Busy)
    async with asyncio.timeout(5):
        await world.runner.sleep()


async def test_an_error_that_is_kept_holds_no_frames() -> None:
    world = _World(engine=False)
    world.runner.send(Time())

    assert world.runner.error is not None
    assert world.runner.error.__traceback__ is None


async def test_sleeping_ends_when_the_machine_wants_to_look_earlier() -> None:
    world = _World()
    world.runner.send(Time())
    sleeping = tasks.spawn(world.runner.sleep(), name="sleep")
    await let_others_run()
    assert not sleeping.done(), "the engine's answer has all the time"

    world.runner.send(Asked(1))  # from now on it has some seconds, then another one is asked
    async with asyncio.timeout(5):
        await sleeping


async def test_sleeping_ends_when_the_stream_is_given_up() -> None:
    world = _World()
    world.runner.send(Time())
    sleeping = tasks.spawn(world.runner.sleep(), name="sleep")
    await let_others_run()

    world.engine = False
    world.runner.send(Failed(attempt=1, error=EngineTooSlow("no media")))
    async with asyncio.timeout(5):
        await sleeping

    assert isinstance(world.runner.error, EngineTooSlow)
    assert world.done[-1] == Dismiss(1)


def test_stopping_lets_the_attempts_go_and_nothing_follows() -> None:
    world = _World()
    world.runner.send(Time())
    world.runner.send(Delivers(1))
    world.runner.send(Leads(1))

    world.runner.send(Stop())
    world.runner.send(Time())

    assert world.done[-1] == Dismiss(1)
    assert world.runner.state.ended


def test_the_limits_are_those_of_the_settings_now() -> None:
    world = _World(settings=Settings(stall_timeout=11.0, switch_timeout=22.0, standby_after=0.0))

    limits = world.runner.limits()

    assert (limits.stall, limits.switch, limits.standby_after) == (11.0, 22.0, 0.0)
    assert not math.isinf(limits.accept)
