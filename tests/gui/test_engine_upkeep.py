"""What can be done with an engine without asking."""

import dataclasses

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from acedesk.model.engine import EngineIntent
from acedesk.ui.engines.page import EnginesPage
from tests.gui.fake_desk import FakeDesk, sample_engines
from tests.gui.waiting import until

FIRST, SECOND, STATIC = sample_engines()


@pytest.fixture
def page(qtbot: QtBot, desk: FakeDesk) -> EnginesPage:
    made = EnginesPage(desk)
    qtbot.addWidget(made)
    made.refresh(desk.snapshot())
    return made


async def test_an_engine_is_replaced_and_drained_on_request(
    page: EnginesPage, desk: FakeDesk
) -> None:
    page.detail.replace.click()
    await until(lambda: ("replace_engine", FIRST.id) in desk.calls)

    menu = QMenu()
    page.detail.fill_menu(menu)
    drain = next(one for one in menu.actions() if one.text().startswith("Give it no new streams"))
    drain.trigger()
    await until(lambda: ("drain_engine", FIRST.id) in desk.calls)


async def test_one_that_is_drained_is_used_again_on_request(
    page: EnginesPage, desk: FakeDesk
) -> None:
    assert page.detail.use_again.isHidden(), "it serves"
    desk.edit(engines=(dataclasses.replace(FIRST, intent=EngineIntent.REMOVE, streams=1),))
    page.refresh(desk.snapshot())

    menu = QMenu()
    page.detail.fill_menu(menu)
    assert not any(one.text().startswith("Give it") for one in menu.actions())
    next(one for one in menu.actions() if one.text() == "Use again").trigger()
    await until(lambda: ("serve_engine", FIRST.id) in desk.calls)


def test_an_engine_on_another_address_cannot_be_replaced(page: EnginesPage) -> None:
    page.table.selectRow(2)

    assert page.detail.replace.isHidden()


@pytest.mark.parametrize(("row", "end"), [(0, ", then remove it"), (2, "")])
def test_what_becomes_of_an_engine_without_new_streams_is_said_before(
    page: EnginesPage, row: int, end: str
) -> None:
    page.table.selectRow(row)
    menu = QMenu()

    page.detail.fill_menu(menu)

    assert f"Give it no new streams{end}" in [one.text() for one in menu.actions()]
