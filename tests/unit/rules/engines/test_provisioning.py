"""Names, steps and pace of provisions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.model.engine import ProvisionState, Step, StepName, StepState
from acedesk.rules.engines.provisioning import (
    fail_steps,
    is_expired,
    last_words,
    next_name,
    put_step,
    start_delay,
    waiting_steps,
)


def test_the_first_gap_in_the_numbers_is_taken() -> None:
    assert next_name(["engine-1", "engine-3", "192.168.1.5:6878"]) == "engine-2"


@given(st.sets(st.integers(0, 30).map(lambda number: f"engine-{number}")))
def test_no_name_is_given_twice(taken: set[str]) -> None:
    assert next_name(taken) not in taken


def test_engines_without_image_have_no_pull_step() -> None:
    assert [step.name for step in waiting_steps(has_image=False)] == [
        StepName.CREATE,
        StepName.START,
        StepName.ANSWER,
    ]


def test_a_reported_step_replaces_its_predecessor() -> None:
    pulling = Step(name=StepName.PULL, state=StepState.RUNNING, done_bytes=3)
    steps = put_step(waiting_steps(has_image=True), pulling)
    assert steps[0] is pulling
    assert len(steps) == 4


def test_a_step_not_planned_for_is_put_in_order() -> None:
    pull = Step(name=StepName.PULL, state=StepState.DONE)
    assert put_step(waiting_steps(has_image=False), pull)[0] is pull


def test_the_running_step_is_the_one_that_failed() -> None:
    steps = waiting_steps(has_image=False)
    steps = put_step(steps, Step(name=StepName.CREATE, state=StepState.DONE))
    steps = put_step(steps, Step(name=StepName.START, state=StepState.RUNNING))
    assert [step.state for step in fail_steps(steps)] == [
        StepState.DONE,
        StepState.FAILED,
        StepState.WAITING,
    ]


def test_a_failure_between_two_steps_counts_for_the_next() -> None:
    assert fail_steps(waiting_steps(has_image=False))[0].state is StepState.FAILED


def test_nothing_fails_when_all_is_done() -> None:
    done = tuple(Step(name=name, state=StepState.DONE) for name in StepName)
    assert fail_steps(done) == done


@given(st.floats(0, 1e6), st.floats(0, 100), st.floats(0, 60))
def test_provisions_are_so_far_apart(started_at: float, passed: float, interval: float) -> None:
    delay = start_delay(started_at, started_at + passed, interval)
    assert 0 <= delay <= interval + 1e-6
    assert delay + passed >= interval - 1e-6


def test_the_first_provision_waits_for_nothing() -> None:
    assert start_delay(None, 100.0, 0.5) == 0


@pytest.mark.parametrize(
    ("state", "expired"),
    [
        (ProvisionState.DONE, True),
        (ProvisionState.CANCELLED, True),
        (ProvisionState.FAILED, False),
        (ProvisionState.RUNNING, False),
    ],
)
def test_good_results_go_by_themselves_and_failures_stay(
    state: ProvisionState, expired: bool
) -> None:
    assert is_expired(state, 0.0, 31.0) is expired
    assert is_expired(state, 0.0, 29.0) is False


def test_the_last_words_are_five_lines_in_one() -> None:
    assert last_words("x\na\n\n b \nc\nd\ne\n") == "a / b / c / d / e"
    assert last_words(" \n") == ""


@given(st.text())
def test_last_words_are_always_one_short_line(log: str) -> None:
    words = last_words(log)
    assert len(words) <= 240
    assert len(words.splitlines()) <= 1
