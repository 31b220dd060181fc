"""No button is ever cut off: at the smallest size, with much to tell, long texts and large type."""

import dataclasses
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QRegion
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QDialog,
    QPushButton,
    QScrollArea,
    QWidget,
)

from acedesk.errors import (
    Busy,
    BusyReason,
    EngineUnreachable,
    RuntimeState,
    RuntimeUnavailable,
    StorageError,
)
from acedesk.model.content import Link
from acedesk.model.snapshot import StreamState
from acedesk.ui.dialogs import AskDialog, Choice
from acedesk.ui.hosts.dialog import HostDialog
from acedesk.ui.keyboard.shortcuts import ShortcutHelp
from acedesk.ui.look import style_sheet, theme
from acedesk.ui.look.tokens import MINIMUM_HEIGHT, MINIMUM_WIDTH
from acedesk.ui.pages import PAGES
from acedesk.ui.play.link_player import LinkPlayer
from acedesk.ui.play.panel import PlayPanel
from acedesk.ui.settings.definition_editor import DefinitionEditor
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.widgets.buttons import Button
from acedesk.ui.window_state.fitted_window import FittedWindow
from tests.gui.fake_desk import FakeDesk, empty_snapshot, make_key, sample_streams
from tests.gui.waiting import let_run, until

SIZES = ((MINIMUM_WIDTH, MINIMUM_HEIGHT), (1280, 756))
LONG = "Something is as nobody would have thought, and it takes some words to say so. " * 2
TITLE = "Eine sehr lange Sendung, die Weltmeisterschaftsqualifikationsspiele zeigt, und mehr"
PAGE_NAMES = [entry.name for entry in PAGES]


@pytest.fixture(params=[1.0, 1.5], ids=["usual type", "large type"])
def large(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[float]:
    """Let type be so much larger than usual, as QT_FONT_DPI=144 does."""
    usual, scale = theme.base_points(), float(request.param)
    with pytest.MonkeyPatch.context() as patched:
        if scale != 1.0:
            patched.setattr(theme, "base_points", lambda: usual * scale)
            _dress(qapp, usual * scale)
        yield scale
    if scale != 1.0:
        _dress(qapp, usual)


def _dress(application: QApplication, points: float) -> None:
    font = application.font()
    font.setPointSizeF(points)
    application.setFont(font)
    for cache in (theme._color, theme._font, theme._metrics):
        cache.cache_clear()
    application.setStyleSheet(style_sheet.build(theme.colors(), points))


@pytest.fixture
async def told(large: float, window: MainWindow, playing: LinkPlayer, desk: FakeDesk) -> MainWindow:
    """Return a window with everything to tell at once, over streams with long names."""
    # The offscreen platform's screen is smaller than the smallest window.
    window.setMinimumSize(0, 0)
    for fitted in window.findChildren(FittedWindow):
        fitted._framed.stop()
    desk.edit(streams=tuple(dataclasses.replace(one, name=TITLE) for one in sample_streams()))
    window.note_card.show_text(LONG, LONG, action="Restart")
    window.notices.new_note().show_text(LONG, LONG, action="Keep it so", details=LONG)
    desk.streams.busy = Busy(BusyReason.NO_ENGINE)
    for tail in ("0001", "0002", "0003", "0004"):
        window.play(Link(key=make_key(tail), title=TITLE))
    await until(lambda: len(playing.waiting.links) == 4)
    window.show_error(RuntimeUnavailable(RuntimeState.NOT_RUNNING, LONG))
    return window


def cut_off(window: QWidget) -> list[str]:
    """Return the buttons of a window that cannot be seen whole, and what scrolls sideways."""
    faults = [fault for part in window.findChildren(QAbstractButton) if (fault := _fault(part))]
    return faults + [
        f"an area of {area.parent()} is {sideways} pixels too narrow"
        for area in window.findChildren(QScrollArea)
        if area.isVisible() and (sideways := area.horizontalScrollBar().maximum())
    ]


def _fault(button: QAbstractButton) -> str:
    if not button.isVisible() or _is_of_a_table(button):
        return ""
    _scroll_to(button)
    name = button.accessibleName() or button.text()
    whole = button.mapTo(button.window(), button.rect().topLeft())
    if not button.window().rect().contains(QRect(whole, button.size())):
        return f"{name!r} is outside of the window"
    missing = QRegion(button.rect()).subtracted(button.visibleRegion())
    if not missing.isEmpty():
        return f"{name!r} is cut off: {missing.boundingRect()} of {button.rect()}"
    if isinstance(button, QPushButton) and button.width() < button.minimumSizeHint().width():
        return f"{name!r} has no room for its text"
    return ""


def _is_of_a_table(button: QAbstractButton) -> bool:
    """Tell whether it is the corner of a table or the arrow of a field, which are Qt's."""
    return not isinstance(button, Button) and isinstance(button.parentWidget(), QAbstractScrollArea)


def _scroll_to(button: QWidget) -> None:
    around = button.parentWidget()
    while around is not None:
        if isinstance(around, QScrollArea):
            around.ensureWidgetVisible(button, 0, 0)
        around = around.parentWidget()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PAGE_NAMES)
async def test_no_button_of_a_page_is_cut_off(
    told: MainWindow, name: str, size: tuple[int, int]
) -> None:
    told.resize(*size)
    told.show_page(name)
    await let_run(20)

    assert cut_off(told) == []

    told.notices.more.click()
    await let_run(20)

    assert cut_off(told) == []


@pytest.mark.parametrize("name", PAGE_NAMES[1:])
async def test_a_page_that_scrolls_itself_is_not_scrolled_as_a_whole(
    told: MainWindow, name: str
) -> None:
    for other in PAGE_NAMES:
        told.show_page(other)
    told.resize(MINIMUM_WIDTH, MINIMUM_HEIGHT)
    told.notices.hide()

    told.show_page(name)
    await let_run(20)

    around = told.stack.parentWidget()
    while not isinstance(around, QScrollArea):
        assert around is not None
        around = around.parentWidget()
    assert around.verticalScrollBar().maximum() == 0


async def test_the_ways_to_get_an_engine_are_scrolled_by_one_bar(
    told: MainWindow, desk: FakeDesk
) -> None:
    desk.edit(**{f.name: getattr(empty_snapshot(), f.name) for f in dataclasses.fields(desk.shown)})
    told.resize(MINIMUM_WIDTH, MINIMUM_HEIGHT)
    told.notices.hide()
    told.show_page("Streams")
    await let_run(20)

    bars = [
        area.verticalScrollBar()
        for area in told.stack.findChildren(QScrollArea)
        if area.isVisible() and area.verticalScrollBar().maximum() > 0
    ]
    around = told.stack.parentWidget()
    while not isinstance(around, QScrollArea):
        assert around is not None
        around = around.parentWidget()
    assert len(bars) == 1
    assert around.verticalScrollBar().maximum() == 0


async def _ask_for_a_player(window: MainWindow, panel: PlayPanel) -> None:
    """Let a usual window ask in which player a link plays."""
    window.setMinimumSize(0, 0)
    for fitted in window.findChildren(FittedWindow):
        fitted._framed.stop()
    window.resize(1280, 756)
    window.omnibox.play_text("5" * 36 + "a9e1")
    await until(panel.question.isVisible)


async def test_beside_cards_the_engine_in_the_list_has_its_buttons(
    window: MainWindow, panel: PlayPanel
) -> None:
    await _ask_for_a_player(window, panel)
    window.notices.new_note().show_text("AceDesk was updated.", "This one goes on.")
    await let_run(20)

    assert window.notices.more.isVisible()
    assert window.notices.height() <= 756 * 0.3


async def test_a_question_and_a_stream_leave_room_for_all_buttons_of_the_first_screen(
    window: MainWindow, panel: PlayPanel
) -> None:
    await _ask_for_a_player(window, panel)
    await until(panel.bar.isVisible)
    await let_run(20)

    primary = [
        button
        for button in window.findChildren(Button)
        if button.isVisible() and button.property("kind") == "primary"
    ]
    assert len(primary) == 3  # Play, Play in VLC, Open in VLC
    for button in primary:
        assert QRegion(button.rect()).subtracted(button.visibleRegion()).isEmpty()


@pytest.mark.parametrize("name", PAGE_NAMES)
async def test_no_button_of_an_empty_page_is_cut_off(
    told: MainWindow, desk: FakeDesk, name: str
) -> None:
    desk.edit(**{f.name: getattr(empty_snapshot(), f.name) for f in dataclasses.fields(desk.shown)})
    told.resize(MINIMUM_WIDTH, MINIMUM_HEIGHT)
    told.show_page(name)
    await let_run(20)

    assert cut_off(told) == []


async def test_no_button_is_cut_off_where_all_streams_have_failed(
    told: MainWindow, desk: FakeDesk
) -> None:
    error = EngineUnreachable(LONG)
    failed = [
        dataclasses.replace(one, name=TITLE, state=StreamState.FAILED, error=error)
        for one in sample_streams()
    ]
    told.resize(MINIMUM_WIDTH, MINIMUM_HEIGHT)
    desk.edit(streams=tuple(failed))
    told.show_error(StorageError(LONG))
    await let_run(20)

    assert cut_off(told) == []


async def test_no_button_of_a_dialog_is_cut_off(
    large: float, window: MainWindow, desk: FakeDesk
) -> None:
    window.resize(MINIMUM_WIDTH, MINIMUM_HEIGHT)
    choices = (Choice("", "Cancel"), Choice("quit", "Quit"), Choice("tray", TITLE, "primary"))
    dialogs: list[QDialog] = [
        AskDialog(window, TITLE, LONG, choices, check_text=LONG),
        ShortcutHelp(window),
        HostDialog(desk, (), None, window),
        DefinitionEditor(desk, window),
    ]
    for dialog in dialogs:
        dialog.open()
        await let_run(20)

        assert cut_off(dialog) == []
        assert dialog.height() <= 1.2 * MINIMUM_HEIGHT
        dialog.reject()
        dialog.deleteLater()
