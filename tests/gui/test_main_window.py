"""The window: pages, keys, playing a link, refreshing only what is looked at, closing."""

import asyncio
import dataclasses
import subprocess
import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel
from pytestqt.qtbot import QtBot

from acedesk.errors import PortInUse, RuntimeState, RuntimeUnavailable, StorageError
from acedesk.model.content import Link
from acedesk.model.snapshot import VpnState, VpnView
from acedesk.ui.look import theme
from acedesk.ui.look.tokens import DARK, MINIMUM_HEIGHT, MINIMUM_WIDTH
from acedesk.ui.pages import PAGES
from acedesk.ui.players import Players
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.shell.snapshot_refresh import APART_MS, WATCHED_MS, SnapshotRefresh
from acedesk.ui.streams.page import StreamsPage
from tests.gui.fake_desk import FakeDesk, empty_snapshot
from tests.gui.waiting import let_run, until

ID = "94c2" + "0" * 32 + "d1e0"
KEY_V = (Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def test_the_window_stands_before_the_application_does(qtbot: QtBot) -> None:
    window = MainWindow()
    window.show()

    assert window.starting.isVisible()
    assert not window.omnibox.play_button.isEnabled()
    window.hide()


def test_the_page_that_is_being_started_is_called_by_its_name(qtbot: QtBot) -> None:
    window = MainWindow()
    window.show()

    window.show_page("Engines")

    titles = [label.text() for label in window.starting.findChildren(QLabel)]
    assert "Engines" in titles
    assert "Streams" not in titles
    window.hide()


def test_a_failed_start_says_why_and_offers_the_free_port(qtbot: QtBot) -> None:
    window = MainWindow()
    window.show()
    window.show_start_failure(PortInUse("127.0.0.1", 8080, next_free=8081))

    with qtbot.waitSignal(window.starting.retry_wanted) as retried:
        window.starting.port_button.click()

    assert "8080" in window.starting.error_card.text
    assert retried.args == [{"port": 8081}]
    window.hide()


async def test_pages_are_made_when_they_are_first_shown(window: MainWindow) -> None:
    assert set(window.stack.pages) == {"Streams"}

    window.sidebar.buttons["VPN"].click()

    assert set(window.stack.pages) == {"Streams", "VPN"}
    assert window.page is window.stack.pages["VPN"]
    assert window.page.isVisible()


async def test_every_page_opens_with_its_number(window: MainWindow) -> None:
    for number, entry in enumerate(PAGES, start=1):
        key = getattr(Qt.Key, f"Key_{number}")
        QTest.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert window.page is window.stack.pages[entry.name]
        assert window.sidebar.buttons[entry.name].isChecked()


async def test_the_sidebar_counts_and_says_the_protection(window: MainWindow) -> None:
    assert window.sidebar.buttons["Streams"].count == "3"
    assert window.sidebar.buttons["Engines"].count == "3"
    assert window.sidebar.protection.text.startswith("Protected: engine-1 and engine-2 leave")


async def test_a_vpn_that_is_down_is_marked(window: MainWindow, desk: FakeDesk) -> None:
    desk.edit(vpn=VpnView(state=VpnState.STOPPED, container_name="gluetun", engines=("engine-1",)))

    await until(lambda: window.sidebar.buttons["VPN"].count == "!")


async def test_the_status_line_says_where_the_proxy_listens(window: MainWindow) -> None:
    assert window.status.proxy.text() == "Proxy on 192.168.1.20:8080"
    assert window.status.network.text() == "Devices on my network: on"
    assert window.status.rates.text() == "↓ 14.2   ↑ 1.2 Mbit/s"


async def test_the_proxys_address_can_be_copied(window: MainWindow, qapp: QApplication) -> None:
    window.status.copy_button.click()

    assert qapp.clipboard().text() == "http://192.168.1.20:8080/t/shared"
    assert "shared" not in window.status.proxy.text()
    assert window.status.message.text() == "Address copied"


async def test_a_failing_service_is_told_in_the_status_line(
    window: MainWindow, desk: FakeDesk
) -> None:
    desk.edit(degraded=(("vpn monitor", "TimeoutError"),))

    await until(lambda: "vpn monitor" in window.status.proxy.text())


async def test_ctrl_v_anywhere_plays_the_clipboard(
    window: MainWindow, desk: FakeDesk, qapp: QApplication
) -> None:
    qapp.clipboard().setText(ID)
    window.sidebar.buttons["Streams"].setFocus()

    QTest.keyClick(window, *KEY_V)

    await until(lambda: desk.calls)
    assert desk.calls[0][1].key.value == ID


async def test_ctrl_v_in_a_text_field_only_pastes(
    window: MainWindow, desk: FakeDesk, qapp: QApplication
) -> None:
    qapp.clipboard().setText(ID)
    window.focus_omnibox()

    QTest.keyClick(window.omnibox.field, *KEY_V)

    await let_run()
    assert window.omnibox.field.text() == ID
    assert desk.calls == []


async def test_a_dropped_link_is_played(window: MainWindow, desk: FakeDesk) -> None:
    data = QMimeData()
    data.setUrls([QUrl(f"acestream://{ID}")])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(500, 500), copy, data, left, none)

    window.dragEnterEvent(enter)
    window.dropEvent(QDropEvent(QPointF(500, 500), copy, data, left, none))

    assert enter.isAccepted()
    await until(lambda: desk.calls)
    assert desk.calls[0][1].key.value == ID


async def test_a_dropped_anchor_is_played_with_its_name(window: MainWindow, desk: FakeDesk) -> None:
    data = QMimeData()
    data.setUrls([QUrl(f"acestream://{ID}")])
    data.setHtml(f'<a href="acestream://{ID}">Sport HD</a>')
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier

    window.dropEvent(QDropEvent(QPointF(500, 500), copy, data, left, none))

    await until(lambda: desk.calls)
    assert desk.calls[0][1].title == "Sport HD"


async def test_without_docker_the_card_leads_to_the_engines(window: MainWindow) -> None:
    window.show_error(RuntimeUnavailable(RuntimeState.NOT_RUNNING))

    window.error_card.act.click()

    assert window.page is window.stack.pages["Engines"]
    assert not window.error_card.isVisible()


async def test_an_error_of_a_page_does_not_follow_to_others(window: MainWindow) -> None:
    window.show_page("Engines")
    window.stack.failed.emit(StorageError("no space left"))
    assert window.error_card.isVisible()

    window.show_page("Logs")

    assert not window.error_card.isVisible()


async def test_an_error_of_the_paste_field_stays_on_every_page(window: MainWindow) -> None:
    window.show_error(StorageError("no space left"))

    window.show_page("Logs")

    assert window.error_card.isVisible()


@pytest.mark.expects_errors
async def test_a_bug_behind_a_button_is_shown_and_logged(
    window: MainWindow, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_link: Link) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(desk.streams, "prepare", broken)

    window.omnibox.play_text(ID)

    await until(window.error_card.isVisible)
    assert "AceDesk has a bug." in window.error_card.text


async def test_a_link_of_a_second_launch_is_played(window: MainWindow, desk: FakeDesk) -> None:
    window.hide()

    window.take_link(ID)

    await until(lambda: desk.calls)
    assert window.isVisible()


async def test_a_second_launch_without_a_link_shows_the_window(
    window: MainWindow, desk: FakeDesk
) -> None:
    window.hide()

    window.take_link("")

    assert window.isVisible()
    assert window.omnibox.problem.isHidden()


async def test_the_test_channel_can_be_played_from_the_empty_page(
    window: MainWindow, desk: FakeDesk
) -> None:
    desk.shown = empty_snapshot()
    desk.changed.emit()
    page = window.stack.pages["Streams"]
    assert isinstance(page, StreamsPage)
    await until(page.ways.isVisible)

    page.ways.test.act.click()

    await until(lambda: desk.calls)
    assert desk.calls[0] == ("prepare", desk.streams.test_link)


async def test_notes_of_the_start_are_shown(window: MainWindow, desk: FakeDesk) -> None:
    desk.notes = ("The settings file could not be read; it was kept as settings.toml.bad.",)

    window.attach(desk, Players(desk), SnapshotRefresh(desk))

    assert window.note_card.isVisible()
    assert "settings.toml.bad" in window.note_card.text


async def test_a_new_appearance_holds_at_once(window: MainWindow, desk: FakeDesk) -> None:
    await desk.settings.save({"theme": "dark"})

    assert theme.colors() is DARK
    theme.set_mode("light")


async def test_f5_looks_again(window: MainWindow, desk: FakeDesk) -> None:
    QTest.keyClick(window, Qt.Key.Key_F5)

    await until(lambda: ("check_now",) in desk.calls)


async def test_ctrl_f_opens_the_filter_of_the_page(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)

    page = window.stack.pages["Streams"]
    assert isinstance(page, StreamsPage)
    assert page.filter.field.isVisible()


async def test_a_watched_window_is_refreshed_once_a_second(
    window: MainWindow, desk: FakeDesk
) -> None:
    loop = asyncio.get_running_loop()
    await until(lambda: desk.snapshots >= 2)
    first, began = desk.snapshots, loop.time()

    await until(lambda: desk.snapshots >= first + 2)

    assert 0.9 * WATCHED_MS / 1000 < loop.time() - began < 4 * WATCHED_MS / 1000


async def test_a_hidden_window_takes_no_snapshot(window: MainWindow, desk: FakeDesk) -> None:
    await until(lambda: desk.snapshots >= 2)
    window.hide()
    await let_run()
    before = desk.snapshots

    desk.changed.emit()
    await until(_later(WATCHED_MS / 1000 + 0.2))

    assert desk.snapshots == before


async def test_a_minimised_window_takes_no_snapshot(window: MainWindow, desk: FakeDesk) -> None:
    await until(lambda: desk.snapshots >= 2)
    window.showMinimized()
    await let_run()
    before = desk.snapshots

    desk.changed.emit()
    await until(_later(WATCHED_MS / 1000 + 0.2))

    assert desk.snapshots == before


def _later(seconds: float) -> Callable[[], bool]:
    """Return a condition that holds after `seconds`: to show that something does not happen."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    return lambda: loop.time() > end


async def test_many_changes_at_once_are_one_refresh(window: MainWindow, desk: FakeDesk) -> None:
    await until(lambda: desk.snapshots >= 2)
    before = desk.snapshots

    for _ in range(50):
        desk.changed.emit()
    await until(lambda: desk.snapshots > before)

    assert desk.snapshots == before + 1


async def test_a_storm_of_changes_is_a_few_refreshes_a_second(
    window: MainWindow, desk: FakeDesk
) -> None:
    await until(lambda: desk.snapshots >= 2)
    before, over = desk.snapshots, _later(1.0)

    def change() -> bool:
        desk.changed.emit()
        return over()

    await until(change)

    assert 1 <= desk.snapshots - before <= 1000 / APART_MS + 1


async def test_the_window_does_not_get_smaller_than_its_contents(window: MainWindow) -> None:
    window.resize(MINIMUM_WIDTH, MINIMUM_HEIGHT)
    await let_run()

    contents = window.centralWidget()
    assert contents is not None
    hint = contents.minimumSizeHint()
    assert hint.width() <= MINIMUM_WIDTH
    assert hint.height() <= MINIMUM_HEIGHT


async def test_every_button_has_a_name_and_is_big_enough(window: MainWindow) -> None:
    await let_run()
    buttons = [b for b in window.findChildren(QAbstractButton) if b.isVisible()]

    assert len(buttons) > 10
    assert [b for b in buttons if not (b.accessibleName() or b.text())] == []
    assert [b.text() for b in buttons if min(b.width(), b.height()) < 24] == []


async def test_a_setting_a_page_asks_for_is_shown(window: MainWindow) -> None:
    window.stack.pages["Streams"].setting_wanted.emit("port")

    assert window.page is window.stack.pages["Settings"]


async def test_the_window_stays_calm_when_engines_and_streams_vanish(
    window: MainWindow, desk: FakeDesk
) -> None:
    desk.shown = dataclasses.replace(desk.shown, streams=(), engines=())
    desk.changed.emit()

    await until(lambda: window.sidebar.buttons["Streams"].count == "")
    assert window.sidebar.buttons["Engines"].count == ""


def test_a_window_is_there_without_what_plays_in_it() -> None:
    """Each module that is imported before the window makes everybody wait for it."""
    words = (
        "import sys; import acedesk.commands.desktop, acedesk.ui.shell.run;"
        "print(*(name for name in sys.modules if name.startswith(('acedesk.', 'importlib.'))))"
    )
    found = subprocess.run(
        [sys.executable, "-c", words], check=True, capture_output=True, text=True, timeout=60
    )

    early = found.stdout.split()
    assert "acedesk.ui.shell.main_window" in early
    late = ("ui.play.", "ui.streams", "ui.engines", "ui.tables.table_view", "compose", "proxy.http")
    assert [name for name in early if name.removeprefix("acedesk.").startswith(late)] == []
    assert "importlib.metadata" not in early
