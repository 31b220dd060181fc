"""When a circuit breaker lets an attempt begin."""

import hypothesis
import pytest
from hypothesis import strategies as st

from acedesk.model.engine import BreakerState
from acedesk.rules.engines import circuit
from acedesk.rules.engines.circuit import LONGEST_PAUSE, UNLIMITED, Circuit, CircuitLimits

LIMITS = CircuitLimits(failures=3, recovery=60.0)


def _failed(times: int, at: float = 100.0) -> Circuit:
    """Return a circuit after some failures, one a second."""
    found = Circuit()
    for number in range(times):
        found = circuit.failed(found, LIMITS, at + number)
    return found


def test_it_is_closed_at_first_and_lets_everything_begin() -> None:
    assert circuit.state(Circuit(), LIMITS, 0.0) is BreakerState.CLOSED
    assert circuit.allowed(Circuit(), LIMITS, 0.0, under_way=9) == UNLIMITED


@pytest.mark.parametrize(("times", "state"), [(2, BreakerState.CLOSED), (3, BreakerState.OPEN)])
def test_it_opens_at_the_last_failure_in_a_row(times: int, state: BreakerState) -> None:
    assert circuit.state(_failed(times), LIMITS, 103.0) is state


def test_each_failure_makes_the_next_attempt_wait_longer() -> None:
    limits = CircuitLimits(failures=100, recovery=60.0)
    found, pauses = Circuit(), []
    for _ in range(8):
        found = circuit.failed(found, limits, 100.0)
        pauses.append(circuit.next_attempt_at(found) - 100.0)

    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 16.0, 16.0, 16.0]
    assert max(pauses) == LONGEST_PAUSE
    assert circuit.allowed(found, limits, 115.9, under_way=0) == 0
    assert circuit.allowed(found, limits, 116.0, under_way=0) == UNLIMITED


def test_while_it_is_open_nothing_begins() -> None:
    opened = _failed(3)

    assert circuit.allowed(opened, LIMITS, 102.0 + 59.9, under_way=0) == 0
    assert circuit.remaining(opened, LIMITS, 102.0 + 20.0) == 40.0


def test_after_the_recovery_one_trial_may_begin() -> None:
    opened, later = _failed(3), 102.0 + 60.0

    assert circuit.state(opened, LIMITS, later) is BreakerState.HALF_OPEN
    assert circuit.allowed(opened, LIMITS, later, under_way=0) == 1
    assert circuit.allowed(opened, LIMITS, later, under_way=1) == 0
    assert circuit.remaining(opened, LIMITS, later) == 0.0


def test_a_trial_that_fails_opens_it_for_as_long_again() -> None:
    again = circuit.failed(_failed(3), LIMITS, 170.0)

    assert circuit.state(again, LIMITS, 170.0 + 59.9) is BreakerState.OPEN
    assert circuit.state(again, LIMITS, 170.0 + 60.0) is BreakerState.HALF_OPEN


def test_failures_of_attempts_that_began_before_do_not_keep_it_open_for_longer() -> None:
    late = circuit.failed(_failed(3), LIMITS, 150.0)

    assert late.opened_at == 102.0
    assert late.failures == 4


def test_a_closed_circuit_stays_open_for_no_time() -> None:
    assert circuit.remaining(_failed(2), LIMITS, 102.0) == 0.0


@hypothesis.given(
    st.lists(st.tuples(st.sampled_from("fs"), st.floats(0, 200)), max_size=60),
    st.integers(1, 6),
    st.floats(1, 300),
)
def test_it_is_open_only_after_enough_failures_in_a_row_and_never_for_ever(
    history: list[tuple[str, float]], failures: int, recovery: float
) -> None:
    limits = CircuitLimits(failures=failures, recovery=recovery)
    found, now, in_a_row = Circuit(), 0.0, 0
    for what, pause in history:
        now += pause
        in_a_row = in_a_row + 1 if what == "f" else 0
        found = circuit.failed(found, limits, now) if what == "f" else Circuit()

        assert (circuit.state(found, limits, now) is BreakerState.OPEN) <= (in_a_row >= failures)
        later = now + max(recovery, LONGEST_PAUSE) + 1e-6
        assert circuit.allowed(found, limits, later, under_way=0) >= 1
