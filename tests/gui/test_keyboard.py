"""Without a mouse and without eyes: Tab, focus, keys, and what a screen reader is told."""

import dataclasses
import itertools

import pytest
import shiboken6
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QWidget,
)

from acedesk.model.access.token import AccessToken
from acedesk.ui.dialogs import AskDialog, Choice
from acedesk.ui.engines.page import EnginesPage
from acedesk.ui.keyboard.shortcuts import KEYS, ShortcutHelp
from acedesk.ui.keyboard.tab_order import reading_order
from acedesk.ui.pages import PAGES
from acedesk.ui.programs.page import ProgramsPage
from acedesk.ui.settings.page import SettingsPage
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.streams.page import StreamsPage
from tests.gui.fake_desk import FakeDesk, empty_snapshot
from tests.gui.waiting import let_run, until

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
)


def focus() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def tab_through(window: MainWindow, *, back: bool = False) -> list[QWidget]:
    """Return every control Tab reaches, once around."""
    key = Qt.Key.Key_Backtab if back else Qt.Key.Key_Tab
    shift = Qt.KeyboardModifier.ShiftModifier if back else Qt.KeyboardModifier.NoModifier
    window.omnibox.field.setFocus()
    seen = [focus()]
    while len(seen) < 200:
        QTest.keyClick(focus(), key, shift)
        if focus() is seen[0]:
            return seen
        seen.append(focus())
    raise AssertionError("Tab does not come around")


# ---------------------------------------------------------------------- Tab


async def test_tab_goes_from_the_paste_field_to_play_the_page_its_table_and_the_detail(
    window: MainWindow,
) -> None:
    page = window.page
    assert isinstance(page, StreamsPage)
    await until(lambda: page.detail.player_buttons.buttons)

    seen = tab_through(window)

    wanted = [
        window.omnibox.field,
        window.omnibox.play_button,
        page.columns,
        page.filter.button,
        page.stop_all_button,
        page.table,
        page.detail.url.button,
        page.detail.player_buttons.buttons[0],
        page.detail.stop_button,
        window.status.copy_button,
    ]
    assert [widget for widget in seen if widget in wanted] == wanted


async def test_shift_and_tab_go_the_same_way_back(window: MainWindow) -> None:
    there = tab_through(window)
    back = tab_through(window, back=True)

    assert back == [there[0], *reversed(there[1:])]


@pytest.mark.parametrize("name", [entry.name for entry in PAGES])
async def test_on_every_page_tab_reaches_all_and_goes_down(window: MainWindow, name: str) -> None:
    window.show_page(name)
    await let_run()

    seen = tab_through(window)

    inside = [widget for widget in seen if window.stack.isAncestorOf(widget)]
    assert seen[-1] is not window.status.copy_button or inside
    tops = [widget.mapTo(window, widget.rect().topLeft()) for widget in inside]
    for first, second in itertools.pairwise(inside):
        upper, lower = (tops[inside.index(one)] for one in (first, second))
        beside = lower.x() > upper.x()
        assert lower.y() + second.height() > upper.y() or beside


# ---------------------------------------------------------------------- focus


async def test_after_save_the_focus_is_in_the_field_that_was_changed(
    window: MainWindow, desk: FakeDesk
) -> None:
    window.show_page("Settings")
    page = window.page
    assert isinstance(page, SettingsPage)
    page.show_setting("grace")
    field = focus()
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field, "33")
    page.bar.save.setFocus()

    QTest.keyClick(page.bar.save, Qt.Key.Key_Space)

    await until(lambda: desk.settings.current.grace == 33.0)
    await until(lambda: focus() is field)


async def test_after_discard_the_focus_is_in_the_field_that_was_changed(
    window: MainWindow,
) -> None:
    window.show_page("Settings")
    page = window.page
    assert isinstance(page, SettingsPage)
    page.show_setting("grace")
    field = focus()
    QTest.keyClicks(field, "1")
    page.bar.discard.setFocus()

    QTest.keyClick(page.bar.discard, Qt.Key.Key_Space)

    await until(lambda: focus() is field)


async def test_a_control_that_vanishes_gives_the_focus_to_the_last_one(window: MainWindow) -> None:
    page = window.page
    assert isinstance(page, StreamsPage)
    page.table.setFocus()
    page.detail.stop_button.setFocus()

    page.detail.stop_button.setEnabled(False)

    await until(lambda: focus() is page.table)


async def test_a_control_that_is_gone_for_good_is_not_asked_for(window: MainWindow) -> None:
    made = QPushButton("x", window.centralWidget())
    made.show()
    window.omnibox.field.setFocus()
    made.setFocus()

    made.hide()
    made.deleteLater()

    await until(lambda: focus() is window.omnibox.field)


async def test_a_control_that_is_deleted_at_once_gives_the_focus_to_the_last_one(
    window: MainWindow,
) -> None:
    page = window.page
    assert isinstance(page, StreamsPage)
    window.omnibox.field.setFocus()
    gone = QPushButton("x", window.centralWidget())
    gone.show()
    gone.setFocus()

    page.table.setFocus()  # as Qt does, to what comes next
    shiboken6.delete(gone)  # before the timer that looks after the focus
    await let_run()

    await until(lambda: focus() is window.omnibox.field)


async def test_a_control_that_vanishes_first_of_all_gives_the_focus_to_its_page(
    window: MainWindow, desk: FakeDesk
) -> None:
    desk.access.base_url, desk.access.is_needed = "http://127.0.0.1:8080", False
    window.show_page("Programs")
    page = window.page
    assert isinstance(page, ProgramsPage)
    page.addresses.serve.setFocus()
    await until(lambda: focus() is page.addresses.serve)

    desk.access.base_url, desk.access.is_needed = "http://192.168.1.20:8080", True
    page.refresh(desk.shown)
    await let_run(20)

    assert page.addresses.serve.isHidden()
    assert page.isAncestorOf(focus())


async def test_a_token_is_revoked_while_its_button_has_the_focus(
    window: MainWindow, desk: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.show_page("Programs")
    page = window.page
    assert isinstance(page, ProgramsPage)
    page.tokens.name.setText("TV")
    QTest.keyClick(page.tokens.name, Qt.Key.Key_Return)
    await until(lambda: page.tokens.rows)

    button = page.tokens.rows[0].revoke
    revoke = desk.access.revoke

    async def revoke_later(token_id: str) -> AccessToken:
        window.activateWindow()
        await until(lambda: QApplication.focusWidget() is button)
        return await revoke(token_id)

    monkeypatch.setattr(desk.access, "revoke", revoke_later)
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    await until(lambda: window.findChildren(AskDialog))
    window.findChildren(AskDialog)[0].buttons["revoke"].click()
    await until(lambda: not window.findChildren(AskDialog) and not page.tokens.rows)
    await let_run()

    assert desk.calls[-1] == ("revoke_token", "00000000")
    assert not window.error_card.isVisible()
    assert focus().isVisible()


async def test_after_cancel_the_focus_is_where_it_was(window: MainWindow, desk: FakeDesk) -> None:
    page = window.page
    assert isinstance(page, StreamsPage)
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Delete)
    await until(lambda: window.findChildren(AskDialog))

    window.findChildren(AskDialog)[0].buttons[""].click()

    await until(lambda: not window.findChildren(AskDialog))
    window.activateWindow()
    await until(lambda: QApplication.focusWidget() is page.table)
    assert desk.calls == []


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("kind", ["secondary", "primary", "danger", "link"])
@pytest.mark.parametrize("small", [False, True])
async def test_the_focus_can_be_seen_on_every_button(
    window: MainWindow, kind: str, checked: bool, small: bool
) -> None:
    from acedesk.ui.widgets.buttons import Button

    made = Button("Name", kind=kind, small=small, parent=window.centralWidget())
    made.setCheckable(True)
    made.setChecked(checked)
    made.resize(120, 40)
    made.show()
    window.omnibox.field.setFocus()
    before = _picture(made)

    made.setFocus(Qt.FocusReason.TabFocusReason)

    assert _picture(made) != before


def _picture(widget: QWidget) -> QImage:
    return widget.grab().toImage()


# ---------------------------------------------------------------------- keys


async def test_f1_shows_the_keys(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_F1)

    await until(lambda: window.findChildren(ShortcutHelp))
    dialog = window.findChildren(ShortcutHelp)[0]
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert {keys for keys, _meaning in KEYS} <= set(texts)
    dialog.accept()


async def test_delete_removes_the_selected_engine_after_asking(
    window: MainWindow, desk: FakeDesk
) -> None:
    idle = dataclasses.replace(desk.shown.engines[1], streams=0)
    desk.edit(engines=(idle,), streams=())
    window.show_page("Engines")
    page = window.page
    assert isinstance(page, EnginesPage)
    page.refresh(desk.shown)
    page.table.setFocus()

    QTest.keyClick(page.table, Qt.Key.Key_Delete)

    await until(lambda: page.findChildren(AskDialog))
    assert not asked_to_remove(desk)
    page.findChildren(AskDialog)[0].buttons["yes"].click()
    await until(lambda: asked_to_remove(desk))
    assert asked_to_remove(desk)[0][1] == idle.id


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
@pytest.mark.parametrize("answer", ["yes", ""])
async def test_a_question_is_answered_with_the_button_that_has_the_focus(
    window: MainWindow, key: Qt.Key, answer: str
) -> None:
    dialog = AskDialog(
        window, "Remove?", "It is gone then.", (Choice("", "Cancel"), Choice("yes", "Remove"))
    )
    answered: list[str] = []
    dialog.finished.connect(lambda _result: answered.append(dialog.answer.choice))
    dialog.open()
    await until(dialog.isActiveWindow)
    dialog.buttons[answer].setFocus()

    QTest.keyClick(dialog.buttons[answer], key)

    assert answered == [answer]


def asked_to_remove(desk: FakeDesk) -> list[tuple[object, ...]]:
    return [call for call in desk.calls if call[0].startswith("remove")]


# ---------------------------------------------------------------------- screen readers


def said_of(widget: QWidget) -> str:
    """Return what a screen reader says of a control: its label where it has one, else its name."""
    told = QAccessible.queryAccessibleInterface(widget)
    assert told is not None
    labels = [
        part.text(QAccessible.Text.Name)
        for part, relation in told.relations()
        if relation & QAccessible.RelationFlag.Label
    ]
    return labels[0] if labels else told.text(QAccessible.Text.Name)


def controls(window: MainWindow) -> list[QWidget]:
    found = [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, CONTROLS) and not _belongs_to_another(widget)
    ]
    return [widget for widget in found if widget.objectName()[:3] != "qt_"]


def _belongs_to_another(widget: QWidget) -> bool:
    """A combo box has a list of its own, which is told with it."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QComboBox):
            return True
        parent = parent.parentWidget()
    return False


@pytest.mark.parametrize("empty", [False, True])
async def test_every_control_of_every_page_has_a_name(
    window: MainWindow, desk: FakeDesk, empty: bool
) -> None:
    if empty:
        desk.shown = empty_snapshot()
    unnamed = []
    for entry in PAGES:
        window.show_page(entry.name)
        await let_run()
        window.refresh(desk.shown)
        seen = [one for one in controls(window) if one.isVisible()]
        assert len(seen) >= 10
        unnamed += [
            f"{entry.name}: {type(one).__name__} in {type(one.parentWidget()).__name__}"
            for one in seen
            if not said_of(one).strip()
        ]

    assert unnamed == []


async def test_a_combo_box_is_called_by_its_label_and_not_by_its_value(window: MainWindow) -> None:
    for name in ("Logs", "Settings"):
        window.show_page(name)
    boxes = window.findChildren(QComboBox)

    assert len(boxes) > 4
    for box in boxes:
        assert said_of(box) == box.accessibleName()
        assert said_of(box) != box.currentText()


async def test_one_of_several_is_told_as_such_and_not_as_a_check_box(window: MainWindow) -> None:
    page = window.page
    assert isinstance(page, StreamsPage)
    window.show_page("Settings")
    settings = window.page
    assert isinstance(settings, SettingsPage)

    groups = [*page.detail.spans.buttons.values(), *settings.navigation.buttons()]

    for button in groups:
        told = QAccessible.queryAccessibleInterface(button)
        assert told is not None
        assert told.role() == QAccessible.Role.RadioButton


async def test_areas_that_only_scroll_are_reached_when_nothing_in_them_is(
    window: MainWindow,
) -> None:
    area = QScrollArea(window.centralWidget())
    inside = QWidget()
    inside.setMinimumHeight(2000)
    area.setWidget(inside)
    area.setGeometry(0, 0, 100, 100)
    area.show()
    await let_run()
    reached = area in tab_through(window)

    QPushButton("x", inside).show()

    assert reached
    assert area not in tab_through(window)


async def test_the_reading_order_names_each_control_once(window: MainWindow) -> None:
    central = window.centralWidget()
    assert central is not None

    order = list(reading_order(central))

    assert len(order) == len(set(order))
    assert window.omnibox.field in order


async def test_a_button_that_rests_while_it_works_has_the_focus_again(window: MainWindow) -> None:
    page = window.page
    assert isinstance(page, StreamsPage)
    page.table.setFocus()
    page.detail.stop_button.setFocus()
    page.detail.stop_button.setEnabled(False)
    await until(lambda: focus() is page.table)

    page.detail.stop_button.setEnabled(True)

    await until(lambda: focus() is page.detail.stop_button)


async def test_who_works_on_elsewhere_keeps_the_focus(window: MainWindow) -> None:
    page = window.page
    assert isinstance(page, StreamsPage)
    window.omnibox.field.setFocus()
    page.detail.stop_button.setFocus()
    page.detail.stop_button.setEnabled(False)
    await until(lambda: focus() is window.omnibox.field)
    QTest.keyClicks(window.omnibox.field, "a")

    page.detail.stop_button.setEnabled(True)
    await let_run()

    assert focus() is window.omnibox.field


async def test_a_click_beside_the_cards_draws_no_frame_around_them(
    window: MainWindow, desk: FakeDesk
) -> None:
    desk.shown = empty_snapshot()
    window.refresh(desk.snapshot())
    window.omnibox.field.setFocus()
    areas = [area for area in window.findChildren(QScrollArea) if area.isVisible()]

    for area in areas:
        QTest.mouseClick(area.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
        assert not area.hasFocus()
    assert len(areas) > 1
