"""The log keeps the last events, numbers them and tells whoever listens."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.model.event import Event, EventKind
from acedesk.observe.event_log import KEPT, EventLog
from acedesk.tasks import spawn
from tests.fakes.loop_steps import let_others_run

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


def make_log(events: int = 0) -> EventLog:
    log = EventLog(lambda: NOON)
    for number in range(events):
        log.note(EventKind.ENGINE_ADDED, f"e{number + 1}")
    return log


def test_an_event_says_what_happened_to_whom_when_and_why() -> None:
    log = make_log()

    log.note(EventKind.STREAM_ENDED, "s", cause="stopped", seconds=3.0)

    assert log.since(0) == (
        Event(
            number=1,
            time=NOON,
            kind=EventKind.STREAM_ENDED,
            subject="s",
            cause="stopped",
            data={"seconds": 3.0},
        ),
    )


def test_only_what_is_new_is_given() -> None:
    log = make_log(5)

    assert [event.subject for event in log.since(3)] == ["e4", "e5"]
    assert log.since(5) == ()
    assert log.newest == 5


def test_a_number_of_a_run_before_means_that_all_is_new() -> None:
    assert len(make_log(5).since(900)) == 5


@given(st.integers(0, 3 * KEPT), st.integers(0, 4 * KEPT))
def test_the_log_is_bounded_and_nothing_that_is_kept_is_left_out(count: int, since: int) -> None:
    log = make_log(count)

    numbers = [event.number for event in log.since(since)]

    after = since if since <= count else 0
    assert numbers == list(range(max(after, count - KEPT) + 1, count + 1))


def test_subscribers_hear_of_an_event_when_it_is_in_the_log() -> None:
    log = make_log()
    heard: list[tuple[int, int]] = []
    stop = log.added.connect(lambda event: heard.append((event.number, log.newest)))

    log.note(EventKind.ENGINE_ADDED, "a")
    stop()
    log.note(EventKind.ENGINE_ADDED, "b")

    assert heard == [(1, 1)]


@pytest.mark.expects_errors
def test_a_faulty_subscriber_harms_nobody() -> None:
    log = make_log()
    heard: list[int] = []

    def broken(event: Event) -> None:
        raise ValueError(event)

    log.added.connect(broken)
    log.added.connect(lambda event: heard.append(event.number))

    log.note(EventKind.ENGINE_ADDED, "a")

    assert heard == [1]
    assert log.newest == 1


def kept(number: int) -> Event:
    return Event(number=number, time=NOON, kind=EventKind.ENGINE_ADDED, subject=f"old{number}")


def test_events_of_an_earlier_run_come_before_and_numbers_go_on() -> None:
    log = make_log()

    log.restore([kept(7), kept(8)])
    log.note(EventKind.ENGINE_REMOVED, "new")

    assert [(event.number, event.subject) for event in log.since(0)] == [
        (7, "old7"),
        (8, "old8"),
        (9, "new"),
    ]
    assert [event.subject for event in log.since(8)] == ["new"]


def test_what_was_noted_before_the_earlier_run_was_read_stays_behind_it() -> None:
    log = make_log(2)

    log.restore([kept(5)])

    assert [(event.number, event.subject) for event in log.since(0)] == [
        (5, "old5"),
        (6, "e1"),
        (7, "e2"),
    ]


@given(st.integers(0, KEPT), st.integers(0, 50), st.integers(0, 50))
def test_numbers_have_no_holes_after_a_restart(old: int, before: int, after: int) -> None:
    log = make_log(before)

    log.restore([kept(3 * number) for number in range(1, old + 1)])
    for _ in range(after):
        log.note(EventKind.ENGINE_ADDED, "e")

    numbers = [event.number for event in log.since(0)]
    assert numbers == list(range(log.newest - len(numbers) + 1, log.newest + 1))
    assert len(numbers) == min(KEPT, old + before + after)


async def test_a_wait_ends_with_the_next_event_or_at_its_limit() -> None:
    log = make_log(1)

    await log.wait(0, 10)
    await log.wait(1, 0.01)
    waiting = spawn(log.wait(1, 10), name="wait for an event")
    await let_others_run()
    log.note(EventKind.ENGINE_ADDED, "e")

    await waiting
    assert not log.added._slots
