"""How many engines are made, replaced and removed: one moment each."""

import time
from typing import Any

import pytest

from acedesk.model.engine import EngineHealth, EngineId, EngineIntent, ScalingCause
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

NOW = 1_000.0


def engine(number: int, **facts: Any) -> EngineFacts:
    """Return an engine that is ready and has no stream since a moment ago."""
    streams = facts.get("streams", 0)
    standard: dict[str, Any] = {
        "id": EngineId(f"e{number}"),
        "name": f"engine-{number}",
        "health": EngineHealth.READY,
        "max_streams": 4,
        "idle_since": None if streams else NOW - 1,
    }
    return EngineFacts(**{**standard, **facts})


def planned(*engines: EngineFacts, settings: dict[str, Any] | None = None, **facts: Any) -> Any:
    """Return what is planned, as a list."""
    observed = Observed(engines=engines, **facts)
    return list(scaling.plan(observed, Settings(**(settings or {})), NOW))


BELOW = Grow(ScalingCause.BELOW_MINIMUM)


# Nothing by itself


@pytest.mark.parametrize(
    "engines",
    [
        (),
        (engine(1),),
        (engine(1, streams=3),),
        (engine(1, idle_since=0.0),),
        (engine(1, made=False, health=EngineHealth.HUNG),),
        (engine(1, made=False, streams=4),),
        (engine(1, health=EngineHealth.STOPPED),),
        (engine(1, intent=EngineIntent.DRAIN),),
    ],
)
def test_with_defaults_nothing_is_done_for(engines: tuple[EngineFacts, ...]) -> None:
    assert planned(*engines) == []


# How many


def test_engines_are_made_up_to_the_minimum() -> None:
    assert planned(engine(1), settings={"min_engines": 3}) == [BELOW, BELOW]


def test_those_that_are_being_made_count() -> None:
    assert planned(engine(1), coming=2, settings={"min_engines": 3}) == []


def test_engines_of_the_settings_do_not_count() -> None:
    assert planned(engine(1, made=False), settings={"min_engines": 1}) == [BELOW]


@pytest.mark.parametrize("health", [EngineHealth.STOPPED, EngineHealth.CRASHED])
def test_engines_that_have_ended_do_not_count(health: EngineHealth) -> None:
    assert planned(engine(1, health=health), settings={"min_engines": 1}) == [BELOW]


def test_an_engine_that_is_drained_does_not_count() -> None:
    drained = engine(1, intent=EngineIntent.DRAIN, streams=1)

    assert planned(drained, settings={"min_engines": 1}) == [BELOW]


def test_no_more_are_made_than_the_maximum() -> None:
    settings = {"min_engines": 9, "max_engines": 3}

    assert planned(engine(1), settings=settings) == [BELOW, BELOW]
    assert planned(engine(1), leaving=1, settings=settings) == [BELOW]
    assert planned(engine(1), coming=1, leaving=1, settings=settings) == []


def test_no_more_are_begun_than_may_be_made_at_once() -> None:
    settings = {"min_engines": 9, "max_concurrent_provisions": 2}

    assert planned(settings=settings) == [BELOW, BELOW]
    assert planned(coming=1, settings=settings) == [BELOW]
    assert planned(coming=2, settings=settings) == []


def test_nothing_is_made_or_removed_without_docker() -> None:
    idle = engine(1, idle_since=0.0, on_demand=True, intent=EngineIntent.REMOVE)

    assert planned(idle, can_make=False, settings={"min_engines": 3}) == []


def test_an_open_breaker_stops_growth() -> None:
    assert planned(growth=0, settings={"min_engines": 3}) == []


def test_a_trial_is_one_engine() -> None:
    assert planned(growth=1, settings={"min_engines": 3}) == [BELOW]


def test_so_many_without_a_stream_are_kept_ready() -> None:
    free = Grow(ScalingCause.TOO_FEW_FREE)

    assert planned(engine(1, streams=1), settings={"min_free_engines": 2}) == [free, free]
    assert planned(engine(1), engine(2), settings={"min_free_engines": 2}) == []


def test_one_more_is_made_when_the_last_place_is_taken() -> None:
    full = Grow(ScalingCause.NO_FREE_PLACE)

    assert planned(engine(1, streams=4), engine(2, streams=4)) == [full]
    assert planned(engine(1, streams=4), engine(2, streams=3)) == []
    assert planned(engine(1, streams=4), coming=1) == []


def test_a_free_place_on_an_engine_of_the_settings_will_do() -> None:
    other = engine(2, made=False, max_streams=None, streams=50)

    assert planned(engine(1, streams=4), other) == []


def test_somebody_asks_for_a_number() -> None:
    assert planned(engine(1), scale_to=2) == [Grow(ScalingCause.SCALED)]


# Idle engines


def test_an_idle_engine_goes_after_the_grace() -> None:
    idle = engine(1, on_demand=True, idle_since=NOW - 300)

    assert planned(idle) == [Retire(idle.id, ScalingCause.IDLE), Remove(idle.id)]
    assert planned(engine(1, on_demand=True, idle_since=NOW - 299)) == []


def test_an_engine_that_a_person_added_stays() -> None:
    assert planned(engine(1, idle_since=0.0)) == []


def test_idle_engines_stay_that_are_wanted() -> None:
    idle = [engine(number, on_demand=True, idle_since=0.0) for number in (1, 2, 3)]
    gone = [Retire(idle[0].id, ScalingCause.IDLE), Remove(idle[0].id)]

    assert planned(*idle, settings={"min_engines": 2}) == gone
    assert planned(*idle, settings={"min_free_engines": 2}) == gone
    assert planned(*idle, settings={"min_engines": 3}) == []
    assert planned(*idle, scale_to=3) == []


def test_the_last_free_places_stay_while_others_are_full() -> None:
    idle = engine(2, on_demand=True, idle_since=0.0)

    assert planned(engine(1, streams=4), idle) == []
    assert Remove(idle.id) in planned(engine(1, streams=3), idle)


def test_the_longest_idle_goes_first() -> None:
    engines = [engine(n, on_demand=True, idle_since=10.0 - n) for n in (1, 2)]

    found = planned(*engines, settings={"min_engines": 1})

    assert found == [Retire(engines[1].id, ScalingCause.IDLE), Remove(engines[1].id)]


# Engines that do not answer


@pytest.mark.parametrize("health", [EngineHealth.HUNG, EngineHealth.UNREACHABLE])
def test_a_silent_engine_gets_a_successor_first(health: EngineHealth) -> None:
    silent = engine(1, health=health, streams=2)

    assert planned(silent) == [Replace(silent.id, ScalingCause.UNHEALTHY)]


def test_it_is_waited_for_and_counts_as_there() -> None:
    silent = engine(1, health=EngineHealth.HUNG, streams=2, successor=Successor.COMING)

    assert planned(silent, settings={"min_engines": 1}) == []


def test_then_its_streams_move_and_it_goes() -> None:
    silent = engine(1, health=EngineHealth.HUNG, streams=2, successor=Successor.READY)
    retired = engine(1, health=EngineHealth.HUNG, streams=2, intent=EngineIntent.REMOVE)

    assert planned(silent, engine(2)) == [
        Retire(silent.id, ScalingCause.UNHEALTHY),
        Move(silent.id),
    ]
    assert planned(engine(2), engine(1, intent=EngineIntent.REMOVE)) == [Remove(retired.id)]


def test_streams_that_do_not_leave_a_silent_engine_are_waited_for_a_moment() -> None:
    def moved(seconds: float) -> list[Action]:
        silent = engine(
            1,
            health=EngineHealth.HUNG,
            streams=1,
            intent=EngineIntent.REMOVE,
            moved_at=NOW - seconds,
        )
        return list(planned(silent))

    assert moved(MOVE_LIMIT - 1) == []
    assert moved(MOVE_LIMIT) == [Remove(EngineId("e1"))]


def test_a_healthy_engine_is_never_removed_with_streams() -> None:
    assert planned(engine(1, streams=1, intent=EngineIntent.REMOVE, moved_at=0.0)) == []


def test_one_that_is_well_again_keeps_its_place() -> None:
    well = engine(1, successor=Successor.COMING)

    assert planned(well) == [Abandon(well.id)]


def test_without_room_the_silent_engine_goes_first_one_at_a_time() -> None:
    silent = [engine(n, health=EngineHealth.HUNG, streams=1) for n in (1, 2)]
    settings = {"max_engines": 2}

    assert planned(*silent, settings=settings) == [
        Retire(silent[0].id, ScalingCause.UNHEALTHY, leaves_gap=True),
        Move(silent[0].id),
    ]
    assert planned(silent[1], gaps=1, leaving=1, settings=settings) == []
    assert planned(silent[1], gaps=1, settings=settings) == [FillGap()]
    assert planned(silent[1], coming_gaps=1, settings=settings) == []


def test_one_that_has_what_its_successor_needs_goes_first() -> None:
    silent = engine(1, health=EngineHealth.HUNG, streams=1, crowded=True)
    old = engine(2, outdated=True, crowded=True)

    assert planned(silent, old) == [
        Retire(silent.id, ScalingCause.UNHEALTHY, leaves_gap=True),
        Move(silent.id),
    ]
    assert planned(old) == [
        Retire(old.id, ScalingCause.OUTDATED, leaves_gap=True),
        Remove(old.id),
    ]


def test_an_open_breaker_stops_replacements() -> None:
    assert planned(engine(1, health=EngineHealth.HUNG), replacement=0) == []
    assert planned(replacement=0, gaps=1) == []


def test_while_it_is_open_what_is_missing_is_made_as_growth() -> None:
    silent = engine(1, health=EngineHealth.HUNG)

    assert planned(silent, replacement=0, settings={"min_engines": 1}) == [BELOW]


def test_what_somebody_froze_is_left_alone() -> None:
    assert planned(engine(1, health=EngineHealth.HUNG, left_alone=True)) == []


def test_an_engine_that_ended_for_good_makes_room() -> None:
    settings = {"min_engines": 1, "max_engines": 1}
    ended = engine(1, health=EngineHealth.CRASHED)

    found = planned(ended, settings=settings)

    assert found == [Retire(ended.id, ScalingCause.ENDED), Remove(ended.id)]


# Changed definitions, and what people ask for


def test_a_changed_definition_rolls_one_engine_at_a_time() -> None:
    old = [engine(n, outdated=True, streams=3 - n) for n in (1, 2, 3)]
    rolled = engine(3, outdated=True, successor=Successor.COMING)

    assert planned(*old) == [Replace(old[2].id, ScalingCause.OUTDATED)]
    assert planned(*old[:2], rolled) == []


def test_the_old_one_is_drained_when_the_new_one_is_there() -> None:
    old = engine(1, outdated=True, streams=1, successor=Successor.READY)

    assert planned(old, engine(2)) == [Retire(old.id, ScalingCause.OUTDATED)]


def test_without_room_the_one_with_the_fewest_streams_is_drained_first() -> None:
    old = [engine(n, outdated=True, streams=n) for n in (1, 2)]

    found = planned(*old, settings={"max_engines": 2})

    assert found == [Retire(old[0].id, ScalingCause.OUTDATED, leaves_gap=True)]


def test_a_person_wants_an_engine_replaced_whatever_it_is() -> None:
    asked = engine(2, asked=True, streams=3)
    ended = engine(2, asked=True, health=EngineHealth.CRASHED)

    assert planned(engine(1, outdated=True), asked) == [Replace(asked.id, ScalingCause.ASKED)]
    assert planned(ended) == [Replace(ended.id, ScalingCause.ASKED)]


def test_the_successor_of_a_healthy_engine_is_no_engine_more() -> None:
    old = engine(1, outdated=True, successor=Successor.COMING)

    assert planned(old, settings={"min_engines": 2}) == [BELOW]


def test_engines_above_a_lowered_maximum_go_if_they_were_made_on_demand() -> None:
    hand = [engine(n, streams=1) for n in (1, 2)]
    demand = [engine(n, on_demand=True, streams=n) for n in (3, 4)]

    found = planned(*hand, *demand, settings={"max_engines": 3})

    assert found == [Retire(demand[0].id, ScalingCause.ABOVE_MAXIMUM)]
    assert planned(*hand, settings={"max_engines": 1}) == []


def test_scaling_down_takes_idle_engines_and_those_on_demand_first() -> None:
    engines = [engine(1), engine(2, streams=2), engine(3, on_demand=True, streams=1)]
    engines += [engine(4, on_demand=True), engine(5, made=False)]

    assert scaling.choose_surplus(engines, 2) == (EngineId("e4"), EngineId("e3"))
    assert scaling.choose_surplus(engines, 9) == ()


def test_two_hundred_engines_with_a_thousand_streams_take_less_than_two_milliseconds() -> None:
    engines = tuple(
        engine(n, streams=5, max_streams=6, on_demand=True, outdated=n % 3 == 0)
        if n % 20
        else engine(n, on_demand=True, idle_since=NOW - n)
        for n in range(200)
    )
    observed = Observed(engines=engines)
    settings = Settings(min_engines=100, min_free_engines=5, max_engines=200)
    scaling.plan(observed, settings, NOW)

    took = []
    for _ in range(20):
        began = time.perf_counter()
        scaling.plan(observed, settings, NOW)
        took.append(time.perf_counter() - began)

    assert min(took) < 0.002
