"""Three failures, suspicion and healing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import (
    EngineAnswerInvalid,
    EngineError,
    EngineRefused,
    EngineSilent,
    EngineTooSlow,
    EngineUnreachable,
    NotAnEngine,
)
from acedesk.model.engine import BackendKind, EngineHealth, EngineId
from acedesk.rules.engines.health import (
    STRIKES,
    SUSPICIOUS_STARTS,
    HealthRecord,
    HealthState,
    choose_loss,
    choose_removal,
    describe_disappearance,
    describe_exit,
    describe_failure,
    judge_exit,
    judge_failure,
    step,
)

ENGINE = EngineId("engine-1")
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
    assert record.failures == run
    assert (record.state is HealthState.UNHEALTHY) == (run >= needed)
    assert (record.error is None) == (run == 0)


@pytest.mark.parametrize(
    ("error", "health"),
    [
        (EngineUnreachable("refused"), EngineHealth.UNREACHABLE),
        (EngineAnswerInvalid("a web page"), EngineHealth.UNREACHABLE),
        (EngineRefused("no"), EngineHealth.UNREACHABLE),
        (EngineTooSlow("5 s"), EngineHealth.HUNG),
    ],
)
def test_an_engine_that_takes_connections_and_is_silent_hangs(
    error: EngineError, health: EngineHealth
) -> None:
    assert judge_failure(error) is health


@pytest.mark.parametrize(
    ("code", "out_of_memory", "health", "words"),
    [
        (0, False, EngineHealth.STOPPED, "its container has ended"),
        (143, False, EngineHealth.STOPPED, "its container has ended"),
        (137, False, EngineHealth.STOPPED, "its container has ended"),
        (130, False, EngineHealth.STOPPED, "its container has ended"),
        (1, False, EngineHealth.CRASHED, "its container has ended with exit code 1"),
        (139, False, EngineHealth.CRASHED, "its container has ended with exit code 139"),
        (
            137,
            True,
            EngineHealth.CRASHED,
            "its container was ended by the system: out of memory",
        ),
    ],
)
def test_what_ended_by_itself_with_an_error_crashed(
    code: int, out_of_memory: bool, health: EngineHealth, words: str
) -> None:
    assert judge_exit(code, out_of_memory=out_of_memory) is health
    assert describe_exit(code, out_of_memory=out_of_memory) == words


GONE = {EngineHealth.STARTING, EngineHealth.CRASHED, EngineHealth.STOPPED}
SILENT = {EngineHealth.HUNG, EngineHealth.UNREACHABLE}


@given(st.sampled_from(EngineHealth), st.sampled_from(EngineHealth))
def test_streams_are_told_of_every_change_for_the_worse_and_of_no_other(
    before: EngineHealth, after: EngineHealth
) -> None:
    loss = choose_loss(ENGINE, before, after, None)

    if before is after or before in GONE or after not in GONE | SILENT:
        assert loss is None
    else:
        assert loss is not None
        assert loss.certain == (after in GONE)


def test_the_reason_reaches_the_streams() -> None:
    ended = EngineUnreachable("its container has ended with exit code 139")

    crashed = choose_loss(ENGINE, EngineHealth.READY, EngineHealth.CRASHED, ended)
    hung = choose_loss(ENGINE, EngineHealth.READY, EngineHealth.HUNG, FAULT)

    assert crashed is not None
    assert hung is not None
    assert (crashed.error.code, crashed.error.detail) == ("engine_stopped", ended.detail)
    assert hung.error is FAULT


def test_a_removed_engine_is_gone_for_certain() -> None:
    loss = choose_removal(ENGINE, "you removed it")
    assert (loss.certain, loss.error.code) == (True, "engine_removed")
    assert loss.error.detail == "you removed it"


@pytest.mark.parametrize("kind", list(BackendKind))
def test_an_engine_that_nobody_removed_here_is_gone_for_a_reason(kind: BackendKind) -> None:
    why = describe_disappearance(kind)

    assert "you" not in why
    assert ("container" in why) == (kind in (BackendKind.DOCKER, BackendKind.SWARM))


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (EngineUnreachable("refused"), EngineUnreachable, "nothing answers at h:1 (refused)"),
        (EngineTooSlow("5 s"), EngineSilent, "nothing came from h:1 (5 s)"),
        (NotAnEngine("no JSON"), NotAnEngine, "something else answers at h:1 (no JSON)"),
        (EngineUnreachable(), EngineUnreachable, "nothing answers at h:1"),
        (EngineRefused("access denied"), EngineRefused, "access denied"),
    ],
)
def test_what_a_probe_found_is_told_with_the_address(
    error: EngineError, kind: type[EngineError], words: str
) -> None:
    found = describe_failure(error, "h:1")

    assert (type(found), found.detail) == (kind, words)


def test_the_end_of_a_program_is_not_called_that_of_a_container() -> None:
    assert describe_exit(3) == "its container has ended with exit code 3"
    assert describe_exit(3, BackendKind.NATIVE) == "its program has ended with exit code 3"
