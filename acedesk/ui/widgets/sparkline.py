"""The small course beside a number."""

import functools
import itertools
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF

# A sparkline is one piece.
PIECE = 40


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
    """Paint a course of even steps, a long one in pieces that end where it bends.

    Qt's time for one polyline grows faster than its length (Qt 6.11, raster, 2026-11): the pieces
    of a graph take a third of it. On a level line the ends of two pieces would be seen.
    """
    if len(line) > PIECE:
        line = _without_level(line)
    painter.setPen(QPen(color, width, j=Qt.PenJoinStyle.BevelJoin))
    for start in range(0, len(line) - 1, PIECE - 1):
        painter.drawPolyline(line[start : start + PIECE])


def _without_level(line: Sequence[QPointF]) -> list[QPointF]:
    """Return the line without the points at which it is level on both sides."""
    heights = [point.y() for point in line]
    bends = (
        point
        for point, before, height, after in zip(
            line[1:-1], heights, heights[1:], heights[2:], strict=False
        )
        if not before == height == after
    )
    return [line[0], *bends, line[-1]]


def paint_area(painter: QPainter, line: Sequence[QPointF], box: QRectF, brush: QBrush) -> None:
    """Fill what is below a course; without smooth edges, for the line covers its upper one."""
    area = QPainterPath()
    area.addPolygon(QPolygonF([*line, box.bottomRight(), box.bottomLeft()]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillPath(area, brush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def paint_sparkline(painter: QPainter, box: QRectF, values: Sequence[float], color: QColor) -> None:
    """Paint the course of the last minute of `values` into `box`, with a faint area below."""
    line = _spark_line(tuple(values[-60:]), box.width(), box.height())
    own = QRectF(0, 0, box.width(), box.height())
    painter.save()
    painter.translate(box.topLeft())
    faint = QColor(color)
    faint.setAlphaF(0.08)
    paint_area(painter, line, own, QBrush(faint))
    paint_line(painter, line, color, 1.5)
    painter.restore()


# A new size of the window and a row that is touched paint the same courses again.
@functools.lru_cache(maxsize=64)
def _spark_line(values: tuple[float, ...], width: float, height: float) -> list[QPointF]:
    # Every second is a point: means of two would be those of other pairs each second.
    return course(values, QRectF(0, 0, width, height), max(values, default=0.0) * 1.1 or 1.0)
