"""The small course beside a number."""

import itertools
from collections.abc import Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF

# One point per 2 pixels is as much as a line of 1.5 pixels can show.
PIXELS_PER_POINT = 2


def thin_out(values: Sequence[float], points: int) -> list[float]:
    """Return at most `points` values: the means of equal parts, oldest first."""
    if len(values) <= points:
        return list(values)
    edges = [round(position * len(values) / points) for position in range(points + 1)]
    return [
        sum(values[start:end]) / (end - start)
        for start, end in itertools.pairwise(edges)
        if end > start
    ]


def course(values: Sequence[float], box: QRectF, top: float) -> list[QPointF]:
    """Return the line through `values`, 0 at the bottom of `box` and `top` at its top."""
    left, bottom = box.left(), box.bottom()
    step = box.width() / max(1, len(values) - 1)
    scale = box.height() / top if top > 0 else 0.0
    return [
        QPointF(left + step * number, bottom - min(value, top) * scale)
        for number, value in enumerate(values)
    ]


def paint_line(painter: QPainter, line: Sequence[QPointF], color: QColor, width: float) -> None:
    """Paint a course of even steps as single strokes, which are square at their ends.

    It looks like one polyline with round joins and takes a third to a ninth of its time (Qt 6.11,
    raster, 2026-11).
    """
    painter.setPen(QPen(color, width))
    painter.drawLines([QLineF(start, end) for start, end in itertools.pairwise(line)])


def paint_area(painter: QPainter, line: Sequence[QPointF], box: QRectF, brush: QBrush) -> None:
    """Fill what is below a course; without smooth edges, for the line covers its upper one."""
    area = QPainterPath()
    area.addPolygon(QPolygonF([*line, box.bottomRight(), box.bottomLeft()]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillPath(area, brush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def paint_sparkline(painter: QPainter, box: QRectF, values: Sequence[float], color: QColor) -> None:
    """Paint the course of the last minute of `values` into `box`, with a faint area below."""
    shown = thin_out(values[-60:], int(box.width() / PIXELS_PER_POINT))
    line = course(shown, box, max(shown, default=0.0) * 1.1 or 1.0)
    painter.save()
    faint = QColor(color)
    faint.setAlphaF(0.08)
    paint_area(painter, line, box, QBrush(faint))
    paint_line(painter, line, color, 1.5)
    painter.restore()
