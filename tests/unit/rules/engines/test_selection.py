"""Examples and properties of choosing an engine."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import BusyReason
from acedesk.model.engine import BackendKind, EngineHealth, EngineId, EngineIntent
from acedesk.rules.engines.selection import (
    Candidate,
    choose,
    choose_spare,
    explain_refusal,
    is_free,
    natural_key,
    stream_limit,
)


def _engine(name: str, **facts: object) -> Candidate:
    engine = Candidate(id=EngineId(name), name=name, health=EngineHealth.READY, max_streams=4)
    return dataclasses.replace(engine, **facts)  # type: ignore[arg-type]  # facts are fields


def _chosen(*engines: Candidate) -> str | None:
    best = choose(engines)
    return None if best is None else best.name


candidates = st.lists(
    st.builds(
        Candidate,
        id=st.integers(0, 10_000).map(lambda number: EngineId(str(number))),
        name=st.sampled_from(["engine-1", "engine-2", "engine-10", "192.168.1.5:6878"]),
        health=st.sampled_from(EngineHealth),
        intent=st.sampled_from(EngineIntent),
        streams=st.integers(0, 6),
        carried=st.integers(0, 6),
        max_streams=st.none() | st.integers(1, 6),
        forwarded=st.booleans(),
        last_used_at=st.none() | st.floats(0, 1e6),
        plays_key=st.booleans(),
        avoided=st.booleans(),
        score=st.integers(0, 100),
        exclusive=st.booleans(),
        last_resort=st.booleans(),
    ),
    max_size=8,
    unique_by=lambda engine: engine.id,
)


def test_the_least_loaded_engine_wins() -> None:
    assert _chosen(_engine("a", streams=2), _engine("b", streams=1)) == "b"


def test_among_equals_the_forwarded_engine_wins() -> None:
    assert _chosen(_engine("a", last_used_at=None), _engine("b", forwarded=True)) == "b"


def test_among_equals_the_better_score_wins_and_the_forwarded_engine_before_it() -> None:
    played_of_late = _engine("a", score=90, last_used_at=9.0)

    assert _chosen(played_of_late, _engine("b", score=60)) == "a"
    assert _chosen(played_of_late, _engine("b", score=60, forwarded=True)) == "b"
    assert _chosen(_engine("a", score=90, streams=1), _engine("b", score=10)) == "b"


@pytest.mark.parametrize("best", [100, 99, 95, 90, 15])
def test_a_small_difference_of_scores_does_not_decide(best: int) -> None:
    played = _engine("a", score=best, last_used_at=9.0)

    assert _chosen(played, _engine("b", score=best - 9)) == "b"
    assert _chosen(played, _engine("b", score=best - 10)) == "a"
    # One that may not be chosen, or only after these, does not change it.
    assert _chosen(played, _engine("b", score=best - 9), _engine("c", streams=1)) == "b"


def test_of_engines_with_as_many_streams_that_one_wins_that_carries_fewer() -> None:
    stands_by = _engine("b", streams=3, carried=1, score=50, last_used_at=9.0)

    assert _chosen(_engine("a", streams=3, carried=2, forwarded=True), stands_by) == "b"
    assert _chosen(_engine("a", streams=2, carried=2), stands_by) == "a"


def test_an_engine_that_somebody_has_for_himself_is_never_chosen() -> None:
    assert _chosen(_engine("a", exclusive=True)) is None


def test_a_spare_engine_is_one_that_nobody_uses_and_that_plays_well() -> None:
    used, slow = _engine("a", streams=1), _engine("b", health=EngineHealth.SLOW)

    assert choose_spare([used, slow]) is None
    best = choose_spare([used, slow, _engine("c", score=50), _engine("d")])
    assert best is not None
    assert best.name == "d"


def test_among_equals_the_longest_unused_wins() -> None:
    assert _chosen(_engine("a", last_used_at=9.0), _engine("b", last_used_at=3.0)) == "b"


def test_an_engine_never_used_counts_as_longest_unused() -> None:
    assert _chosen(_engine("a", last_used_at=0.0), _engine("b")) == "b"


def test_the_smallest_name_decides_last() -> None:
    assert _chosen(_engine("engine-10"), _engine("engine-2")) == "engine-2"


def test_a_slow_engine_is_taken_when_no_ready_one_is_left() -> None:
    slow = _engine("a", health=EngineHealth.SLOW)
    assert _chosen(slow, _engine("b", streams=3)) == "b"
    assert _chosen(slow, _engine("b", streams=4)) == "a"


@pytest.mark.parametrize("intent", [EngineIntent.DRAIN, EngineIntent.REMOVE])
def test_an_engine_that_is_not_to_serve_is_never_chosen_and_never_waited_for(
    intent: EngineIntent,
) -> None:
    ready = _engine("a", intent=intent)
    starting = _engine("b", intent=intent, health=EngineHealth.STARTING)

    assert _chosen(ready, starting) is None
    refusal = explain_refusal([ready, starting])
    assert refusal.reason is BusyReason.NO_ENGINE
    assert refusal.detail == "Of the engines known, 2 are draining."


def test_an_engine_that_plays_the_content_already_is_left_out() -> None:
    assert _chosen(_engine("a", plays_key=True), _engine("b", streams=3)) == "b"


def test_an_avoided_engine_is_left_out_even_when_it_is_the_only_one() -> None:
    assert _chosen(_engine("a", avoided=True)) is None


def test_automatic_limits_only_engines_acedesk_made() -> None:
    assert stream_limit(BackendKind.STATIC, 0) is None
    assert stream_limit(BackendKind.DOCKER, 0) == 4
    assert stream_limit(BackendKind.DEMO, 0) == 4
    assert stream_limit(BackendKind.STATIC, 2) == 2


def test_without_engines_there_is_none_to_wait_for() -> None:
    assert explain_refusal(()).reason is BusyReason.NO_ENGINE


def test_a_starting_engine_is_worth_a_short_wait() -> None:
    refusal = explain_refusal([_engine("a", health=EngineHealth.STARTING)])
    assert (refusal.reason, refusal.retry_after) == (BusyReason.STARTING, 2.0)


def test_full_engines_are_reported_as_capacity() -> None:
    refusal = explain_refusal([_engine("a", streams=4)])
    assert (refusal.reason, refusal.retry_after) == (BusyReason.MAX_CAPACITY, 5.0)


def test_unusable_engines_are_counted_in_the_detail() -> None:
    refusal = explain_refusal(
        [
            _engine("a", health=EngineHealth.UNREACHABLE),
            _engine("b", health=EngineHealth.UNREACHABLE),
            _engine("c", avoided=True),
        ]
    )
    assert refusal.reason is BusyReason.NO_ENGINE
    assert refusal.detail == ("Of the engines known, 1 failed with this stream, 2 are unhealthy.")


def test_names_are_ordered_as_people_count() -> None:
    names = ["engine-10", "engine-2", "192.168.1.5:6878", "engine-1", "²"]
    assert sorted(names, key=natural_key) == [
        "192.168.1.5:6878",
        "engine-1",
        "engine-2",
        "engine-10",
        "²",
    ]


@given(candidates)
def test_never_chooses_an_engine_that_may_not_take_the_stream(engines: list[Candidate]) -> None:
    best = choose(engines)
    if best is None:
        assert not any(is_free(engine) for engine in engines)
    else:
        assert best.intent is EngineIntent.SERVE
        assert best.health in (EngineHealth.READY, EngineHealth.SLOW)
        assert best.max_streams is None or best.streams < best.max_streams
        assert not best.avoided
        assert not best.plays_key


@given(candidates, st.randoms())
def test_the_choice_does_not_depend_on_the_order(engines: list[Candidate], random: object) -> None:
    shuffled = list(engines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert choose(shuffled) == choose(engines)


@given(candidates.filter(bool))
def test_another_engine_never_makes_the_choice_worse(engines: list[Candidate]) -> None:
    before, after = choose(engines[1:]), choose(engines)
    if before is not None:
        assert after is not None
        assert after.streams <= before.streams


@given(candidates)
def test_a_refusal_has_always_a_reason_and_a_wait(engines: list[Candidate]) -> None:
    refusal = explain_refusal(engines)
    assert refusal.retry_after > 0


@given(st.lists(st.text()))
def test_any_name_can_be_sorted(names: list[str]) -> None:
    assert len(sorted(names, key=natural_key)) == len(names)


def test_one_that_stands_in_is_taken_only_where_no_other_may_be() -> None:
    stands_in = _engine("a", last_resort=True)

    assert _chosen(stands_in, _engine("b", streams=3)) == "b"
    assert _chosen(stands_in, _engine("b", streams=4)) == "a"


def test_one_that_stands_in_comes_before_one_that_failed_this_stream_or_is_slow() -> None:
    stands_in = _engine("a", last_resort=True)

    assert _chosen(stands_in, _engine("b", failures=1)) == "a"
    assert _chosen(stands_in, _engine("b", health=EngineHealth.SLOW)) == "a"


def test_engines_of_an_orchestrator_have_a_limit_as_those_that_were_made_here() -> None:
    assert stream_limit(BackendKind.REMOTE, 0) == stream_limit(BackendKind.DOCKER, 0)
