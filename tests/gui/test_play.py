"""Playing a link: the player opens, is asked about once, and what is said stays true."""

import asyncio

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from acedesk.errors import (
    EngineTooSlow,
    PlayerError,
    StorageError,
)
from acedesk.model.player import Player
from acedesk.model.snapshot import StreamState
from acedesk.ui.play.link_player import LinkPlayer
from acedesk.ui.play.panel import PlayPanel
from acedesk.ui.shell.main_window import MainWindow
from tests.gui.fake_desk import (
    MPV,
    VLC,
    FakeDesk,
    make_client,
    make_key,
)
from tests.gui.playing import ID, URL, choose, opened
from tests.gui.waiting import let_run, until

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture(autouse=True)
def clipboard(qapp: QApplication) -> None:
    """Put away what another test has copied."""
    qapp.clipboard().setText("nothing of ours")


# The player opens


async def test_a_pasted_link_opens_in_the_default_player_and_leaves_the_clipboard_alone(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk, qapp: QApplication
) -> None:
    await choose(desk, default_player="mpv")
    qapp.clipboard().setText("mine")
    window.show_page("Logs")
    window.omnibox.field.setText(f"acestream://{ID}")

    QTest.keyClick(window.omnibox.field, Qt.Key.Key_Return)

    await until(lambda: opened(desk))
    assert [call[0] for call in desk.calls] == ["prepare", "open_player"]
    assert opened(desk) == [("mpv", URL)]
    assert qapp.clipboard().text() == "mine"
    assert window.page is window.stack.pages["Streams"]
    assert window.omnibox.field.text() == ""
    assert panel.bar.isVisible()


@pytest.mark.parametrize("how", ["button", "row", "double click", "second launch"])
async def test_everything_that_plays_opens_the_player(
    window: MainWindow, desk: FakeDesk, how: str
) -> None:
    await choose(desk, default_player="mpv")
    table = window.stack.pages["Streams"].table  # type: ignore[attr-defined]

    match how:
        case "button":
            window.omnibox.field.setText(ID)
            window.omnibox.play_button.click()
        case "row":
            QTest.keyClick(table, Qt.Key.Key_Return)
        case "double click":
            place = table.visualRect(table.model().index(0, 1)).center()
            left = Qt.MouseButton.LeftButton
            QTest.mouseClick(table.viewport(), left, pos=place)
            QTest.mouseDClick(table.viewport(), left, pos=place)
        case _:
            window.take_link(ID)

    await until(lambda: opened(desk))
    await let_run()
    assert opened(desk) == [("mpv", URL)]


async def test_ctrl_enter_copies_and_opens_nothing(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk, qapp: QApplication
) -> None:
    await choose(desk, default_player="mpv")
    window.omnibox.field.setText(ID)

    QTest.keyClick(window.omnibox.field, Qt.Key.Key_Return, CTRL)

    await until(lambda: desk.calls)
    await let_run()
    assert [call[0] for call in desk.calls] == ["prepare"]
    assert qapp.clipboard().text() == URL
    assert panel.bar.note.isVisible()


async def test_who_wants_copies_gets_copies(
    window: MainWindow, desk: FakeDesk, qapp: QApplication
) -> None:
    await choose(desk, default_player="mpv", play_action="copy")

    window.omnibox.play_text(ID)

    await until(lambda: desk.calls)
    await let_run()
    assert opened(desk) == []
    assert qapp.clipboard().text() == URL


async def test_the_same_link_pressed_twice_opens_one_player(
    window: MainWindow, desk: FakeDesk
) -> None:
    await choose(desk, default_player="mpv")

    window.omnibox.play_text(ID)
    window.omnibox.play_text(ID)
    await until(lambda: opened(desk))
    desk.players.running = (0.1, MPV, True)
    window.omnibox.play_text(ID)
    await let_run(20)

    assert opened(desk) == [("mpv", URL)]


@pytest.mark.parametrize("address", ["127.0.0.1", "192.168.1.20"])
async def test_a_player_that_plays_it_is_not_opened_a_second_time_but_when_asked(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk, address: str
) -> None:
    await choose(desk, default_player="mpv")
    desk.edit_stream(0, clients=(make_client(1, address=address),))
    desk.players.running = (600.0, MPV, True)

    window.omnibox.play_text(ID)
    await until(lambda: panel.bar.text.text() == "Already open in mpv")
    before = opened(desk)
    panel.bar.buttons.buttons[0].click()

    await until(lambda: opened(desk))
    assert before == []


async def test_a_player_that_stands_still_is_opened_again(
    window: MainWindow, desk: FakeDesk
) -> None:
    await choose(desk, default_player="vlc")
    desk.edit_stream(0, clients=(make_client(1),))  # only the television watches
    desk.players.running = (600.0, VLC, True)

    window.omnibox.play_text(ID)

    await until(lambda: opened(desk))


# It is asked once


async def test_the_first_player_found_is_asked_about_once_and_remembered(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    window.omnibox.play_text(ID)
    await until(panel.question.isVisible)
    asked = panel.question.title.text(), panel.question.first.text()
    before = opened(desk)

    panel.question.first.setFocus()
    panel.question.first.click()

    await until(lambda: opened(desk))
    assert window.omnibox.field.hasFocus()
    assert asked == ("Play in VLC?", "Play in VLC")
    assert before == []
    assert opened(desk) == [("vlc", URL)]
    assert desk.settings.current.default_player == "vlc"
    assert panel.question.isHidden()
    window.omnibox.play_text(ID)
    await let_run(20)
    assert panel.question.isHidden()


async def test_another_player_may_be_chosen(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    window.omnibox.play_text(ID)
    await until(panel.question.isVisible)

    panel.question.others.click()
    assert panel.question.menu is not None
    action = next(a for a in panel.question.menu.actions() if a.text() == "mpv")
    panel.question.menu.close()
    action.trigger()

    await until(lambda: opened(desk))
    assert opened(desk) == [("mpv", URL)]
    assert desk.settings.current.default_player == "mpv"


async def test_copying_may_be_chosen_for_good(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk, qapp: QApplication
) -> None:
    window.omnibox.play_text(ID)
    await until(panel.question.isVisible)

    panel.question.copy.click()

    await until(lambda: qapp.clipboard().text() == URL)
    assert panel.question.copy.text() == "Only copy URLs"
    assert desk.settings.current.play_action == "copy"
    assert opened(desk) == []


async def test_the_question_can_be_left_alone(
    window: MainWindow, panel: PlayPanel, playing: LinkPlayer, desk: FakeDesk
) -> None:
    window.omnibox.play_text(ID)
    await until(panel.question.isVisible)

    playing.question.drop()

    assert panel.question.isHidden()
    assert desk.settings.current.default_player == ""


async def test_a_choice_that_cannot_be_written_holds_nevertheless(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = desk.settings.save

    async def full(values: dict[str, object]) -> tuple[str, ...]:
        await save(values)
        raise StorageError("no space left")

    monkeypatch.setattr(desk.settings, "save", full)
    window.omnibox.play_text(ID)
    await until(panel.question.isVisible)

    panel.question.first.click()

    await until(lambda: opened(desk))
    assert window.error_card.isVisible()


# A picture comes first where one press or one start was promised to bring it


async def test_the_test_channel_plays_at_once_and_the_player_is_asked_about_beside_it(
    panel: PlayPanel, playing: LinkPlayer, desk: FakeDesk
) -> None:
    raised: list[bool] = []
    playing.question.raised.connect(lambda: raised.append(True))

    panel.play_test_wanted.emit()
    await until(lambda: opened(desk))
    asked = panel.question.title.text(), panel.question.first.text(), panel.question.text.text()
    panel.question.first.click()
    await until(lambda: desk.settings.current.default_player == "vlc")
    await let_run(20)

    assert asked == (
        "Always play in VLC?",
        "Always play in VLC",
        "Test card opens in it. Another can be chosen in Settings, Players.",
    )
    assert raised == []  # the window does not cover the picture
    assert [player for player, _ in opened(desk)] == ["vlc"]
    assert panel.question.isHidden()


async def test_another_player_chosen_beside_the_picture_opens_too(
    panel: PlayPanel, desk: FakeDesk
) -> None:
    panel.play_test_wanted.emit()
    await until(lambda: opened(desk))
    desk.players.running = (3.0, VLC, True)

    panel.question.others.click()
    assert panel.question.menu is not None
    action = next(a for a in panel.question.menu.actions() if a.text() == "mpv")
    panel.question.menu.close()
    action.trigger()

    await until(lambda: len(opened(desk)) == 2)
    assert [player for player, _ in opened(desk)] == ["vlc", "mpv"]
    assert desk.settings.current.default_player == "mpv"


async def test_the_test_channel_is_copied_where_only_copies_are_wanted(
    panel: PlayPanel, desk: FakeDesk, qapp: QApplication
) -> None:
    await choose(desk, play_action="copy")

    panel.play_test_wanted.emit()

    url = desk.streams.player_url(desk.streams.test_link.key)
    await until(lambda: qapp.clipboard().text() == url)
    assert opened(desk) == []
    assert panel.question.isHidden()


# None, gone, broken


async def test_without_a_player_it_is_said_where_to_get_one_and_a_command_is_taken(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    desk.players.found = ()
    window.omnibox.play_text(ID)
    await until(panel.question.isVisible)
    said = panel.question.text.text()
    for command, problem in (
        ("mpv", "The command must have {url} where the address of the stream goes: mpv {url}."),
        ("missing {url}", "The program “missing” was not found on this computer."),
    ):
        panel.question.command.setText(command)
        panel.question.use_command.click()
        assert panel.question.problem.text() == problem
    desk.players.found = (Player(id="command", name="own", command=("own", "{url}")),)

    panel.question.command.setText("own {url}")
    QTest.keyClick(panel.question.command, Qt.Key.Key_Return)

    await until(lambda: opened(desk))
    assert "vlc" in said
    assert "mpv.io" in said
    assert desk.settings.current.player_command == "own {url}"
    assert opened(desk) == [("command", URL)]


async def test_a_player_that_was_installed_meanwhile_is_found(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    desk.players.found = ()
    await choose(desk, default_player="mpv", player_command="x {url}")
    window.omnibox.play_text(ID)
    await until(panel.question.isVisible)
    desk.players.found = (MPV,)

    panel.question.again.click()

    await until(lambda: opened(desk))
    assert panel.question.isHidden()


async def test_a_default_player_that_is_gone_is_told_and_another_offered(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    await choose(desk, default_player="celluloid")

    window.omnibox.play_text(ID)

    await until(panel.question.isVisible)
    assert panel.question.first.text() == "Play in VLC"
    assert "not on this computer any more" in panel.question.text.text()


async def test_a_player_that_cannot_start_is_named_with_the_reason_and_the_others_offered(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    async def fail(player: Player, url: str, title: str) -> None:
        if player is VLC:
            raise PlayerError("VLC refuses to run as root")
        opened.append(player.id)

    monkeypatch.setattr(desk.players, "open", fail)
    await choose(desk, default_player="vlc")
    desk.edit_stream(0, key=make_key("a9e1"))
    window.omnibox.play_text(ID)
    await until(panel.question.isVisible)
    card = panel.question
    said = card.title.text(), card.text.text(), card.first.text(), card.copy.text()

    card.first.click()

    await until(lambda: opened == ["mpv"])
    assert said == (
        "VLC could not be started.",
        "VLC refuses to run as root. Stream …a9e1 goes on and can be opened in any player.",
        "Open in mpv",
        "Copy URL",
    )
    assert desk.settings.current.default_player == "vlc"


async def test_the_button_of_a_row_tells_a_broken_player_in_the_same_card(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(player: Player, url: str, title: str) -> None:
        raise PlayerError("VLC ended at once with exit code 1")

    monkeypatch.setattr(desk.players, "open", fail)

    window.stack.pages["Streams"].detail.player_buttons.buttons[0].click()  # type: ignore[attr-defined]

    await until(panel.question.isVisible)
    assert panel.question.title.text() == "VLC could not be started."


async def test_a_player_that_found_a_failed_stream_is_not_to_blame(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(player: Player, url: str, title: str) -> None:
        desk.edit_stream(0, state=StreamState.FAILED, error=EngineTooSlow("no media"))
        raise PlayerError("mpv ended at once with exit code 2")

    monkeypatch.setattr(desk.players, "open", fail)
    await choose(desk, default_player="mpv")

    window.omnibox.play_text(ID)

    await until(panel.bar.retry.isVisible)
    assert panel.question.isHidden()


async def test_nor_is_the_player_of_a_link_after_which_another_one_came(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens: list[str] = []
    other_came, told = asyncio.Event(), asyncio.Event()

    async def open_one(player: Player, url: str, title: str) -> None:
        opens.append(url)
        if ID not in url:
            return
        await other_came.wait()
        desk.edit_stream(0, state=StreamState.FAILED, error=EngineTooSlow("no media"))
        told.set()
        raise PlayerError("mpv ended at once with exit code 2")

    monkeypatch.setattr(desk.players, "open", open_one)
    await choose(desk, default_player="mpv")
    window.omnibox.play_text(ID)
    await until(lambda: len(opens) == 1)
    window.omnibox.play_text(desk.shown.streams[1].id)
    await until(lambda: len(opens) == 2)

    other_came.set()
    await told.wait()
    await let_run(20)

    assert panel.question.isHidden()


async def test_a_player_calls_a_stream_as_the_window_does(
    window: MainWindow, desk: FakeDesk
) -> None:
    await choose(desk, default_player="mpv")

    window.omnibox.play_text(ID)  # without a title

    await until(lambda: opened(desk))
    assert [call[3] for call in desk.calls if call[0] == "open_player"] == ["Test card"]
