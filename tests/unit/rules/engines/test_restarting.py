"""When an engine that died is started again, and what is said of it."""

import pytest

from acedesk.errors import EngineStopped, EngineUnreachable
from acedesk.model.engine import EngineHealth
from acedesk.rules.engines import restarting
from acedesk.rules.engines.restarting import DELAYS, WELL_AFTER, Tries


@pytest.mark.parametrize(
    ("before", "after", "died"),
    [
        (EngineHealth.READY, EngineHealth.STOPPED, True),
        (EngineHealth.UNREACHABLE, EngineHealth.CRASHED, True),
        (EngineHealth.STARTING, EngineHealth.CRASHED, True),
        (EngineHealth.STOPPED, EngineHealth.CRASHED, False),
        (EngineHealth.READY, EngineHealth.UNREACHABLE, False),
        (None, EngineHealth.STOPPED, False),
    ],
)
def test_only_what_ran_can_die(
    before: EngineHealth | None, after: EngineHealth, *, died: bool
) -> None:
    assert restarting.has_died(before, after) is died


def test_a_crash_loop_gets_as_many_tries_as_there_are_delays() -> None:
    tries: Tries | None = None
    delays: list[float] = []
    now = 50.0
    while (tries := restarting.next_try(tries, now)) is not None:
        delays.append(restarting.delay(tries))
        now += WELL_AFTER - 1.0

    assert tuple(delays) == DELAYS
    assert delays == sorted(delays)
    assert delays[0] < 1.0


def test_an_engine_that_was_well_begins_anew() -> None:
    used_up = Tries(count=len(DELAYS), last_at=50.0)

    assert restarting.next_try(used_up, 50.0 + WELL_AFTER) == Tries(
        count=1, last_at=50.0 + WELL_AFTER
    )


def test_the_words_tell_the_try_and_never_twice() -> None:
    cause = restarting.cause_of(EngineUnreachable("its container has ended"))
    first = restarting.describe_try(cause, Tries(count=1, last_at=0.0))
    second = restarting.describe_try(restarting.cause_of(first), Tries(count=2, last_at=0.0))

    assert first.detail == "its container has ended; it is being started again"
    assert second.detail == "its container has ended; it is being started again (try 2 of 3)"
    assert restarting.cause_of(None) == restarting.cause_of(EngineStopped()) == "it has ended"
    assert "3 times in vain" in restarting.describe_end(cause).detail


@pytest.mark.parametrize(
    "cause", ["Docker said: x; it is being started again", "it was stopped", "é; é"]
)
def test_a_cause_stays_what_it_is_whatever_is_said_around_it(cause: str) -> None:
    for said in (
        EngineStopped(cause),
        restarting.describe_try(cause, Tries(count=3, last_at=0.0)),
        restarting.describe_end(cause),
    ):
        assert restarting.cause_of(said.bare()) == cause
