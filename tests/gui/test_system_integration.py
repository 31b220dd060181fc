"""Starting with the computer and opening links: Settings, the tray's menu, the offer."""

import asyncio
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget

from acedesk.errors import EngineTooSlow, StorageError
from acedesk.model.computer.integration import Autostart, AutostartState, LinkOwner
from acedesk.model.content import Link
from acedesk.model.snapshot import StreamState
from acedesk.ui.play.link_player import LinkPlayer
from acedesk.ui.play.panel import PlayPanel
from acedesk.ui.settings.page import SettingsPage
from acedesk.ui.shell import arrival
from acedesk.ui.shell.arrival import Arrival
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.start.autostart_action import AutostartAction
from tests.gui.fake_desk import FakeDesk, make_key
from tests.gui.waiting import let_run, until

PLAYS = Link(key=make_key("a9e1"))
LINK = "acestream://94c2fd8fb9bc8f2fc71a2cbe9d4b866f227a0209"
ON = Autostart(AutostartState.ON, ("/opt/acedesk", "--background"), is_this=True)


@pytest.fixture
def page(desk: FakeDesk, qapp: QApplication) -> Iterator[SettingsPage]:
    made = SettingsPage(desk)
    yield made
    made.hide()
    made.deleteLater()


def _asked(desk: FakeDesk) -> list[tuple[object, ...]]:
    return [call for call in desk.calls if call[0] in ("set_autostart", "take_links")]


async def test_the_box_shows_what_the_system_says_each_time(
    page: SettingsPage, desk: FakeDesk
) -> None:
    page.show()
    await let_run()
    assert not page.system.autostart.isChecked()

    page.hide()
    desk.integration.said = ON
    page.show()

    await until(page.system.autostart.isChecked)
    assert page.system.note.isHidden()


async def test_a_click_starts_with_the_computer_at_once(page: SettingsPage, desk: FakeDesk) -> None:
    page.show()
    await let_run()

    page.system.autostart.click()

    await until(lambda: desk.integration.said.state is AutostartState.ON)
    await until(page.system.autostart.isEnabled)
    assert page.bar.isHidden()  # nothing to save
    page.system.autostart.click()
    await until(lambda: desk.integration.said.state is AutostartState.OFF)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Autostart(AutostartState.DISABLED, ("/opt/acedesk",)), "switched off in the settings"),
        (Autostart(AutostartState.ON, ("/opt/other/acedesk",)), "/opt/other/acedesk"),
    ],
)
async def test_what_the_box_does_not_say_stands_below(
    page: SettingsPage, desk: FakeDesk, said: Autostart, words: str
) -> None:
    desk.integration.said = said
    page.show()

    await until(page.system.note.isVisible)
    assert words in page.system.note.text()
    assert page.system.autostart.isChecked() is (said.state is AutostartState.ON)


async def test_what_the_system_does_not_take_is_told_and_the_box_goes_back(
    page: SettingsPage, desk: FakeDesk
) -> None:
    page.show()
    await let_run()
    desk.error = StorageError("/home/u/.config/autostart: read-only file system")

    page.system.autostart.click()

    await until(page.error.isVisible)
    await until(page.system.autostart.isEnabled)
    assert "read-only" in page.error.text
    await until(lambda: not page.system.autostart.isChecked())


async def test_links_are_taken_and_given_back(page: SettingsPage, desk: FakeDesk) -> None:
    desk.integration.owner = LinkOwner("Ace Player")
    page.show()
    await until(lambda: "Ace Player" in page.system.links_text.text())
    assert page.system.links.text() == "Open with AceDesk"

    page.system.links.click()

    await until(lambda: page.system.links.text() == "Give them back")
    page.system.links.click()
    await until(lambda: page.system.links.text() == "Open with AceDesk")


async def test_where_links_cannot_be_taken_nothing_is_said_of_them(
    page: SettingsPage, desk: FakeDesk
) -> None:
    desk.integration.owner = None
    page.show()
    await let_run()

    assert page.system.links.isHidden() or not page.system.links.isVisible()
    assert page.system.autostart.isVisible()


async def test_the_card_stands_in_general_and_where_a_search_finds_it(page: SettingsPage) -> None:
    page.show()
    assert page.system.isVisible()

    page.search.setText("autostart")
    assert page.system.isVisible()
    assert page.nothing.isHidden()
    page.search.setText("start with the computer")
    assert page.system.isVisible()
    page.search.setText("gluetun")
    assert page.system.isHidden()
    page.search.setText("")
    page._show_section("Network")
    assert page.system.isHidden()
    await let_run()


# The tray's menu


async def test_the_entry_of_the_tray_asks_and_changes_the_system(desk: FakeDesk) -> None:
    desk.integration.said = ON
    action = AutostartAction(desk, lambda _error: None)

    action.ask_system()
    await until(action.isChecked)
    action.trigger()

    await until(lambda: ("set_autostart", False) in desk.calls)
    assert not action.isChecked()


async def test_an_entry_that_did_not_work_shows_what_holds(desk: FakeDesk) -> None:
    seen: list[Exception] = []
    action = AutostartAction(desk, seen.append)
    desk.error = StorageError("read-only")

    action.trigger()

    await until(lambda: seen)
    await until(lambda: not action.isChecked())


# The offer


def _is_offered(panel: PlayPanel) -> bool:
    """Tell whether it is among the notices; those that have no room are folded there."""
    return not panel.offer.isHidden()


async def test_links_are_offered_once_after_one_was_played(
    panel: PlayPanel, playing: LinkPlayer, desk: FakeDesk
) -> None:
    desk.integration.owner = LinkOwner("Ace Player")

    playing.play(PLAYS)

    await until(lambda: _is_offered(panel))
    assert "Ace Player" in panel.offer.text
    await until(lambda: not desk.settings.current.offer_links)
    panel.offer.decline.click()
    assert panel.offer.isHidden()
    playing.play(PLAYS)
    await let_run(20)
    assert panel.offer.isHidden()
    assert _asked(desk) == []


async def test_an_offer_that_is_taken_lets_links_open_here(
    window: MainWindow, panel: PlayPanel, playing: LinkPlayer, desk: FakeDesk
) -> None:
    desk.integration.owner = LinkOwner()
    playing.play(PLAYS)
    await until(lambda: _is_offered(panel))
    assert "No program" in panel.offer.text

    panel.offer.take.click()

    await until(lambda: ("take_links",) in desk.calls)
    assert panel.offer.isHidden()
    await let_run()


@pytest.mark.parametrize("owner", [LinkOwner("AceDesk", is_ours=True), None])
async def test_nothing_is_offered_to_who_has_it_or_cannot(
    panel: PlayPanel, playing: LinkPlayer, desk: FakeDesk, owner: LinkOwner | None
) -> None:
    desk.integration.owner = owner

    playing.play(PLAYS)

    await until(lambda: any(call[0] == "prepare" for call in desk.calls))
    await let_run(20)
    assert panel.offer.isHidden()
    assert desk.settings.current.offer_links


async def test_a_link_that_fails_offers_nothing_and_the_next_one_does(
    panel: PlayPanel, playing: LinkPlayer, desk: FakeDesk
) -> None:
    desk.integration.owner = LinkOwner("Ace Player")
    desk.edit_stream(0, state=StreamState.FAILED, error=EngineTooSlow("no media within 60 s"))

    playing.play(PLAYS)
    await until(lambda: any(call[0] == "prepare" for call in desk.calls))
    await let_run(20)

    assert panel.offer.isHidden()
    assert desk.settings.current.offer_links

    desk.edit_stream(0, state=StreamState.PLAYING, error=None)
    await until(lambda: _is_offered(panel))
    await let_run()


async def test_the_test_channel_offers_nothing(
    panel: PlayPanel, playing: LinkPlayer, desk: FakeDesk
) -> None:
    desk.integration.owner = LinkOwner("Ace Player")

    playing.play_test()

    await until(lambda: any(call[0] == "prepare" for call in desk.calls))
    await let_run(20)
    assert panel.offer.isHidden()


# A start in the background


class _Tray(QObject):
    appeared = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.is_shown = False
        self.told: list[str] = []

    def tell(self, sentence: str) -> None:
        self.told.append(sentence)


@pytest.fixture
def hidden(qapp: QApplication) -> Iterator[MainWindow]:
    made = MainWindow()
    yield made
    made.hide()
    made.deleteLater()


def _arrive(tray: _Tray, window: MainWindow, told: str, *, background: bool = True) -> Arrival:
    return Arrival(tray, window, told, background=background)  # type: ignore[arg-type]


async def test_with_a_tray_there_is_no_window_and_what_is_wrong_is_notified(
    hidden: MainWindow,
) -> None:
    tray = _Tray()
    tray.is_shown = True

    _arrive(tray, hidden, "Port 8080 is taken.")

    assert tray.told == ["Port 8080 is taken."]
    assert not hidden.isVisible()


async def test_a_tray_that_comes_later_is_waited_for(hidden: MainWindow) -> None:
    tray = _Tray()
    _arrive(tray, hidden, "Port 8080 is taken.")
    assert tray.told == []
    assert not hidden.isVisible()

    tray.is_shown = True
    tray.appeared.emit()

    assert tray.told == ["Port 8080 is taken."]
    tray.appeared.emit()
    assert tray.told == ["Port 8080 is taken."]


@pytest.mark.parametrize("told", ["", "Port 8080 is taken."])
async def test_where_no_tray_comes_the_window_can_be_found(
    hidden: MainWindow, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    monkeypatch.setattr(arrival, "TRAY_WAIT_MS", 1)
    tray = _Tray()

    kept = _arrive(tray, hidden, told)

    await until(hidden.isVisible)
    assert hidden.isMinimized() is not bool(told)
    assert tray.told == []
    assert kept.parent() is tray


async def test_a_window_that_was_opened_meanwhile_is_not_put_away(
    hidden: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrival, "TRAY_WAIT_MS", 1)
    tray = _Tray()
    _arrive(tray, hidden, "")
    hidden.show()

    async with asyncio.timeout(5):
        await let_run(50)

    assert not hidden.isMinimized()
    assert isinstance(hidden, QWidget)


async def test_a_start_with_a_window_shows_it_as_ever(hidden: MainWindow) -> None:
    _arrive(_Tray(), hidden, "", background=False)

    assert not hidden.isVisible()
