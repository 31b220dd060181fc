"""The log keeps the last events, numbers them and tells whoever listens."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acedesk.model.event import Event, EventKind
from acedesk.observe.event_log import KEPT, EventLog

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
