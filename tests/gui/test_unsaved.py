"""What was changed in the settings and not saved is seen from every page, and asked about first."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from acedesk.errors import SettingsError
from acedesk.settings import option
from acedesk.ui.dialogs import AskDialog
from acedesk.ui.hosts.dialog import HostDialog
from acedesk.ui.look import theme, tokens
from acedesk.ui.page import Unsaved
from acedesk.ui.settings.definition_editor import DefinitionEditor
from acedesk.ui.settings.page import SettingsPage
from acedesk.ui.shell.closing import Closing
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.shell.sidebar import PageButton
from acedesk.ui.shell.starting_page import StartingPage
from acedesk.ui.start.restart_question import Restarting
from tests.gui.fake_desk import FakeDesk, empty_snapshot, sample_snapshot
from tests.gui.waiting import let_run, until


@pytest.fixture
def ended(window: MainWindow, desk: FakeDesk) -> list[str]:
    """Return what has ended; nobody watches, and there is a tray."""
    desk.shown = empty_snapshot()
    return []


@pytest.fixture
def closing(window: MainWindow, desk: FakeDesk, ended: list[str]) -> Closing:
    made = Closing(window, desk, has_tray=lambda: True, quit_now=lambda: ended.append("quit"))
    window.close_wanted.connect(made.close)
    return made


def _type(window: MainWindow, name: str, text: str) -> None:
    """Type into a field of the settings, and go to another page."""
    window.show_page("Settings", at_once=True)
    page = window.page
    assert isinstance(page, SettingsPage)
    page.rows[name].field.show_text(text)
    page.rows[name].field.edited.emit(text)
    window.show_page("Streams")


def _title(dialog: AskDialog) -> str:
    return " ".join(label.text() for label in dialog.findChildren(QLabel))


async def _asked(window: QWidget) -> AskDialog:
    await until(lambda: [one for one in window.findChildren(AskDialog) if one.isVisible()])
    return next(one for one in window.findChildren(AskDialog) if one.isVisible())


async def _quit_unsaved(window: MainWindow, closing: Closing) -> AskDialog:
    """Change the port, want AceDesk to end, and return what is asked."""
    _type(window, "port", "9000")
    closing.quit()
    return await _asked(window)


async def test_the_list_of_pages_says_that_something_is_not_saved(window: MainWindow) -> None:
    settings = window.sidebar.buttons["Settings"]
    _type(window, "port", "9000")
    assert settings.unsaved == 1

    window.refresh(empty_snapshot())
    assert settings.unsaved == 1
    assert settings.toolTip() == "Settings (Ctrl+6): 1 change not saved"
    assert settings.accessibleDescription() == "1 change not saved"

    await window.stack.pages["Settings"].save_unsaved()
    assert settings.unsaved == 0
    assert settings.toolTip() == "Settings (Ctrl+6)"
    assert window.stack.unsaved_page == ""


def test_a_page_is_described_by_its_count_where_all_is_saved(qtbot: QtBot) -> None:
    button = PageButton("engine-outline", "Engines")
    qtbot.addWidget(button)

    button.set_count("3")
    assert button.accessibleDescription() == "3"
    button.set_keys("Ctrl+2")
    assert (button.accessibleDescription(), button.toolTip()) == ("3", "Engines (Ctrl+2)")

    button.set_unsaved(2)
    assert button.accessibleDescription() == "2 changes not saved"
    button.set_unsaved(0)
    assert button.accessibleDescription() == "3"


@pytest.mark.parametrize("width", [tokens.SIDEBAR_WIDTH, tokens.NARROW_SIDEBAR])
def test_it_is_painted_beside_the_name_and_on_the_mark_alone(qtbot: QtBot, width: int) -> None:
    button = PageButton("cog-outline", "Settings")
    qtbot.addWidget(button)
    button.resize(width - 2 * tokens.SPACE_M, tokens.NAV_HEIGHT)
    before = button.grab().toImage()

    button.set_unsaved(12)
    shown = button.grab().toImage()

    assert shown != before
    name = theme.metrics(0.5, bold=True).horizontalAdvance("Settings")
    end_of_name = round(10 + tokens.NAV_ICON + 10 + name)
    if width == tokens.SIDEBAR_WIDTH:  # nothing of the name is covered
        left = QRect(0, 0, end_of_name, button.height())
        assert shown.copy(left) == before.copy(left)


async def test_quitting_asks_and_saves(
    window: MainWindow, desk: FakeDesk, closing: Closing, ended: list[str]
) -> None:
    dialog = await _quit_unsaved(window, closing)
    assert window.stack.current == "Settings"
    assert dialog.text.text() == "Changed and not saved: Port."
    assert ended == []

    dialog.buttons["save"].click()

    await until(lambda: ended == ["quit"])
    assert desk.settings.current.port == 9000


async def test_quitting_without_saving_and_not_quitting(
    window: MainWindow, desk: FakeDesk, closing: Closing, ended: list[str]
) -> None:
    before = desk.settings.current
    (await _quit_unsaved(window, closing)).reject()
    await let_run()
    assert ended == []
    assert window.stack.unsaved_page == "Settings"

    closing.quit()
    (await _asked(window)).buttons["discard"].click()

    await until(lambda: ended == ["quit"])
    assert desk.settings.current == before


async def test_what_cannot_be_saved_is_named_and_saving_is_not_offered(
    window: MainWindow, closing: Closing, ended: list[str]
) -> None:
    _type(window, "grace", "7")
    _type(window, "port", "many")

    closing.quit()
    dialog = await _asked(window)
    page = window.page
    assert isinstance(page, SettingsPage)

    assert dialog.text.text() == (
        f"Changed and not saved: Port, {option('grace').label}. "
        "This cannot be saved as it is: Port."
    )
    assert set(dialog.buttons) == {"", "discard", "correct"}
    dialog.buttons["correct"].click()
    await until(page.rows["port"].field.isVisible)
    assert page.rows["port"].reason
    assert ended == []


async def test_where_saving_fails_nothing_ends(
    window: MainWindow,
    desk: FakeDesk,
    closing: Closing,
    ended: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def refuse(_values: object) -> tuple[str, ...]:
        raise SettingsError(field="port", value="9000", reason="another program has it")

    monkeypatch.setattr(desk.settings, "save", refuse)
    (await _quit_unsaved(window, closing)).buttons["save"].click()

    page = window.stack.pages["Settings"]
    assert isinstance(page, SettingsPage)
    await until(page.error.isVisible)
    assert not window.error_card.isVisible()
    assert ended == []
    assert window.stack.unsaved_page == "Settings"


async def test_closing_a_window_that_ends_asks_too(
    window: MainWindow, desk: FakeDesk, closing: Closing, ended: list[str]
) -> None:
    await desk.settings.save({"close_action": "quit"})
    _type(window, "port", "9000")

    window.close()
    (await _asked(window)).buttons["discard"].click()

    await until(lambda: ended == ["quit"])


async def test_a_restart_asks_too_and_who_cancels_it_gets_none_later(
    window: MainWindow, closing: Closing, ended: list[str]
) -> None:
    restarting = Restarting(
        window.notices.new_note(), closing.restart, lambda: ended.append("restart")
    )
    _type(window, "port", "9000")

    restarting.ask(viewers=0)
    (await _asked(window)).reject()
    await let_run()
    assert (ended, restarting.wanted) == ([], False)

    restarting.ask(viewers=0)
    dialog = await _asked(window)
    assert dialog.buttons["discard"].text() == "Restart without saving"
    assert dialog.buttons["save"].text() == "Save and restart"
    dialog.buttons["save"].click()
    await until(lambda: ended == ["restart"])
    assert restarting.wanted


async def test_viewers_who_come_while_it_is_asked_are_asked_about(
    window: MainWindow, desk: FakeDesk, closing: Closing, ended: list[str]
) -> None:
    first = await _quit_unsaved(window, closing)
    desk.shown = sample_snapshot()
    first.buttons["discard"].click()
    await until(lambda: not first.isVisible())

    second = await _asked(window)
    assert "5 viewers are watching" in _title(second)
    assert ended == []
    second.buttons["quit"].click()
    await until(lambda: ended == ["quit"])


async def test_viewers_who_were_told_of_are_not_asked_about_again(
    window: MainWindow, desk: FakeDesk, closing: Closing, ended: list[str]
) -> None:
    desk.shown = sample_snapshot()
    _type(window, "port", "9000")

    closing.restart(lambda: ended.append("restart"), viewers=5)
    (await _asked(window)).buttons["discard"].click()

    await until(lambda: ended == ["restart"])


async def test_an_answer_that_comes_when_acedesk_ends_already_changes_nothing(
    window: MainWindow, closing: Closing, ended: list[str]
) -> None:
    _type(window, "port", "9000")
    restarting = Restarting(
        window.notices.new_note(), closing.restart, lambda: ended.append("restart")
    )
    restarting.ask(viewers=0)
    dialog = await _asked(window)
    gone: list[int] = []
    dialog.finished.connect(gone.append)

    closing.abandon()
    await until(lambda: gone)
    restarting.ask(viewers=0)
    await let_run()

    assert (ended, restarting.wanted) == ([], False)
    assert [one for one in window.findChildren(AskDialog) if one.isVisible()] == []


async def test_whoever_quits_again_sees_what_is_asked(
    window: MainWindow, closing: Closing, ended: list[str]
) -> None:
    dialog = await _quit_unsaved(window, closing)
    window.showMinimized()
    dialog.showMinimized()

    closing.quit()

    assert not dialog.isMinimized()
    assert not window.isMinimized()
    dialog.reject()
    await let_run()
    assert ended == []


async def test_nothing_is_typed_while_it_is_being_saved(
    window: MainWindow,
    desk: FakeDesk,
    closing: Closing,
    ended: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    locked = [window.isEnabled()]

    async def save(_values: object) -> tuple[str, ...]:
        locked.append(window.isEnabled())
        return ()

    monkeypatch.setattr(desk.settings, "save", save)
    (await _quit_unsaved(window, closing)).buttons["save"].click()
    await until(lambda: ended == ["quit"])

    assert locked == [True, False]
    assert window.isEnabled()


def _definition_editor(window: MainWindow, desk: FakeDesk) -> QDialog:
    editor = DefinitionEditor(desk, window)
    field = editor.rows["engine_image"].field
    field.show_text("example/engine:1")
    field.edited.emit("example/engine:1")
    return editor


def _host_dialog(window: MainWindow, desk: FakeDesk) -> QDialog:
    dialog = HostDialog(desk, (), None, window)
    dialog.name.setText("nas")
    return dialog


@pytest.mark.parametrize(
    ("make", "name"), [(_definition_editor, "Engine definition"), (_host_dialog, "Add host")]
)
async def test_what_is_typed_into_a_dialog_is_asked_about_too(
    make: Callable[[MainWindow, FakeDesk], QDialog],
    name: str,
    window: MainWindow,
    desk: FakeDesk,
    closing: Closing,
    ended: list[str],
) -> None:
    dialog = make(window, desk)
    dialog.open()
    closing.quit()
    question = await _asked(window)
    assert question.parent() is dialog
    assert question.text.text() == f"What you have changed in “{name}” would be lost."
    question.buttons[""].click()
    await let_run()
    assert ended == []
    assert dialog.isVisible()

    closing.quit()
    (await _asked(window)).buttons["discard"].click()
    await until(lambda: ended == ["quit"])


@pytest.mark.parametrize("kind", [DefinitionEditor, HostDialog])
async def test_a_dialog_into_which_nothing_was_typed_is_not_asked_about(
    kind: type[QDialog], window: MainWindow, desk: FakeDesk, closing: Closing, ended: list[str]
) -> None:
    if kind is HostDialog:
        HostDialog(desk, (), None, window).open()
    else:
        DefinitionEditor(desk, window).open()

    closing.quit()

    await until(lambda: ended == ["quit"])


@pytest.fixture
def failed(qtbot: QtBot, desk: FakeDesk) -> StartingPage:
    """Return what an AceDesk shows that could not start, with its settings open."""
    starting = StartingPage()
    qtbot.addWidget(starting)
    starting.show()
    starting.show_settings(SettingsPage(desk), "port")
    return starting


def _type_into(starting: StartingPage, name: str, text: str) -> SettingsPage:
    page = starting.settings
    assert isinstance(page, SettingsPage)
    page.rows[name].field.show_text(text)
    page.rows[name].field.edited.emit(text)
    return page


async def test_starting_from_the_settings_saves_what_was_typed(
    failed: StartingPage, desk: FakeDesk
) -> None:
    retried: list[int] = []
    failed.retry_wanted.connect(lambda _changes: retried.append(desk.settings.current.port))
    _type_into(failed, "port", "many")
    failed.start_button.click()
    await let_run()
    assert retried == []

    _type_into(failed, "port", "9000")
    failed.start_button.click()

    await until(lambda: retried == [9000])


async def test_leaving_an_acedesk_that_could_not_start_asks_too(failed: StartingPage) -> None:
    ended: list[str] = []
    failed.leave(lambda: ended.append("quit"))
    assert ended == ["quit"]  # nothing was typed

    _type_into(failed, "port", "9000")
    failed.leave(lambda: ended.append("quit"))
    failed.leave(lambda: ended.append("quit"))
    dialog = await _asked(failed)
    assert len([one for one in failed.findChildren(AskDialog) if one.isVisible()]) == 1
    dialog.buttons["discard"].click()

    await until(lambda: ended == ["quit", "quit"])


async def test_a_choice_is_not_remembered_where_the_end_is_called_off(
    window: MainWindow, desk: FakeDesk, closing: Closing, ended: list[str]
) -> None:
    _type(window, "port", "9000")
    window.close()
    first = await _asked(window)
    first.check.setChecked(True)
    first.buttons["quit"].click()
    await until(lambda: not first.isVisible())

    (await _asked(window)).reject()
    await let_run()

    assert desk.settings.current.close_action == "ask"
    assert ended == []


async def test_a_page_without_fields_has_nothing_to_save(window: MainWindow) -> None:
    page = window.stack.pages["Streams"]

    await page.save_unsaved()

    assert page.unsaved == Unsaved()
