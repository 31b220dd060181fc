"""The bar between a table and the detail below it."""

from typing import Final

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSplitter, QSplitterHandle, QWidget

from acedesk.ui.look import theme, tokens
from acedesk.ui.tables.remembered import is_whole

HALF: Final = 500  # thousandths
GRIP_WIDTH: Final = 40


class DetailSplitter(QSplitter):
    """Divides a page: the table takes its share, but never more than its rows need.

    Signals:
        moved: A person moved the bar.

    Attributes:
        permille: The share of the table, in thousandths of the height.
    """

    moved = Signal()

    def __init__(self, name: str, top: QWidget, bottom: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self.setObjectName(name)
        self.setHandleWidth(tokens.SPACE_L)
        self.setChildrenCollapsible(False)
        self.permille = HALF
        self._most = 0
        self._top = top
        for part in (top, bottom):
            self.addWidget(part)
        self.splitterMoved.connect(self._take)

    def restore(self, permille: object) -> None:
        """Take a share that was kept; anything else is left aside."""
        if isinstance(permille, int) and is_whole(permille) and 0 < permille < 1000:
            self.permille = permille
            self._divide()

    def fit(self, most: int) -> None:
        """Let the table have at most `most` pixels."""
        if most != self._most:
            self._most = most
            self._top.setMaximumHeight(most)
            self._divide()

    def createHandle(self) -> QSplitterHandle:
        return _Handle(Qt.Orientation.Vertical, self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._divide()

    def _room(self) -> int:
        return self.height() - self.handleWidth()

    def _divide(self) -> None:
        room = self._room()
        top = min(self._most or room, room * self.permille // 1000)
        if room > 0:
            self.setSizes([top, room - top])

    def _take(self, _position: int, _index: int) -> None:
        top, room = self.sizes()[0], max(1, self._room())
        if self._most and top >= self._most - 1:
            top = max(top, room * HALF // 1000)  # as much as it needs, also when more rows come
        self.permille = max(1, min(999, top * 1000 // room))
        self.moved.emit()


class _Handle(QSplitterHandle):
    """A short line that can be grasped."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("muted" if self.underMouse() else "hairline"))
        middle = QRectF(self.rect()).center()
        grip = QRectF(middle.x() - GRIP_WIDTH / 2, middle.y() - 2, GRIP_WIDTH, 4)
        painter.drawRoundedRect(grip, 2, 2)
