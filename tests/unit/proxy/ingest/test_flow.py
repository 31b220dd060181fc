"""What packets tell: a silence is counted when it was one, a lag when it lasts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.mpegts.packets import PCR_HZ
from acedesk.proxy.ingest.engine_body import EngineBody
from acedesk.proxy.ingest.feed import Feed
from acedesk.proxy.ingest.flow import LATE_TICK, Flow
from acedesk.rules.supply.rhythm import SHORT, Silence
from acedesk.rules.supply.state import Event, Resumed, Slow

TICK = 0.05


def feed(first_at: float | None = 0.0) -> Feed:
    """Return a feed whose first packet came at `first_at`."""
    made = Feed(EngineBody.__new__(EngineBody), now=0.0)
    made.first_at = first_at
    return made


def run(flow: Flow, begin: float, end: float) -> None:
    """Let ticks come in time from `begin` to `end`."""
    for number in range(round((end - begin) / TICK) + 1):
        flow.ticked(begin + number * TICK)


def test_a_stream_is_silent_from_the_moment_it_was_asked_for() -> None:
    flow = Flow(10.0)

    assert flow.last_at == 10.0
    assert flow.silent_for(12.5) == 2.5


def test_what_comes_ends_the_silence() -> None:
    flow = Flow(10.0)

    flow.grew(feed(), feed(), None, 12.0)

    assert flow.last_at == 12.0
    assert flow.silent_for(12.5) == 0.5


def test_the_end_of_a_silence_is_told() -> None:
    flow, lead = Flow(10.0), feed()

    told = flow.grew(lead, lead, None, 12.0)

    assert told == [Resumed(silence=Silence(10.0, 2.0), sessions=1, from_lead=True)]


def test_a_pause_that_is_nobodys_concern_is_not_told() -> None:
    flow, lead = Flow(10.0), feed()

    assert flow.grew(lead, lead, None, 10.0 + SHORT - 0.01) == []


def test_before_anybody_leads_there_is_no_silence() -> None:
    assert Flow(10.0).grew(feed(), None, None, 20.0) == []


@pytest.mark.parametrize(("first_at", "sessions"), [(None, 0), (11.0, 0), (10.0, 1), (3.0, 1)])
def test_an_engine_that_came_after_the_silence_began_was_not_silent_itself(
    first_at: float | None, sessions: int
) -> None:
    (told,) = Flow(10.0).grew(feed(first_at), feed(), None, 12.0)

    assert isinstance(told, Resumed)
    assert (told.sessions, told.from_lead) == (sessions, False)


def test_a_session_that_was_asked_meanwhile_and_had_nothing_new_either_is_the_second() -> None:
    second = feed(16.2)
    second.longest_pause = 3.8  # it brought the piece that was known already, and then nothing

    (told,) = Flow(10.0).grew(second, feed(), None, 20.0)

    assert isinstance(told, Resumed)
    assert told.sessions == 2


def test_what_was_held_back_is_from_nobody() -> None:
    (told,) = Flow(10.0).grew(None, feed(), None, 12.0)

    assert isinstance(told, Resumed)
    assert (told.sessions, told.from_lead) == (0, False)


# ---------------------------------------------------------------------- time that does not count


def test_ticks_in_time_change_nothing() -> None:
    flow = Flow(10.0)

    run(flow, 10.0, 12.0)

    assert flow.silent_for(12.0) == pytest.approx(2.0)


def test_what_this_computer_slept_through_is_no_silence() -> None:
    flow = Flow(10.0)
    flow.ticked(10.0)

    flow.ticked(40.0)

    assert flow.silent_for(40.0) == 0.0
    assert flow.last_at == 10.0


def test_a_late_tick_does_not_put_a_silence_into_the_future() -> None:
    flow, lead = Flow(10.0), feed()
    flow.ticked(10.0)
    flow.grew(lead, lead, None, 11.0)  # what was held back, between two ticks

    flow.ticked(11.5)

    assert flow.silent_for(11.5) == 0.0
    assert flow.silent_for(12.5) == 1.0


def test_a_tick_that_is_only_a_little_late_counts() -> None:
    flow = Flow(10.0)
    flow.ticked(10.0)

    flow.ticked(10.0 + LATE_TICK)

    assert flow.silent_for(10.0 + LATE_TICK) == LATE_TICK


def test_the_first_tick_after_a_stop_is_not_late() -> None:
    flow = Flow(10.0)
    flow.ticked(10.0)
    flow.stopped()

    flow.ticked(15.0)

    assert flow.silent_for(15.0) == 5.0


def test_while_an_engine_is_held_back_it_is_not_silent() -> None:
    flow, lead = Flow(10.0), feed()

    flow.held_back(15.0)

    assert flow.silent_for(15.1) == pytest.approx(0.1)
    assert flow.grew(lead, lead, None, 15.2) == []


@given(st.lists(st.tuples(st.floats(0.0, 3.0), st.sampled_from(["tick", "hold", "grow", "stop"]))))
def test_no_silence_is_longer_than_the_time_that_passed(steps: list[tuple[float, str]]) -> None:
    flow, lead, now = Flow(0.0), feed(), 0.0
    for seconds, what in steps:
        before = flow.silent_for(now)
        now += seconds
        assert flow.silent_for(now) == pytest.approx(before + seconds)
        if what == "tick":
            flow.ticked(now)
        elif what == "hold":
            flow.held_back(now)
        elif what == "stop":
            flow.stopped()
        else:
            told = [one for one in flow.grew(lead, lead, None, now) if isinstance(one, Resumed)]
            assert all(SHORT <= one.silence.length <= now - flow_begin(one) for one in told)
        assert flow.silent_for(now) <= before + seconds + 1e-9


def flow_begin(event: Resumed) -> float:
    """Return when the silence began, with room for rounding."""
    return event.silence.began_at - 1e-9


# ---------------------------------------------------------------------- a lag


def lagging(flow: Flow, begin: float, seconds: float, pace: float) -> list[Event]:
    """Let packets come all the time, `pace` seconds of media in each; return what was told."""
    lead, told = feed(), list[Event]()
    for number in range(round(seconds / TICK)):
        now = begin + number * TICK
        pcr = round((begin + (now - begin) * pace) * PCR_HZ)
        told += flow.grew(lead, lead, pcr, now)
    return told


def test_an_engine_that_is_too_slow_is_told_of() -> None:
    told = lagging(Flow(10.0), 10.0, 10.0, 0.7)

    assert told
    assert all(isinstance(event, Slow) for event in told)


@pytest.mark.parametrize("pace", [1.0, 0.995, 1.5])
def test_an_engine_in_time_is_not_slow(pace: float) -> None:
    assert lagging(Flow(10.0), 10.0, 30.0, pace) == []


def test_without_a_clock_nothing_is_slow() -> None:
    flow, lead = Flow(10.0), feed()

    told = [flow.grew(lead, lead, None, 10.0 + n * TICK) for n in range(200)]

    assert all(events == [] for events in told)


@pytest.mark.parametrize("how", ["held back", "another lead"])
def test_the_clock_is_looked_at_anew(how: str) -> None:
    """A lag of 0.6 s before and one of 0.6 s behind are no lag of 1.2 s."""
    flow = Flow(10.0)
    assert lagging(flow, 10.0, 2.0, 0.7) == []

    if how == "held back":
        flow.held_back(12.0)
    else:
        flow.lead_changed()
    lead = feed()
    told = [flow.grew(lead, lead, round((11.4 + t * 0.7) * PCR_HZ), 12.0 + t) for t in (0.3, 2.0)]

    assert all(not isinstance(event, Slow) for events in told for event in events)


def test_a_lag_that_goes_on_is_told_of_where_nothing_came_between() -> None:
    flow = Flow(10.0)
    lagging(flow, 10.0, 2.0, 0.7)

    told = lagging_on(flow, 12.0, 2.0)

    assert any(isinstance(event, Slow) for event in told)


def lagging_on(flow: Flow, begin: float, seconds: float) -> list[Event]:
    """Go on where two seconds at 0.7 ended."""
    lead, told = feed(), list[Event]()
    for number in range(round(seconds / TICK)):
        now = begin + number * TICK
        told += flow.grew(lead, lead, round((11.4 + (now - begin) * 0.7) * PCR_HZ), now)
    return told


def test_what_tells_nothing_is_taken_in_at_once() -> None:
    flow, lead = Flow(10.0), feed()
    flow.grew(lead, lead, None, 10.1)  # the lag is looked at now and then only

    assert flow.grew_as_usual(10.2)
    assert flow.last_at == 10.2
    assert flow.silent_for(10.3) == pytest.approx(0.1)
    assert not flow.grew_as_usual(10.2 + SHORT)
    assert flow.last_at == 10.2
