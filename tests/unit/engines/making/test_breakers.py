"""What the two circuit breakers count, allow and tell."""

import pytest

from acedesk.engines.making.breakers import Breakers
from acedesk.errors import (
    Busy,
    BusyReason,
    ContainerError,
    RuntimeState,
    RuntimeUnavailable,
)
from acedesk.model.engine import BreakerKind, BreakerState, Purpose
from acedesk.model.event import EventKind
from acedesk.settings import Settings
from tests.fakes.notes import Notes

FULL = ContainerError("create", "the disk is full")


class _Parts:
    def __init__(self) -> None:
        self.seconds = 100.0
        self.notes = Notes()
        self.settings = Settings(growth_failures=2, replacement_failures=1)
        self.breakers = Breakers(lambda: self.settings, now=lambda: self.seconds, note=self.notes)
        self.told = 0
        self.breakers.changed.connect(self._count)

    def _count(self) -> None:
        self.told += 1

    def fail(self, purpose: Purpose, times: int = 1) -> None:
        for _ in range(times):
            self.breakers.note_failure(purpose, FULL)

    @property
    def states(self) -> list[BreakerState]:
        return [view.state for view in self.breakers.views()]

    def allowed(self, kind: BreakerKind = BreakerKind.GROWTH, under_way: int = 0) -> int:
        return self.breakers.allowed(kind, under_way=under_way)


@pytest.fixture
def parts() -> _Parts:
    return _Parts()


def test_both_are_closed_at_first(parts: _Parts) -> None:
    assert parts.states == [BreakerState.CLOSED, BreakerState.CLOSED]
    assert parts.allowed() > 100
    parts.breakers.check_request()


@pytest.mark.parametrize("purpose", [Purpose.GROWTH, Purpose.HAND, Purpose.REQUEST])
def test_whatever_is_no_replacement_counts_for_growth(parts: _Parts, purpose: Purpose) -> None:
    parts.fail(purpose, 2)

    assert parts.states == [BreakerState.OPEN, BreakerState.CLOSED]


def test_replacements_have_a_breaker_of_their_own(parts: _Parts) -> None:
    parts.fail(Purpose.REPLACEMENT)

    assert parts.states == [BreakerState.CLOSED, BreakerState.OPEN]
    assert parts.allowed(BreakerKind.REPLACEMENT) == 0
    assert parts.allowed() > 100


def test_an_open_one_tells_its_reason_and_when_it_tries_again(parts: _Parts) -> None:
    parts.fail(Purpose.GROWTH, 2)
    parts.seconds += 100

    view = parts.breakers.views()[0]
    assert (view.failures, view.limit, view.retry_after, view.error) == (2, 2, 200.0, FULL)
    with pytest.raises(Busy) as caught:
        parts.breakers.check_request()
    assert caught.value.reason is BusyReason.CIRCUIT_BREAKER
    assert caught.value.retry_after == 200.0
    assert "2 engines in a row" in caught.value.detail


def test_after_the_recovery_one_trial_decides(parts: _Parts) -> None:
    parts.fail(Purpose.GROWTH, 2)
    parts.seconds += 300

    assert parts.states == [BreakerState.HALF_OPEN, BreakerState.CLOSED]
    assert (parts.allowed(), parts.allowed(under_way=1)) == (1, 0)
    parts.breakers.check_request()
    parts.breakers.note_success(Purpose.GROWTH)
    assert parts.states == [BreakerState.CLOSED, BreakerState.CLOSED]
    assert parts.breakers.views()[0].error is None


def test_a_docker_that_is_away_says_nothing_of_engines(parts: _Parts) -> None:
    away = RuntimeUnavailable(RuntimeState.NOT_RUNNING)
    for _ in range(9):
        parts.breakers.note_failure(Purpose.GROWTH, away)

    assert parts.states == [BreakerState.CLOSED, BreakerState.CLOSED]


def test_a_person_closes_both(parts: _Parts) -> None:
    parts.fail(Purpose.GROWTH, 2)
    parts.fail(Purpose.REPLACEMENT)

    parts.breakers.reset()

    assert parts.states == [BreakerState.CLOSED, BreakerState.CLOSED]
    assert parts.allowed() > 100


def test_each_change_is_noted_once_with_its_cause(parts: _Parts) -> None:
    parts.fail(Purpose.GROWTH, 3)
    parts.seconds += 300
    parts.breakers.look()
    parts.breakers.look()
    parts.breakers.note_success(Purpose.GROWTH)

    changes = [(data["before"], data["after"], cause) for _, _, cause, data in parts.notes.all]
    assert changes == [
        ("closed", "open", "container_error"),
        ("open", "half_open", "container_error"),
        ("half_open", "closed", ""),
    ]
    assert {kind for kind, *_ in parts.notes.all} == {EventKind.BREAKER_CHANGED}
    assert parts.notes.all[0][3]["detail"] == FULL.detail


def test_who_watches_is_told_of_every_failure_and_not_of_what_stays(parts: _Parts) -> None:
    parts.fail(Purpose.GROWTH)
    assert parts.told == 1
    parts.breakers.note_success(Purpose.REPLACEMENT)
    parts.breakers.look()
    assert parts.told == 1
