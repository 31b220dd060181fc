"""What a supply state tells of itself; it is a value like every other."""

import dataclasses
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.errors import Busy, BusyReason, EngineUnreachable
from acedesk.model.content import KeyKind, StreamKey
from acedesk.model.engine import EngineId
from acedesk.rules.supply.machine import step
from acedesk.rules.supply.rhythm import Silence
from acedesk.rules.supply.state import (
    Accepted,
    Asked,
    AttemptPhase,
    AttemptState,
    Delivers,
    Doubt,
    DoubtReason,
    Event,
    Failed,
    Leads,
    Limits,
    NoPicture,
    NoPlace,
    Protect,
    Quiet,
    Reserved,
    Resumed,
    Settled,
    Slow,
    Stop,
    SupplyState,
    Time,
)

KEY = StreamKey(KeyKind.CONTENT_ID, "a" * 40)
LIMITS = Limits(accept=10.0, start=30.0, switch=45.0, stall=6.0, standby_after=1.5)
DOUBT = Doubt(reason=DoubtReason.SILENT, well_since=1.0, silent_since=0.0)

EVENTS: tuple[Event, ...] = (
    Time(),
    Reserved(7, EngineId("one")),
    Asked(7),
    NoPlace(7, Busy(BusyReason.MAX_CAPACITY)),
    Accepted(7),
    Delivers(7),
    Leads(7),
    Failed(attempt=7, error=EngineUnreachable()),
    Quiet(1.0),
    Resumed(silence=Silence(0.0, 2.0), sessions=1, from_lead=True),
    Slow(1.0),
    NoPicture(1.0),
    Settled(),
    Protect(True),
    Stop(),
)


def attempt(
    number: int, engine: str = "one", phase: AttemptPhase = AttemptPhase.ASKED
) -> AttemptState:
    """Return an attempt that was asked at 100 s."""
    return AttemptState(
        id=number, engine=EngineId(engine), content=KEY, phase=phase, asked_at=100.0, since=100.0
    )


def state(**values: object) -> SupplyState:
    """Return a state that began at 100 s."""
    fresh = SupplyState(contents=(KEY,), started_at=100.0)
    return dataclasses.replace(fresh, **values)  # type: ignore[arg-type]


def test_a_new_stream_has_no_engine_and_no_history() -> None:
    fresh = state()

    assert (fresh.attempts, fresh.lead, fresh.first_at, fresh.outage) == ((), None, None, None)
    assert (fresh.failures, fresh.content_failures, fresh.waits) == ({}, {}, ())
    assert (fresh.hopeless, fresh.ended, fresh.settling, fresh.asking) == (False,) * 3 + (None,)


def test_two_streams_share_nothing() -> None:
    one, two = state(), state()

    assert one.failures is not two.failures
    assert one.content_failures is not two.content_failures
    assert one.rhythm is not two.rhythm
    assert one == two


def test_an_attempt_is_found_by_its_number() -> None:
    first, second = attempt(3), attempt(5, "two")
    found = state(attempts=(first, second))

    assert found.attempt(3) is first
    assert found.attempt(5) is second


@pytest.mark.parametrize("number", [None, 0, 4])
def test_a_number_that_is_nobodys_finds_nothing(number: int | None) -> None:
    assert state(attempts=(attempt(3), attempt(5, "two"))).attempt(number) is None


def test_why_the_lead_is_doubted_can_be_asked_without_a_doubt() -> None:
    assert state().doubt_reason is None
    assert state(doubt=DOUBT).doubt_reason is DoubtReason.SILENT


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({}, 1),
        ({"first_at": 101.0}, 1),
        ({"protected": True}, 2),
        ({"protected": True, "first_at": 101.0}, 2),
        ({"hedged": True}, 2),
        ({"hedged": True, "first_at": 101.0}, 1),
        ({"doubt": DOUBT, "first_at": 101.0}, 2),
        ({"doubt": DOUBT}, 1),
        ({"doubt": DOUBT, "first_at": 101.0, "protected": True, "hedged": True}, 2),
    ],
)
def test_so_many_engines_are_wanted(values: dict[str, object], wanted: int) -> None:
    assert state(**values).wanted == wanted


@given(st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_there_are_never_more_than_two_and_a_protected_stream_has_both(
    protected: bool, hedged: bool, plays: bool, doubted: bool
) -> None:
    found = state(
        protected=protected,
        hedged=hedged,
        first_at=101.0 if plays else None,
        doubt=DOUBT if doubted else None,
    )

    assert found.wanted in (1, 2)
    assert found.wanted == 2 or not protected


@pytest.mark.parametrize("name", ["lead", "ended", "attempts"])
def test_a_state_is_never_changed_in_place(name: str) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(state(), name, None)


def test_the_list_of_events_here_is_complete() -> None:
    assert {type(event) for event in EVENTS} == set(typing.get_args(Event))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_is_understood_at_any_moment(event: Event) -> None:
    playing = state(
        first_at=101.0, attempts=(attempt(7, phase=AttemptPhase.DELIVERS),), lead=7, next_id=8
    )
    for before in (state(), playing, state(ended=True)):
        after, commands = step(before, event, LIMITS, 110.0)

        assert isinstance(after, SupplyState)
        assert isinstance(commands, tuple)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_no_event_changes_a_stream_that_is_over(event: Event) -> None:
    over = state(ended=True)

    after, _ = step(over, event, LIMITS, 110.0)

    assert after is over
