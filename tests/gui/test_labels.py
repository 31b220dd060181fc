"""Labels: what changes all the time keeps its room."""

import pytest
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget
from pytestqt.qtbot import QtBot

from acedesk.ui.widgets.label import FigureLabel
from tests.gui.waiting import let_run


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
async def label(window: QWidget) -> FigureLabel:
    label = FigureLabel("muted")
    row = QHBoxLayout(window)
    row.addWidget(QLabel("rates"), 1)
    row.addWidget(label)
    window.show()
    label.setText("100.5 Mbit/s")
    await let_run(10)
    return label


async def test_a_shorter_figure_keeps_the_room(label: FigureLabel) -> None:
    before = label.size()

    label.setText("9.9 Mbit/s")
    await let_run(10)

    assert label.text() == "9.9 Mbit/s"
    assert label.size() == before


async def test_a_longer_figure_gets_more_room(label: FigureLabel) -> None:
    before = label.width()

    label.setText("10000.5 Mbit/s")
    await let_run(10)

    assert label.width() > before
    assert label.width() >= label.sizeHint().width()


async def test_a_larger_font_gets_room_and_a_smaller_one_gives_it_back(label: FigureLabel) -> None:
    before = label.size()
    font = label.font()
    size = font.pointSizeF() if font.pointSizeF() > 0 else font.pixelSize()

    def take(times: float) -> None:
        if font.pointSizeF() > 0:
            font.setPointSizeF(size * times)
        else:
            font.setPixelSize(round(size * times))
        label.setFont(font)

    take(2)
    await let_run(10)
    assert label.width() > before.width()
    assert label.height() > before.height()

    take(1)
    await let_run(10)
    assert label.size() == before
