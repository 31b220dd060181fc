"""Buttons in a row that goes on in the next line."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from acedesk.ui.widgets.flow_layout import FlowLayout

WIDE, HIGH = 100, 30


class _Button(QWidget):
    """Something as wide as it wants to be that counts how often it is asked for that."""

    def __init__(self) -> None:
        super().__init__()
        self.size_wanted = QSize(WIDE, HIGH)
        self.asked = 0

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt calls it
        self.asked += 1
        return self.size_wanted


def _row(qtbot: QtBot, count: int) -> tuple[QWidget, FlowLayout, list[_Button]]:
    row = QWidget()
    qtbot.addWidget(row)
    layout = FlowLayout(row, spacing=10)
    buttons = [_Button() for _ in range(count)]
    for button in buttons:
        layout.addWidget(button)
    row.resize(330, 200)
    row.show()
    return row, layout, buttons


def test_what_has_no_room_goes_on_in_the_next_line(qtbot: QtBot) -> None:
    row, layout, buttons = _row(qtbot, 4)

    assert layout.heightForWidth(330) == 2 * HIGH + 10
    assert layout.heightForWidth(430) == HIGH
    assert [button.y() for button in buttons] == [0, 0, 0, HIGH + 10]
    assert row.sizeHint() == QSize(4 * WIDE + 3 * 10, HIGH)


def test_a_button_that_grows_vanishes_or_comes_moves_the_others(qtbot: QtBot) -> None:
    _, layout, buttons = _row(qtbot, 3)
    assert layout.heightForWidth(330) == HIGH

    buttons[0].size_wanted = QSize(2 * WIDE, HIGH)
    buttons[0].updateGeometry()
    assert layout.heightForWidth(330) == 2 * HIGH + 10

    buttons[2].hide()
    assert layout.heightForWidth(330) == HIGH

    layout.insert(1, more := _Button())
    more.show()
    assert layout.heightForWidth(330) == 2 * HIGH + 10

    layout.removeWidget(more)
    assert layout.heightForWidth(330) == HIGH


def test_a_layout_asks_each_button_once_for_its_size(qtbot: QtBot) -> None:
    """Qt asks for the height at many widths while a window is resized."""
    _, layout, buttons = _row(qtbot, 3)
    layout.heightForWidth(330)
    before = [button.asked for button in buttons]

    for width in range(100, 400):
        layout.heightForWidth(width)

    assert [button.asked for button in buttons] == before
