"""The day of the selected engine, beside its log."""

import dataclasses

import pytest
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from acedesk.model.history import ContainerUsage, DayCourse
from acedesk.ui.engines import words
from acedesk.ui.engines.page import EnginesPage
from acedesk.ui.graphs.day_graph import DayGraph, Quantity
from acedesk.ui.graphs.engine_day import EngineDay
from tests.gui.fake_desk import NOW, FakeDesk, sample_engines
from tests.gui.waiting import until

FIRST, SECOND, STATIC = sample_engines()
SHARE = Quantity(title="Share", color="accent", scale=100.0, words=lambda one: f"{100 * one:.0f} %")


@pytest.fixture
def page(qtbot: QtBot, desk: FakeDesk) -> EnginesPage:
    made = EnginesPage(desk)
    qtbot.addWidget(made)
    return made


@pytest.fixture
def day(qtbot: QtBot, desk: FakeDesk) -> EngineDay:
    made = EngineDay(desk)
    qtbot.addWidget(made)
    return made


async def test_the_day_is_asked_for_when_it_is_looked_at(day: EngineDay, desk: FakeDesk) -> None:
    day.show_engine(FIRST)
    assert desk.history.asked == []

    day.show()
    await until(lambda: day.graphs["cpu"].summary.startswith("Lowest"))
    day.show_engine(SECOND)
    await until(lambda: desk.history.asked == [FIRST.id, SECOND.id])

    assert day.note.isHidden()


async def test_an_engine_without_any_past_says_so(day: EngineDay, desk: FakeDesk) -> None:
    desk.history.day = DayCourse(end_time=NOW, interval=300, values={"cpu": (None,) * 288})
    day.show_engine(FIRST)

    day.show()

    await until(lambda: day.note.text() != "")
    assert day.note.text() == "The first values come within a few minutes."


def test_the_day_stands_beside_the_log(page: EnginesPage, desk: FakeDesk) -> None:
    page.refresh(desk.snapshot())

    page.detail.record.buttons["day"].click()

    assert page.detail.log.isHidden()
    assert not page.detail.day.isHidden()


def test_what_an_engine_uses_now_is_a_fact(page: EnginesPage, desk: FakeDesk) -> None:
    used = ContainerUsage(cpu=0.124, memory=182_400_000, network_in=5.1e6, network_out=3e5)

    desk.edit(engines=(dataclasses.replace(FIRST, usage=used), SECOND))
    page.refresh(desk.snapshot())

    assert page.detail.facts.texts["Uses"] == words.usage(used)
    assert words.usage(used) == "12 % of a core, 182.4 MB, ↓ 5.1 ↑ 0.3 Mbit/s"
    assert words.usage(ContainerUsage()) == ""


def test_a_graph_tells_its_values_in_words_and_under_the_pointer(qtbot: QtBot) -> None:
    graph = DayGraph(SHARE)
    qtbot.addWidget(graph)
    graph.resize(400, 120)
    assert graph.summary == "Nothing is known of the last day."

    graph.show_values((None, 0.25, 0.5, None), NOW)

    assert graph.summary == "Lowest 25 %, highest 50 %, last 50 %."
    assert graph.accessibleDescription() == graph.summary
    assert graph.told_at(QPoint(390, 60)) == ""
    assert graph.told_at(QPoint(290, 60)).endswith("50 %")
    assert not graph.grab().isNull()
