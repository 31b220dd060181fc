"""One value over the last 24 hours; where nothing is known there is no line."""

import datetime
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from acedesk.ui.graphs.axis import DAY, choose_top, paint_scale, paint_times
from acedesk.ui.look import theme, tokens
from acedesk.ui.widgets.sparkline import paint_area, paint_line
from acedesk.values import frozen_value

LOWEST: Final = 64  # pixels; with less the course cannot be read
STEPS: Final = 2  # numbers on the scale above 0
POINT: Final = 2.0  # half the width of a value that stands alone

Values = Sequence[float | None]


@frozen_value
class Quantity:
    """What a graph shows.

    Attributes:
        title: "Processor, %".
        color: Name of a colour of the theme.
        scale: What values are multiplied with before they stand on the scale.
        words: One value for a tooltip: "12 %".
        least: The scale reaches at least so far, in its own unit.
    """

    title: str
    color: str
    scale: float
    words: Callable[[float], str]
    least: float = 1.0


class DayGraph(QWidget):
    """Paints one quantity of a day, now at the right edge."""

    def __init__(self, quantity: Quantity, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._quantity = quantity
        self._values: Values = ()
        self._end_time: datetime.datetime | None = None
        self.setMinimumHeight(LOWEST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(f"{quantity.title}: {DAY.words}")

    def show_values(self, values: Values, end_time: datetime.datetime) -> None:
        """Show these values, evenly spread over the day that ended at `end_time`."""
        if (values, end_time) != (self._values, self._end_time):
            self._values, self._end_time = values, end_time
            self.setAccessibleDescription(self.summary)
            self.update()

    @property
    def summary(self) -> str:
        """The course in words, for people who do not see it."""
        known = [value for value in self._values if value is not None]
        if not known:
            return "Nothing is known of the last day."
        words = self._quantity.words
        return f"Lowest {words(min(known))}, highest {words(max(known))}, last {words(known[-1])}."

    def _box(self, metrics: QFontMetricsF) -> QRectF:
        labels = metrics.horizontalAdvance("0000") + tokens.SPACE_S
        title, times = metrics.height() * 1.5, metrics.height() + 4
        return QRectF(self.rect()).adjusted(labels, title, -1, -times)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.SMALL_POINTS))
        metrics = theme.metrics(theme.SMALL_POINTS)
        box, scale = self._box(metrics), self._quantity.scale
        painter.setPen(theme.color("muted"))
        painter.drawText(QPointF(0, metrics.ascent()), self._quantity.title)
        highest = max((value * scale for value in self._values if value is not None), default=0.0)
        top, step = choose_top(max(highest, self._quantity.least), STEPS)
        paint_scale(painter, box, top, step, metrics)
        paint_times(painter, box, DAY, metrics)
        color = theme.color(self._quantity.color)
        for run in _runs(self._values):
            points = [
                QPointF(self._x(place, box), box.bottom() - box.height() * value * scale / top)
                for place, value in run
            ]
            if len(points) == 1:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(color)
                painter.drawEllipse(points[0], POINT, POINT)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                continue
            part = QRectF(box)
            part.setLeft(points[0].x())
            part.setRight(points[-1].x())
            faint = QColor(color)
            faint.setAlphaF(0.14)
            paint_area(painter, points, part, QBrush(faint))
            paint_line(painter, points, color, 1.5)

    def _x(self, place: int, box: QRectF) -> float:
        return box.left() + box.width() * (place + 1) / max(1, len(self._values))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            text = self.told_at(event.pos())
            if text:
                QToolTip.showText(event.globalPos(), text, self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def told_at(self, position: QPoint) -> str:
        """Return the value of then, "" where there is none."""
        box = self._box(theme.metrics(theme.SMALL_POINTS))
        if self._end_time is None or not box.left() <= position.x() <= box.right():
            return ""
        share = (position.x() - box.left()) / box.width()
        place = min(len(self._values) - 1, int(share * len(self._values)))
        value = self._values[place] if place >= 0 else None
        if value is None:
            return ""
        ago = datetime.timedelta(seconds=DAY.seconds * (1 - (place + 1) / len(self._values)))
        return f"{(self._end_time - ago).astimezone():%H:%M} {self._quantity.words(value)}"


def _runs(values: Values) -> Iterator[list[tuple[int, float]]]:
    """Give the known values in pieces without a hole, each with its place."""
    run: list[tuple[int, float]] = []
    for place, value in enumerate(values):
        if value is not None:
            run.append((place, value))
        elif run:
            yield run
            run = []
    if run:
        yield run
