"""Engines found by the filter, several at once, and a page that is made in steps."""

import dataclasses

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QScrollArea
from pytestqt.qtbot import QtBot

from acedesk.errors import RuntimeState
from acedesk.model.engine import EngineId
from acedesk.model.snapshot import RuntimeView
from acedesk.ui.dialogs import AskDialog
from acedesk.ui.engines.page import EnginesPage
from acedesk.ui.shell.main_window import MainWindow
from acedesk.ui.widgets.page_header import PageHeader, PillText
from tests.gui.fake_desk import FakeDesk, empty_snapshot, sample_engines
from tests.gui.waiting import let_run, until

FIRST, SECOND, STATIC = sample_engines()
MADE_LATER = ("docker", "address", "ways")


@pytest.fixture
def page(qtbot: QtBot, desk: FakeDesk) -> EnginesPage:
    made = EnginesPage(desk)
    qtbot.addWidget(made)
    made.resize(1024, 660)
    made.refresh(desk.snapshot())
    return made


def twelve() -> tuple[object, ...]:
    return tuple(
        dataclasses.replace(
            FIRST, id=EngineId(f"e{n}"), name=f"engine-{n}", streams=0, port=19000 + n
        )
        for n in range(12)
    )


def asked(page: EnginesPage) -> AskDialog | None:
    return page.findChild(AskDialog)


async def test_the_filter_narrows_the_table_and_says_how_many_match(
    page: EnginesPage, desk: FakeDesk
) -> None:
    desk.edit(engines=twelve())
    page.refresh(desk.snapshot())
    page.show()
    page.focus_filter()

    page.filter.field.setText("engine-1")

    assert page.model.rowCount() == 3
    assert page.filter.matches.text() == "3 of 12"
    page.filter.field.setText("nowhere")
    assert not page.no_match.isHidden()
    page.filter.close_field()
    assert page.model.rowCount() == 12
    assert page.no_match.isHidden()


def test_one_selected_engine_needs_no_bar(page: EnginesPage) -> None:
    assert page.selection.isHidden()


async def test_several_engines_are_removed_after_one_question(
    page: EnginesPage, desk: FakeDesk
) -> None:
    page.table.selectAll()

    assert page.selection.text == "3 engines selected"
    page.selection.remove.click()
    await until(lambda: asked(page))
    dialog = asked(page)
    assert dialog is not None
    assert "Remove 3 engines?" in [label.text() for label in dialog.findChildren(QLabel)]
    dialog.buttons["yes"].click()

    await until(lambda: len(desk.calls) >= 3)
    removed = [call for call in desk.calls if call[0] == "remove_engine"]
    assert removed == [("remove_engine", one.id) for one in (FIRST, SECOND, STATIC)]


async def test_cancel_removes_none_of_them(page: EnginesPage, desk: FakeDesk) -> None:
    page.table.selectAll()
    page.selection.remove.click()
    await until(lambda: asked(page))
    dialog = asked(page)
    assert dialog is not None

    dialog.buttons["no"].click()
    await let_run()

    assert not [call for call in desk.calls if call[0] == "remove_engine"]


async def test_of_several_those_that_are_ours_are_restarted(
    page: EnginesPage, desk: FakeDesk
) -> None:
    page.table.selectAll()
    page.selection.restart.click()
    await until(lambda: asked(page))
    dialog = asked(page)
    assert dialog is not None
    dialog.buttons["yes"].click()

    await until(lambda: len(desk.calls) >= 2)

    restarted = [call for call in desk.calls if call[0] == "restart_engine"]
    assert restarted == [("restart_engine", one.id) for one in (FIRST, SECOND)]


def test_the_menu_of_several_is_about_all_of_them(page: EnginesPage) -> None:
    page.table.selectAll()

    page.table.menu_wanted.emit(page.model.index(1, 0), page.rect().center())

    menu = page.findChild(QMenu)
    assert menu is not None
    texts = [action.text() for action in menu.actions()]
    assert texts == ["Restart 3 engines…", "Remove 3 engines…"]
    menu.close()


def test_the_page_is_made_in_steps_and_what_is_needed_at_once(qtbot: QtBot, desk: FakeDesk) -> None:
    page = EnginesPage(desk)
    qtbot.addWidget(page)
    page.refresh(desk.snapshot())

    assert not [name for name in MADE_LATER if name in page.__dict__]
    qtbot.waitUntil(lambda: all(name in page.__dict__ for name in MADE_LATER))
    qtbot.waitUntil(lambda: page.detail.facts.texts.get("Address") == "127.0.0.1:19001")


def test_without_an_engine_the_ways_are_there_at_once(qtbot: QtBot) -> None:
    desk = FakeDesk(empty_snapshot())
    page = EnginesPage(desk)
    qtbot.addWidget(page)

    page.refresh(desk.snapshot())

    assert "ways" in page.__dict__
    assert page.ways.isVisibleTo(page)
    assert not page.filter.isVisibleTo(page)


async def test_nothing_scrolls_sideways_in_the_smallest_window(
    window: MainWindow, desk: FakeDesk, qapp: QApplication
) -> None:
    desk.edit(engines=twelve(), runtime=RuntimeView(state=RuntimeState.NOT_RUNNING))
    window.setMinimumSize(400, 300)
    for name in ("Engines", "Settings", "VPN", "Logs"):
        window.show_page(name)
        page = window.page
        assert page is not None
        if isinstance(page, EnginesPage):
            page.add_address.click()
        window.resize(960, 600)
        await let_run(20)

        areas = [area for area in window.findChildren(QScrollArea) if area.isVisible()]
        assert [area.horizontalScrollBar().maximum() for area in areas] == [0] * len(areas), name


def test_pills_of_a_head_give_way_where_it_is_narrow_and_come_back(qtbot: QtBot) -> None:
    head = PageHeader("Engines")
    qtbot.addWidget(head)
    head.set_pills([PillText("12 engines"), PillText("24 streams"), PillText("Docker 28.1.1")])
    head.resize(600, 40)
    head.show()

    seen = [len(head.pills_in_sight)]
    for width in (330, 600):
        head.resize(width, 40)
        seen.append(len(head.pills_in_sight))

    assert (seen[0], seen[2]) == (3, 3)
    assert seen[1] < 3
    assert head.pill_texts == ("12 engines", "24 streams", "Docker 28.1.1")
