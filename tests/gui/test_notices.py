"""What is told under the paste field: it never pushes the page out of the window."""

import random

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget

from acedesk.errors import Busy, BusyReason, StorageError
from acedesk.model.content import Link
from acedesk.ui.look.tokens import MINIMUM_HEIGHT, MINIMUM_WIDTH
from acedesk.ui.notices.area import MOST_SHARE, NoticeArea, Rank
from acedesk.ui.play.panel import PlayPanel
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.widgets.error_card import ErrorCard
from tests.gui.fake_desk import FakeDesk, make_key
from tests.gui.waiting import let_run, until

LONG = "Something is as nobody would have thought, and it takes some words to say so. " * 3


@pytest.fixture
def area(qapp: QApplication) -> NoticeArea:
    """Return an area with room for two short cards, and no card in it."""
    made = NoticeArea()
    made.resize(700, 300)
    made.set_room(400)
    return made


def _say(area: NoticeArea, *texts: str, rank: Rank = Rank.NOTE) -> list[ErrorCard]:
    cards = [area.new_note(rank) for _ in texts]
    for card, text in zip(cards, texts, strict=True):
        card.show_text(text)
    return cards


def test_an_area_without_a_card_takes_no_room(area: NoticeArea) -> None:
    (card,) = _say(area, "One")
    assert area.isVisible()

    card.clear()

    assert area.isHidden()
    area.hide()


def test_one_too_many_waits_behind_a_button(area: NoticeArea) -> None:
    cards = _say(area, *["One"] * 6)

    seen = [card.isVisible() for card in cards]
    assert seen == sorted(seen, reverse=True)
    assert seen[0]
    assert area.more.text() == f"and {seen.count(False)} more"
    assert area.sizeHint().height() < 400 * 0.5

    area.more.click()

    assert all(card.isVisible() for card in cards)
    assert area.more.text() == "Show fewer"
    assert area.scrolled.height() <= 400 * 0.5
    area.hide()


def test_what_was_folded_comes_when_another_goes(area: NoticeArea) -> None:
    cards = _say(area, LONG * 3, "AceDesk was updated. This one goes on.")
    assert not cards[1].isVisible()
    assert area.more.text() == "and 1 more: AceDesk was updated."

    cards[0].clear()

    assert cards[1].isVisible()
    assert area.more.isHidden()
    area.hide()


def test_cards_that_say_nothing_take_no_room(area: NoticeArea) -> None:
    cards = _say(area, *["One"] * 6)
    for card in cards[:5]:
        card.clear()
    QApplication.processEvents()

    assert cards[5].isVisible()
    assert area.scrolled.verticalScrollBar().maximum() == 0
    assert area.scrolled.height() <= cards[5].height() + 2 * area.scrolled.frameWidth()
    area.hide()


def test_an_error_is_shown_before_notes_and_stands_above_them(area: NoticeArea) -> None:
    (note,) = _say(area, LONG * 3)
    (error,) = _say(area, LONG * 3, rank=Rank.ERROR)

    assert error.isVisible()
    assert not note.isVisible()
    area.hide()


async def test_the_card_with_the_cursor_is_never_folded(area: NoticeArea) -> None:
    (note,) = _say(area, LONG * 3)
    note.show_text(LONG * 3, action="Do it")
    area.activateWindow()
    await until(area.isActiveWindow)
    note.act.setFocus()

    (error,) = _say(area, LONG * 3, rank=Rank.ERROR)

    assert note.isVisible()
    assert not error.isVisible()
    area.hide()


def test_a_text_that_grows_is_not_cut(area: NoticeArea) -> None:
    (card,) = _say(area, "One")
    low = area.scrolled.height()

    card.show_text(LONG)
    QApplication.processEvents()

    assert area.scrolled.height() > low
    for label in card.findChildren(QLabel):
        if label.isVisible() and label.text():
            assert label.height() >= label.heightForWidth(label.width())
    area.hide()


async def test_what_has_room_is_whole_at_every_size(area: NoticeArea) -> None:
    chance = random.Random(3)
    window = QWidget()
    column = QVBoxLayout(window)
    column.addWidget(area)
    column.addWidget(QWidget(), 1)
    window.show()
    (card,) = _say(area, "One")
    cut: list[tuple[int, int]] = []
    for _ in range(60):
        width, height = chance.randint(300, 1400), chance.randint(500, 1200)
        window.resize(width, height)
        area.set_room(height)
        card.show_text("Something is as nobody thought. " * chance.randint(1, 24))
        await let_run(20)
        has_room = area.scrolled.height() < int(height * MOST_SHARE)
        if has_room and area.scrolled.verticalScrollBar().maximum():
            cut.append((width, height))
    area.setParent(None)
    window.close()

    assert cut == []


async def test_each_note_has_a_card_of_its_own(window: MainWindow) -> None:
    window.note_card.show_text("The settings file could not be read.")
    updated, restart = window.notices.new_note(), window.notices.new_note(Rank.QUESTION)

    updated.show_text("AceDesk was updated.")
    restart.show_text("2 viewers would be disconnected.")

    assert window.notices.told == [restart, window.note_card, updated]


async def test_the_page_keeps_half_of_the_smallest_window(
    window: MainWindow, panel: PlayPanel, desk: FakeDesk
) -> None:
    window.resize(MINIMUM_WIDTH, MINIMUM_HEIGHT)
    window.note_card.show_text(LONG, LONG, action="Restart")
    window.notices.new_note().show_text(LONG, LONG, action="Keep it so")
    window.show_error(StorageError("no space left"))
    desk.streams.busy = Busy(BusyReason.NO_ENGINE)
    for tail in ("0001", "0002", "0003"):
        window.play(Link(key=make_key(tail), title="A title that goes on for a while " * 3))
    await until(panel.waiting.isVisible)
    await let_run(20)

    above = window.notices.mapTo(window, window.notices.rect().bottomLeft()).y()
    assert above < MINIMUM_HEIGHT * 0.55
    window.notices.more.click()
    await let_run(20)
    above = window.notices.mapTo(window, window.notices.rect().bottomLeft()).y()
    assert above < MINIMUM_HEIGHT * 0.7
