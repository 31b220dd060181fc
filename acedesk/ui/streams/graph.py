"""The course of one stream's bit rate over the last five minutes."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from acedesk.ui import numbers, theme, tokens
from acedesk.ui.widgets.sparkline import course, thin_out

SECONDS = 300  # what `StreamView.rate_history` holds, one value a second
MINUTES = 5
LOWEST = 60  # pixels; with less the course cannot be read


def choose_top(highest: float, most: int = 4) -> tuple[float, float]:
    """Return the top of the axis and its step in Mbit/s: round numbers, at most `most` steps."""
    highest = max(highest, 0.4)
    magnitude = 10.0 ** math.floor(math.log10(highest))
    for factor in (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0):
        step = factor * magnitude
        steps = math.ceil(highest / step - 1e-9)
        if steps <= most:
            return max(2, steps) * step, step
    return 20 * magnitude, 10 * magnitude


class RateGraph(QWidget):
    """Paints bit/s, newest at the right edge; a dashed line is what the picture needs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values: tuple[float, ...] = ()
        self._need: float | None = None
        self.setMinimumHeight(LOWEST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Bit rate over the last 5 minutes"))

    def show_values(self, values: tuple[float, ...], need: float | None) -> None:
        """Show this course; the same one again costs nothing."""
        if values == self._values and need == self._need:
            return
        self._values, self._need = values[-SECONDS:], need
        self.setAccessibleDescription(summary(self._values, need))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = theme.font(theme.SMALL_POINTS)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        highest = max((*self._values, self._need or 0.0), default=0.0) / 1e6
        roomy = self.height() >= 8 * metrics.height()
        top, step = choose_top(highest, 4 if roomy else 2)
        labels = metrics.horizontalAdvance("00.0") + tokens.SPACE_S
        box = QRectF(self.rect()).adjusted(labels, metrics.height() / 2, -1, -metrics.height() - 4)
        self._paint_axes(painter, box, top, step, metrics)
        if len(self._values) > 1:
            self._paint_course(painter, box, top * 1e6)
        else:
            painter.setPen(theme.color("muted"))
            painter.setFont(theme.font())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), self.tr("No picture yet"))
        self._paint_need(painter, box, top * 1e6)

    def _paint_axes(
        self, painter: QPainter, box: QRectF, top: float, step: float, metrics: QFontMetricsF
    ) -> None:
        line, ink = theme.color("hairline"), theme.color("muted")
        for number in range(round(top / step) + 1):
            y = round(box.bottom() - box.height() * number * step / top) + 0.5
            painter.setPen(QPen(line, 1))
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(ink)
            label = QRectF(
                0, y - metrics.height() / 2, box.left() - tokens.SPACE_S, metrics.height()
            )
            right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            painter.drawText(label, right, f"{number * step:g}")
        for minute in range(MINUTES + 1):
            _paint_minute(painter, box, minute, metrics)

    def _paint_course(self, painter: QPainter, box: QRectF, top: float) -> None:
        share = min(1.0, (len(self._values) - 1) / (SECONDS - 1))
        part = QRectF(box)
        part.setLeft(box.right() - box.width() * share)
        line = course(thin_out(self._values, max(2, int(part.width() / 3))), part, top)
        color = theme.color("accent")
        area = QPainterPath()
        area.addPolygon(line)
        area.lineTo(part.bottomRight())
        area.lineTo(part.bottomLeft())
        fade = QLinearGradient(box.topLeft(), box.bottomLeft())
        for position, alpha in ((0.0, 0.28), (1.0, 0.02)):
            stop = QColor(color)
            stop.setAlphaF(alpha)
            fade.setColorAt(position, stop)
        painter.fillPath(area, fade)
        painter.setPen(QPen(color, 2, j=Qt.PenJoinStyle.RoundJoin))
        painter.drawPolyline(line)

    def _paint_need(self, painter: QPainter, box: QRectF, top: float) -> None:
        if not self._need:
            return
        y = round(box.bottom() - box.height() * self._need / top) + 0.5
        painter.setPen(QPen(theme.color("muted"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))


def _paint_minute(painter: QPainter, box: QRectF, minute: int, metrics: QFontMetricsF) -> None:
    x = box.left() + box.width() * minute / MINUTES
    text = {0: f"-{MINUTES} min", MINUTES: "now"}.get(minute, f"-{MINUTES - minute}")
    width = metrics.horizontalAdvance(text) + 2
    # The outer labels stay inside the axis, the others are centred under their minute.
    left = {0: x, MINUTES: x - width}.get(minute, x - width / 2)
    painter.setPen(theme.color("muted"))
    area = QRectF(left, box.bottom() + 4, width, metrics.height())
    painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), text)


def summary(values: Sequence[float], need: float | None) -> str:
    """Return the course in words, for people who do not see it."""
    if not values:
        return "Nothing was delivered yet."
    text = (
        f"Now {numbers.format_rate(values[-1])}, lowest {numbers.format_rate(min(values))}, "
        f"highest {numbers.format_rate(max(values))}."
    )
    return f"{text} The picture needs {numbers.format_rate(need)}." if need else text
