"""The axes of a graph over time: round numbers upwards, minutes to the right."""

import math
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from acedesk.ui.look import theme, tokens
from acedesk.values import frozen_value


@frozen_value(kw_only=False)
class Span:
    """A time up to now that a graph shows.

    Attributes:
        name: On the button: "5 min".
        words: In a sentence: "5 minutes".
        labels: Evenly spread below the axis, oldest first.
    """

    name: str
    words: str
    seconds: int
    labels: tuple[str, ...]


MINUTES: Final = Span("5 min", "5 minutes", 300, ("-5 min", "-4", "-3", "-2", "-1", "now"))
# With fewer values the first burst is more than a twentieth of them.
LONG: Final = 100
DAY: Final = Span("24 h", "24 hours", 86_400, ("-24 h", "-18", "-12", "-6", "now"))
HOUR: Final = Span("1 h", "hour", 3600, ("-60 min", "-50", "-40", "-30", "-20", "-10", "now"))


def choose_top(highest: float, most: int = 4) -> tuple[float, float]:
    """Return the top of the axis and its step: round numbers, at most `most` steps."""
    highest = max(highest, 0.4)
    magnitude = 10.0 ** math.floor(math.log10(highest))
    for factor in (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0):
        step = factor * magnitude
        steps = math.ceil(highest / step - 1e-9)
        if steps <= most:
            return max(2, steps) * step, step
    return 20 * magnitude, 10 * magnitude


def usual_highest(values: Sequence[float], need: float | None) -> float:
    """Return what the axis must show: the highest value, but not that of a short burst.

    An engine hands out what it has kept at many times the rate of the picture; for minutes the
    rest would be a flat line at the bottom. A twentieth of the values may lie above the axis.
    """
    if not values:
        return need or 0.0
    ordered = sorted(values)
    usual = ordered[min(len(ordered) - 1, len(ordered) * 19 // 20)]
    most = max(1.3 * ordered[len(ordered) // 2], usual if len(values) >= LONG else 0.0, values[-1])
    if need:
        most = max(most, 2 * need)
    return max(min(ordered[-1], most), need or 0.0)


def paint_scale(
    painter: QPainter, box: QRectF, top: float, step: float, metrics: QFontMetricsF
) -> None:
    """Paint lines across `box` and their numbers left of it."""
    line, ink = theme.color("hairline"), theme.color("muted")
    for number in range(round(top / step) + 1):
        y = round(box.bottom() - box.height() * number * step / top) + 0.5
        painter.setPen(QPen(line, 1))
        painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
        painter.setPen(ink)
        label = QRectF(0, y - metrics.height() / 2, box.left() - tokens.SPACE_S, metrics.height())
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(label, right, f"{number * step:g}")


def paint_times(
    painter: QPainter, box: QRectF, span: Span, metrics: QFontMetricsF, *, last_is: str = ""
) -> None:
    """Paint the labels of `span` below `box`; `last_is` stands instead of "now"."""
    painter.setPen(theme.color("muted"))
    last = len(span.labels) - 1
    labels = (*span.labels[:-1], last_is or span.labels[-1])
    for number, text in enumerate(labels):
        x = box.left() + box.width() * number / last
        width = metrics.horizontalAdvance(text) + 2
        # The outer labels stay inside the axis, the others are centred under their minute.
        left = {0: x, last: x - width}.get(number, x - width / 2)
        area = QRectF(left, box.bottom() + 4, width, metrics.height())
        painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), text)
