"""The events of the Logs page: in words, the newest on top, live, filtered, copied."""

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from acedesk.model.event import EventKind
from acedesk.ui.logs.event_model import KEPT, SUBJECT, TIME, WHAT, EventModel
from acedesk.ui.logs.events_pane import EventsPane
from acedesk.ui.logs.page import EVENTS, LOG, LogsPage
from acedesk.ui.roles import Role
from tests.gui.fake_desk import FakeDesk, make_key, make_stream

ID = make_key("a9e1").stream_id


@pytest.fixture
def page(qtbot: QtBot, desk: FakeDesk) -> LogsPage:
    note = desk.events.note
    note(EventKind.STREAM_BEGAN, ID, name="")
    note(EventKind.CLIENT_JOINED, "c", stream=ID, player="Kodi", address="192.168.1.31")
    note(EventKind.ENGINE_HEALTH_CHANGED, "e", name="engine-1", after="unreachable", detail="gone")
    made = LogsPage(desk)
    qtbot.addWidget(made)
    made.resize(1000, 400)
    made.show()
    return made


def cells(pane: EventsPane, column: int) -> list[str]:
    model = pane.model
    return [model.index(row, column).data() for row in range(model.rowCount())]


def test_the_page_begins_with_what_happened_the_newest_on_top(page: LogsPage) -> None:
    assert page.switch.chosen == EVENTS
    assert page.events.isVisible()
    assert cells(page.events, WHAT) == [
        "Cannot be reached: gone",
        "Kodi (192.168.1.31) watches",
        "Began",
    ]
    assert cells(page.events, SUBJECT) == ["engine-1", "Stream …a9e1", "Stream …a9e1"]
    assert page.events.model.index(0, WHAT).data(Role.TONE) == "bad"
    assert all(cells(page.events, TIME))
    assert page.header.pill_texts == ("3 events",)


def test_new_events_come_by_themselves_while_it_is_on_screen(
    page: LogsPage, desk: FakeDesk, qtbot: QtBot
) -> None:
    desk.events.note(EventKind.SETTINGS_CHANGED, "", names="port")

    qtbot.waitUntil(lambda: page.events.model.rowCount() == 4)

    assert cells(page.events, WHAT)[0] == "Port changed"


def test_hidden_it_takes_nothing_and_catches_up(page: LogsPage, desk: FakeDesk) -> None:
    page.hide()
    desk.events.note(EventKind.SETTINGS_CHANGED, "", names="port")

    assert page.events.model.rowCount() == 3
    page.show()
    assert page.events.model.rowCount() == 4


def test_a_title_that_comes_late_is_put_into_the_rows_before_it(
    page: LogsPage, desk: FakeDesk
) -> None:
    desk.edit(streams=(dataclasses.replace(make_stream(), name="Local TV"),))

    page.refresh(desk.snapshot())

    assert cells(page.events, SUBJECT) == ["engine-1", "Local TV", "Local TV"]


def test_the_filter_finds_players_and_says_how_many(page: LogsPage) -> None:
    page.focus_filter()
    page.events.text.setText("kodi")

    assert cells(page.events, WHAT) == ["Kodi (192.168.1.31) watches"]
    assert page.header.pill_texts == ("1 of 3 events",)


def test_a_filter_without_a_match_offers_all_again(page: LogsPage) -> None:
    page.events.text.setText("nowhere")

    page.events.empty.primary.click()

    assert page.events.model.rowCount() == 3


def test_selected_events_are_copied_with_the_day_oldest_first(page: LogsPage) -> None:
    assert not page.copy.isEnabled()
    page.events.table.selectAll()

    page.copy.click()

    lines = QGuiApplication.clipboard().text().splitlines()
    assert [line.split("  ")[1] for line in lines] == [
        "Stream …a9e1: Began",
        "Stream …a9e1: Kodi (192.168.1.31) watches",
        "engine-1: Cannot be reached: gone",
    ]
    assert lines[0].startswith("2026-03-01 ")


def test_control_c_copies_the_event(page: LogsPage) -> None:
    page.events.table.selectRow(2)

    QTest.keyClick(page.events.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)

    assert QGuiApplication.clipboard().text().endswith("Began")


def test_the_switch_shows_the_log_with_its_buttons_and_counts(
    page: LogsPage, desk: FakeDesk
) -> None:
    desk.log("a line")
    assert page.export.isHidden()

    page.switch.buttons[LOG].click()
    page.pull()

    assert page.table.isVisible()
    assert page.export.isVisible()
    assert page.header.pill_texts == ("1 row",)


def test_without_an_event_it_says_so(qtbot: QtBot) -> None:
    page = LogsPage(FakeDesk())
    qtbot.addWidget(page)
    page.show()

    assert page.events.empty.isVisible()


def test_the_oldest_give_way_and_many_are_taken_quickly(desk: FakeDesk, qtbot: QtBot) -> None:
    model = EventModel()
    for number in range(KEPT + 50):
        desk.events.note(EventKind.CLIENT_JOINED, str(number), stream=ID, player=f"p{number}")
    model.take(desk.events.since(0))
    desk.events.note(EventKind.SETTINGS_CHANGED, "", names="port")

    model.take(desk.events.since(KEPT + 50))

    assert (model.rowCount(), model.kept) == (KEPT, KEPT)
    assert model.row(0).words.what == "Port changed"
