"""The events of earlier runs are read back, and those of this run are handed on."""

import datetime

from acedesk.model.event import EventKind
from acedesk.observe.event_log import EventLog
from acedesk.observe.kept_events import KeptEvents
from acedesk.store.history.database import EventRow

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


class Store:
    """Keeps events in memory."""

    def __init__(self, *rows: EventRow) -> None:
        self.rows = list(rows)
        self.added: list[EventRow] = []

    async def open(self, events: int) -> list[EventRow]:
        return self.rows[-events:]

    def add_event(self, event: EventRow) -> None:
        self.added.append(event)


def row(number: int, kind: str = "engine_added", time: float = NOON.timestamp()) -> EventRow:
    return EventRow(
        number=number, time=time, kind=kind, subject="e", cause="", data={"name": "engine-1"}
    )


def open_log() -> EventLog:
    return EventLog(lambda: NOON)


async def test_what_was_kept_is_in_the_log_with_the_start_behind_it() -> None:
    log, store = open_log(), Store(row(4), row(5, "engine_removed"))

    await KeptEvents(log, store, "1.2").open()

    events = log.since(0)
    assert [(event.number, event.kind) for event in events] == [
        (4, EventKind.ENGINE_ADDED),
        (5, EventKind.ENGINE_REMOVED),
        (6, EventKind.PROGRAM_STARTED),
    ]
    assert events[0].time == NOON
    assert events[2].data == {"version": "1.2"}


async def test_new_events_are_kept_and_old_ones_not_twice() -> None:
    log, store = open_log(), Store(row(4))
    await KeptEvents(log, store, "1.2").open()

    log.note(EventKind.STREAM_ENDED, "s", cause="stopped", seconds=3.0)

    assert [one.kind for one in store.added] == ["program_started", "stream_ended"]
    assert store.added[1] == EventRow(
        time=NOON.timestamp(),
        kind="stream_ended",
        subject="s",
        cause="stopped",
        data={"seconds": 3.0},
    )


async def test_what_happened_before_the_file_was_open_is_kept_too() -> None:
    log, store = open_log(), Store()
    log.note(EventKind.SETTINGS_CHANGED, "", names="grace")

    await KeptEvents(log, store, "1.2").open()

    assert [one.kind for one in store.added] == ["settings_changed"]
    assert [event.kind for event in log.since(0)] == [EventKind.SETTINGS_CHANGED]


async def test_an_event_of_another_acedesk_that_is_not_known_here_is_passed_over() -> None:
    log, store = open_log(), Store(row(1, "of_the_future"), row(2, time=1e300), row(3))

    await KeptEvents(log, store, "1.2").open()

    assert [event.subject for event in log.since(0)] == ["e", ""]
