"""What is noted of a file: its first player begins it, its last one ends it."""

import pytest

from acedesk.model.event import EventKind, StopCause
from acedesk.proxy.delivery.client import EndReason
from acedesk.proxy.files.file_events import FileEvents
from tests.fakes.notes import Notes
from tests.unit.proxy.files.test_playback_table import Cinema


def test_the_first_player_begins_the_file_and_the_last_ends_it() -> None:
    cinema, notes = Cinema(), Notes()
    one, other = cinema.add(), cinema.add()
    events = FileEvents(notes)

    events.joined(one, first=True)
    events.joined(other, first=False)
    events.left(one, EndReason.LEFT, last=False)
    events.left(other, EndReason.CLOSED, last=True)

    assert notes.causes == [
        (EventKind.STREAM_BEGAN, ""),
        (EventKind.CLIENT_JOINED, ""),
        (EventKind.CLIENT_JOINED, ""),
        (EventKind.CLIENT_LEFT, "left"),
        (EventKind.CLIENT_LEFT, "closed"),
        (EventKind.STREAM_ENDED, "stopped"),
    ]


@pytest.mark.parametrize("cause", StopCause)
def test_a_file_that_is_stopped_tells_by_whom_and_its_players_leave_with_it(
    cause: StopCause,
) -> None:
    cinema, notes = Cinema(), Notes()
    one, other = cinema.add(), cinema.add()
    events = FileEvents(notes)

    events.stopping(one, cause)
    events.left(one, EndReason.STREAM_ENDED, last=False)
    events.left(other, EndReason.STREAM_ENDED, last=True)
    events.left(cinema.add(), EndReason.LEFT, last=True)  # it is played once more

    assert notes.causes == [
        (EventKind.CLIENT_LEFT, "stream_ended"),
        (EventKind.CLIENT_LEFT, "stream_ended"),
        (EventKind.STREAM_ENDED, cause.value),
        (EventKind.CLIENT_LEFT, "left"),
        (EventKind.STREAM_ENDED, "nobody_watched"),
    ]


def test_a_file_nobody_plays_any_more_was_not_stopped() -> None:
    notes = Notes()

    FileEvents(notes).left(Cinema().add(), EndReason.LEFT, last=True)

    assert notes.causes[-1] == (EventKind.STREAM_ENDED, "nobody_watched")
