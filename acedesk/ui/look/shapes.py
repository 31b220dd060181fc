"""The state marks: each state has a shape of its own, so that colour is never the only sign."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from acedesk.ui.look import icons

NAMES = ("dot", "ring", "triangle", "cross", "hollow", "bars", "shield", "arrows")


def paint(painter: QPainter, shape: str, rect: QRectF, color: QColor) -> None:
    """Paint a mark centred into `rect`: one of `NAMES`."""
    if shape in ("shield", "arrows"):
        icons.paint(
            painter, "shield-check" if shape == "shield" else "swap-horizontal", rect, color
        )
        return
    side = min(rect.width(), rect.height())
    box = QRectF(
        rect.center() - QPointF(side / 2, side / 2), rect.center() + QPointF(side / 2, side / 2)
    )
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _PAINTERS[shape](painter, box, color)
    painter.restore()


def _fill(painter: QPainter, color: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)


def _line(painter: QPainter, color: QColor, width: float) -> None:
    painter.setPen(QPen(color, width, c=Qt.PenCapStyle.RoundCap, j=Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _inner(box: QRectF, share: float) -> QRectF:
    cut = box.width() * (1 - share) / 2
    return box.adjusted(cut, cut, -cut, -cut)


def _dot(painter: QPainter, box: QRectF, color: QColor) -> None:
    _fill(painter, color)
    painter.drawEllipse(_inner(box, 0.72))


def _ring(painter: QPainter, box: QRectF, color: QColor) -> None:
    # Nearly closed: tells "on its way" apart from the hollow "stopped".
    _line(painter, color, box.width() * 0.13)
    painter.drawArc(_inner(box, 0.7), 60 * 16, 290 * 16)


def _hollow(painter: QPainter, box: QRectF, color: QColor) -> None:
    _line(painter, color, box.width() * 0.11)
    painter.drawEllipse(_inner(box, 0.66))


def _triangle(painter: QPainter, box: QRectF, color: QColor) -> None:
    _fill(painter, color)
    inner = _inner(box, 0.82)
    painter.drawPolygon(
        QPolygonF(
            [QPointF(inner.center().x(), inner.top()), inner.bottomRight(), inner.bottomLeft()]
        )
    )


def _cross(painter: QPainter, box: QRectF, color: QColor) -> None:
    _line(painter, color, box.width() * 0.11)
    inner = _inner(box, 0.78)
    painter.drawRoundedRect(inner, 2, 2)
    small = _inner(box, 0.34)
    painter.drawLine(small.topLeft(), small.bottomRight())
    painter.drawLine(small.topRight(), small.bottomLeft())


def _bars(painter: QPainter, box: QRectF, color: QColor) -> None:
    _fill(painter, color)
    inner = _inner(box, 0.66)
    width = inner.width() * 0.36
    for left in (inner.left(), inner.right() - width):
        painter.drawRoundedRect(QRectF(left, inner.top(), width, inner.height()), 1, 1)


_PAINTERS = {
    "dot": _dot,
    "ring": _ring,
    "hollow": _hollow,
    "triangle": _triangle,
    "cross": _cross,
    "bars": _bars,
}
