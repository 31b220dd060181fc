"""An engine is doubted when it is unusual, and only as long as it is."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.rules.supply import doubt
from acedesk.rules.supply.doubt import (
    DOUBT_HOLD,
    EARLIEST_DOUBT,
    KNOWN_AFTER,
    LONGEST_SLOW_PAUSE,
    SLOW_PAUSE,
    UNUSUAL,
    doubt_after,
    stall_after,
)
from acedesk.rules.supply.plan import RECENT
from acedesk.rules.supply.rhythm import Rhythm, Silence
from acedesk.rules.supply.state import AttemptPhase, DoubtReason, Limits, Resumed, SupplyState
from tests.unit.rules.supply.test_state import LIMITS, attempt, state

NOW = 200.0
BURSTS = Rhythm(since=100.0, usual=4.0)


def playing(**values: object) -> SupplyState:
    """Return a stream that has played since 101 s."""
    carried = {"attempts": (attempt(1, phase=AttemptPhase.DELIVERS),), "lead": 1, "first_at": 101.0}
    return state(**{**carried, **values})


def doubted(reason: DoubtReason = DoubtReason.SILENT, **values: object) -> SupplyState:
    """Return a stream whose lead is doubted since `NOW`."""
    return doubt.begin(playing(**values), reason, NOW - 1.0, NOW)


def after_silence(length: float, *, sessions: int = 1, from_lead: bool = True) -> Resumed:
    """Return the end of a silence at `NOW`."""
    return Resumed(silence=Silence(NOW - length, length), sessions=sessions, from_lead=from_lead)


# ---------------------------------------------------------------------- how long is too long


def test_a_stream_that_has_not_begun_is_not_doubted() -> None:
    assert doubt_after(state(), LIMITS, NOW) == math.inf


@pytest.mark.parametrize("standby_after", [0.0, -1.0])
def test_standby_can_be_switched_off(standby_after: float) -> None:
    limits = dataclasses.replace(LIMITS, standby_after=standby_after)

    assert doubt_after(playing(), limits, NOW) == math.inf


def test_a_stream_is_doubted_earlier_once_it_is_known() -> None:
    known_at = 101.0 + KNOWN_AFTER

    assert doubt_after(playing(), LIMITS, known_at - 0.1) == LIMITS.standby_after
    assert doubt_after(playing(), LIMITS, known_at) == EARLIEST_DOUBT


def test_a_standby_that_is_shorter_than_usual_counts() -> None:
    limits = dataclasses.replace(LIMITS, standby_after=0.2)

    assert doubt_after(playing(), limits, NOW) == 0.2


def test_silences_that_are_usual_are_no_reason() -> None:
    assert doubt_after(playing(rhythm=BURSTS), LIMITS, NOW) == UNUSUAL * 4.0


@given(st.floats(0.0, 30.0), st.floats(0.01, 30.0), st.floats(101.0, 500.0))
def test_a_doubt_comes_only_after_the_longest_usual_silence(
    usual: float, standby_after: float, now: float
) -> None:
    limits = dataclasses.replace(LIMITS, standby_after=standby_after)

    assert doubt_after(playing(rhythm=Rhythm(since=0.0, usual=usual)), limits, now) >= usual


def test_a_stall_is_the_setting_on_top_of_what_is_usual() -> None:
    limits = Limits(accept=1.0, start=1.0, switch=1.0, stall=6.0, standby_after=1.0)

    assert stall_after(playing(), limits) == 6.0
    assert stall_after(playing(rhythm=BURSTS), limits) == 10.0


# ---------------------------------------------------------------------- it begins


def test_a_doubt_asks_for_another_engine_at_once() -> None:
    found = doubted(retry_at=NOW + 50.0)

    assert found.doubt_reason is DoubtReason.SILENT
    assert found.retry_at == NOW
    assert found.doubt is not None
    assert (found.doubt.silent_since, found.doubt.well_since) == (NOW - 1.0, NOW)


def test_nobody_is_doubted_where_nobody_leads() -> None:
    found = playing(lead=None)

    assert doubt.begin(found, DoubtReason.SILENT, NOW, NOW) is found


def test_the_same_doubt_does_not_begin_twice() -> None:
    found = doubted()

    assert doubt.begin(found, DoubtReason.SILENT, NOW + 5.0, NOW + 5.0) is found


def test_a_silence_is_the_greater_doubt_than_a_lag() -> None:
    slow = doubted(DoubtReason.SLOW)

    found = doubt.begin(slow, DoubtReason.SILENT, NOW + 1.0, NOW + 2.0)

    assert found.doubt_reason is DoubtReason.SILENT


# ---------------------------------------------------------------------- a lag


def test_a_lag_is_doubted_once_and_then_only_confirmed() -> None:
    first = doubt.slow(playing(), NOW, NOW)
    again = doubt.slow(first, NOW + 3.0, NOW + 3.0)

    assert first.doubt_reason is DoubtReason.SLOW
    assert again.doubt is not None
    assert again.doubt.well_since == NOW + 3.0
    assert again.slow_pause == first.slow_pause == SLOW_PAUSE


def test_a_lag_while_it_is_silent_is_no_news() -> None:
    found = doubted(DoubtReason.SILENT)

    assert doubt.slow(found, NOW, NOW) is found


def test_after_a_doubt_in_vain_there_is_a_pause() -> None:
    first = dataclasses.replace(doubt.slow(playing(), NOW, NOW), doubt=None)

    assert doubt.slow(first, NOW, NOW + SLOW_PAUSE - 0.1) is first
    assert doubt.slow(first, NOW, NOW + SLOW_PAUSE).doubt_reason is DoubtReason.SLOW


def test_pauses_double_up_to_a_limit() -> None:
    found, now, pauses = playing(), NOW, []
    for _ in range(8):
        found = dataclasses.replace(doubt.slow(found, now, now), doubt=None)
        pauses.append(found.slow_after - now)
        now = found.slow_after

    assert pauses == [20, 40, 80, 160, 320, 640, 640, 640]
    assert pauses[-1] == LONGEST_SLOW_PAUSE


# ---------------------------------------------------------------------- no picture


def test_a_missing_picture_is_asked_of_another_engine_once() -> None:
    found = doubt.no_picture(playing(), NOW, NOW)
    assert found.doubt_reason is DoubtReason.NO_PICTURE

    over = dataclasses.replace(found, doubt=None)

    assert doubt.no_picture(over, NOW, NOW + 100.0) is over


@pytest.mark.parametrize("values", [{"lead": None}, {"picture_tried": True}])
def test_a_missing_picture_is_no_doubt_where_nothing_could_be_done(
    values: dict[str, object],
) -> None:
    found = playing(**values)

    assert doubt.no_picture(found, NOW, NOW) is found


def test_a_missing_picture_waits_behind_another_doubt() -> None:
    found = doubted(DoubtReason.SLOW)

    assert not doubt.no_picture(found, NOW, NOW).picture_tried


# ---------------------------------------------------------------------- packets come again


def test_a_silence_that_ends_is_part_of_the_rhythm() -> None:
    found = doubt.resumed(playing(), after_silence(2.0), NOW)

    assert [one.length for one in found.rhythm.silences] == [2.0]
    assert found.doubt is None


def test_one_that_another_engine_ended_is_no_rhythm_but_was_bridged() -> None:
    event = after_silence(2.0, sessions=0, from_lead=False)

    found = doubt.resumed(doubted(), event, NOW + 1.0)

    assert found.rhythm.silences == ()
    assert found.doubt is not None
    assert (found.doubt.bridged, found.doubt.well_since) == (2.0, NOW + 1.0)


def test_the_longest_silence_that_was_bridged_is_kept() -> None:
    found = doubted()
    for length in (2.0, 5.0, 3.0):
        event = after_silence(length, sessions=0, from_lead=False)
        found = doubt.resumed(found, event, NOW)

    assert found.doubt is not None
    assert found.doubt.bridged == 5.0


def test_a_lead_that_pauses_again_has_not_done_well() -> None:
    short = doubt.resumed(doubted(), after_silence(RECENT), NOW + 4.0)
    long = doubt.resumed(doubted(), after_silence(RECENT + 0.1), NOW + 4.0)

    assert short.doubt is not None
    assert long.doubt is not None
    assert (short.doubt.well_since, long.doubt.well_since) == (NOW, NOW + 4.0)


# ---------------------------------------------------------------------- it ends


def test_a_lead_that_did_well_for_long_enough_is_doubted_no_more() -> None:
    found = doubted()

    assert doubt.look(found, NOW + 9.9, NOW + DOUBT_HOLD - 0.1) is found
    assert doubt.look(found, NOW + 10.0, NOW + DOUBT_HOLD).doubt is None


def test_a_lead_that_stays_silent_stays_doubted() -> None:
    found = doubt.look(doubted(), NOW - 1.0, NOW + DOUBT_HOLD)

    assert found.doubt is not None
    assert found.doubt.well_since == NOW + DOUBT_HOLD


def test_a_pause_as_long_as_usual_is_no_silence() -> None:
    found = doubted(rhythm=BURSTS)

    assert doubt.look(found, NOW + 5.0, NOW + DOUBT_HOLD).doubt is None


@pytest.mark.parametrize("reason", [DoubtReason.SLOW, DoubtReason.NO_PICTURE])
def test_the_other_doubts_end_by_time(reason: DoubtReason) -> None:
    assert doubt.look(doubted(reason), NOW - 50.0, NOW + DOUBT_HOLD).doubt is None


def test_without_a_feed_to_look_at_a_doubt_ends_by_time() -> None:
    assert doubt.look(doubted(), None, NOW + DOUBT_HOLD).doubt is None


def test_without_a_doubt_there_is_nothing_to_look_at() -> None:
    found = playing()

    assert doubt.look(found, 0.0, NOW) is found


@given(st.lists(st.tuples(st.floats(0.1, 3.0), st.booleans()), max_size=30))
def test_no_doubt_ends_sooner_than_it_holds(looks: list[tuple[float, bool]]) -> None:
    found, now, last_at = doubted(), NOW, NOW
    for seconds, comes in looks:
        now += seconds
        last_at = now if comes else last_at
        before, found = found, doubt.look(found, last_at, now)
        if found.doubt is None:
            assert before.doubt is not None
            assert now - before.doubt.well_since >= DOUBT_HOLD
            break
