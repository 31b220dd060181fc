"""The mark beside the name in the sidebar, painted in the accent colour."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from acedesk.ui.look import theme

# The drawing of `packaging/make-icons`, in its box of 64 units.
_BOX = 64
_CENTER = QPointF(32, 30)
_WIDTH = 6
_ARCS = ((25, 50, 280), (13.5, 55, 290))  # radius, gap's end below the right side, angle drawn
_MAST = (QPointF(32, 43), QPointF(32, 57))


class Mark(QWidget):
    """Two rings and a mast."""

    def __init__(self, size: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(size, size)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(self.width() / _BOX, self.height() / _BOX)
        color = theme.color("accent")
        painter.setPen(QPen(color, _WIDTH, c=Qt.PenCapStyle.RoundCap))
        for radius, start, span in _ARCS:
            box = QRectF(_CENTER.x() - radius, _CENTER.y() - radius, 2 * radius, 2 * radius)
            painter.drawArc(box, -start * 16, span * 16)
        painter.drawLine(*_MAST)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(_CENTER, _WIDTH * 0.8, _WIDTH * 0.8)
