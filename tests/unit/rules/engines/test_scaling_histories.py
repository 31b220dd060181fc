"""What the plan of engines never does, over random histories with a clock of their own."""

import dataclasses
import random
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from acedesk.model.engine import ENDED, SILENT, EngineHealth, EngineId, EngineIntent, ScalingCause
from acedesk.rules.engines import scaling
from acedesk.rules.engines.scaling import (
    MOVE_LIMIT,
    Abandon,
    Action,
    EngineFacts,
    FillGap,
    Grow,
    Move,
    Observed,
    Remove,
    Replace,
    Retire,
    Successor,
)
from acedesk.settings import Settings

# Seconds: how long the world takes to make and to remove an engine, and between two plans.
MAKING = 3.0
REMOVING = 2.0
TICK = 2.0
LIMIT = 3


@dataclasses.dataclass
class _Making:
    """An engine on its way."""

    ready_at: float
    on_demand: bool
    host: str
    successor_of: EngineId | None = None
    fills_gap: bool = False


class World:
    """Engines that obey the plan, with delays, and what happens to them.

    Attributes:
        now: Seconds.
        done: Every action carried out, with its time.
        limits: How many engines each host may have.
        away: Hosts that cannot be reached.
    """

    def __init__(self, limits: dict[str, int] | None = None, **settings: Any) -> None:
        self.limits = limits or {"local": 1_000}
        self.away: set[str] = set()
        self.hosts: dict[EngineId, str] = {}
        self.settings = Settings(**settings)
        self.now = 0.0
        self.engines: dict[EngineId, EngineFacts] = {}
        self.making: list[_Making] = []
        self.leaving: list[tuple[float, str]] = []
        self.given_up: list[tuple[float, str]] = []
        self.gaps = 0
        self.docker = True
        self.makes_fail = False
        self.done: list[tuple[float, Action]] = []
        self._number = 0

    @property
    def total(self) -> int:
        """Return how many engines exist or are on their way."""
        return len(self.engines) + len(self.making) + len(self.leaving) + len(self.given_up)

    def count(self, host: str) -> int:
        """Return how many engines a host has: those that come and go, too."""
        making = sum(one.host == host for one in self.making)
        going = sum(where == host for _, where in (*self.leaving, *self.given_up))
        return sum(self.hosts[one] == host for one in self.engines) + making + going

    def _room(self) -> dict[str, int]:
        """Return how many more engines the hosts that can be reached take."""
        near = self.limits.keys() - self.away
        return {host: max(0, self.limits[host] - self.count(host)) for host in sorted(near)}

    def _choose(self, wanted: str = "") -> str:
        """Return the host that makes the next engine: this one if it can."""
        room = self._room()
        return wanted if room.get(wanted, 0) else max(room, key=lambda host: room[host])

    @property
    def serving(self) -> int:
        """Return how many engines take streams."""
        return sum(one.serves for one in self.engines.values())

    def observed(self) -> Observed:
        """Return what the plan is shown."""
        plain = [one for one in self.making if one.successor_of is None]
        return Observed(
            engines=tuple(
                dataclasses.replace(one, away=self.hosts[one.id] in self.away)
                for one in self.engines.values()
            ),
            coming=sum(not one.fills_gap for one in plain),
            coming_gaps=sum(one.fills_gap for one in plain),
            gaps=self.gaps,
            leaving=len(self.leaving) + len(self.given_up),
            can_make=self.docker and bool(self._room()),
            places=sum(self._room().values()),
        )

    def put(self, engine_id: EngineId, **changes: Any) -> None:
        """Change an engine."""
        self.engines[engine_id] = dataclasses.replace(self.engines[engine_id], **changes)

    def add(self, *, on_demand: bool, host: str = "local", **facts: Any) -> EngineId:
        """Let one more engine serve."""
        self._number += 1
        made = EngineId(f"e{self._number}")
        self.hosts[made] = host
        self.engines[made] = EngineFacts(
            id=made,
            name=f"engine-{self._number}",
            health=EngineHealth.READY,
            max_streams=LIMIT,
            on_demand=on_demand,
            idle_since=self.now,
            **facts,
        )
        return made

    # The plan

    def plan(self) -> None:
        """Let the plan be made and carried out, and check what it must never do."""
        actions = scaling.plan(self.observed(), self.settings, self.now)
        for action in actions:
            self._check(action)
            self._do(action)
            self.done.append((self.now, action))
        if any(isinstance(action, Move) for action in actions):
            return  # the streams are elsewhere now: that may ask for more
        again = scaling.plan(self.observed(), self.settings, self.now)
        assert again == (), f"carried out, {actions} asks for {again}"

    def _check(self, action: Action) -> None:
        if isinstance(action, Grow | Replace | FillGap):
            assert self.total < self.settings.max_engines, action
            assert self.docker
            assert any(self._room().values()), "no host may have one more"
            assert len(self.making) < self.settings.max_concurrent_provisions
        if isinstance(action, Remove):
            one = self.engines[action.engine]
            gone = one.health in SILENT | ENDED and one.moved_at is not None
            assert not one.streams or (gone and self.now - (one.moved_at or 0) >= MOVE_LIMIT)
            assert one.intent is EngineIntent.REMOVE
            assert self.hosts[one.id] not in self.away
        if isinstance(action, Retire) and action.cause is ScalingCause.IDLE:
            one = self.engines[action.engine]
            assert one.on_demand
            assert not one.streams
            if one.serves:
                assert self.serving > self.settings.min_engines - len(self.making)

    def _do(self, action: Action) -> None:  # one case for each kind of action
        ready_at = self.now + MAKING
        match action:
            case Grow():
                self.making.append(_Making(ready_at, True, self._choose()))
            case FillGap():
                self.gaps -= 1
                self.making.append(_Making(ready_at, True, self._choose(), fills_gap=True))
            case Replace():
                old = self.engines[action.engine]
                self.put(old.id, successor=Successor.COMING)
                host = self._choose(self.hosts[old.id])
                self.making.append(_Making(ready_at, old.on_demand, host, successor_of=old.id))
            case Abandon():
                self.put(action.engine, successor=Successor.NONE)
                one = next(one for one in self.making if one.successor_of == action.engine)
                self.making.remove(one)
                self.given_up.append((self.now + 1, one.host))
            case Retire():
                self.put(
                    action.engine, intent=EngineIntent.REMOVE, successor=Successor.NONE, asked=False
                )
                self.gaps += action.leaves_gap
                self._disown(action.engine)
            case Move():
                self.put(action.engine, moved_at=self.now)
                self._leave(action.engine)
            case Remove():
                del self.engines[action.engine]
                self.leaving.append((self.now + REMOVING, self.hosts[action.engine]))

    def _leave(self, engine_id: EngineId) -> None:
        """Let the streams of an engine go where there is a place; the rest stays."""
        while self.engines[engine_id].streams and self.start_stream():
            self.end_stream(engine_id)

    # The world goes on

    def start_stream(self) -> bool:
        """Let a viewer come; tell whether there was a place."""
        able = (one for one in self.engines.values() if one.serves and one.streams < LIMIT)
        ready = [one for one in able if one.health is EngineHealth.READY]
        if not ready:
            return False
        one = min(ready, key=lambda one: (one.streams, one.name))
        self.put(one.id, streams=one.streams + 1, idle_since=None)
        return True

    def end_stream(self, engine_id: EngineId) -> None:
        """Let a viewer of an engine go."""
        left = self.engines[engine_id].streams - 1
        self.put(engine_id, streams=left, idle_since=None if left else self.now)

    def advance(self, seconds: float, tick: float = TICK) -> None:
        """Let time pass, with a plan every moment."""
        until = self.now + seconds
        while self.now < until:
            self.now = min(self.now + tick, until)
            self._finish()
            self.plan()

    def _finish(self) -> None:
        self.leaving = [one for one in self.leaving if one[0] > self.now]
        self.given_up = [one for one in self.given_up if one[0] > self.now]
        for one in [one for one in self.making if one.ready_at <= self.now]:
            self.making.remove(one)
            old = self.engines.get(one.successor_of) if one.successor_of else None
            failed = self.makes_fail or not self.docker or one.host in self.away
            if old is not None:
                after = Successor.NONE if failed else Successor.READY
                self.put(old.id, successor=after)
            if failed:
                self.gaps += one.fills_gap
            else:
                self.add(on_demand=one.on_demand, host=one.host)

    def remove_by_hand(self, engine_id: EngineId) -> None:
        """Let a person remove an engine, whatever is on it; it takes its time, too."""
        self._disown(engine_id)
        del self.engines[engine_id]
        self.leaving.append((self.now + REMOVING, self.hosts[engine_id]))

    def _disown(self, engine_id: EngineId) -> None:
        """Let what is made in the place of an engine be one more engine."""
        for one in self.making:
            if one.successor_of == engine_id:
                one.successor_of = None

    def add_by_hand(self, *, on_demand: bool) -> None:
        """Let a person or a program add an engine, where one may be made."""
        if self.total < self.settings.max_engines and any(self._room().values()):
            self.add(on_demand=on_demand, host=self._choose())


def happen(world: World, chance: random.Random) -> None:  # noqa: C901  # one case for each event
    """Let one random thing happen."""
    engines = list(world.engines.values())
    one = chance.choice(engines) if engines else None
    what = chance.randrange(14)
    if what <= 3:
        world.start_stream()
    elif what <= 6 and one is not None and one.streams:
        world.end_stream(one.id)
    elif what == 7 and one is not None:
        silent = chance.choice([EngineHealth.HUNG, EngineHealth.UNREACHABLE])
        world.put(one.id, health=silent)
    elif what == 8 and one is not None and one.health is not EngineHealth.READY:
        world.put(one.id, health=EngineHealth.READY)
    elif what == 9 and one is not None:
        for _ in range(one.streams):
            world.end_stream(one.id)
        ended = chance.choice([EngineHealth.CRASHED, EngineHealth.STOPPED])
        world.put(one.id, health=ended)
    elif what == 10:
        world.add_by_hand(on_demand=chance.random() < 0.5)
    elif what == 11 and one is not None:
        world.put(one.id, **chance.choice([{"outdated": True}, {"asked": True}]))
    elif what == 12 and one is not None:
        changes: dict[str, Any] = chance.choice(
            [{"intent": EngineIntent.REMOVE}, {"left_alone": True}]
        )
        world.put(one.id, **changes)
    elif what == 13:
        world.docker, world.makes_fail = chance.random() < 0.8, chance.random() < 0.2
        world.away = {host for host in world.limits if chance.random() < 0.2}


def settle(world: World) -> None:
    """Let all troubles end, wait until everything is done, and check that nothing goes on."""
    world.docker, world.makes_fail, world.away = True, False, set()
    for _ in range(3):  # once for those that ended, once for their successors
        for one in list(world.engines.values()):
            if one.health in SILENT and one.left_alone:
                world.put(one.id, left_alone=False, health=EngineHealth.READY)
            if one.health not in ENDED and one.intent is EngineIntent.REMOVE:
                while world.engines[one.id].streams:
                    world.end_stream(one.id)
        world.advance(400.0, 5.0)
    done = len(world.done)
    world.advance(700.0, 20.0)
    late = world.done[done:]
    assert not late, f"it does not come to rest: {late}"
    most = min(world.settings.max_engines, sum(world.limits.values()))
    assert world.serving >= min(world.settings.min_engines, most)
    check_hosts(world)
    assert world.total <= world.settings.max_engines
    assert not any(one.outdated and one.serves for one in world.engines.values())


def check_hosts(world: World) -> None:
    """Check that no host has more engines than it may."""
    for host, limit in world.limits.items():
        assert world.count(host) <= limit, host


@pytest.mark.parametrize(
    "settings",
    [
        {"min_engines": 2, "min_free_engines": 1, "max_engines": 8},
        {"min_engines": 0, "min_free_engines": 0, "max_engines": 6},
        {"min_engines": 3, "max_engines": 3},
        {"min_free_engines": 3, "max_engines": 5, "max_concurrent_provisions": 1},
        {"min_engines": 3, "limits": {"local": 1, "nas": 2}},
        {"min_engines": 2, "max_engines": 4, "limits": {"local": 1_000, "nas": 1}},
    ],
)
def test_a_day_of_ten_thousand_events(settings: dict[str, Any]) -> None:
    world, chance = World(**settings), random.Random(20261129)
    for _ in range(2_500):  # six worlds, fifteen thousand events, more than a day in all
        happen(world, chance)
        world.advance(chance.choice([0.0, 0.5, 2.0, 4.0, 30.0]))
        assert world.total <= world.settings.max_engines
        check_hosts(world)

    settle(world)
    assert len(world.done) < 4 * 2_500, "it does more than what happens asks for"


@pytest.mark.parametrize("count", [1, 5, 20])
def test_engines_go_up_and_down_with_the_minimum(count: int) -> None:
    world = World(min_engines=count)
    world.advance(MAKING * (count / 5 + 2) + TICK)
    assert world.serving == count

    world.settings = Settings()
    world.advance(world.settings.idle_grace + TICK * 3)
    assert world.total == 0


def test_a_load_that_comes_and_goes_within_the_grace_makes_no_engines_anew() -> None:
    world = World(idle_grace=60.0)
    world.add(on_demand=False)
    for _ in range(20):
        for _ in range(LIMIT):
            world.start_stream()
        world.advance(20.0)
        for one in list(world.engines.values()):
            while world.engines[one.id].streams:
                world.end_stream(one.id)
        world.advance(20.0)

    assert len([one for _, one in world.done if isinstance(one, Grow)]) == 1


class Histories(RuleBasedStateMachine):
    """Random settings, events and pauses; `World.plan` checks each action."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @rule(
        least=st.integers(0, 4),
        free=st.integers(0, 3),
        most=st.integers(1, 8),
        at_once=st.integers(1, 5),
    )
    def choose(self, least: int, free: int, most: int, at_once: int) -> None:
        """Change the settings; a maximum is lowered only where that removes nothing."""
        self.world.settings = Settings(
            min_engines=least,
            min_free_engines=free,
            max_engines=max(most, self.world.total, 1),
            max_concurrent_provisions=at_once,
        )

    @rule(seed=st.integers(0, 2**32), times=st.integers(1, 6))
    def events(self, seed: int, times: int) -> None:
        """Let things happen with no time between them."""
        chance = random.Random(seed)
        for _ in range(times):
            happen(self.world, chance)

    @rule(local=st.integers(1, 4), nas=st.integers(1, 4))
    def limit_hosts(self, local: int, nas: int) -> None:
        """Change the limits of the hosts; they are lowered only where that removes nothing."""
        wanted = {"local": local, "nas": nas}
        self.world.limits = {
            host: max(most, self.world.count(host)) for host, most in wanted.items()
        }

    @rule(seconds=st.sampled_from([0.1, 1.0, 2.0, 5.0, 60.0]))
    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.world.advance(seconds)

    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        """A person removes an engine."""
        if self.world.engines:
            self.world.remove_by_hand(data.draw(st.sampled_from(list(self.world.engines))))

    @invariant()
    def never_above_the_maximum(self) -> None:
        """Engines that exist, come and go are never more."""
        assert self.world.total <= self.world.settings.max_engines
        check_hosts(self.world)

    def teardown(self) -> None:
        """Whatever happened, it comes to rest."""
        settle(self.world)


TestHistories = Histories.TestCase
TestHistories.settings = hypothesis.settings(max_examples=40, stateful_step_count=20, deadline=None)
