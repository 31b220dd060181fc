"""The tray: state, tooltip, menu; on platforms without a tray as well."""

import dataclasses
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon
from pytestqt.qtbot import QtBot

from acedesk.model.content import Link
from acedesk.model.snapshot import Snapshot, StreamState, VpnState, VpnView
from acedesk.ui.clipboard import clipboard
from acedesk.ui.players import Players
from acedesk.ui.shell.snapshot_refresh import SnapshotRefresh
from acedesk.ui.shell.tray import LONGEST_LABEL, LOOKS, MOST_STREAMS, Tray, choose_state, tooltip
from acedesk.ui.start.autostart_action import AutostartAction
from acedesk.ui.streams.stream_actions import StreamActions
from tests.gui.fake_desk import (
    FakeDesk,
    empty_snapshot,
    make_stream,
    sample_provision,
    sample_snapshot,
)
from tests.gui.waiting import until

ID = "94c2" + "0" * 32 + "d1e0"
OTHER = "f528764d624db129b32c21fbca0cb8d6f528764d"


@pytest.fixture
def tray(desk: FakeDesk, qapp: QApplication) -> Iterator[Tray]:
    players = Players(desk)
    actions = StreamActions(desk, players, lambda work, _name: work.close(), lambda _text: None)
    refresh = SnapshotRefresh(desk)
    made = Tray(players, actions, refresh, AutostartAction(desk, lambda _error: None))
    yield made
    made.hide()
    refresh.stop()


def _well() -> Snapshot:
    sample = sample_snapshot()
    return dataclasses.replace(sample, streams=(make_stream(),), engines=sample.engines[:2])


def _menu(action: QAction) -> QMenu:
    menu = action.menu()
    assert isinstance(menu, QMenu)
    return menu


def _action(tray: Tray, text: str) -> QAction:
    return next(action for action in tray.menu.actions() if action.text().startswith(text))


def test_an_idle_program_has_the_outline() -> None:
    assert choose_state(empty_snapshot()) == "idle"


def test_a_playing_stream_fills_the_icon() -> None:
    assert choose_state(_well()) == "active"


@pytest.mark.parametrize("state", [StreamState.STARTING, StreamState.SWITCHING])
def test_something_on_its_way_shows_dots(state: StreamState) -> None:
    assert choose_state(dataclasses.replace(_well(), streams=(make_stream(state=state),))) == (
        "working"
    )


def test_an_engine_on_its_way_shows_dots() -> None:
    coming = dataclasses.replace(empty_snapshot(), provisions=(sample_provision(),))

    assert choose_state(coming) == "working"


def test_a_failed_stream_wants_attention() -> None:
    failed = make_stream("0001", state=StreamState.FAILED)

    assert choose_state(dataclasses.replace(_well(), streams=(make_stream(), failed))) == (
        "attention"
    )


def test_an_engine_that_is_not_well_wants_attention() -> None:
    assert choose_state(sample_snapshot()) == "attention"


def test_a_vpn_that_is_down_shows_the_shield_before_anything_else() -> None:
    down = VpnView(state=VpnState.UNHEALTHY, container_name="gluetun", engines=("engine-1",))

    assert choose_state(dataclasses.replace(sample_snapshot(), vpn=down)) == "blocked"


def test_the_tooltip_has_the_numbers() -> None:
    assert tooltip(sample_snapshot()) == "AceDesk: 3 streams, 5 viewers, ↓ 14.2 ↑ 1.2 Mbit/s"


def test_streams_that_have_ended_are_not_counted() -> None:
    snapshot = sample_snapshot()
    ended = [dataclasses.replace(one, state=StreamState.FAILED) for one in snapshot.streams]

    one_left = dataclasses.replace(snapshot, streams=(snapshot.streams[0], *ended[1:]))
    none_left = dataclasses.replace(snapshot, streams=tuple(ended))

    assert tooltip(one_left).startswith("AceDesk: 1 stream, ")
    assert tooltip(none_left) == "AceDesk: nothing is playing"


def test_the_tooltip_says_when_nothing_plays() -> None:
    assert tooltip(empty_snapshot()) == "AceDesk: nothing is playing"


def test_a_snapshot_changes_drawing_and_tooltip_only(tray: Tray) -> None:
    icon, menu = tray.icon, tray.icon.contextMenu()

    tray.refresh(_well())

    assert tray.state == "active"
    assert tray.icon.toolTip().startswith("AceDesk: 1 stream, 1 viewer")
    assert tray.icon is icon
    assert tray.icon.contextMenu() is menu


def test_the_menu_lists_what_plays_with_its_actions(tray: Tray) -> None:
    tray.refresh(sample_snapshot())
    tray.build_menu()

    playing = _menu(_action(tray, "Now playing"))
    names = [action.text() for action in playing.actions()]
    first = _menu(playing.actions()[0])

    assert names == ["Test card", "Local club TV", "City council live"]
    texts = [action.text() for action in first.actions() if action.text()]
    assert texts == ["Copy URL", "Copy HLS URL", "Stop"]


def test_of_many_streams_the_menu_has_some_and_the_way_to_all(tray: Tray, qtbot: QtBot) -> None:
    streams = [make_stream(f"{n:04x}", name=f"Stream {n}") for n in range(MOST_STREAMS + 3)]
    streams[0] = dataclasses.replace(streams[0], state=StreamState.FAILED)
    tray.refresh(dataclasses.replace(_well(), streams=tuple(streams)))
    tray.build_menu()

    actions = _menu(_action(tray, "Now playing")).actions()

    # What has failed does not play.
    assert [one.text() for one in actions if one.menu() is not None] == [
        f"Stream {n}" for n in range(1, MOST_STREAMS + 1)
    ]
    assert actions[-1].text() == f"All {MOST_STREAMS + 2} streams …"
    with qtbot.waitSignal(tray.page_wanted, check_params_cb=lambda name: name == "Streams"):
        actions[-1].trigger()


def test_a_menu_that_is_filled_again_leaves_nothing_of_what_was_in_it(
    tray: Tray, monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isVisible", lambda _self: True)
    qapp.clipboard().setText(f"Sport 1: {ID}\nSport 2: {OTHER}")
    tray.build_menu()

    counts = set()
    for zap in range(20):
        streams = tuple(make_stream(f"{zap:02x}{n:02x}", name=f"{zap}-{n}") for n in range(5))
        tray.refresh(dataclasses.replace(_well(), streams=streams))
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        counts.add(len(tray.menu.findChildren(QMenu)))

    assert counts == {7}  # five streams, the menu around them, the links of the clipboard


def test_menus_are_empty_before_they_go_so_that_a_panel_forgets_their_entries(tray: Tray) -> None:
    tray.refresh(_well())
    tray.build_menu()
    playing = _menu(_action(tray, "Now playing"))
    inner = _menu(playing.actions()[0])
    assert inner.actions()

    tray.build_menu()

    assert (inner.actions(), playing.actions()) == ([], [])


def test_a_menu_that_no_panel_shows_is_filled_when_it_is_opened(
    tray: Tray, monkeypatch: pytest.MonkeyPatch
) -> None:
    def names() -> list[str]:
        return [one.text() for one in _menu(_action(tray, "Now playing")).actions()]

    monkeypatch.setattr(QSystemTrayIcon, "isVisible", lambda _self: False)
    tray.refresh(_well())
    hidden = names()
    monkeypatch.setattr(QSystemTrayIcon, "isVisible", lambda _self: True)
    tray.refresh(sample_snapshot())

    assert hidden == []
    assert len(names()) == len(sample_snapshot().streams)


def test_a_stream_that_fails_leaves_a_menu_that_a_panel_shows(
    tray: Tray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isVisible", lambda _self: True)
    playing = _well()
    tray.refresh(playing)
    assert len(_menu(_action(tray, "Now playing")).actions()) == 1
    failed = dataclasses.replace(playing.streams[0], state=StreamState.FAILED)

    tray.refresh(dataclasses.replace(playing, streams=(failed,)))

    assert not _action(tray, "Now playing").isEnabled()


def test_the_clipboard_is_asked_for_the_menu_only(
    tray: Tray, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[None] = []

    def clipboard_links() -> tuple[Link, ...]:
        asked.append(None)
        return ()

    monkeypatch.setattr("acedesk.ui.shell.tray.clipboard_links", clipboard_links)

    tray.refresh(sample_snapshot())
    assert asked == []
    tray.menu.aboutToShow.emit()

    assert len(asked) == 1


def test_copying_from_the_menu_copies_that_stream(
    tray: Tray, desk: FakeDesk, qapp: QApplication
) -> None:
    tray.refresh(sample_snapshot())
    tray.build_menu()
    second = _menu(_menu(_action(tray, "Now playing")).actions()[1])

    second.actions()[0].trigger()

    assert qapp.clipboard().text() == desk.streams.player_url(desk.shown.streams[1].key)


def test_play_from_clipboard_is_offered_when_it_holds_a_link(
    tray: Tray, qapp: QApplication, qtbot: QtBot
) -> None:
    qapp.clipboard().setText("no link")
    tray.build_menu()
    assert not _action(tray, "Play from clipboard").isEnabled()

    qapp.clipboard().setText(f"acestream://{ID}")
    tray.build_menu()

    with qtbot.waitSignal(tray.play_wanted) as played:
        _action(tray, "Play from clipboard").trigger()
    assert played.args is not None
    assert played.args[0].key.value == ID


def test_what_cannot_be_read_now_is_read_by_the_window(
    tray: Tray, qapp: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    qapp.clipboard().clear()
    monkeypatch.setattr(clipboard(), "_guarded", True)  # as Wayland does without focus
    inactive = Qt.ApplicationState.ApplicationInactive
    monkeypatch.setattr(QApplication, "applicationState", lambda _self: inactive)

    tray.build_menu()

    assert _action(tray, "Play from clipboard").isEnabled()
    with qtbot.waitSignal(tray.paste_wanted, timeout=1000):
        _action(tray, "Play from clipboard").trigger()


def test_of_several_links_in_the_clipboard_one_is_chosen(
    tray: Tray, qapp: QApplication, qtbot: QtBot
) -> None:
    qapp.clipboard().setText(f"Sport 1: {ID}\nSport 2: {OTHER}")
    tray.build_menu()
    choices = _menu(_action(tray, "Play from clipboard")).actions()

    with qtbot.waitSignal(tray.play_wanted) as played:
        choices[1].trigger()

    assert [choice.text() for choice in choices] == ["Sport 1", "Sport 2"]
    assert played.args is not None
    assert played.args[0].key.value == OTHER


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Open AceDesk", "open_wanted"),
        ("Quit", "quit_wanted"),
    ],
)
def test_the_menu_opens_and_quits(tray: Tray, qtbot: QtBot, text: str, name: str) -> None:
    with qtbot.waitSignal(getattr(tray, name)):
        _action(tray, text).trigger()


def test_the_menu_opens_the_settings(tray: Tray, qtbot: QtBot) -> None:
    with qtbot.waitSignal(tray.page_wanted, check_params_cb=lambda name: name == "Settings"):
        _action(tray, "Settings").trigger()


def test_a_name_that_is_too_long_for_the_menu_is_seen_to_be_cut(tray: Tray) -> None:
    named = make_stream(name=f"Film & {'x' * LONGEST_LABEL}")
    tray.refresh(dataclasses.replace(_well(), streams=(named,)))
    tray.build_menu()

    (stream,) = _menu(_action(tray, "Now playing")).actions()

    assert stream.text() == f"Film && {'x' * (LONGEST_LABEL - 8)}…"


def test_a_left_click_opens_the_window(tray: Tray, qtbot: QtBot) -> None:
    with qtbot.waitSignal(tray.open_wanted):
        tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)


def test_without_a_tray_the_icon_does_not_count_as_shown(
    tray: Tray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: False)

    tray.look()

    assert not tray.is_shown


# Qt connects to a tray the offscreen platform does not have.
@pytest.mark.qt_log_ignore("systemTrayWindowChanged", "This plugin")
def test_a_tray_that_comes_late_is_found(
    tray: Tray, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: False)
    tray.look()

    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)
    tray.look()

    assert tray.is_shown
    assert not tray._timer.isActive()


def test_looking_for_a_tray_ends(tray: Tray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: False)

    for _ in range(LOOKS):
        tray.look()

    assert not tray._timer.isActive()


def test_a_hidden_tray_takes_no_more_snapshots(tray: Tray, desk: FakeDesk) -> None:
    tray.hide()
    before = desk.snapshots

    desk.changed.emit()
    QApplication.processEvents()

    assert desk.snapshots == before


async def test_the_tray_follows_the_application_while_no_window_is_there(
    tray: Tray, desk: FakeDesk
) -> None:
    tray._refresh.set_in_tray(True)

    desk.shown = empty_snapshot()
    desk.changed.emit()

    await until(lambda: tray.icon.toolTip() == "AceDesk: nothing is playing")
