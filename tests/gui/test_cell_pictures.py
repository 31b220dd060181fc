"""Painted cells are kept as pictures, and look as if they were painted each time."""

import array
import collections
import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from acedesk.model.snapshot import StreamState
from acedesk.ui.look import theme
from acedesk.ui.roles import Role
from acedesk.ui.streams.page import StreamsPage
from acedesk.ui.streams.table_model import STATE, StreamModel
from acedesk.ui.tables.shown_rows import Index
from acedesk.ui.widgets import delegates
from acedesk.ui.widgets.delegates import CellDelegate, CellPictures
from tests.gui.fake_desk import NOW, FakeDesk, make_stream
from tests.gui.streams_page import open_streams_page

STATES = tuple(StreamState)[:4]


@pytest.fixture
def page(desk: FakeDesk, qtbot: QtBot) -> Iterator[StreamsPage]:
    """A page with streams in several states, of which one is selected."""
    streams = [
        make_stream(f"{number:04x}", name=f"Stream {number} with a long name", state=state)
        for number, state in enumerate(STATES)
    ]
    desk.shown = dataclasses.replace(desk.shown, streams=tuple(streams))
    made = open_streams_page(desk, qtbot)
    made.table.selectRow(1)
    yield made
    theme.set_mode("light")


@pytest.mark.parametrize("state", StreamState)
def test_what_a_cell_of_a_stream_that_runs_shows_can_be_kept(state: StreamState) -> None:
    model = StreamModel()
    rates = array.array("d", [1.0, 2.0])  # as the counters of a stream have them

    model.update_from([make_stream(state=state, rate_history=rates)], NOW, 30.0)

    for column in range(model.columnCount()):
        hash(model.index(0, column).data(Role.CONTENTS))


@pytest.fixture
def painted(page: StreamsPage, monkeypatch: pytest.MonkeyPatch) -> collections.Counter[str]:
    """Counts the cells that are painted, by the name of their delegate; no picture is there yet."""
    pictures = CellPictures()
    for delegate in page.table._delegates:
        delegate.pictures = pictures
    counted: collections.Counter[str] = collections.Counter()
    kinds: list[type[CellDelegate]] = [CellDelegate, *CellDelegate.__subclasses__()]
    for kind in kinds:
        real = kind.paint_contents

        def paint(self: Any, *words: Any, real: Any = real, name: str = kind.__name__) -> None:
            counted[name] += 1
            real(self, *words)

        monkeypatch.setattr(kind, "paint_contents", paint)
    return counted


def _grab(page: StreamsPage) -> Any:
    return page.table.grab().toImage()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_table_of_pictures_looks_as_one_that_is_painted(
    page: StreamsPage, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    theme.set_mode(mode)
    QTest.mouseMove(page.table.viewport(), QPoint(50, 2 * page.table.rowHeight(0) + 9))
    pictures = page.grab().toImage()
    again = page.grab().toImage()

    real = StreamModel.data

    def without(self: StreamModel, index: Index, role: int = 0) -> Any:
        return None if role == Role.CONTENTS else real(self, index, role)

    monkeypatch.setattr(StreamModel, "data", without)
    directly = page.grab().toImage()

    assert pictures == directly
    assert again == directly


def test_cells_that_look_as_before_are_not_painted_again(
    page: StreamsPage, painted: collections.Counter[str]
) -> None:
    _grab(page)
    assert painted["StatePillDelegate"] == len(STATES)
    before = painted.copy()

    _grab(page)

    assert painted == before


def test_a_cell_that_changed_is_painted_and_no_other(
    page: StreamsPage, desk: FakeDesk, painted: collections.Counter[str]
) -> None:
    _grab(page)
    painted.clear()
    first, *others = desk.shown.streams
    desk.shown = dataclasses.replace(
        desk.shown, streams=(dataclasses.replace(first, name="Another"), *others)
    )

    page.refresh(desk.snapshot())
    _grab(page)

    assert painted == {"TwoLineDelegate": 1}


@pytest.mark.parametrize("change", ["theme", "selection", "width"])
def test_a_cell_that_must_look_different_is_painted(
    page: StreamsPage, painted: collections.Counter[str], change: str
) -> None:
    _grab(page)
    painted.clear()

    if change == "theme":
        theme.set_mode("dark")
    elif change == "selection":
        page.table.selectRow(2)
    else:
        page.table.setColumnWidth(STATE, page.table.columnWidth(STATE) + 1)
    _grab(page)

    expected = {"theme": len(STATES), "selection": 2, "width": len(STATES)}
    assert painted["StatePillDelegate"] == expected[change]


def test_pictures_do_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delegates, "PICTURE_PIXELS", 1000)
    pictures, made = CellPictures(), collections.Counter[int]()

    def show(key: int) -> QPixmap:
        def paint(picture: QPixmap) -> None:
            made[key] += 1
            picture.fill(QColor(Qt.GlobalColor.red))

        return pictures.get(key, QSize(20, 10), 1.0, paint)

    for key in range(5):
        show(key)
    show(0)
    show(5)  # now 1 is the one that was not used for longest

    for key in (0, 2, 3, 4, 5):
        show(key)
    assert set(made.values()) == {1}
    show(1)
    assert made[1] == 2


def test_a_picture_has_the_pixels_of_its_screen() -> None:
    picture = CellPictures().get("key", QSize(20, 10), 2.0, lambda made: made.fill())

    assert (picture.width(), picture.height()) == (40, 20)
    assert picture.deviceIndependentSize().toSize() == QSize(20, 10)
