"""The small course beside a number."""

import itertools
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

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


def course(values: Sequence[float], box: QRectF, top: float) -> QPolygonF:
    """Return the line through `values`, 0 at the bottom of `box` and `top` at its top."""
    step = box.width() / max(1, len(values) - 1)
    scale = box.height() / top if top > 0 else 0.0
    return QPolygonF(
        [
            QPointF(box.left() + step * number, box.bottom() - min(value, top) * scale)
            for number, value in enumerate(values)
        ]
    )


def paint_sparkline(painter: QPainter, box: QRectF, values: Sequence[float], color: QColor) -> None:
    """Paint the course of the last minute of `values` into `box`, with a faint area below."""
    shown = thin_out(values[-60:], int(box.width() / PIXELS_PER_POINT))
    line = course(shown, box, max(shown, default=0.0) * 1.1 or 1.0)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    area = QPainterPath()
    area.addPolygon(line)
    area.lineTo(box.bottomRight())
    area.lineTo(box.bottomLeft())
    faint = QColor(color)
    faint.setAlphaF(0.08)
    painter.fillPath(area, faint)
    painter.setPen(QPen(color, 1.5, j=Qt.PenJoinStyle.RoundJoin))
    painter.drawPolyline(line)
    painter.restore()
