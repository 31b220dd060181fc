"""An event cannot be changed by who reads it."""

import dataclasses
import datetime

import pytest

from acedesk.model.event import Event, EventKind, note_nothing

NOON = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


def test_an_event_is_a_value() -> None:
    event = Event(number=1, time=NOON, kind=EventKind.ENGINE_ADDED, subject="e")

    with pytest.raises(dataclasses.FrozenInstanceError):
        event.subject = "other"  # type: ignore[misc]  # that is what is tested


def test_where_nobody_wants_to_know_anything_may_be_noted() -> None:
    for kind in EventKind:
        note_nothing(kind, "x", cause="y", number=1, kept=None)
