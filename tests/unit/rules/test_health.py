"""Three strikes, suspicion and healing."""

from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import EngineTooSlow, EngineUnreachable
from acedesk.rules.health import STRIKES, SUSPICIOUS_STARTS, HealthRecord, HealthState, step

FAULT = EngineUnreachable("refused")


def _after(outcomes: str, *, failed_starts: int = 0) -> HealthRecord:
    record = HealthRecord()
    for second, outcome in enumerate(outcomes):
        record = step(
            record, None if outcome == "+" else FAULT, float(second), failed_starts=failed_starts
        )
    return record


def test_one_good_probe_makes_an_engine_healthy() -> None:
    assert _after("+").state is HealthState.HEALTHY


def test_two_failures_are_not_enough() -> None:
    assert _after("+--").state is HealthState.FAILING


def test_three_failures_in_a_row_are() -> None:
    record = _after("+---")
    assert record.state is HealthState.UNHEALTHY
    assert record.error is FAULT


def test_failures_with_a_success_between_do_not_add_up() -> None:
    assert _after("--+--").state is HealthState.FAILING


def test_one_success_heals() -> None:
    record = _after("---+")
    assert record == HealthRecord(state=HealthState.HEALTHY, since_at=3.0)


def test_a_suspected_engine_falls_at_the_first_failure() -> None:
    assert _after("+-", failed_starts=SUSPICIOUS_STARTS).state is HealthState.UNHEALTHY


def test_failed_starts_alone_harm_nobody() -> None:
    assert _after("+", failed_starts=100).state is HealthState.HEALTHY


def test_the_latest_fault_is_the_one_told() -> None:
    slow = EngineTooSlow("no answer")
    assert step(_after("---"), slow, 9.0).error is slow


def test_the_time_of_the_last_change_is_kept_while_nothing_changes() -> None:
    assert _after("---").since_at == 2.0
    assert _after("------").since_at == 2.0


@given(st.text("+-"), st.integers(0, 10))
def test_unhealthy_means_enough_failures_since_the_last_success(text: str, starts: int) -> None:
    record = _after(text, failed_starts=starts)
    run = len(text) - len(text.rstrip("-"))
    needed = 1 if starts >= SUSPICIOUS_STARTS else STRIKES
    assert record.strikes == run
    assert (record.state is HealthState.UNHEALTHY) == (run >= needed)
    assert (record.error is None) == (run == 0)
