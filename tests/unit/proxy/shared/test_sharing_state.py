"""Each change is noted and logged once, and shown with its reason."""

import datetime

import pytest

from acedesk.model.event import EventKind
from acedesk.model.sharing.trouble import SharingTrouble, SharingUnavailable
from acedesk.proxy.shared.proxy_entry import ProxyEntry
from acedesk.proxy.shared.sharing_state import SharingState
from tests.fakes.notes import Notes

TIME = datetime.datetime(2026, 11, 1, tzinfo=datetime.UTC)
OTHER = ProxyEntry(
    id="a", host="192.0.2.1", port=8080, name="tv", version="9", streams=2, viewers=5
)


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture
def state(notes: Notes) -> SharingState:
    return SharingState(notes, lambda: TIME)


def away(trouble: SharingTrouble = SharingTrouble.SILENT) -> SharingUnavailable:
    return SharingUnavailable(trouble)


def test_each_change_is_told_once_and_another_reason_is_one(
    state: SharingState, notes: Notes, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        state.set_down(away())
    state.set_down(away(SharingTrouble.FULL))
    for _ in range(2):
        state.set_up(())
    for _ in range(3):
        state.set_down(away())

    told = [(data["up"], cause) for _, _, cause, data in notes.all]
    assert told == [(False, "silent"), (False, "full"), (True, ""), (False, "silent")]
    assert set(notes.kinds) == {EventKind.SHARING_CHANGED}
    warnings = [one.message for one in caplog.records if one.levelname == "WARNING"]
    assert len(warnings) == 3
    assert all("goes on alone" in one for one in warnings)


def test_one_late_answer_changes_nothing(state: SharingState, notes: Notes) -> None:
    state.set_up([OTHER])
    for _ in range(3):
        state.set_down(away())
        assert state.is_up
        assert state.view(()).others
        state.set_up([OTHER])
    assert len(notes.all) == 1

    state.set_down(away())
    state.set_down(away())
    assert not state.is_up


def test_before_redis_was_asked_nothing_is_said(state: SharingState) -> None:
    view = state.view(())

    assert (view.is_up, view.error, view.since, view.others) == (False, None, None, ())


def test_others_are_shown_while_redis_answers(state: SharingState) -> None:
    changes: list[None] = []
    state.changed.connect(lambda: changes.append(None))
    state.set_up([OTHER])
    state.set_up([OTHER])
    (other,) = state.view(["a", "a", "b"]).others
    assert (other.name, other.streams, other.viewers, other.taken) == ("tv", 2, 5, 2)
    assert len(changes) == 1

    state.set_up(())
    assert len(changes) == 2
    state.set_up([OTHER])
    state.set_down(away(SharingTrouble.UNREACHABLE))
    view = state.view(())
    assert (view.is_up, view.since, view.others) == (False, TIME, ())
    assert isinstance(view.error, SharingUnavailable)
